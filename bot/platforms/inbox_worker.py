"""Handles a platform's events: each is saved first, a few run at a time, and unfinished ones are resumed."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol, TypeAlias

from bot.chat.message import Action, Button, Choices, Form, Message
from bot.chat.request import Reply
from bot.chat.text import md
from bot.due_times import Clock
from bot.errors import PlatformError, is_cut_off
from bot.store.outbox import Inbox
from bot.views.wording import line_view

logger = logging.getLogger(__name__)

MAX_CONCURRENT = 8
"""How many events are handled at a time; the others wait their turn, acknowledged."""

DRAIN_SECONDS = 6.0
"""Seconds that events in progress have to finish when the bot stops; the rest is resumed at its next start."""

RESCAN_SECONDS = 60.0
"""Seconds between two searches for events that a dead process left unfinished."""


ResumeEvent: TypeAlias = Callable[[str, str], Awaitable[None]]


class InboxWorker:
    """The unfinished events of a platform; keys are `platform:...`, the same if an event is sent again."""

    def __init__(self, platform: str, inbox: Inbox, clock: Clock) -> None:
        self._platform = platform
        self._inbox = inbox
        self._clock = clock
        self._semaphore = asyncio.Semaphore(MAX_CONCURRENT)
        self._tasks: dict[asyncio.Task[None], None] = {}  # in the order of their beginning
        self._own_keys: set[str] = set()

    async def accept(self, key: str, payload: str) -> bool:
        """Save an event; return False if it was received before."""
        known, new = key in self._own_keys, False
        # Before it is in the inbox, where it would look abandoned.
        self._own_keys.add(key)
        try:
            new = await self._inbox.accept(key, payload, self._clock.now())
        finally:
            if not (new or known):
                self._own_keys.discard(key)
        return new

    async def update(self, key: str, payload: str) -> None:
        """Save an event again, with what has been done about it, so that it can be resumed."""
        await self._inbox.update(key, payload)

    async def record_answer(self, key: str, answer: str) -> None:
        """Save where the answer to an event stands, so that it can go with its question."""
        await self._inbox.record_answer(key, answer, self._clock.now())

    async def is_answered(self, key: str) -> bool:
        """Return whether an event has an answer that can go, or is being answered now."""
        return bool(self._underway(key)) or bool(await self._inbox.answer_to(key))

    async def withdraw(self, key: str) -> str:
        """Return where the answer to an event stands, for whoever removes it, once nobody is writing it any more."""
        if underway := self._underway(key):
            await asyncio.wait(underway)
        return await self._inbox.take_answer(key)

    def _underway(self, key: str) -> list[asyncio.Task[None]]:
        """Return who is answering an event or its edits, and began before the task that asks."""
        earlier = itertools.takewhile(lambda task: task is not asyncio.current_task(), self._tasks)
        return [task for task in earlier if f"{task.get_name()}/".startswith(f"{key}/")]

    @asynccontextmanager
    async def resuming(self, max_age: dt.timedelta, resume: ResumeEvent) -> AsyncIterator[None]:
        """Resume what an earlier run left unfinished, and inside, again and again, what other processes leave.

        `resume` is called with the key and the payload of each event that is no older than `max_age`.
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
                logger.exception("The search for unfinished events failed; it will be tried again")

    async def _resume_unfinished(self, max_age: dt.timedelta, resume: ResumeEvent) -> None:
        now = self._clock.now()
        for key, payload in await self._inbox.claim_unfinished(self._platform, now - max_age, now):
            if key not in self._own_keys:
                logger.info("Resuming %s", key)
                self._own_keys.add(key)
                await resume(key, payload)

    def start(self, key: str, label: str, job: Awaitable[None], acknowledgement: Awaitable[None] | None = None) -> None:
        """Start handling an event, and mark it finished unless the bot stops first.

        The `acknowledgement` runs meanwhile, also while the event waits its turn; it is cancelled with the answer.
        """
        task = asyncio.create_task(self._run(key, label, job, acknowledgement), name=key)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def drain(self) -> None:
        """Wait for events in progress, within limits."""
        try:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        finally:
            # If cancelled a second time, the bot waits for nothing more.
            for task in self._tasks:
                task.cancel()
            self._own_keys.clear()

    async def _run(self, key: str, label: str, job: Awaitable[None], acknowledgement: Awaitable[None] | None) -> None:
        acknowledging = asyncio.ensure_future(acknowledgement) if acknowledgement else None
        try:
            async with self._semaphore:
                await job
        except Exception:
            if is_cut_off():  # it isn't finished: whoever starts next goes on with it
                return
            logger.exception("The answer to %s was not delivered (incident %s)", label, secrets.token_hex(3))
        finally:
            if acknowledging:
                acknowledging.cancel()
                await asyncio.gather(acknowledging, return_exceptions=True)
        await self._inbox.finish(key)
        self._own_keys.discard(key)


class Surface(Protocol):
    """Where one answer is shown; raises PlatformErrors."""

    progress_delay: float
    """Seconds until progress is shown: most answers are there before."""

    progress_interval: float
    """Seconds between two states that are shown; 0 if only one can be."""

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show progress, or the answer so far, in place of what was shown before."""

    async def show(self, reply: Reply) -> None:
        """Show the answer, in place of what was shown before."""


async def relay(states: AsyncIterator[Reply], surface: Surface) -> None:
    """Show the states of an answer: progress only if it takes a while, and never after the answer."""
    progress = _ProgressDisplay(surface)
    try:
        async for reply in states:
            if not reply.final and isinstance(reply.content, Message):
                progress.update(reply.content, is_partial=reply.is_partial)
                continue
            await progress.stop()
            await surface.show(reply)
    finally:
        await progress.stop()


def form_prompt(form: Form) -> Message:
    """Return a message with a button that opens a form, if it can't be opened at once."""
    button = Choices((Button("Open the form", Action(form.verb, form.arg)),))
    return line_view(md("**{title}**: please fill in a few details.", title=form.title), button, summary=form.title)


class _ProgressDisplay:
    """Shows the latest state of progress: the first after a while, later ones no faster than the surface allows."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._latest: tuple[Message, bool] | None = None
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def update(self, message: Message, *, is_partial: bool) -> None:
        """Set the latest state; one that is replaced before its time is never shown."""
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
        message, is_partial = state
        try:
            await self._surface.show_progress(message, is_partial=is_partial)
        except PlatformError as error:
            logger.info("Progress could not be shown: %s", error)

    async def _is_stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return False
        return True
