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

MAX_CONCURRENT = 8
"""So many events are worked on at a time; the others wait their turn, acknowledged."""

DRAIN_SECONDS = 6.0
"""How many seconds what is under way has to finish when the bot stops; the rest is resumed at its next start."""

RESCAN_SECONDS = 60.0
"""How many seconds pass before it is looked again for what was left by a process that is gone."""


ResumeEvent: TypeAlias = Callable[[str, str], Awaitable[None]]


class InboxWorker:
    """What a platform received and has not dealt with yet; keys are `platform:...`, the same when it is sent again."""

    def __init__(self, platform: str, inbox: Inbox, clock: Clock) -> None:
        self._platform = platform
        self._inbox = inbox
        self._clock = clock
        self._semaphore = asyncio.Semaphore(MAX_CONCURRENT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._own_keys: set[str] = set()

    async def accept(self, key: str, payload: str) -> bool:
        """Write an event down; False where it was received before."""
        known, new = key in self._own_keys, False
        # Before it is in the inbox, where it would seem to be nobody's.
        self._own_keys.add(key)
        try:
            new = await self._inbox.accept(key, payload, self._clock.now())
        finally:
            if not (new or known):
                self._own_keys.discard(key)
        return new

    async def update(self, key: str, payload: str) -> None:
        """Write an event down anew, with what has been done about it, for a start that has to go on with it."""
        await self._inbox.update(key, payload)

    @asynccontextmanager
    async def resuming(self, max_age: dt.timedelta, resume: ResumeEvent) -> AsyncIterator[None]:
        """Go on with what an earlier run left undone, and inside, again and again, with what other processes leave.

        `go_on` is given each key with what was written down, no longer ago than `within`.
        """
        await self._resume_unfinished(max_age, resume)
        resuming = asyncio.create_task(self._resume_periodically(max_age, resume))
        try:
            yield
        finally:
            resuming.cancel()
            await asyncio.gather(resuming, return_exceptions=True)

    async def _resume_periodically(self, max_age: dt.timedelta, resume: ResumeEvent) -> None:
        while True:
            await asyncio.sleep(RESCAN_SECONDS)
            try:
                await self._resume_unfinished(max_age, resume)
            except Exception:
                logger.exception("What others left undone was not looked for; it will be")

    async def _resume_unfinished(self, max_age: dt.timedelta, resume: ResumeEvent) -> None:
        now = self._clock.now()
        for key, payload in await self._inbox.claim_unfinished(self._platform, now - max_age, now):
            if key not in self._own_keys:
                logger.info("Going on with %s", key)
                self._own_keys.add(key)
                await resume(key, payload)

    def start(self, key: str, label: str, job: Awaitable[None], acknowledgement: Awaitable[None] | None = None) -> None:
        """Set to work on an event, and note when it is dealt with; one that the end of the bot cuts off is not.

        A `promise` is made meanwhile, also while the event waits its turn; it is dropped with the answer.
        """
        task = asyncio.create_task(self._run(key, label, job, acknowledgement))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait for what is under way, and no longer than it is worth."""
        try:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        finally:
            # Cancelled a second time, the bot waits for nothing more.
            for task in self._tasks:
                task.cancel()
            self._own_keys.clear()

    async def _run(self, key: str, label: str, job: Awaitable[None], acknowledgement: Awaitable[None] | None) -> None:
        promised = asyncio.ensure_future(acknowledgement) if acknowledgement else None
        try:
            async with self._semaphore:
                await job
        except Exception:
            logger.exception("The answer to %s was not delivered (incident %s)", label, secrets.token_hex(3))
        finally:
            if promised:
                promised.cancel()
                await asyncio.gather(promised, return_exceptions=True)
        await self._inbox.finish(key)
        self._own_keys.discard(key)
