"""Whether the bot lives and is ready, in words that tell of nobody."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from bot.chat.platform import Platform
from bot.store.load import LoadCounter

logger = logging.getLogger(__name__)

STILL = 1800.0
"""Seconds after which a part of the timetable that has not come round is taken for dead: reading may take long."""

PATIENCE = 2.0
"""Seconds that the database or a platform has to answer."""

OK = "ok"


class Vitals:
    """What is known of the bot's health: `started` once it listens, `stopping` from the moment it begins to end."""

    def __init__(
        self, standing: LoadCounter, chats: Iterable[Platform], seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._standing = standing
        self._seconds = seconds
        self._chats = list(chats)
        self._turns: dict[str, float] = {}
        self.started = self.stopping = False

    def turned(self, part: str) -> None:
        """Note that a part of the timetable came round."""
        self._turns[part] = self._seconds()

    def lives(self) -> dict[str, str]:
        """Return how each part of the timetable is; the event loop turns, or nobody would be answered."""
        now = self._seconds()
        return {part: OK if now - at < STILL else "has stood still for long" for part, at in self._turns.items()}

    async def ready(self) -> dict[str, str]:
        """Return how the bot itself, the database and each platform is."""
        own = "stopping" if self.stopping else OK if self.started else "starting"
        chats = {chat.name: await self._reaches(chat) for chat in self._chats}
        return {"bot": own, "database": await self._answers(), **chats}

    async def _answers(self) -> str:
        try:
            await asyncio.wait_for(self._standing.answers(), PATIENCE)
        except Exception:
            logger.exception("The database does not answer")
            return "does not answer"
        return OK

    async def _reaches(self, chat: Platform) -> str:
        try:
            return OK if await asyncio.wait_for(chat.connected(), PATIENCE) else "not connected"
        except TimeoutError:
            return "not connected"
