"""Events at work: each begun once, whoever looks for what is left, and shown while somebody waits."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.chat.message import Form, Group, Message, Prose
from bot.chat.request import Arg, ArgKind, Reply, Verb
from bot.chat.text import styled_text
from bot.errors import Busy, PlatformError, StoreError, Unconfirmed
from bot.platforms.inbox_worker import (
    MAX_CONCURRENT,
    RESCAN_SECONDS,
    Answer,
    InboxWorker,
    Job,
    asked_words,
    decode_reply,
    encode_reply,
    no_replies,
    relay,
)
from tests.conftest import NOON
from tests.fakes import MemoryInbox
from tests.timeless import LoopClock, timeless

WITHIN = dt.timedelta(minutes=15)


class Bench:
    """What works on events until it is told that they are done, and notes which were begun."""

    def __init__(self, inbox: MemoryInbox) -> None:
        self.clock = LoopClock(NOON)
        self.work = InboxWorker("slack", inbox, self.clock)
        self.begun: list[str] = []
        self.lost: list[str] = []
        self.done = asyncio.Event()

    async def receive(self, key: str) -> None:
        """Take an event in."""
        if await self.work.accept(key, "said"):
            await self.begin(key, "said")

    async def begin(self, key: str, payload: str) -> None:
        """Set to work on it."""
        assert payload == "said"
        self.begun.append(key)
        expires = self.clock.now() + WITHIN

        async def report_loss() -> None:
            self.lost.append(key)

        self.work.start(Job(key, "ask", self._answer, expires, report_loss))

    async def _answer(self) -> None:
        await self.done.wait()


def test_what_was_left_is_gone_on_with_at_once_and_again_every_minute() -> None:
    """What is under way here is not begun a second time."""

    async def scene() -> list[str]:
        inbox = MemoryInbox()
        await inbox.accept("slack:before", "said", NOON)
        bench = Bench(inbox)
        async with bench.work.resuming(WITHIN, bench.begin):
            assert bench.begun == ["slack:before"]
            await bench.receive("slack:now")
            await inbox.accept("slack:others", "said", NOON)
            await asyncio.sleep(3 * RESCAN_SECONDS + 1)
            bench.done.set()
            await asyncio.sleep(RESCAN_SECONDS)
        return bench.begun

    assert timeless(scene()) == ["slack:before", "slack:now", "slack:others"]


def test_an_event_that_is_just_being_written_down_is_nobody_elses() -> None:
    """Not even when it is looked for between the writing and the work."""

    class Slow(MemoryInbox):
        """An inbox that takes a while to say that it has something."""

        async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
            """Write an event down."""
            new = await super().accept(event, payload, now)
            await asyncio.sleep(2 * RESCAN_SECONDS)
            return new

    async def scene() -> list[str]:
        bench = Bench(Slow())
        async with bench.work.resuming(WITHIN, bench.begin):
            await asyncio.gather(bench.receive("slack:now"), bench.receive("slack:now"))
            bench.done.set()
            await asyncio.sleep(RESCAN_SECONDS)
        return bench.begun

    assert timeless(scene()) == ["slack:now"]


def test_what_a_stop_cut_off_is_begun_again_at_the_next_start() -> None:
    """Also of the same process, which connects anew."""

    async def scene() -> list[str]:
        bench = Bench(MemoryInbox())
        for _ in range(2):
            async with bench.work.resuming(WITHIN, bench.begin):
                await bench.receive("slack:now")
            await bench.work.drain()
        return bench.begun

    assert timeless(scene()) == ["slack:now"] * 2


def test_what_fails_while_a_stop_cuts_it_off_is_begun_again() -> None:
    """As when what it has to clean up is gone before it."""

    class Torn(Bench):
        """Work that fails as it is stopped."""

        async def _answer(self) -> None:
            try:
                await self.done.wait()
            finally:
                message = "no active connection"
                raise ValueError(message)

    async def scene() -> list[str]:
        bench = Torn(MemoryInbox())
        for _ in range(2):
            async with bench.work.resuming(WITHIN, bench.begin):
                await bench.receive("slack:now")
            draining = asyncio.create_task(bench.work.drain())
            await asyncio.sleep(0)
            draining.cancel()
            await asyncio.sleep(1)
        return bench.begun

    assert timeless(scene()) == ["slack:now"] * 2


class Refused(Bench):
    """Work whose answers a platform doesn't take, for `away` seconds from the first try."""

    def __init__(self, inbox: MemoryInbox, away: float, error: Busy) -> None:
        super().__init__(inbox)
        self.error = error
        self.until = self.clock.now() + dt.timedelta(seconds=away)
        self.answered: list[float] = []

    async def _answer(self) -> None:
        if self.clock.now() < self.until:
            raise self.error
        self.answered.append((self.clock.now() - NOON).total_seconds())


@pytest.mark.parametrize(
    ("error", "answered"), [(Unconfirmed(), 135), (Busy(50), 100), (Busy(300), 300)], ids=["unconfirmed", "50", "300"]
)
def test_what_a_platform_does_not_take_is_tried_again_in_time(error: Busy, answered: float) -> None:
    """When it says, or less and less often."""

    async def scene() -> tuple[list[float], list[str]]:
        bench = Refused(MemoryInbox(), 100, error)
        await bench.receive("slack:now")
        await asyncio.sleep(1000)
        return bench.answered, bench.lost

    assert timeless(scene()) == ([answered], [])


def test_who_waits_for_another_try_keeps_nobody_waiting() -> None:
    """However many there are; all are answered in the end."""

    async def scene() -> list[float]:
        bench = Refused(MemoryInbox(), 100, Busy(500))
        for n in range(3 * MAX_CONCURRENT):
            await bench.receive(f"slack:{n}")
        await asyncio.sleep(101)
        await bench.receive("slack:late")
        await asyncio.sleep(1000)
        return bench.answered

    assert timeless(scene()) == [101, *[500] * 3 * MAX_CONCURRENT]


def test_what_cannot_be_answered_in_time_is_told_as_lost() -> None:
    """Once, and not begun again."""

    async def scene() -> tuple[list[float], list[str], list[tuple[str, str]]]:
        inbox = MemoryInbox()
        bench = Refused(inbox, 10_000, Unconfirmed())
        await bench.receive("slack:now")
        await asyncio.sleep(WITHIN.total_seconds() + 1)
        return bench.answered, bench.lost, await inbox.claim_unfinished("slack", NOON, NOON)

    assert timeless(scene()) == ([], ["slack:now"], [])


def test_a_stop_does_not_wait_for_another_try() -> None:
    """The event is unfinished then, and nobody is told that it is lost."""

    async def scene() -> tuple[float, list[str], list[tuple[str, str]]]:
        inbox = MemoryInbox()
        bench = Refused(inbox, 10_000, Unconfirmed())
        await bench.receive("slack:now")
        await asyncio.sleep(100)
        began = asyncio.get_running_loop().time()
        await bench.work.drain()
        took = asyncio.get_running_loop().time() - began
        return took, bench.lost, await inbox.claim_unfinished("slack", NOON, NOON)

    assert timeless(scene()) == (0, [], [("slack:now", "said")])


class Changed(Bench):
    """Work on a question and on its changes, each of which takes a while; `away` says how often each is refused."""

    def __init__(self, inbox: MemoryInbox, seconds: float = 10, away: int = 0) -> None:
        super().__init__(inbox)
        self.seconds, self.away = seconds, away
        self.told: list[tuple[float, str]] = []

    async def begin(self, key: str, payload: str) -> None:
        """Set to work on it."""
        assert payload == "said"
        refusals = [Busy(60)] * self.away

        async def run() -> None:
            await asyncio.sleep(self.seconds)
            if refusals:
                raise refusals.pop()
            self._tell(f"{key} answered")

        async def take_back() -> None:
            self._tell(f"{key} taken back")

        async def report_loss() -> None:
            self.lost.append(key)

        question = "/".join(key.split("/")[:2])
        expires = self.clock.now() + WITHIN
        self.work.start(Job(key, "ask", run, expires, report_loss, question=question, take_back=take_back))

    def _tell(self, words: str) -> None:
        self.told.append((round((self.clock.now() - NOON).total_seconds()), words))


def test_changes_of_a_question_are_dealt_with_in_order() -> None:
    """What is answered already is taken back, what is outdated before its turn not begun."""

    async def scene() -> list[tuple[float, str]]:
        bench = Changed(MemoryInbox())
        for key in ("slack:C1/1", "slack:C1/10", "slack:C1/1/2", "slack:C1/1/3"):
            await bench.receive(key)
            await asyncio.sleep(1)
        await asyncio.sleep(100)
        return bench.told

    assert timeless(scene()) == [
        (10, "slack:C1/1 answered"),
        (10, "slack:C1/1 taken back"),
        (10, "slack:C1/1/2 taken back"),
        (11, "slack:C1/10 answered"),
        (20, "slack:C1/1/3 answered"),
    ]


def test_an_answer_to_a_question_that_is_deleted_is_not_tried_again() -> None:
    """Nor told as lost; however many such questions there are, whoever deletes them keeps nobody waiting."""

    async def scene() -> tuple[list[str], list[str]]:
        bench = Changed(MemoryInbox(), away=1)
        questions = [f"slack:C1/{number}" for number in range(2 * MAX_CONCURRENT)]
        for key in questions:
            await bench.receive(key)
        await asyncio.sleep(59)
        bench.away = 0
        for key in questions:
            await bench.receive(f"{key}/deleted")
        await asyncio.sleep(200)
        return [words for _, words in bench.told if "/deleted" not in words], bench.lost

    told, lost = timeless(scene())
    assert sorted(told) == sorted(f"slack:C1/{number} taken back" for number in range(2 * MAX_CONCURRENT))
    assert lost == []


class Away(MemoryInbox):
    """An inbox that doesn't respond for the first minutes, as far as reading or finishing goes."""

    def __init__(self, minutes: float, *, reading: bool = False, finishing: bool = False) -> None:
        super().__init__()
        self.seconds = 60 * minutes
        self.reading, self.finishing = reading, finishing

    async def is_changed(self, question: str, event: str) -> bool:
        """Return whether a question was changed after an event."""
        self._require_response(needed=self.reading)
        return await super().is_changed(question, event)

    async def finish(self, event: str) -> None:
        """Forget what the event said."""
        self._require_response(needed=self.finishing)
        await super().finish(event)

    def _require_response(self, *, needed: bool) -> None:
        if needed and asyncio.get_running_loop().time() < self.seconds:
            raise StoreError


@pytest.mark.parametrize("inbox", [Away(5, reading=True), Away(5, finishing=True)], ids=["reading", "finishing"])
def test_a_question_survives_a_database_that_does_not_respond(inbox: Away) -> None:
    """It is answered once, and then it is finished."""

    async def scene() -> tuple[list[str], list[str], list[tuple[str, str]]]:
        bench = Changed(inbox)
        async with bench.work.resuming(WITHIN, bench.begin):
            await bench.receive("slack:C1/1")
            await asyncio.sleep(600)
        return [words for _, words in bench.told], bench.lost, await inbox.claim_unfinished("slack", NOON, NOON)

    assert timeless(scene()) == (["slack:C1/1 answered"], [], [])


@pytest.mark.parametrize("error", [StoreError(), OSError()], ids=repr)
def test_a_loss_that_cannot_be_told_is_told_later(error: Exception) -> None:
    """Whatever the reason: the event is looked at again until whoever asked knows."""

    class Speechless(Refused):
        """Work whose losses can't be told for some minutes."""

        async def begin(self, key: str, payload: str) -> None:
            """Set to work on it."""
            assert payload == "said"

            async def report_loss() -> None:
                if asyncio.get_running_loop().time() < 2000:
                    raise error
                self.lost.append(key)

            self.work.start(Job(key, "ask", self._answer, NOON + WITHIN, report_loss))

    async def scene() -> tuple[list[float], list[str], list[tuple[str, str]]]:
        inbox = MemoryInbox()
        bench = Speechless(inbox, 10_000, Unconfirmed())
        async with bench.work.resuming(WITHIN, bench.begin):
            await bench.receive("slack:now")
            await asyncio.sleep(3000)
        return bench.answered, bench.lost, await inbox.claim_unfinished("slack", NOON, NOON)

    assert timeless(scene()) == ([], ["slack:now"], [])


def test_a_failure_to_look_is_no_end() -> None:
    """A minute later it is looked again."""

    class Failing(MemoryInbox):
        """An inbox that cannot be looked into the second time."""

        looks = 0

        async def unfinished(self, platform: str, since: dt.datetime, now: dt.datetime) -> list[tuple[str, str]]:
            """Look."""
            self.looks += 1
            if self.looks == 2:
                raise OSError
            return await super().claim_unfinished(platform, since, now)

    async def scene() -> list[str]:
        inbox = Failing()
        bench = Bench(inbox)
        async with bench.work.resuming(WITHIN, bench.begin):
            await inbox.accept("slack:others", "said", NOON)
            await asyncio.sleep(2 * RESCAN_SECONDS + 1)
        bench.done.set()
        await bench.work.drain()
        return bench.begun

    assert timeless(scene()) == ["slack:others"]


@dataclass
class Board:
    """A surface that notes what is shown, and when."""

    progress_delay: float = 1
    progress_interval: float = 2
    fails: bool = False
    shown: list[tuple[float, str]] = field(default_factory=list)

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Note progress, in brackets where it is no part of the answer."""
        if self.fails:
            raise PlatformError
        self._note(message.summary if is_partial else f"({message.summary})")

    async def show(self, reply: Reply) -> None:
        """Note the answer."""
        assert isinstance(reply.content, Message)
        self._note(f"{reply.content.summary}.")

    def _note(self, words: str) -> None:
        self.shown.append((asyncio.get_running_loop().time(), words))


def seen(board: Board, *steps: tuple[float, str]) -> list[tuple[float, str]]:
    """Return what is shown of states that take so many seconds each: the first is progress, the last the answer."""

    async def states() -> AsyncIterator[Reply]:
        for number, (seconds, words) in enumerate(steps):
            await asyncio.sleep(seconds)
            last = number == len(steps) - 1
            message = Message((Group((Prose(styled_text(words)),)),), words)
            yield Reply(message, final=last, is_partial=number > 0 and not last)

    async def scene() -> list[tuple[float, str]]:
        began = asyncio.get_running_loop().time()
        await relay(states(), board)
        return [(round(at - began, 1), words) for at, words in board.shown]

    return timeless(scene())


def test_who_does_not_wait_sees_the_answer_alone() -> None:
    """Most answers are there before anything has to be said."""
    assert seen(Board(), (0, "looking"), (0.5, "yes")) == [(0.5, "yes.")]


def test_an_answer_grows_no_faster_than_its_place_takes() -> None:
    """Each time the newest state; one that was replaced before is left out, and none is shown twice."""
    steps = [(0, "looking"), (1.5, "one"), (0.5, "two"), (0.5, "three"), (4, "four"), (1.4, "all")]
    assert seen(Board(), *steps) == [(1, "(looking)"), (3, "three"), (7, "four"), (7.9, "all.")]


def test_where_nothing_can_be_replaced_progress_is_shown_once() -> None:
    """And then the answer."""
    assert seen(Board(progress_interval=0), (0, "looking"), (2, "one"), (3, "all")) == [(1, "(looking)"), (5, "all.")]


@pytest.mark.parametrize("pause", [0, 2])
def test_progress_that_cannot_be_shown_stops_nothing(pause: float) -> None:
    """The answer comes all the same."""
    assert seen(Board(progress_interval=pause, fails=True), (0, "looking"), (5, "all")) == [(5, "all.")]


async def test_an_answer_that_is_not_taken_is_saved_and_shown_later() -> None:
    """What was done for it isn't done again, neither at the next try nor at the next start."""
    kept: list[str] = []
    done: list[str] = []
    shown: list[Reply] = []
    answer = Message((Group((Prose(styled_text("Seven mills.")),)),), "Seven")

    async def states() -> AsyncIterator[Reply]:
        done.append("counted")
        yield Reply(answer, private=True, failed=True)

    async def save(reply: Reply) -> None:
        kept.append(encode_reply(reply))

    class Reluctant(Board):
        """A surface that takes an answer at the third try."""

        tries = 0

        async def show(self, reply: Reply) -> None:
            """Refuse it twice."""
            self.tries += 1
            if self.tries < 3:
                raise Busy(1)
            shown.append(reply)

    showing = Answer(states(), Reluctant(), save)
    for _ in range(2):
        with pytest.raises(Busy):
            await showing.show()
    await showing.show()
    (saved,) = map(decode_reply, kept)
    await Answer(no_replies(), Board(), save, saved).show()
    assert done == ["counted"]
    assert shown == [saved] == [Reply(answer, private=True, failed=True)]


async def test_an_answer_is_shown_later_though_it_cannot_be_saved() -> None:
    """Nor could progress be noted: what is shown at last is the answer."""
    answer = Message((Group((Prose(styled_text("Seven mills.")),)),), "Seven")

    async def states() -> AsyncIterator[Reply]:
        yield Reply(answer, final=False)
        await asyncio.sleep(0.01)
        yield Reply(answer)

    async def save(reply: Reply) -> None:
        del reply
        raise StoreError

    class Unsure(Board):
        """A surface that takes an answer at the third try, and whose database is away."""

        tries = 0

        async def show_progress(self, message: Message, *, is_partial: bool) -> None:
            """Fail to note it."""
            del message, is_partial
            raise StoreError

        async def show(self, reply: Reply) -> None:
            """Refuse it twice."""
            self.tries += 1
            if self.tries < 3:
                raise (Busy(1), StoreError())[self.tries - 1]
            await super().show(reply)

    board = Unsure(progress_delay=0)
    showing = Answer(states(), board, save)
    for _ in range(2):
        with pytest.raises(StoreError):
            await showing.show()
    await showing.show()
    assert [words for _, words in board.shown] == ["Seven."]


def test_a_form_is_made_again_instead_of_saved() -> None:
    """Nothing was done for it yet."""
    assert decode_reply(encode_reply(Reply(Form("Daily brief", (), "subscribe")))) is None


def test_what_was_asked_is_repeated_without_secrets() -> None:
    """A question in its words, a command with its own, a button not at all."""
    verbs = (
        Verb("ask", "Ask", (Arg("question", "What", ArgKind.TEXT),)),
        Verb("unlock", "Log in", (Arg("user", "Who", ArgKind.WORDS), Arg("secret", "Password", ArgKind.HIDDEN))),
        Verb("more", "More", shown=False),
    )
    assert asked_words("ask", {"": "Who sold mills?"}, verbs) == "Who sold mills?"
    assert asked_words("follow_up", {"": "And when?"}, verbs) == "And when?"
    assert asked_words("unlock", {"user": "ann", "secret": "s3cret"}, verbs) == "unlock ann"
    assert asked_words("more", {"": "17 Harbor"}, verbs) == ""
