"""Who asks, and where: what Slack knows of a person and of a channel, remembered for a while."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from cachetools import TTLCache

from bot.due_times import Clock
from bot.errors import Gone, PlatformError
from bot.platforms.slack.api import WebAPI

logger = logging.getLogger(__name__)

CACHE_SECONDS = 600.0
"""For so many seconds."""

_CACHE_SIZE = 20_000

Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Person:
    """A person: their IANA zone, and whether they are a full member of the workspace."""

    zone: str = ""
    is_member: bool = False


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A channel: whether the bot may post there, and whether people from elsewhere can read along."""

    may_post: bool = True
    has_outsiders: bool = False


class Directory:
    """Persons and channels of one workspace."""

    def __init__(self, team: str, api: WebAPI, clock: Clock) -> None:
        self._team = team
        self._api = api

        def seconds() -> float:
            return clock.now().timestamp()

        self._people: TTLCache[str, Person] = TTLCache(_CACHE_SIZE, CACHE_SECONDS, seconds)
        self._channels: TTLCache[str, ChannelInfo] = TTLCache(_CACHE_SIZE, CACHE_SECONDS, seconds)

    async def person(self, user: str, *, fresh: bool = False) -> Person:
        """Return a person; one whom Slack will not tell us of has no rights."""
        return await _cached(self._people, user, self._fetch_person, Person(), fresh=fresh)

    async def channel(self, channel: str, *, fresh: bool = False) -> ChannelInfo:
        """Return a channel; one that Slack will not tell us of may have anyone in it."""
        return await _cached(self._channels, channel, self._fetch_channel, ChannelInfo(has_outsiders=True), fresh=fresh)

    async def _fetch_person(self, user: str) -> Person:
        found = (await self._api.call_with_retry("users_info", user=user))["user"]
        guest = found.get("is_restricted") or found.get("is_ultra_restricted") or found.get("is_stranger")
        here = found.get("team_id", self._team) == self._team
        return Person(found.get("tz") or "", here and not (guest or found.get("deleted") or found.get("is_bot")))

    async def _fetch_channel(self, channel: str) -> ChannelInfo:
        try:
            found = (await self._api.call_with_retry("conversations_info", channel=channel))["channel"]
        except Gone:
            # A private channel that nobody invited the bot to.
            return ChannelInfo(may_post=False)
        return ChannelInfo(
            may_post=not found.get("is_archived") and bool(found.get("is_member") or not found.get("is_private")),
            has_outsiders=bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared")),
        )


async def _cached(
    cache: TTLCache[str, Known], key: str, fetch: Callable[[str], Awaitable[Known]], default: Known, *, fresh: bool
) -> Known:
    known = None if fresh else cache.get(key)
    if known is not None:
        return known
    try:
        cache[key] = found = await fetch(key)
    except PlatformError as error:
        logger.warning("Slack does not tell about %s: %s", key, error)
        return default
    return found
