"""Whether the bot lives and is ready, in words that tell of nobody."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from bot.chat.platform import Platform
from bot.store.load import LoadCounter

logger = logging.getLogger(__name__)

STALLED_AFTER = 1800.0
"""Seconds after which a part of the timetable that has not come round is taken for dead: reading may take long."""

PROBE_TIMEOUT = 2.0
"""Seconds that the database or a platform has to answer."""

OK = "ok"


class HealthChecks:
    """What is known of the bot's health: `started` once it listens, `stopping` from the moment it begins to end."""

    def __init__(
        self, load_counter: LoadCounter, platforms: Iterable[Platform], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._load_counter = load_counter
        self._monotonic = monotonic
        self._platforms = list(platforms)
        self._heartbeats: dict[str, float] = {}
        self.started = self.stopping = False

    def heartbeat(self, job: str) -> None:
        """Note that a part of the timetable came round."""
        self._heartbeats[job] = self._monotonic()

    def liveness(self) -> dict[str, str]:
        """Return how each part of the timetable is; the event loop turns, or nobody would be answered."""
        now = self._monotonic()
        return {
            part: OK if now - at < STALLED_AFTER else "has stood still for long"
            for part, at in self._heartbeats.items()
        }

    async def readiness(self) -> dict[str, str]:
        """Return how the bot itself, the database and each platform is."""
        own = "stopping" if self.stopping else OK if self.started else "starting"
        chats = {chat.name: await self._platform_state(chat) for chat in self._platforms}
        return {"bot": own, "database": await self._database_state(), **chats}

    async def _database_state(self) -> str:
        try:
            await asyncio.wait_for(self._load_counter.ping(), PROBE_TIMEOUT)
        except Exception:
            logger.exception("The database does not answer")
            return "does not answer"
        return OK

    async def _platform_state(self, platform: Platform) -> str:
        try:
            return OK if await asyncio.wait_for(platform.is_connected(), PROBE_TIMEOUT) else "not connected"
        except TimeoutError:
            return "not connected"
