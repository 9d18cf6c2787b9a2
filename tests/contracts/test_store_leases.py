"""Leases: one holder at a time, whoever tries at once and whosever clock is wrong."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from pathlib import Path

import pytest

from bot.delivery.leader_election import LEADER_LEASE, Leases
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.fakes import MemoryLeases

NAME = "discord"
SKEW = dt.timedelta(seconds=2)
"""How far every clock may be off."""


def after(seconds: float) -> dt.datetime:
    """Return a moment so many seconds after noon."""
    return NOON + dt.timedelta(seconds=seconds)


@pytest.fixture(params=["stored", "memory"])
def leases(request: pytest.FixtureRequest, store: Store) -> Leases:
    """Return leases that nobody holds, on each engine and in memory."""
    return store.leases if request.param == "stored" else MemoryLeases()


async def test_one_holds_a_name_at_a_time(leases: Leases) -> None:
    """And each of several names may be somebody's."""
    assert await leases.acquire(NAME, "a", NOON, LEADER_LEASE)
    assert not await leases.acquire(NAME, "b", NOON, LEADER_LEASE)
    assert await leases.acquire("slack", "b", NOON, LEADER_LEASE)
    assert await leases.acquire(NAME, "a", NOON, LEADER_LEASE)


async def test_another_takes_it_only_after_the_lease(leases: Leases) -> None:
    """From its very end on; and the first one has lost it then."""
    assert await leases.acquire(NAME, "frozen", NOON, LEADER_LEASE)
    end = NOON + LEADER_LEASE
    assert not await leases.acquire(NAME, "b", end - dt.timedelta(microseconds=1), LEADER_LEASE)
    assert await leases.acquire(NAME, "b", end, LEADER_LEASE)
    assert not await leases.acquire(NAME, "frozen", end, LEADER_LEASE)
    assert not await leases.acquire(NAME, "frozen", end + dt.timedelta(seconds=5), LEADER_LEASE)


async def test_to_take_it_again_is_to_hold_it_for_longer(leases: Leases) -> None:
    """Counted from then on."""
    assert await leases.acquire(NAME, "a", NOON, LEADER_LEASE)
    assert await leases.acquire(NAME, "a", after(10), LEADER_LEASE)
    assert not await leases.acquire(NAME, "b", NOON + LEADER_LEASE, LEADER_LEASE)
    assert await leases.acquire(NAME, "b", after(10) + LEADER_LEASE, LEADER_LEASE)


async def test_what_is_released_is_free_at_once(leases: Leases) -> None:
    """Only its holder can release it."""
    assert await leases.acquire(NAME, "a", NOON, LEADER_LEASE)
    await leases.release(NAME, "b")
    assert not await leases.acquire(NAME, "b", NOON, LEADER_LEASE)
    await leases.release(NAME, "a")
    assert await leases.acquire(NAME, "b", NOON, LEADER_LEASE)


async def test_what_is_held_can_be_counted(leases: Leases) -> None:
    """By how a name begins, letter by letter, as long as the lease lasts."""
    for name in ("replica/a", "replica/b", "replicas", "REPLICA/c", "replica%"):
        assert await leases.acquire(name, "x", NOON, LEADER_LEASE)
    await leases.acquire("replica/d", "x", after(1), LEADER_LEASE)
    assert await leases.count_held("replica/", NOON) == 3
    assert await leases.count_held("replica/", NOON + LEADER_LEASE) == 1
    await leases.release("replica/d", "x")
    assert await leases.count_held("replica/", NOON + LEADER_LEASE) == 0


async def test_of_twenty_at_once_one_has_it(store: Store, place: Path | str) -> None:
    """Whether they are in one process or in two, the first time and when a lease is over."""
    async with open_store(place) as other:
        for moment in (NOON, NOON + LEADER_LEASE, NOON + 2 * LEADER_LEASE):
            tries = (
                s.leases.acquire(NAME, f"{n}/{moment}", moment, LEADER_LEASE) for n, s in enumerate((store, other) * 10)
            )
            assert sorted(await asyncio.gather(*tries)) == [False] * 19 + [True]


@pytest.mark.parametrize(("mine", "yours"), [*itertools.product([-SKEW, 0 * SKEW, SKEW], repeat=2)])
async def test_clocks_that_differ_never_make_two_holders(
    leases: Leases, mine: dt.timedelta, yours: dt.timedelta
) -> None:
    """Who holds it believes so until a margin before the end, and nobody else gets it before."""
    renewed = NOON + LEADER_LEASE
    for third in range(4):
        assert await leases.acquire(NAME, "mine", NOON + third * LEADER_LEASE / 3 + mine, LEADER_LEASE)
    belief = renewed + LEADER_LEASE - LEADER_LEASE / 3
    for step in range(100):
        now = renewed + step * dt.timedelta(seconds=0.25)
        if await leases.acquire(NAME, "yours", now + yours, LEADER_LEASE):
            assert now >= belief
            break
    else:
        pytest.fail("nobody ever got it")


async def test_what_nobody_holds_any_more_is_forgotten(store: Store) -> None:
    """After a while; replicas that are gone leave no rows for ever."""
    await store.leases.acquire("replica/gone", "gone", NOON, LEADER_LEASE)
    await store.leases.acquire("replica/here", "here", after(3600), LEADER_LEASE)
    assert await store.leases.prune(after(3600)) == 1
    assert await store.leases.count_held("replica/", after(3600)) == 1
