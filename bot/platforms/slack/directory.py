"""Who asks, and where: what Slack knows of a person and of a channel, remembered for a while."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from cachetools import TTLCache

from bot.due_times import Clock
from bot.errors import Gone, PlatformError
from bot.platforms.slack.api import Calls

logger = logging.getLogger(__name__)

REMEMBERED = 600.0
"""For so many seconds."""

_MOST = 20_000

Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Person:
    """A person: their IANA zone, and whether they are a full member of the workspace."""

    zone: str = ""
    member: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A channel: whether the bot may post there, and whether people from elsewhere can read along."""

    may_post: bool = True
    outsiders: bool = False


class Directory:
    """Persons and channels of one workspace."""

    def __init__(self, team: str, calls: Calls, clock: Clock) -> None:
        self._team = team
        self._calls = calls

        def seconds() -> float:
            return clock.now().timestamp()

        self._persons: TTLCache[str, Person] = TTLCache(_MOST, REMEMBERED, seconds)
        self._places: TTLCache[str, Place] = TTLCache(_MOST, REMEMBERED, seconds)

    async def person(self, user: str, *, fresh: bool = False) -> Person:
        """Return a person; one whom Slack will not tell us of has no rights."""
        return await _known(self._persons, user, self._ask_person, Person(), fresh=fresh)

    async def place(self, channel: str, *, fresh: bool = False) -> Place:
        """Return a channel; one that Slack will not tell us of may have anyone in it."""
        return await _known(self._places, channel, self._ask_place, Place(outsiders=True), fresh=fresh)

    async def _ask_person(self, user: str) -> Person:
        found = (await self._calls.patiently("users_info", user=user))["user"]
        guest = found.get("is_restricted") or found.get("is_ultra_restricted") or found.get("is_stranger")
        here = found.get("team_id", self._team) == self._team
        return Person(found.get("tz") or "", here and not (guest or found.get("deleted") or found.get("is_bot")))

    async def _ask_place(self, channel: str) -> Place:
        try:
            found = (await self._calls.patiently("conversations_info", channel=channel))["channel"]
        except Gone:
            # A private channel that nobody invited the bot to.
            return Place(may_post=False)
        return Place(
            may_post=not found.get("is_archived") and bool(found.get("is_member") or not found.get("is_private")),
            outsiders=bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared")),
        )


async def _known(
    cache: TTLCache[str, Known], key: str, ask: Callable[[str], Awaitable[Known]], otherwise: Known, *, fresh: bool
) -> Known:
    known = None if fresh else cache.get(key)
    if known is not None:
        return known
    try:
        cache[key] = found = await ask(key)
    except PlatformError as error:
        logger.warning("Slack does not tell about %s: %s", key, error)
        return otherwise
    return found
