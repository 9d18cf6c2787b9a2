"""The outbox and the inbox: each thing once, whoever asks and whoever dies."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.store.outbox import REPLICA_PREFIX
from bot.store.store import Store, open_store
from tests.conftest import NOON

HERE = Address("slack", "T1", "C1")
LEASE = dt.timedelta(seconds=60)
OVER = NOON + LEASE


def delivery(number: int = 1) -> Delivery:
    """Make something to send."""
    at = replace(HERE, channel=f"C{number}")
    return Delivery(f"brief/{number}/2031-06-26", f"brief 2031-06-26 topic{number}", at)


async def states(store: Store) -> dict[DeliveryState, int]:
    """Return how many deliveries stand where."""
    return dict(Counter(one.state for one in await store.outbox.deliveries("slack:T1", list(DeliveryState))))


async def test_a_key_is_kept_once(store: Store) -> None:
    """The same key again, in one go or later or by two at once, is the same delivery, as it was first."""
    assert await store.outbox.put([delivery(), delivery(), delivery(2)], NOON) == 2
    again = replace(delivery(), what="brief 2031-06-26 other")
    assert await asyncio.gather(*(store.outbox.put([again], NOON) for _ in range(5))) == [0] * 5
    (two, one) = await store.outbox.deliveries("slack:T1", [DeliveryState.PENDING])
    assert (one.what, two.what) == (delivery().what, delivery(2).what)


async def test_a_delivery_keeps_what_its_channel_wanted(store: Store) -> None:
    """What people there want later changes nothing about it: its pages come in one order."""
    await store.preferences.prefer(HERE, "ann", "Oster", 1, NOON)
    await store.preferences.prefer(HERE, "bob", "Oster", 1, NOON)
    for user, weight in (("ann", 1), ("bob", -1)):
        await store.preferences.prefer(HERE, user, "Quist", weight, NOON)
    await store.outbox.put([delivery(1), delivery(2)], NOON)
    await store.preferences.prefer(HERE, "ann", "Oster", -1, NOON)
    claimed = await store.outbox.claim(NOON, LEASE, 9, "slack")
    assert {one.at.channel: one.preferences for one in claimed} == {"C1": {"Oster": 2}, "C2": {}}


async def test_a_key_that_was_sent_is_not_sent_again(store: Store) -> None:
    """Settling does not free the key."""
    await store.outbox.put([delivery()], NOON)
    (claimed,) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    assert await store.outbox.settle(claimed, DeliveryState.SENT, sent="171.5")
    assert await store.outbox.put([delivery()], NOON) == 0
    assert await store.outbox.claim(NOON + dt.timedelta(days=1), LEASE, 9, "slack") == []
    assert await states(store) == {DeliveryState.SENT: 1}


async def test_what_is_claimed_is_nobody_elses_until_the_lease_is_over(store: Store) -> None:
    """Then another gets it, with another token and one more attempt."""
    await store.outbox.put([delivery()], NOON)
    assert await store.outbox.claim(NOON - dt.timedelta(seconds=1), LEASE, 9, "slack") == []
    (first,) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    assert await store.outbox.claim(OVER - dt.timedelta(microseconds=1), LEASE, 9, "slack") == []
    (second,) = await store.outbox.claim(OVER, LEASE, 9, "slack")
    assert (first.id, first.attempts, second.attempts) == (second.id, 1, 2)
    assert first.token != second.token


async def test_a_sender_that_froze_past_its_lease_is_fenced(store: Store) -> None:
    """Its word on the delivery no longer counts, in either direction; the new holder's does."""
    await store.outbox.put([delivery()], NOON)
    (frozen,) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    (holder,) = await store.outbox.claim(OVER, LEASE, 9, "slack")
    assert not await store.outbox.settle(frozen, DeliveryState.FAILED, "too late")
    assert not await store.outbox.reschedule(frozen, OVER, "too late")
    assert await store.outbox.settle(holder, DeliveryState.SENT)
    assert not await store.outbox.settle(frozen, DeliveryState.FAILED, "far too late")
    assert not await store.outbox.reschedule(holder, OVER, "already settled")
    assert await states(store) == {DeliveryState.SENT: 1}


async def test_what_is_handed_back_comes_at_its_moment(store: Store) -> None:
    """Not before, with the reason kept."""
    await store.outbox.put([delivery()], NOON)
    (claimed,) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    assert await store.outbox.reschedule(claimed, NOON + dt.timedelta(seconds=5), "the platform is busy")
    (waiting,) = await store.outbox.deliveries("slack:T1", [DeliveryState.PENDING])
    assert (waiting.reason, waiting.attempts) == ("the platform is busy", 1)
    assert await store.outbox.claim(NOON + dt.timedelta(seconds=4), LEASE, 9, "slack") == []
    (again,) = await store.outbox.claim(NOON + dt.timedelta(seconds=5), LEASE, 9, "slack")
    assert again.attempts == 2


async def test_one_of_an_address_is_under_way_at_a_time(store: Store) -> None:
    """In the order they fell due, so that they arrive in it; what waits for a moment lets the next one pass."""
    for number in range(3):
        at = NOON + dt.timedelta(seconds=number - 5)
        await store.outbox.put([replace(delivery(number), at=HERE)], at)
    await store.outbox.put([replace(delivery(3), at=replace(HERE, thread="171.5"))], NOON)
    (first, other) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    assert [first.what, other.what] == [delivery(0).what, delivery(3).what]
    assert await store.outbox.claim(NOON, LEASE, 9, "slack") == []
    await store.outbox.reschedule(first, NOON + dt.timedelta(seconds=9), "busy")
    (second,) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    assert second.what == delivery(1).what
    assert await store.outbox.settle(second, DeliveryState.SENT)
    (back,) = await store.outbox.claim(NOON + dt.timedelta(seconds=9), LEASE, 9, "slack")
    assert back.what == delivery(0).what
    assert await store.outbox.settle(back, DeliveryState.SENT)
    (third,) = await store.outbox.claim(NOON + dt.timedelta(seconds=9), LEASE, 9, "slack")
    assert third.what == delivery(2).what


async def test_a_space_has_its_share(store: Store) -> None:
    """So many of it are under way, whoever sends them; what is to be left alone is."""
    there = [replace(delivery(n), at=Address("slack", f"T{n % 3}", f"C{n}")) for n in range(30)]
    await store.outbox.put(there, NOON)
    first = await store.outbox.claim(NOON, LEASE, 100, "slack", in_space=2)
    assert Counter(one.at.space for one in first) == {"T0": 2, "T1": 2, "T2": 2}
    more = await store.outbox.claim(NOON, LEASE, 100, "slack", in_space=5, skip=["slack:T0", "slack:T1/C7"])
    assert Counter(one.at.space for one in more) == {"T1": 3, "T2": 3}
    assert "C7" not in {one.at.channel for one in more}
    assert await store.outbox.claim(NOON, LEASE, 100, "slack", in_space=2) == []
    assert await store.outbox.claim(NOON, LEASE, 100, "discord") == []
    assert await store.outbox.claim(NOON, LEASE, 100, "sla") == []


async def test_a_lease_can_be_renewed(store: Store) -> None:
    """By who holds it, as often as needed."""
    await store.outbox.put([delivery()], NOON)
    (held,) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    await store.outbox.renew([held], OVER + LEASE)
    assert await store.outbox.claim(OVER, LEASE, 9, "slack") == []
    (taken,) = await store.outbox.claim(OVER + LEASE, LEASE, 9, "slack")
    await store.outbox.renew([held], OVER + 9 * LEASE)
    assert await store.outbox.settle(taken, DeliveryState.SENT)


async def test_what_came_of_earlier_tries_is_known(store: Store) -> None:
    """Which pages stand, and since when a try is in doubt: one that was cut off, or got no answer."""
    await store.outbox.put([delivery()], NOON)
    (first,) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    assert (first.pages, first.doubt) == ((), None)
    await store.outbox.record_pages(first, ["171.1"])
    await store.outbox.reschedule(first, NOON, "busy")
    (second,) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    assert (second.pages, second.doubt) == (("171.1",), None)
    await store.outbox.record_pages(first, ["forged"])
    (third,) = await store.outbox.claim(OVER, LEASE, 9, "slack")
    assert (third.pages, third.doubt) == (("171.1",), NOON)
    await store.outbox.reschedule(third, OVER, "no answer", doubtful=True)
    (fourth,) = await store.outbox.claim(OVER, LEASE, 9, "slack")
    assert fourth.doubt == NOON


async def test_a_try_without_an_answer_is_in_doubt_since_it_began(store: Store) -> None:
    """Not since the delivery fell due."""
    await store.outbox.put([delivery()], NOON)
    (first,) = await store.outbox.claim(OVER, LEASE, 9, "slack")
    await store.outbox.reschedule(first, OVER, "no answer", doubtful=True)
    (second,) = await store.outbox.claim(OVER, LEASE, 9, "slack")
    assert second.doubt == OVER


@pytest.mark.parametrize("state", list(DeliveryState))
async def test_what_has_not_arrived_can_be_sent_anew(store: Store, state: DeliveryState) -> None:
    """What failed or may have failed, as often as somebody wishes; never what was sent, or still waits."""
    await store.outbox.put([delivery()], NOON)
    (held,) = await store.outbox.claim(NOON, LEASE, 9, "slack")
    if state is DeliveryState.PENDING:
        await store.outbox.reschedule(held, NOON, "busy")
    elif state is not DeliveryState.SENDING:
        await store.outbox.settle(held, state, "why")
    ended = state in {DeliveryState.FAILED, DeliveryState.UNKNOWN}
    assert await store.outbox.resend(held.id, OVER) is ended
    assert not await store.outbox.resend(held.id + 1, OVER)
    if ended:
        (again,) = await store.outbox.claim(OVER, LEASE, 9, "slack")
        assert (again.attempts, again.doubt, again.reason) == (1, None, "")


async def test_who_runs_the_bot_sees_every_space(store: Store) -> None:
    """Everybody's deliveries, in the states asked for."""
    await store.outbox.put([delivery(), replace(delivery(2), at=Address("discord", "7", "8"))], NOON)
    assert len(await store.outbox.deliveries(None, [DeliveryState.PENDING])) == 2
    assert await store.outbox.deliveries(None, [DeliveryState.UNKNOWN]) == []


async def test_what_was_cut_off_is_settled_before_what_fell_due_later(store: Store) -> None:
    """After a crash in the middle of a fan-out; platforms remember for minutes only what they were sent."""
    await store.outbox.put([delivery(number) for number in range(2)], NOON)
    await store.outbox.claim(NOON, LEASE, 9, "slack")
    await store.outbox.put([delivery(number) for number in range(2, 9)], NOON + dt.timedelta(seconds=1))
    first = await store.outbox.claim(OVER, LEASE, 2, "slack")
    assert [one.what for one in first] == [delivery(0).what, delivery(1).what]


@pytest.mark.parametrize("limit", [1, 7, 100])
async def test_many_senders_never_share_a_delivery(store: Store, place: Path | str, limit: int) -> None:
    """Sixty deliveries, two processes, eight senders at once: each delivery goes to exactly one."""
    await store.outbox.put([delivery(number) for number in range(60)], NOON)
    async with open_store(place) as other:

        async def sender(mine: Store) -> list[int]:
            taken: list[int] = []
            while claimed := await mine.outbox.claim(NOON, LEASE, limit, "slack"):
                taken += [one.id for one in claimed]
            return taken

        taken = await asyncio.gather(*(sender(mine) for mine in (store, other) * 4))
    assert sorted(number for some in taken for number in some) == list(range(1, 61))


async def test_the_oldest_go_first(store: Store) -> None:
    """In the order they fell due, as many as were asked for."""
    for number, seconds in [(1, -5), (2, -30), (3, 0)]:
        await store.outbox.put([delivery(number)], NOON + dt.timedelta(seconds=seconds))
    claimed = [await store.outbox.claim(NOON, LEASE, 2, "slack") for _ in range(3)]
    assert [{one.what[-1] for one in some} for some in claimed] == [{"1", "2"}, {"3"}, set()]


async def test_tidying_takes_what_is_settled_and_old(store: Store) -> None:
    """What still waits, what may have been sent, and what is recent stay; so do recent events."""
    await store.outbox.put([delivery(number) for number in range(5)], NOON)
    endings = [DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN]
    for state in endings:
        (claimed,) = await store.outbox.claim(NOON, LEASE, 1, "slack")
        await store.outbox.settle(claimed, state)
    await store.inbox.accept("slack:Ev1", "{}", NOON)
    assert await store.outbox.prune(NOON) == 0
    assert await store.outbox.prune(NOON + dt.timedelta(days=30)) == 3
    assert await states(store) == {DeliveryState.PENDING: 2, DeliveryState.UNKNOWN: 1}


async def test_an_event_is_accepted_once(store: Store, place: Path | str) -> None:
    """Also when it comes ten times at once, to two processes, and after a restart."""
    async with open_store(place) as other:
        accepted = await asyncio.gather(*(s.inbox.accept("slack:Ev1", "{}", NOON) for s in (store, other) * 5))
    assert sorted(accepted) == [False] * 9 + [True]
    async with open_store(place) as restarted:
        assert not await restarted.inbox.accept("slack:Ev1", "{}", NOON)
        assert await restarted.inbox.accept("discord:Ev1", "{}", NOON)


async def test_an_event_is_kept_until_it_is_dealt_with(store: Store, place: Path | str) -> None:
    """Over a restart, for its own platform, in the order they came; then what it said is gone and it stays known."""
    for number in range(3):
        await store.inbox.accept(f"slack:Ev{number}", f"said {number}", NOON + dt.timedelta(seconds=number))
    await store.inbox.finish("slack:Ev1")
    async with open_store(place) as restarted:
        waiting = [("slack:Ev0", "said 0"), ("slack:Ev2", "said 2")]
        assert await restarted.inbox.claim_unfinished("slack", NOON, NOON) == waiting
        assert await restarted.inbox.claim_unfinished("slack", NOON + dt.timedelta(seconds=1), NOON) == waiting[1:]
        assert await restarted.inbox.claim_unfinished("discord", NOON, NOON) == []
        assert not await restarted.inbox.accept("slack:Ev1", "said 1", NOON)
        assert await restarted.inbox.claim_unfinished("slack", NOON, NOON) == waiting


async def test_how_far_an_event_has_come_is_kept(store: Store, place: Path | str) -> None:
    """In the place of what was written first; what is dealt with stays so, and nothing unknown is made."""
    for number in range(2):
        await store.inbox.accept(f"slack:Ev{number}", "said", NOON)
        await store.inbox.update(f"slack:Ev{number}", "said, and one page posted")
    await store.inbox.finish("slack:Ev0")
    await store.inbox.update("slack:Ev0", "late")
    await store.inbox.update("slack:Ev9", "never heard of")
    async with open_store(place) as restarted:
        assert await restarted.inbox.claim_unfinished("slack", NOON, NOON) == [
            ("slack:Ev1", "said, and one page posted")
        ]
        assert await restarted.inbox.accept("slack:Ev9", "{}", NOON)


async def test_an_event_is_its_processes_until_that_is_gone(store: Store, place: Path | str) -> None:
    """Then one other has it, however many ask at once; one's own are always there."""
    async with (
        open_store(place, holder="a") as a,
        open_store(place, holder="b") as b,
        open_store(place, holder="c") as c,
    ):
        for one in (a, b, c):
            assert await one.leases.acquire(f"{REPLICA_PREFIX}{one.inbox.holder}", one.inbox.holder, NOON, LEASE)
        for number in range(9):
            await a.inbox.accept(f"slack:Ev{number}", "said", NOON)
        assert await b.inbox.claim_unfinished("slack", NOON, OVER - dt.timedelta(microseconds=1)) == []
        assert len(await a.inbox.claim_unfinished("slack", NOON, NOON)) == 9
        for one in (b, c):
            assert await one.leases.acquire(f"{REPLICA_PREFIX}{one.inbox.holder}", one.inbox.holder, OVER, LEASE)
        taken = await asyncio.gather(*(one.inbox.claim_unfinished("slack", NOON, OVER) for one in (b, c)))
        assert sorted(map(len, taken)) == [0, 9]
        assert await store.leases.acquire(f"{REPLICA_PREFIX}b", "b", OVER, LEASE)
        assert await store.leases.acquire(f"{REPLICA_PREFIX}c", "c", OVER, LEASE)
        assert await a.inbox.claim_unfinished("slack", NOON, OVER) == []
        assert await asyncio.gather(*(one.inbox.claim_unfinished("slack", NOON, OVER) for one in (b, c))) == taken


async def test_what_is_finished_is_not_taken_over(store: Store, place: Path | str) -> None:
    """Nor what another platform sent, nor what is too old."""
    async with open_store(place, holder="gone") as gone:
        for event in ("slack:old", "slack:done", "discord:Ev", "slack:left"):
            await gone.inbox.accept(event, "said", NOON - (LEASE if event == "slack:old" else dt.timedelta()))
        await gone.inbox.finish("slack:done")
    assert await store.inbox.claim_unfinished("slack", NOON, NOON) == [("slack:left", "said")]


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
    listed = await store.outbox.deliveries("slack:T1", [DeliveryState.PENDING])
    assert [one.what for one in listed] == [delivery(number).what for number in range(129, 29, -1)]
    assert await store.outbox.deliveries("slack:T1", [DeliveryState.SENT]) == []


async def test_the_answers_to_a_question_are_known_until_they_are_gone(store: Store) -> None:
    """Those that came before a change of it, in order; others have answers of their own."""
    question, edited, deleted = "slack:C1/1", "slack:C1/1/2", "slack:C1/1/deleted"
    await store.inbox.record_answer(edited, "C1/5", NOON)
    await store.inbox.record_answer(question, "C1/4", NOON)
    await store.inbox.record_answer(edited, "C1/5/6", NOON)
    for other in ("slack:C1/10", "slack:C1/0"):
        await store.inbox.record_answer(other, "C1/7", NOON)
    assert await store.inbox.earlier_answers(question, question) == []
    assert await store.inbox.earlier_answers(question, edited) == [(question, "C1/4")]
    assert await store.inbox.earlier_answers(question, deleted) == [(question, "C1/4"), (edited, "C1/5/6")]
    await store.inbox.forget_answer(question)
    assert await store.inbox.earlier_answers(question, deleted) == [(edited, "C1/5/6")]
    assert await store.inbox.is_answered(question)
    await store.inbox.forget_answer(edited)
    assert not await store.inbox.is_answered(question)
    assert not await store.inbox.accept(edited, "{}", NOON)


async def test_a_question_is_answered_while_somebody_works_on_it(store: Store) -> None:
    """Or on a change of it."""
    question, edited = "slack:C1/1", "slack:C1/1/2"
    for event in (question, edited):
        await store.inbox.accept(event, "{}", NOON)
        assert await store.inbox.is_answered(question)
        await store.inbox.finish(event)
        assert not await store.inbox.is_answered(question)


async def test_a_change_outdates_what_came_before_it(store: Store) -> None:
    """Also once it has been dealt with; the next message is no change."""
    question, edited, deleted = "discord:1", "discord:1/2", "discord:1/deleted"
    for event in (question, "discord:10", "discord:2"):
        await store.inbox.accept(event, "{}", NOON)
    assert not await store.inbox.is_changed(question, question)
    await store.inbox.accept(edited, "{}", NOON)
    await store.inbox.finish(edited)
    assert await store.inbox.is_changed(question, question)
    assert not await store.inbox.is_changed(question, edited)
    await store.inbox.accept(deleted, "{}", NOON)
    assert await store.inbox.is_changed(question, edited)
    assert not await store.inbox.is_changed(question, deleted)


async def test_how_a_delivery_stands_is_found_by_its_key(store: Store) -> None:
    """Or that there is none."""
    await store.outbox.put([delivery()], NOON)
    assert await store.outbox.state(delivery().key) is DeliveryState.PENDING
    assert await store.outbox.state(delivery(2).key) is None
