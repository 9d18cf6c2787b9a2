"""Five replicas on one database, for twenty days: every brief goes out once, whoever dies at what moment."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.platform import ConcurrencyLimits, PostedPages, Sent
from bot.chat.request import Dispatch, Verb
from bot.chat.text import styled_text
from bot.delivery.jobs import queue_briefs
from bot.delivery.outbox import DELIVERY_LEASE, DeliveryWorker
from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.subscription import Subscription
from bot.due_times import EVERY_DAY, next_run
from bot.store.store import Store, open_store
from tests.conftest import Look
from tests.fakes import FixedClock

logger = logging.getLogger(__name__)

START = dt.datetime(2031, 10, 20, 12, 7, tzinfo=dt.UTC)
"""Europe's and America's clocks go back in the days that follow."""

DAYS, CHANNELS = 20, 1_000
TIMES = [dt.time(7), dt.time(8, 30), dt.time(18, 15)]
ZONES = [
    "UTC Europe/Berlin Europe/London Europe/Moscow Africa/Lagos Africa/Cairo Asia/Kolkata Asia/Kathmandu Asia/Tokyo",
    "Asia/Tehran America/New_York America/Los_Angeles America/St_Johns America/Sao_Paulo Australia/Lord_Howe",
    "Australia/Adelaide Pacific/Auckland Pacific/Chatham Pacific/Kiritimati Pacific/Pago_Pago",
]
SKEWS = [-2.0, -1.0, 0.0, 1.0, 2.0]
"""By how many seconds the clock of each replica is off."""


@dataclass
class Board:
    """A platform that keeps what is posted, and recognises a key; whoever posts when `deadly` is 1 dies of it."""

    deadly: int = 0
    posted: Counter[tuple[str, str]] = field(default_factory=Counter)
    recognised: int = 0
    keys: dict[str, Sent] = field(default_factory=dict)

    def post(self, to: Address, message: Message, key: str) -> Sent:
        """Keep a post."""
        self.deadly -= 1
        self.recognised += key in self.keys
        if key not in self.keys:
            self.posted[str(to), message.summary] += 1
            self.keys[key] = Sent(to, key)
        return self.keys[key]


class Life:
    """One replica's clock and its way to the platform; both end with it, in the middle of whatever it does."""

    name = "memory"
    concurrency = ConcurrencyLimits()

    def __init__(self, board: Board, true: FixedClock, ahead: float) -> None:
        self._board = board
        self._true = true
        self._ahead = dt.timedelta(seconds=ahead)
        self.dead = False

    def now(self) -> dt.datetime:
        """Return what its clock shows."""
        self._check()
        return self._true.now() + self._ahead

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Listen to nobody."""
        del verbs, dispatch

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Post; who dies may have posted, and hears no more of it."""
        del trail
        await asyncio.sleep(0)
        self._check()
        sent = self._board.post(to, message, key)
        self.dead = self._board.deadly == 0
        await asyncio.sleep(0)
        self._check()
        return sent

    async def edit(self, sent: Sent, message: Message) -> None:
        """Edit nothing."""

    async def has_outsiders(self, at: Address) -> bool:
        """Return False: nobody is from elsewhere."""
        del at
        return False

    async def direct(self, space: str, user: str) -> Address:
        """Return the person's own channel."""
        return Address(self.name, space, user)

    def _check(self) -> None:
        if self.dead:
            raise asyncio.CancelledError


class Replica:
    """A bot that does what is due."""

    def __init__(self, store: Store, life: Life, connections: AsyncExitStack) -> None:
        self.life = life
        self.connections = connections
        self._store = store
        platforms = {life.name: life}
        self._postman = DeliveryWorker(store.outbox, store.subscriptions, write, platforms, life)

    async def tick(self) -> None:
        """Do what one tick does."""
        await queue_briefs(self._store.subscriptions, self.life)
        await self._store.follows.queue_alerts(self.life.now())
        await self._postman.deliver_due()


async def write(delivery: Delivery) -> Message:
    """Write what a delivery names."""
    return Message((Group((Prose(styled_text("news")),)),), delivery.what.split()[1])


def channels() -> list[tuple[Address, dt.time, str]]:
    """Return where each brief goes, when, by which clock on the wall."""
    zones = " ".join(ZONES).split()
    return [
        (Address("memory", f"T{n % 50}", f"C{n}"), TIMES[n % len(TIMES)], zones[n % len(zones)])
        for n in range(CHANNELS)
    ]


def expected() -> set[tuple[str, str]]:
    """Return where each day's brief is to be, reckoned day by day from clocks on walls."""
    end = START + dt.timedelta(days=DAYS)
    days = [START.date() + dt.timedelta(days=n) for n in range(-1, DAYS + 2)]
    return {
        (str(at), day.isoformat())
        for at, time, zone in channels()
        for day in days
        if START < dt.datetime.combine(day, time, ZoneInfo(zone)) <= end
    }


@pytest.fixture
async def stores() -> AsyncIterator[AsyncExitStack]:
    """Return what closes every store in the end."""
    async with AsyncExitStack() as stack:
        yield stack


@dataclass
class World:
    """The replicas, what they post, and the time."""

    place: Path | str
    stores: AsyncExitStack
    look: Look
    true: FixedClock = field(default_factory=lambda: FixedClock(START))
    board: Board = field(default_factory=Board)
    replicas: list[Replica] = field(default_factory=list)
    names: count[int] = field(default_factory=count)

    async def joins(self, ahead: float) -> Replica:
        """Start a replica."""
        connections = await self.stores.enter_async_context(AsyncExitStack())
        store = await connections.enter_async_context(open_store(self.place, holder=f"r{next(self.names)}"))
        return Replica(store, Life(self.board, self.true, ahead), connections)

    async def subscribes(self) -> None:
        """Subscribe every channel."""
        async with open_store(self.place) as store:
            for at, time, zone in channels():
                due = next_run(time, zone, EVERY_DAY, START)
                await store.subscriptions.subscribe(Subscription(0, "", at, "U1", time, zone, EVERY_DAY, *due))

    async def ticks(self) -> None:
        """Let all of them do what is due, at once."""
        await asyncio.gather(*(one.tick() for one in self.replicas), return_exceptions=True)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*rest, return_exceptions=True)

    def due(self) -> dt.datetime:
        """Return the next moment at which something is due."""
        ((written,),) = self.look("SELECT min(due) FROM subscriptions")
        return dt.datetime.fromisoformat(str(written))

    def standing(self) -> dict[DeliveryState, int]:
        """Return how many deliveries stand where."""
        rows = self.look("SELECT state, count(*) FROM outbox GROUP BY state")
        return {DeliveryState(str(state)): int(str(number)) for state, number in rows}


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("dying", [False, True], ids=["well", "dying"])
async def test_every_brief_goes_out_once(place: Path | str, stores: AsyncExitStack, look: Look, *, dying: bool) -> None:
    """Twenty thousand, with clocks that differ; also when one dies each day at its work, and is replaced."""
    world = World(place, stores, look)
    await world.subscribes()
    world.replicas = [await world.joins(ahead) for ahead in SKEWS]
    end, killed, cut_off = START + dt.timedelta(days=DAYS), 0, 0
    for number in count():
        if (due := world.due()) > end:
            break
        if dying and killed == (due - START).days:
            world.board.deadly = 1 + killed % 4
        # Now the clock that is ahead sees it first, now all see it at once.
        for seconds in (-1.5, 0.5, 2.5) if number % 3 == 0 else (2.5,):
            world.true.moment = due + dt.timedelta(seconds=seconds)
            await world.ticks()
        for dead in [one for one in world.replicas if one.life.dead]:
            killed += 1
            await dead.connections.aclose()
            cut_off += world.standing().get(DeliveryState.SENDING, 0)
            at = world.replicas.index(dead)
            world.replicas[at] = await world.joins(SKEWS[at])
            world.true.moment += DELIVERY_LEASE + dt.timedelta(seconds=4)
            await world.ticks()
    wanted = expected()
    logger.info(
        "%d briefs, %d twice, %d missing; %d replicas died with %d deliveries in hand, %d of them recognised",
        world.board.posted.total(),
        sum(number > 1 for number in world.board.posted.values()),
        len(wanted - world.board.posted.keys()),
        killed,
        cut_off,
        world.board.recognised,
    )
    assert len(wanted) == DAYS * CHANNELS
    assert world.board.posted == dict.fromkeys(wanted, 1)
    assert world.standing() == {DeliveryState.SENT: DAYS * CHANNELS}
    assert killed == (DAYS if dying else 0)
    assert not dying or (cut_off >= DAYS and world.board.recognised >= DAYS // 2)
