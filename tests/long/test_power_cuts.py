"""A bot whose power is cut again and again: what it acknowledged is answered, and what it posted is posted once."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import logging
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bot.chat.message import Message
from bot.chat.platform import PostedPages, Sent
from bot.delivery.jobs import repeat
from bot.delivery.outbox import DELIVERY_LEASE, DeliveryWorker
from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.platforms.inbox_worker import InboxWorker, Job
from bot.store.outbox import Inbox, Outbox, put_deliveries
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.fakes import FixedClock, MemoryPlatform
from tests.power import Machine, draws, powering

logger = logging.getLogger(__name__)

WITHIN = dt.timedelta(days=30)
MOST_MOMENTS = 150
"""A life is cut off within so many moments: a few dozen events and deliveries."""

BRIEF_PAGES, CHANNELS = 3, 7
AT_WORK = 16
"""How many events wait to be acknowledged at a time, at most."""


@dataclass
class World:
    """What no power cut changes: the events that the chat service sends until each is acknowledged, and the time."""

    machine: Machine
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    unacknowledged: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    briefs: list[str] = field(default_factory=list)

    def channel(self, key: str) -> Address:
        """Return where something is posted."""
        return Address("memory", "T1", f"C{int(key.rpartition('/')[2]) % CHANNELS}")

    async def while_powered(self) -> None:
        """Go on, if there still is power."""
        self.machine.moment()
        if self.machine.is_off:
            await asyncio.Event().wait()


class Channels(MemoryPlatform):
    """A chat service that takes a message as often as it is posted, and can be asked what stands there."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.pages: Counter[str] = Counter()
        self._world = world

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Post what isn't posted yet, page by page; look for it first if it may be there."""
        del message
        assert trail
        whole = BRIEF_PAGES if key.startswith("brief") else 1
        for n in range(len(trail.pages), whole):
            page = f"{key}#{n}"
            await self._world.while_powered()
            if not (trail.uncertain_since and self.pages[page]):
                self.pages[page] += 1
            await self._world.while_powered()
            await trail.record(page, last=n == whole - 1)
        return Sent(to, key)


@dataclass
class Bot:
    """A bot from its start until its power is cut: it takes in events, answers them, and posts briefs."""

    world: World
    channels: Channels
    inbox: Inbox
    outbox: Outbox
    store: Store

    async def work(self, *, until_done: bool) -> None:
        """Take in, answer and deliver; in the end only what is left."""
        clock = self.world.clock
        events = InboxWorker("memory", self.inbox, clock)
        there = {"memory": self.channels}
        worker = DeliveryWorker(self.outbox, self.store.subscriptions, write, there, clock)
        delivering = asyncio.create_task(repeat(0, partial(worker.run_once, partial(self.outbox.wait, 0.01))))
        async with events.resuming(WITHIN, partial(self._begin, events)):
            await self._queue_briefs()
            while not until_done or self.world.unacknowledged or await self._left():
                if not until_done:
                    await self._happen()
                await asyncio.gather(*(self._receive(events, key) for key in self.world.unacknowledged[:AT_WORK]))
                await asyncio.sleep(0)
        delivering.cancel()

    async def _happen(self) -> None:
        """Let somebody ask, and a brief be due."""
        number = next(self.world.numbers)
        self.world.unacknowledged.append(f"memory:event/{number}")
        if number % 3 == 0:
            self.world.briefs.append(f"brief/{number}")
            await self._queue_briefs()

    async def _receive(self, events: InboxWorker, key: str) -> None:
        is_new = await events.accept(key, "said")
        await self.world.while_powered()
        self.world.unacknowledged.remove(key)
        self.world.acknowledged.append(key)
        await self.world.while_powered()
        if is_new:
            await self._begin(events, key, "said")

    async def _begin(self, events: InboxWorker, key: str, payload: str) -> None:
        assert payload == "said"
        run = partial(self._answer, key)
        events.start(Job(key, "ask", run, self.world.clock.now() + WITHIN, run))

    async def _answer(self, key: str) -> None:
        answer = key.replace("memory:event", "answer")
        await self.outbox.put([Delivery(answer, "answer", self.world.channel(answer))], self.world.clock.now())

    async def _queue_briefs(self) -> None:
        """Queue what is due as the timetable does: it need not be flushed, as what is lost is still due."""
        wanted = [Delivery(key, "brief", self.world.channel(key)) for key in self.world.briefs]
        async with self.store.database.transaction() as session:
            await put_deliveries(session, wanted, self.world.clock.now())

    async def _left(self) -> bool:
        """Tell whether something is to be answered or sent."""
        load = await self.store.load_counter.measure(self.world.clock.now())
        unsettled = (DeliveryState.PENDING, DeliveryState.SENDING)
        return bool(load.unfinished_events or any(load.deliveries.get(("memory", state)) for state in unsettled))


async def write(delivery: Delivery) -> Message:
    """Write what a delivery names."""
    return Message((), delivery.what)


async def live(world: World, channels: Channels, moments: float, *, durable: bool = True) -> None:
    """Run a bot until its power is cut, or, if that is never, until it has done everything."""
    machine = world.machine
    machine.start(moments)
    until_done = moments == float("inf")
    async with open_store(machine.folder / "bot.db") as store:
        inbox, outbox = (store.inbox, store.outbox) if durable else (Inbox(store.database), Outbox(store.database))
        bot = Bot(world, channels, inbox, outbox, store)
        working = asyncio.create_task(bot.work(until_done=until_done))
        off = asyncio.create_task(machine.wait_until_off())
        done, _ = await asyncio.wait({working, off}, return_when=asyncio.FIRST_COMPLETED)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if working in done:
            await working


def cut_again_and_again(
    empty_file: Path, folder: Path, cuts: int, *, durable: bool = True
) -> tuple[World, Channels, set[str]]:
    """Cut the power so often, then let the bot finish; return the world, what stands in it, and what was lost."""
    folder.mkdir()
    shutil.copy(empty_file, folder / "bot.db")
    chance = draws(folder.name)
    with powering(Machine(folder, chance)) as machine:
        world = World(machine)
        channels = Channels(world)
        for _ in range(cuts):
            asyncio.run(live(world, channels, 1 + chance() * MOST_MOMENTS, durable=durable))
            machine.restart()
            # Whatever was held is free by now.
            world.clock.advance(seconds=DELIVERY_LEASE.total_seconds() + 1)
        asyncio.run(live(world, channels, float("inf"), durable=durable))
    with closing(sqlite3.connect(folder / "bot.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        kept = {event for (event,) in connection.execute("SELECT event FROM inbox WHERE payload IS NULL")}
        unsent = {key for (key,) in connection.execute("SELECT key FROM outbox WHERE state <> 'sent'")}
    return world, channels, unsent | {key for key in world.acknowledged if key not in kept}


def due(world: World) -> Counter[str]:
    """Return the pages that are to stand in the channels, each once."""
    answers = [key.replace("memory:event", "answer") + "#0" for key in world.acknowledged]
    return Counter([*answers, *(f"{key}#{n}" for key in world.briefs for n in range(BRIEF_PAGES))])


@pytest.mark.parametrize("cuts", [25, pytest.param(500, marks=pytest.mark.long)])
def test_no_cut_loses_what_was_acknowledged_or_posts_again(empty_file: Path, tmp_path: Path, cuts: int) -> None:
    """Whatever the disk had not flushed: each event is answered once, each page posted once, and nothing is left."""
    world, channels, lost = cut_again_and_again(empty_file, tmp_path / "disk", cuts)
    logger.info("%d cuts: %d events, %d pages", cuts, len(world.acknowledged), channels.pages.total())
    assert lost == set()
    assert channels.pages == due(world)
    assert len(world.acknowledged) > cuts


def test_a_bot_that_does_not_wait_for_the_disk_is_found_out(empty_file: Path, tmp_path: Path) -> None:
    """The same cuts lose events and post pages twice where nothing is flushed before it is acknowledged or sent."""
    world, channels, lost = cut_again_and_again(empty_file, tmp_path / "disk", 25, durable=False)
    assert lost
    assert channels.pages - due(world)
    assert due(world) - channels.pages
