"""Events at work: each begun once, whoever looks for what is left, and shown while somebody waits."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.request import Reply
from bot.chat.text import styled_text
from bot.errors import PlatformError
from bot.platforms.inbox_worker import RESCAN_SECONDS, InboxWorker, relay
from tests.conftest import NOON
from tests.fakes import MemoryInbox
from tests.timeless import LoopClock, timeless

WITHIN = dt.timedelta(minutes=15)


class Bench:
    """What works on events until it is told that they are done, and notes which were begun."""

    def __init__(self, inbox: MemoryInbox) -> None:
        self.work = InboxWorker("slack", inbox, LoopClock(NOON))
        self.begun: list[str] = []
        self.done = asyncio.Event()

    async def receive(self, key: str) -> None:
        """Take an event in."""
        if await self.work.accept(key, "said"):
            await self.begin(key, "said")

    async def begin(self, key: str, payload: str) -> None:
        """Set to work on it."""
        assert payload == "said"
        self.begun.append(key)
        self.work.start(key, "ask", self._answer())

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
