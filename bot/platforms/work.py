"""Events of one platform at work: each written down first, a few at a time, and resumed where the bot was cut off."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import Awaitable

from bot.ports import Clock, Inbox

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""So many events are worked on at a time; the others wait their turn, acknowledged."""

DRAIN = 6.0
"""How many seconds what is under way has to finish when the bot stops; the rest is resumed at its next start."""


class Work:
    """What a platform received and has not dealt with yet; keys are `platform:...`, the same when it is sent again."""

    def __init__(self, platform: str, inbox: Inbox, clock: Clock) -> None:
        self._platform = platform
        self._inbox = inbox
        self._clock = clock
        self._room = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, key: str, payload: str) -> bool:
        """Write an event down; False where it was received before."""
        return await self._inbox.accept(key, payload, self._clock.now())

    async def note(self, key: str, payload: str) -> None:
        """Write an event down anew, with what has been done about it, for a start that has to go on with it."""
        await self._inbox.note(key, payload)

    async def unfinished(self, within: dt.timedelta) -> list[tuple[str, str]]:
        """Return what an earlier run left undone, by key, with what was written down."""
        return await self._inbox.unfinished(self._platform, self._clock.now() - within)

    def begin(self, key: str, what: str, answering: Awaitable[None], promise: Awaitable[None] | None = None) -> None:
        """Set to work on an event, and note when it is dealt with; one that the end of the bot cuts off is not.

        A `promise` is made meanwhile, also while the event waits its turn; it is dropped with the answer.
        """
        task = asyncio.create_task(self._do(key, what, answering, promise))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drained(self) -> None:
        """Wait for what is under way, and no longer than it is worth."""
        try:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=DRAIN)
        finally:
            # Cancelled a second time, the bot waits for nothing more.
            for task in self._tasks:
                task.cancel()

    async def _do(self, key: str, what: str, answering: Awaitable[None], promise: Awaitable[None] | None) -> None:
        promised = asyncio.ensure_future(promise) if promise else None
        try:
            async with self._room:
                await answering
        except Exception:
            logger.exception("The answer to %s was not delivered (incident %s)", what, secrets.token_hex(3))
        finally:
            if promised:
                promised.cancel()
                await asyncio.gather(promised, return_exceptions=True)
        await self._inbox.finish(key)
