"""Events of one platform at work: each written down first, a few at a time, and resumed where the bot was cut off."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from bot.due_times import Clock
from bot.store.outbox import Inbox

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""So many events are worked on at a time; the others wait their turn, acknowledged."""

DRAIN = 6.0
"""How many seconds what is under way has to finish when the bot stops; the rest is resumed at its next start."""

AGAIN = 60.0
"""How many seconds pass before it is looked again for what was left by a process that is gone."""


GoOn: TypeAlias = Callable[[str, str], Awaitable[None]]


class Work:
    """What a platform received and has not dealt with yet; keys are `platform:...`, the same when it is sent again."""

    def __init__(self, platform: str, inbox: Inbox, clock: Clock) -> None:
        self._platform = platform
        self._inbox = inbox
        self._clock = clock
        self._room = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ours: set[str] = set()

    async def accept(self, key: str, payload: str) -> bool:
        """Write an event down; False where it was received before."""
        known, new = key in self._ours, False
        # Before it is in the inbox, where it would seem to be nobody's.
        self._ours.add(key)
        try:
            new = await self._inbox.accept(key, payload, self._clock.now())
        finally:
            if not (new or known):
                self._ours.discard(key)
        return new

    async def note(self, key: str, payload: str) -> None:
        """Write an event down anew, with what has been done about it, for a start that has to go on with it."""
        await self._inbox.note(key, payload)

    @asynccontextmanager
    async def resuming(self, within: dt.timedelta, go_on: GoOn) -> AsyncIterator[None]:
        """Go on with what an earlier run left undone, and inside, again and again, with what other processes leave.

        `go_on` is given each key with what was written down, no longer ago than `within`.
        """
        await self._resume(within, go_on)
        resuming = asyncio.create_task(self._again(within, go_on))
        try:
            yield
        finally:
            resuming.cancel()
            await asyncio.gather(resuming, return_exceptions=True)

    async def _again(self, within: dt.timedelta, go_on: GoOn) -> None:
        while True:
            await asyncio.sleep(AGAIN)
            try:
                await self._resume(within, go_on)
            except Exception:
                logger.exception("What others left undone was not looked for; it will be")

    async def _resume(self, within: dt.timedelta, go_on: GoOn) -> None:
        now = self._clock.now()
        for key, payload in await self._inbox.unfinished(self._platform, now - within, now):
            if key not in self._ours:
                logger.info("Going on with %s", key)
                self._ours.add(key)
                await go_on(key, payload)

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
            self._ours.clear()

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
        self._ours.discard(key)
