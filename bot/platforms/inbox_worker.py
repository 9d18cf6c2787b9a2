"""Handles a platform's events: each is saved first, a few run at a time, and unfinished ones are resumed.

An answer that the platform doesn't take is tried again for as long as it can be delivered; then its loss is told.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Protocol, TypeAlias

import msgspec

from bot.chat.argument_parser import hidden_args
from bot.chat.message import Action, Button, Choices, Form, Message
from bot.chat.request import Reply, Verb
from bot.chat.text import md
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.due_times import LOOP_TIMER, Clock, Timer
from bot.errors import Busy, PlatformError, StoreError, Unconfirmed, is_cut_off
from bot.retry import RetryPolicy
from bot.store.outbox import Inbox, Outbox
from bot.store.threads import Replies, decode_message, encode_message
from bot.views.system import lost_answer_view
from bot.views.wording import line_view

logger = logging.getLogger(__name__)

MAX_CONCURRENT = 8
"""How many events are handled at a time; the others wait their turn, acknowledged."""

DRAIN_SECONDS = 6.0
"""Seconds that events in progress have to finish when the bot stops; the rest is resumed at its next start."""

RESCAN_SECONDS = 60.0
"""Seconds between two searches for events that a dead process left unfinished."""

ANSWER_LIFETIME = dt.timedelta(hours=6)
"""How long an answer is tried where a platform sets no limit; a brief that is so late is skipped, too."""

MAX_RESUME_AGE = dt.timedelta(days=1)
"""How old an unfinished event may be for its loss to be told; older ones are let go."""

ANSWER_RETRIES = RetryPolicy(first=5.0, longest=60.0)
"""When an answer is tried again that a platform didn't confirm: what it accepted late has arrived by then."""


ResumeEvent: TypeAlias = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """The handling of an event: `run` is called again after Busy or StoreError, and goes on where it was.

    `label` is for the log. `acknowledge` runs beside it, also while the event waits its turn. After `expires` there is
    no use in trying; `report_loss` tells whoever asked that their answer is lost. `question` is the key of the message
    that is answered, which differs from the job's own if that was edited or deleted since. Events of one question are
    handled in order; one is skipped as soon as a later one is there, and `take_back` removes what was shown for it.
    """

    key: str
    label: str
    run: Callable[[], Awaitable[None]]
    expires: dt.datetime
    report_loss: Callable[[], Awaitable[None]]
    acknowledge: Callable[[], Awaitable[None]] | None = None
    question: str = ""
    take_back: Callable[[], Awaitable[None]] | None = None


class InboxWorker:
    """The unfinished events of a platform; keys are `platform:...`, the same if an event is sent again."""

    def __init__(self, platform: str, inbox: Inbox, clock: Clock, timer: Timer = LOOP_TIMER) -> None:
        self._platform = platform
        self._inbox = inbox
        self._clock = clock
        self._timer = timer
        self._semaphore = asyncio.Semaphore(MAX_CONCURRENT)
        self._tasks: dict[asyncio.Task[None], None] = {}  # in the order of their beginning
        self._asleep: set[asyncio.Task[None]] = set()
        self._stopping = False
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

    async def is_answered(self, question: str) -> bool:
        """Return whether a question has an answer that can go, or is being answered now."""
        return await self._inbox.is_answered(question)

    async def withdraw(self, question: str, key: str, remove: Callable[[str], Awaitable[None]]) -> None:
        """Remove the answers that a question got before an event that changes it."""
        for event, answer in await self._inbox.earlier_answers(question, key):
            await remove(answer)
            await self._inbox.forget_answer(event)

    @asynccontextmanager
    async def resuming(self, max_age: dt.timedelta, resume: ResumeEvent) -> AsyncIterator[None]:
        """Resume what an earlier run left unfinished, and inside, again and again, what other processes leave.

        `resume` is called with the key and the payload of each event that is no older than `max_age`.
        """
        self._stopping = False
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

    def start(self, job: Job, after: float = 0.0) -> None:
        """Start handling an event so many seconds from now, and mark it finished unless the bot stops first."""
        task = asyncio.create_task(self._run(job, after), name=job.key)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def drain(self) -> None:
        """Wait for events in progress, within limits; those that wait for another try are left for the next start."""
        self._stopping = True
        for task in self._asleep:
            task.cancel()
        try:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        finally:
            # If cancelled a second time, the bot waits for nothing more.
            for task in self._tasks:
                task.cancel()
            self._own_keys.clear()

    async def _run(self, job: Job, after: float) -> None:
        """Handle an event and mark it finished; if that fails, the next search finds it."""
        try:
            await self._handle(job, after)
            await self._until_stored(partial(self._inbox.finish, job.key))
        except Exception:
            if is_cut_off():  # it isn't finished: whoever starts next goes on with it
                return
            logger.exception("%s stays unfinished (incident %s)", job.label, secrets.token_hex(3))
        self._own_keys.discard(job.key)

    async def _handle(self, job: Job, after: float) -> None:
        """Answer an event, or tell that its answer is lost; raises what fails because of a stop."""
        acknowledging = asyncio.ensure_future(job.acknowledge()) if job.acknowledge else None
        try:
            if after:
                await self._sleep(after)
            await self._wait_for_earlier(job.question)
            await self._try_until_expired(job)
        except Exception:
            if is_cut_off():
                raise
            logger.exception("The answer to %s was not delivered (incident %s)", job.label, secrets.token_hex(3))
            await self._until_stored(partial(self._report_loss, job))
        finally:
            if acknowledging:
                acknowledging.cancel()
                await asyncio.gather(acknowledging, return_exceptions=True)

    async def _report_loss(self, job: Job) -> None:
        if not await self._is_outdated(job):
            await job.report_loss()

    async def _until_stored(self, step: Callable[[], Awaitable[None]]) -> None:
        """Take a step that has to be in the database, again until it is: the answer itself isn't tried again for it."""
        for attempt in count():
            try:
                await step()
            except StoreError as error:
                logger.warning("An event can't be brought to its end yet: %s", error)
            else:
                return
            await self._sleep(ANSWER_RETRIES.backoff(attempt))

    async def _wait_for_earlier(self, question: str) -> None:
        """Wait until nobody handles an earlier event of a question; it takes no place among those that work."""
        earlier = itertools.takewhile(lambda task: task is not asyncio.current_task(), self._tasks)
        if question and (same := [task for task in earlier if f"{task.get_name()}/".startswith(f"{question}/")]):
            await asyncio.wait(same)

    async def _is_outdated(self, job: Job) -> bool:
        return bool(job.question) and await self._inbox.is_changed(job.question, job.key)

    async def _run_unless_outdated(self, job: Job) -> None:
        """Run a job, and take back what it has shown if its question is edited or deleted, before or meanwhile."""
        if not await self._is_outdated(job):
            self._require_time(job)
            await job.run()
        if job.take_back and await self._is_outdated(job):
            logger.info("The answer to %s is taken back", job.label)
            await job.take_back()

    async def _try_until_expired(self, job: Job) -> None:
        """Run a job until it is done; raises what it does, TimeoutError once it has expired."""
        for attempt in count():
            async with self._semaphore:
                try:
                    await self._run_unless_outdated(job)
                except (Busy, StoreError) as error:
                    logger.info("The answer to %s will be tried again: %s", job.label, error)
                    hint = _retry_hint(error)
                else:
                    return
            wait = ANSWER_RETRIES.backoff(attempt, hint)
            self._require_time(job, wait)
            await self._sleep(wait)

    def _require_time(self, job: Job, seconds: float = 0.0) -> None:
        if self._clock.now() + dt.timedelta(seconds=seconds) > job.expires:
            message = f"{job.key} can't be answered any more."
            raise TimeoutError(message)

    async def _sleep(self, seconds: float) -> None:
        """Wait without a place among those that work; a stop cuts that off, and the event stays unfinished."""
        if (task := asyncio.current_task()) is None:
            return
        self._asleep.add(task)
        try:
            if self._stopping:
                task.cancel()
            await self._timer.sleep(seconds)
        finally:
            self._asleep.discard(task)


def _retry_hint(error: Busy | StoreError) -> float | None:
    return error.retry_after if isinstance(error, Busy) and not isinstance(error, Unconfirmed) else None


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


SaveReply: TypeAlias = Callable[[Reply], Awaitable[None]]
"""Saves an answer that could not be shown yet, so that nothing is done a second time for it."""


class Answer:
    """The states of an answer on their way to its surface: progress only if it takes a while, and never after it.

    `saved` is an answer that an earlier run could not show.
    """

    def __init__(
        self, states: AsyncIterator[Reply], surface: Surface, save: SaveReply | None = None, saved: Reply | None = None
    ) -> None:
        self._states = states
        self._surface = surface
        self._save = save
        self._unshown = saved

    async def show(self) -> None:
        """Show them; after Busy or StoreError, it goes on with the state that was not taken."""
        if self._unshown:
            await self._show(self._unshown)
        progress = _ProgressDisplay(self._surface)
        try:
            async for reply in self._states:
                if not reply.final and isinstance(reply.content, Message):
                    progress.update(reply.content, is_partial=reply.is_partial)
                    continue
                await progress.stop()
                await self._show(reply)
        finally:
            await progress.stop()

    async def _show(self, reply: Reply) -> None:
        try:
            await self._surface.show(reply)
        except (Busy, StoreError) as error:
            is_saved, self._unshown = self._unshown is not None, reply
            if self._save and not is_saved and isinstance(error, Busy):
                await self._save(reply)
            raise
        self._unshown = None


@contextmanager
def after_answer(label: str) -> Iterator[None]:
    """Log what fails inside: an answer that stands isn't told as lost because of what follows it."""
    try:
        yield
    except Exception:
        if is_cut_off():
            raise
        logger.exception("What follows the answer to %s failed (incident %s)", label, secrets.token_hex(3))


async def relay(states: AsyncIterator[Reply], surface: Surface) -> None:
    """Show the states of an answer once."""
    await Answer(states, surface).show()


async def no_replies() -> AsyncIterator[Reply]:
    """Yield nothing: what was asked is already done."""
    return
    yield


class _SavedReply(msgspec.Struct, frozen=True):
    message: str
    private: bool
    failed: bool


def encode_reply(reply: Reply) -> str:
    """Return an answer as JSON, to be saved with its event; empty for a form, which is made again."""
    if isinstance(reply.content, Form):
        return ""
    saved = _SavedReply(encode_message(reply.content), reply.private, reply.failed)
    return msgspec.json.encode(saved).decode()


def decode_reply(text: str) -> Reply | None:
    """Return an answer that was saved, if there is one."""
    if not text:
        return None
    saved = msgspec.json.decode(text, type=_SavedReply)
    return Reply(decode_message(saved.message), private=saved.private, failed=saved.failed)


class LossReports:
    """Tells people directly, and once, that an answer of theirs is lost."""

    def __init__(self, outbox: Outbox, replies: Replies, clock: Clock) -> None:
        self._outbox = outbox
        self._replies = replies
        self._clock = clock

    async def send(self, key: str, to: Address, asked: str, where: Address) -> None:
        """Queue the report about the answer to an event; `to` is the direct conversation with whoever asked."""
        now = self._clock.now()
        report = lost_answer_view(asked, "" if where.channel == to.channel else where.channel)
        kept = await self._replies.save(to, to.channel, report, now)
        await self._outbox.put([Delivery(f"lost/{key}", f"reply {kept}", to)], now)


_QUESTIONS = ("ask", "follow_up")


def asked_words(verb: str, args: Mapping[str, str], verbs: Sequence[Verb]) -> str:
    """Return what a person typed, without secrets; empty if they pressed a button."""
    hidden = hidden_args(verb, verbs)
    words = " ".join(value for name, value in args.items() if value and name not in hidden)
    if verb in _QUESTIONS:
        return words
    is_typed = any(known.name == verb and known.shown for known in verbs)
    return f"{verb} {words}".strip() if is_typed else ""


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
        except (PlatformError, StoreError) as error:
            logger.info("Progress could not be shown: %s", error)

    async def _is_stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return False
        return True
