"""What language models cost, and what they returned: exact sums, limits that hold, and rows that are their space's."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.usage import Account, BudgetPool, Charge, PoolUsage, PurposeSpending, Usage
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.engines import Engine

ANA, BEN = Account("slack:T1", "U1"), Account("slack:T1", "U2")
ASKED = Charge(BudgetPool.SPACE, ANA, "answer")
FREE = PoolUsage()
TOKENS = Usage("small", 1_000, 200, 400)
DAY = dt.timedelta(days=1)


async def pay(store: Store, bill: Charge, cost: int, now: dt.datetime = NOON, usage: Usage = TOKENS) -> None:
    """Set something aside and pay."""
    id_ = await store.spending.reserve(bill, cost, FREE, now)
    assert id_
    await store.spending.settle(id_, bill, usage, cost, now)


async def test_what_is_set_aside_counts_until_it_is_settled(store: Store) -> None:
    """Then what was really paid does, which may be less or more."""
    id_ = await store.spending.reserve(ASKED, 50, FREE, NOON)
    assert id_
    assert await store.spending.spent_today(ASKED, NOON) == PoolUsage(50, 50)
    await store.spending.settle(id_, ASKED, TOKENS, 20, NOON)
    assert await store.spending.spent_today(ASKED, NOON) == PoolUsage(20, 20)


async def test_what_nobody_settles_is_free_again(store: Store) -> None:
    """Some minutes later, and not before."""
    await store.spending.reserve(ASKED, 50, FREE, NOON)
    assert (await store.spending.spent_today(ASKED, NOON + dt.timedelta(minutes=14))).total == 50
    assert (await store.spending.spent_today(ASKED, NOON + dt.timedelta(minutes=15))).total == 0


async def test_a_limit_is_the_last_that_fits(store: Store) -> None:
    """To the unit, for the pot and for the person's part of it; a limit of 0 is none."""
    await pay(store, ASKED, 60)
    await pay(store, replace(ASKED, account=BEN), 30)
    reserve = store.spending.reserve
    assert await reserve(ASKED, 11, PoolUsage(100, 0), NOON) is None
    assert await reserve(ASKED, 11, PoolUsage(0, 70), NOON) is None
    assert await reserve(ASKED, 11, PoolUsage(101, 71), NOON)
    assert await store.spending.spent_today(ASKED, NOON) == PoolUsage(101, 71)


async def test_pots_spaces_and_days_are_apart(store: Store) -> None:
    """What goes out of one fills no other; a day begins at midnight, UTC."""
    others = [
        replace(ASKED, pool=BudgetPool.BRIEF),
        replace(ASKED, account=Account("slack:T10", "U1")),
        Charge(BudgetPool.READING, Account(), "claims"),
    ]
    await pay(store, ASKED, 7)
    for bill in others:
        assert await store.spending.spent_today(bill, NOON) == PoolUsage()
    midnight = NOON.replace(hour=0) + DAY
    east = dt.timezone(dt.timedelta(hours=9))
    assert (await store.spending.spent_today(ASKED, (midnight - dt.timedelta(seconds=1)).astimezone(east))).total == 7
    assert (await store.spending.spent_today(ASKED, midnight)).total == 0


async def test_two_at_once_cannot_both_take_the_last(store: Store, place: Path | str) -> None:
    """Of twenty, in one process or in two, exactly those get it who fit."""
    async with open_store(place) as other:
        tries = (s.spending.reserve(ASKED, 30, PoolUsage(100, 0), NOON) for s in (store, other) * 10)
        assert sum(bool(id_) for id_ in await asyncio.gather(*tries)) == 3
        assert await other.spending.spent_today(ASKED, NOON) == PoolUsage(90, 90)


async def test_tokens_and_cost_are_kept_by_day_and_purpose(store: Store, engine: Engine) -> None:
    """Summed for each space, person, purpose and model; a call that never took a token leaves nothing."""
    for bill in (ASKED, ASKED, replace(ASKED, account=BEN), replace(ASKED, purpose="translation")):
        await pay(store, bill, 5_000_000_000_000)
    await pay(store, ASKED, 0, usage=Usage("small", 0, 0))
    await pay(store, ASKED, 1, NOON + DAY)
    kept = engine.look(
        'SELECT "user", purpose, model, calls, input, cached, output, cost FROM spending WHERE day = ? '
        'ORDER BY "user", purpose',
        "2031-06-26",
    )
    assert kept == [
        ("U1", "answer", "small", 2, 2_000, 800, 400, 10_000_000_000_000),
        ("U1", "translation", "small", 1, 1_000, 400, 200, 5_000_000_000_000),
        ("U2", "answer", "small", 1, 1_000, 400, 200, 5_000_000_000_000),
    ]
    assert engine.look("SELECT count(*) FROM reserved") == [(0,)]


async def test_what_was_spent_is_told_by_purpose(store: Store) -> None:
    """Today and this month, the space's and the person's own; never another space's."""
    await pay(store, ASKED, 5)
    await pay(store, replace(ASKED, account=BEN), 7)
    await pay(store, ASKED, 11, NOON - 20 * DAY)
    await pay(store, ASKED, 100, NOON - 27 * DAY)
    await pay(store, Charge(BudgetPool.BRIEF, Account("slack:T1"), "brief"), 3)
    await pay(store, replace(ASKED, account=Account("slack:T2", "U1")), 1_000)
    assert await store.spending.spent_by_purpose(ANA, NOON) == [
        PurposeSpending("answer", 12, 23, 5, 16),
        PurposeSpending("brief", 3, 3),
    ]
    assert await store.spending.spent_by_purpose(Account(), NOON) == []


async def test_to_forget_a_person_is_no_way_past_a_budget(store: Store, engine: Engine) -> None:
    """Their rows go, what they cost the space stays."""
    await pay(store, ASKED, 5)
    await pay(store, Charge(BudgetPool.SPACE, Account("slack:T1"), "answer"), 2)
    await pay(store, replace(ASKED, account=BEN), 7)
    assert await store.privacy.erase_user("slack:T1", "U1") == 1
    assert await store.spending.spent_today(ASKED, NOON) == PoolUsage(14, 0)
    assert not any("'U1'" in row for row in engine.dump())
    assert await store.privacy.erase_user("slack:T1", "U1") == 0
    assert await store.privacy.erase_user("slack:T1", "") == 0
    assert await store.spending.spent_today(ASKED, NOON) == PoolUsage(14, 0)


async def test_old_days_are_forgotten(store: Store) -> None:
    """Those before a day, and what was set aside then."""
    await pay(store, ASKED, 5)
    await pay(store, ASKED, 5, NOON + DAY)
    await store.spending.reserve(ASKED, 5, FREE, NOON)
    assert await store.spending.prune(NOON + DAY) == 1
    assert (await store.spending.spent_today(ASKED, NOON + DAY)).total == 5
    assert (await store.spending.spent_today(ASKED, NOON)).total == 0


@pytest.mark.parametrize("space", ["", "slack:T1"])
async def test_a_completion_is_remembered_for_its_space(store: Store, space: str) -> None:
    """The first one stands, another space has none of it, and in time it is forgotten."""
    memory = store.completions
    assert await memory.get(space, "k") is None
    await asyncio.gather(*(memory.put(space, "k", f'{{"n":{n}}}', NOON) for n in (1, 1, 1)))
    await memory.put(space, "k", "{}", NOON)
    assert await memory.get(space, "k") == '{"n":1}'
    assert await memory.get("slack:T10", "k") is None
    assert await memory.get(space, "K") is None
    assert await memory.prune(NOON) == 0
    assert await memory.prune(NOON + DAY) == 1
    assert await memory.get(space, "k") is None
