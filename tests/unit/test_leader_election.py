"""Whose turn it is: one at a time, handed on when it is lost, and how many share what."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

import pytest

from bot.delivery.leader_election import LEADER_LEASE, Leadership, Leases, ReplicaGroup, SingleReplica, new_holder_id
from tests.conftest import NOON
from tests.fakes import MemoryLeases, Road
from tests.timeless import LoopClock, timeless


@dataclass
class Worker:
    """A replica that works when it is its turn, again and again, and notes when."""

    leases: Leases
    name: str
    ahead: float = 0.0
    spans: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replicas = ReplicaGroup(self.leases, self.name, LoopClock(NOON, self.ahead))
        self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        """Work whenever it may."""
        while True:
            await self.replicas.run_as_leader("work", self.work)

    async def work(self) -> None:
        """Note when it began and ended."""
        span = [moment(), float("inf")]
        self.spans.append(span)
        try:
            await asyncio.Event().wait()
        finally:
            span[1] = moment()


def moment() -> float:
    """Return the loop's time."""
    return asyncio.get_running_loop().time()


def played(scene: Callable[[], Coroutine[object, object, None]]) -> None:
    """Let a scene play, and end whatever is left."""

    async def whole() -> None:
        await scene()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    timeless(whole())


def overlap(*workers: Worker) -> float:
    """Return for how many seconds two worked at once."""
    spans = sorted(span for worker in workers for span in worker.spans)
    return sum(max(0.0, one[1] - next_[0]) for one, next_ in itertools.pairwise(spans))


def test_alone_everybody_works_at_once() -> None:
    """And no lease is needed."""
    done: list[str] = []

    async def work() -> None:
        done.append("work")

    async def scene() -> None:
        replicas = SingleReplica()
        async with replicas.membership():
            await asyncio.gather(replicas.run_as_leader("a", work), replicas.run_as_leader("a", work))
        assert moment() == 0
        assert replicas.live_count == 1

    played(scene)
    assert done == ["work"] * 2


def test_one_works_at_a_time_and_keeps_at_it() -> None:
    """An hour long, however many wait."""

    async def scene() -> None:
        leases = MemoryLeases()
        workers = [Worker(leases, f"w{n}") for n in range(5)]
        await asyncio.sleep(3600)
        assert [len(worker.spans) for worker in workers] == [1, 0, 0, 0, 0]

    played(scene)


def test_who_leaves_hands_the_turn_on() -> None:
    """Within a few seconds."""

    async def scene() -> None:
        leases = MemoryLeases()
        first = Worker(leases, "first")
        await asyncio.sleep(1)
        second = Worker(leases, "second")
        await asyncio.sleep(60)
        first.task.cancel()
        await asyncio.sleep(3)
        assert first.spans == [[0, 61]]
        assert second.spans[0][0] <= 64

    played(scene)


@pytest.mark.parametrize("behind", [-2.0, 0.0, 2.0])
def test_the_turn_of_who_died_is_anothers_soon(behind: float) -> None:
    """Within twenty seconds, also where clocks differ by two either way."""

    async def scene() -> None:
        leases = MemoryLeases()
        await leases.acquire("work", "dead", NOON, LEADER_LEASE)
        other = Worker(leases, "other", ahead=behind)
        await asyncio.sleep(60)
        assert LEADER_LEASE.total_seconds() - 2 <= other.spans[0][0] <= 20

    played(scene)


@pytest.mark.parametrize("hangs", [False, True])
@pytest.mark.parametrize("ahead", [-2.0, 0.0, 2.0, 4.0])
def test_who_cannot_say_that_it_has_the_turn_stops(ahead: float, *, hangs: bool) -> None:
    """A margin before another may begin, whether the database fails or does not answer; then it waits again."""

    async def scene() -> None:
        leases = MemoryLeases()
        road = Road(leases)
        first = Worker(road, "first")
        await asyncio.sleep(1)
        second = Worker(leases, "second", ahead)
        await asyncio.sleep(100)
        road.cut, road.hangs = not hangs, hangs
        await asyncio.sleep(60)
        assert len(first.spans) == len(second.spans) == 1
        assert first.spans[0][1] <= 101 + LEADER_LEASE.total_seconds() * 2 / 3
        assert overlap(first, second) == 0
        assert second.spans[0][0] <= 101 + 20

    played(scene)


def test_a_short_silence_of_the_database_costs_no_turn() -> None:
    """It is asked again before it is too late."""

    async def scene() -> None:
        road = Road(MemoryLeases())
        worker = Worker(road, "w")
        await asyncio.sleep(100)
        road.cut = True
        await asyncio.sleep(4)
        road.cut = False
        await asyncio.sleep(100)
        assert worker.spans == [[0, float("inf")]]

    played(scene)


def test_who_lost_the_turn_to_another_stops() -> None:
    """At its next renewal: a process that froze past its lease."""

    async def scene() -> None:
        leases = MemoryLeases()
        frozen = Worker(leases, "frozen")
        await asyncio.sleep(7)
        await leases.acquire("work", "other", NOON + dt.timedelta(seconds=60), LEADER_LEASE)
        await asyncio.sleep(5)
        assert frozen.spans == [[0, 10]]

    played(scene)


def test_a_failure_of_the_work_is_the_callers_and_frees_the_turn() -> None:
    """So that it can be tried again, here or elsewhere."""

    async def fails() -> None:
        await asyncio.sleep(1)
        raise ValueError

    async def scene() -> None:
        leases = MemoryLeases()
        with pytest.raises(ValueError, match=r"^$"):
            await ReplicaGroup(leases, "a", LoopClock(NOON)).run_as_leader("work", fails)
        assert await leases.acquire("work", "b", NOON, LEADER_LEASE)

    played(scene)


async def lives(replicas: ReplicaGroup) -> None:
    """Be there until cancelled."""
    async with replicas.membership():
        await asyncio.Event().wait()


def test_everybody_knows_how_many_live() -> None:
    """Soon after somebody joins, leaves or dies."""

    async def scene() -> None:
        leases = MemoryLeases()
        road = Road(leases)
        three = [ReplicaGroup(place, f"r{n}", LoopClock(NOON, n - 1)) for n, place in enumerate([leases, leases, road])]
        tasks = [asyncio.create_task(lives(replicas)) for replicas in three]
        await asyncio.sleep(20)
        assert [replicas.live_count for replicas in three] == [3, 3, 3]
        tasks[1].cancel()
        await asyncio.sleep(6)
        assert [three[n].live_count for n in (0, 2)] == [2, 2]
        road.cut = True
        await asyncio.sleep(2 * LEADER_LEASE.total_seconds() + 10)
        assert three[0].live_count == 1

    played(scene)


def test_the_parts_never_make_more_than_the_whole() -> None:
    """Whoever joins begins when all the others have made room."""

    async def present(replicas: ReplicaGroup, at_work: set[ReplicaGroup], joins: float) -> None:
        await asyncio.sleep(joins)
        async with replicas.membership():
            at_work.add(replicas)
            await asyncio.Event().wait()

    async def scene() -> None:
        leases, at_work = MemoryLeases(), set[ReplicaGroup]()
        joins: list[Awaitable[None]] = []
        for number in range(8):
            replicas = ReplicaGroup(leases, f"r{number}", LoopClock(NOON, number % 5 - 2))
            joins.append(asyncio.ensure_future(present(replicas, at_work, number // 2 * 7.3)))
        for _ in range(1000):
            await asyncio.sleep(0.1)
            assert sum(1 / replicas.live_count for replicas in at_work) <= 1 + 1e-9
        assert [replicas.live_count for replicas in at_work] == [8] * 8

    played(scene)


async def test_a_duty_is_done_only_by_whose_turn_it_is() -> None:
    """Before and after, it is nothing."""
    done: list[str] = []

    async def step() -> None:
        done.append("step")

    duty = Leadership()
    await duty.guard(step)()
    held = asyncio.create_task(SingleReplica().run_as_leader("duty", duty.hold))
    await asyncio.sleep(0)
    await duty.guard(step)()
    held.cancel()
    await asyncio.gather(held, return_exceptions=True)
    await duty.guard(step)()
    assert done == ["step"]


def test_no_two_processes_have_one_name() -> None:
    """Not even those of one machine, after its numbers began anew."""
    assert len({new_holder_id() for _ in range(100)}) == 100
