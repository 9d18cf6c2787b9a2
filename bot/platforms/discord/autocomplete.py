"""What a half typed word may become: names that may be read here, or time zones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

import discord
from discord.app_commands import Choice

from bot.chat.request import ArgKind, Verb
from bot.platforms.discord.events import PLATFORM
from bot.store.registry import Registry

MAX_CHOICES = 25
"""How many completions Discord shows."""

_MAX_CHOICE_LENGTH = 100


class Autocomplete:
    """Completes from memory and the index; Discord does not wait for anything slower."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))

    async def choices(self, verbs: Sequence[Verb], interaction: discord.Interaction[Any]) -> list[Choice[str]]:
        """Return what to offer for the word that is being typed."""
        sent: Any = interaction.data
        verb = next((verb for verb in verbs if verb.name == sent.get("name")), None)
        typed = next((option for option in sent.get("options", ()) if option.get("focused")), None)
        if not (verb and typed):
            return []
        words, kinds = str(typed["value"]), {arg.name: arg.kind for arg in verb.args}
        zone = kinds.get(typed["name"]) is ArgKind.ZONE
        found = self._matching_zones(words) if zone else await self._matching_names(words, interaction)
        return [Choice(name=name, value=name) for name in found if len(name) <= _MAX_CHOICE_LENGTH][:MAX_CHOICES]

    async def _matching_names(self, words: str, interaction: discord.Interaction[Any]) -> list[str]:
        space = f"{PLATFORM}:{interaction.guild_id}" if interaction.guild_id else f"{PLATFORM}:@{interaction.user.id}"
        return [entity.name for entity in await self._registry.complete(words, MAX_CHOICES, space=space)]

    def _matching_zones(self, words: str) -> list[str]:
        wanted = "_".join(words.casefold().split())
        near = [zone for zone in self._zones if wanted in zone.casefold()]
        return sorted(near, key=lambda zone: (not zone.rpartition("/")[2].casefold().startswith(wanted), zone))
