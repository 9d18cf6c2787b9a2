"""The outbox and the inbox: each thing once, whoever asks and whoever dies."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ports import Address, Delivery, State
from bot.store.store import Store, opened
from tests.conftest import NOON

HERE = Address("slack", "T1", "C1")
LEASE = dt.timedelta(seconds=60)
OVER = NOON + LEASE


def delivery(number: int = 1) -> Delivery:
    """Make something to send."""
    return Delivery(f"brief/{number}/2031-06-26", f"brief 2031-06-26 topic{number}", HERE)


async def states(store: Store) -> dict[State, int]:
    """Return how many deliveries stand where."""
    return dict(Counter(one.state for one in await store.outbox.deliveries("slack:T1", list(State))))


async def test_a_key_is_kept_once(store: Store) -> None:
    """The same key again, in one go or later or by two at once, is the same delivery, as it was first."""
    assert await store.outbox.put([delivery(), delivery(), delivery(2)], NOON) == 2
    again = replace(delivery(), what="brief 2031-06-26 other")
    assert await asyncio.gather(*(store.outbox.put([again], NOON) for _ in range(5))) == [0] * 5
    (two, one) = await store.outbox.deliveries("slack:T1", [State.PENDING])
    assert (one.what, two.what) == (delivery().what, delivery(2).what)


async def test_a_key_that_was_sent_is_not_sent_again(store: Store) -> None:
    """Settling does not free the key."""
    await store.outbox.put([delivery()], NOON)
    (claimed,) = await store.outbox.claim(NOON, LEASE, 9)
    assert await store.outbox.settle(claimed, State.SENT, sent="171.5")
    assert await store.outbox.put([delivery()], NOON) == 0
    assert await store.outbox.claim(NOON + dt.timedelta(days=1), LEASE, 9) == []
    assert await states(store) == {State.SENT: 1}


async def test_what_is_claimed_is_nobody_elses_until_the_lease_is_over(store: Store) -> None:
    """Then another gets it, with another token and one more attempt."""
    await store.outbox.put([delivery()], NOON)
    assert await store.outbox.claim(NOON - dt.timedelta(seconds=1), LEASE, 9) == []
    (first,) = await store.outbox.claim(NOON, LEASE, 9)
    assert await store.outbox.claim(OVER - dt.timedelta(microseconds=1), LEASE, 9) == []
    (second,) = await store.outbox.claim(OVER, LEASE, 9)
    assert (first.id, first.attempts, second.attempts) == (second.id, 1, 2)
    assert first.token != second.token


async def test_a_sender_that_froze_past_its_lease_is_fenced(store: Store) -> None:
    """Its word on the delivery no longer counts, in either direction; the new holder's does."""
    await store.outbox.put([delivery()], NOON)
    (frozen,) = await store.outbox.claim(NOON, LEASE, 9)
    (holder,) = await store.outbox.claim(OVER, LEASE, 9)
    assert not await store.outbox.settle(frozen, State.FAILED, "too late")
    assert not await store.outbox.again(frozen, OVER, "too late")
    assert await store.outbox.settle(holder, State.SENT)
    assert not await store.outbox.settle(frozen, State.FAILED, "far too late")
    assert not await store.outbox.again(holder, OVER, "already settled")
    assert await states(store) == {State.SENT: 1}


async def test_what_is_handed_back_comes_at_its_moment(store: Store) -> None:
    """Not before, with the reason kept."""
    await store.outbox.put([delivery()], NOON)
    (claimed,) = await store.outbox.claim(NOON, LEASE, 9)
    assert await store.outbox.again(claimed, NOON + dt.timedelta(seconds=5), "the platform is busy")
    (waiting,) = await store.outbox.deliveries("slack:T1", [State.PENDING])
    assert (waiting.reason, waiting.attempts) == ("the platform is busy", 1)
    assert await store.outbox.claim(NOON + dt.timedelta(seconds=4), LEASE, 9) == []
    (again,) = await store.outbox.claim(NOON + dt.timedelta(seconds=5), LEASE, 9)
    assert again.attempts == 2


@pytest.mark.parametrize("limit", [1, 7, 100])
async def test_many_senders_never_share_a_delivery(store: Store, place: Path | str, limit: int) -> None:
    """Sixty deliveries, two processes, eight senders at once: each delivery goes to exactly one."""
    await store.outbox.put([delivery(number) for number in range(60)], NOON)
    async with opened(place) as other:

        async def sender(mine: Store) -> list[int]:
            taken: list[int] = []
            while claimed := await mine.outbox.claim(NOON, LEASE, limit):
                taken += [one.id for one in claimed]
            return taken

        taken = await asyncio.gather(*(sender(mine) for mine in (store, other) * 4))
    assert sorted(number for some in taken for number in some) == list(range(1, 61))


async def test_the_oldest_go_first(store: Store) -> None:
    """In the order they fell due, as many as were asked for."""
    for number, seconds in [(1, -5), (2, -30), (3, 0)]:
        await store.outbox.put([delivery(number)], NOON + dt.timedelta(seconds=seconds))
    claimed = [await store.outbox.claim(NOON, LEASE, 2) for _ in range(3)]
    assert [{one.what[-1] for one in some} for some in claimed] == [{"1", "2"}, {"3"}, set()]


async def test_tidying_takes_what_is_settled_and_old(store: Store) -> None:
    """What still waits, what may have been sent, and what is recent stay; so do recent events."""
    await store.outbox.put([delivery(number) for number in range(5)], NOON)
    endings = [State.SENT, State.FAILED, State.UNKNOWN]
    for state in endings:
        (claimed,) = await store.outbox.claim(NOON, LEASE, 1)
        await store.outbox.settle(claimed, state)
    await store.inbox.accept("slack:Ev1", "{}", NOON)
    assert await store.outbox.tidy(NOON) == 0
    assert await store.outbox.tidy(NOON + dt.timedelta(days=30)) == 3
    assert await states(store) == {State.PENDING: 2, State.UNKNOWN: 1}


async def test_an_event_is_accepted_once(store: Store, place: Path | str) -> None:
    """Also when it comes ten times at once, to two processes, and after a restart."""
    async with opened(place) as other:
        accepted = await asyncio.gather(*(s.inbox.accept("slack:Ev1", "{}", NOON) for s in (store, other) * 5))
    assert sorted(accepted) == [False] * 9 + [True]
    async with opened(place) as restarted:
        assert not await restarted.inbox.accept("slack:Ev1", "{}", NOON)
        assert await restarted.inbox.accept("discord:Ev1", "{}", NOON)


async def test_an_event_is_kept_until_it_is_dealt_with(store: Store, place: Path | str) -> None:
    """Over a restart, for its own platform, in the order they came; then what it said is gone and it stays known."""
    for number in range(3):
        await store.inbox.accept(f"slack:Ev{number}", f"said {number}", NOON + dt.timedelta(seconds=number))
    await store.inbox.finish("slack:Ev1")
    async with opened(place) as restarted:
        waiting = [("slack:Ev0", "said 0"), ("slack:Ev2", "said 2")]
        assert await restarted.inbox.unfinished("slack", NOON) == waiting
        assert await restarted.inbox.unfinished("slack", NOON + dt.timedelta(seconds=1)) == waiting[1:]
        assert await restarted.inbox.unfinished("discord", NOON) == []
        assert not await restarted.inbox.accept("slack:Ev1", "said 1", NOON)
        assert await restarted.inbox.unfinished("slack", NOON) == waiting


async def test_who_waits_for_the_outbox_is_woken(store: Store) -> None:
    """By a delivery that is new; else the time passes."""
    waiting = asyncio.create_task(store.outbox.wait(60))
    await asyncio.sleep(0)
    await store.outbox.put([delivery(1)], NOON)
    await asyncio.wait_for(waiting, 5)
    await store.outbox.put([delivery(1)], NOON)
    await asyncio.wait_for(store.outbox.wait(0.01), 5)


async def test_a_space_sees_at_most_its_hundred_newest(store: Store) -> None:
    """The newest first, in the states asked for."""
    await store.outbox.put([delivery(number) for number in range(130)], NOON)
    listed = await store.outbox.deliveries("slack:T1", [State.PENDING])
    assert [one.what for one in listed] == [delivery(number).what for number in range(129, 29, -1)]
    assert await store.outbox.deliveries("slack:T1", [State.SENT]) == []
