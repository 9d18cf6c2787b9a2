"""Events at work: each begun once, whoever looks for what is left."""

from __future__ import annotations

import asyncio
import datetime as dt

from bot.platforms.inbox_worker import RESCAN_SECONDS, InboxWorker
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
