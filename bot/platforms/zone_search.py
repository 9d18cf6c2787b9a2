"""Finds time zones while somebody types a city or a country."""

from __future__ import annotations

from contextlib import suppress

from bot.chat.time_zones import matching_zones, parse_zone
from bot.errors import UserError


def find_zones(words: str) -> list[str]:
    """Return the zones that some words may mean: the one that they name whole, then those that they may begin."""
    found = matching_zones(words)
    with suppress(UserError):
        found.insert(0, parse_zone(words))
    return list(dict.fromkeys(found))
