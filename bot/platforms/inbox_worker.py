"""Events of one platform at work: each written down first, a few at a time, and resumed where the bot was cut off."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol, TypeAlias

from bot.chat.message import Action, Button, Choices, Form, Group, Message, Prose
from bot.chat.request import Reply
from bot.chat.text import md
from bot.due_times import Clock
from bot.errors import PlatformError
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

        `resume` is given each key with what was written down, no longer ago than `max_age`.
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

        The `acknowledgement` is made meanwhile, also while the event waits its turn; it is dropped with the answer.
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


class Surface(Protocol):
    """One place where one answer is drawn; it raises the platform's errors in our words."""

    progress_delay: float
    """After how many seconds progress is shown: most answers are there before."""

    progress_interval: float
    """How many seconds lie between two states that are shown; 0 where only one can be."""

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show that it is being worked on, or what there is of the answer, in the place of what was shown before."""

    async def show(self, reply: Reply) -> None:
        """Show the answer, in the place of what was shown before."""


async def relay(states: AsyncIterator[Reply], surface: Surface) -> None:
    """Draw the states of an answer: progress only for who waits, and never after the answer."""
    waiting = _ProgressDisplay(surface)
    try:
        async for reply in states:
            if not reply.final and isinstance(reply.content, Message):
                waiting.update(reply.content, is_partial=reply.is_partial)
                continue
            await waiting.stop()
            await surface.show(reply)
    finally:
        await waiting.stop()


def form_prompt(form: Form) -> Message:
    """Return a button that opens a form, for where none can be opened at once."""
    words = Prose(md("**{title}**: please fill in a few details.", title=form.title))
    return Message((Group((words, Choices((Button("Open the form", Action(form.verb, form.arg)),)))),), form.title)


class _ProgressDisplay:
    """Shows the newest state to whoever waits: the first after a while, others no faster than the surface takes."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._latest: tuple[Message, bool] | None = None
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def update(self, message: Message, *, is_partial: bool) -> None:
        """Take a state; one that another replaces before its time is never shown."""
        self._latest = (message, is_partial)
        self._task = self._task or asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Show nothing more."""
        self._stopped.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        shown, pause = None, self._surface.progress_delay
        while not await self._is_stopped_within(pause):
            if self._latest and self._latest != shown:
                shown = self._latest
                await self._show_state(shown)
            pause = self._surface.progress_interval
            if not pause:
                return

    async def _show_state(self, state: tuple[Message, bool]) -> None:
        message, growing = state
        try:
            await self._surface.show_progress(message, is_partial=growing)
        except PlatformError as error:
            logger.info("Progress could not be shown: %s", error)

    async def _is_stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return False
        return True
