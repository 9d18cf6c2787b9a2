"""What a language model may cost: never more than a budget, and every token is somebody's."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from contextlib import aclosing
from dataclasses import replace

import pytest

from bot.domain.usage import (
    NANODOLLARS,
    Account,
    BudgetPool,
    Budgets,
    Charge,
    ModelTier,
    PoolUsage,
    Price,
    PurposeSpending,
    Usage,
)
from bot.errors import OverBudget
from bot.llm.budget import MeteredModel, Tariff
from bot.llm.failures import ModelCallError
from bot.llm.provider import LanguageModel, Task
from bot.store.model_usage import SpendingLedger
from bot.store.store import Store
from tests.fakes import FixedClock
from tests.modelled import JSON, SAID, TASK, Points, asking, grown, whole
from tests.servers.model import Fault

MODELS = {ModelTier.READ: "small", ModelTier.WRITE: "large"}
PRICES = {"small": Price(1, 1, 10), "large": Price(10, 5, 100)}
ANA = TASK.account
INPUT, OUTPUT = (len(TASK.system) + len(TASK.user)) // 4, len(JSON) // 4
LARGE, SMALL = (PRICES[name].cost_of(Usage(name, INPUT, OUTPUT)) for name in ("large", "small"))
MOST = 500 * 100 * 1_000 + 2 * INPUT * 10 * 1_000
"""A little more than is set aside for one question to the better model."""


class Counts:
    """Keeps what is counted."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str]] = []

    def record_call(self, purpose: str, outcome: str, usage: Usage | None = None) -> None:
        """Keep it."""
        del usage
        self.outcomes.append((purpose, outcome))


def metered(
    model: LanguageModel, store: Store, clock: FixedClock, budgets: Budgets, counts: Counts | None = None
) -> MeteredModel:
    """Return a model that is paid for."""
    return MeteredModel(model, store.spending, Tariff(MODELS, PRICES, budgets), clock, counts or Counts())


async def paid(store: Store, clock: FixedClock, task: Task = TASK, pot: BudgetPool = BudgetPool.SPACE) -> PoolUsage:
    """Return what a task's pot has paid."""
    return await store.spending.spent_today(Charge(pot, task.account, task.purpose), clock.now())


@pytest.mark.parametrize("streamed", [False, True])
async def test_what_it_took_is_paid_by_whoever_asked(store: Store, clock: FixedClock, *, streamed: bool) -> None:
    """By the tokens that the server counts, and nothing stays set aside."""
    counts = Counts()
    async with asking() as (model, server):
        llm = metered(model, store, clock, Budgets(), counts)
        assert (await whole(llm, streamed=streamed)).value == SAID
        server.cached = 10
        await whole(llm, streamed=streamed)
    both = 2 * LARGE - 10 * 5 * 1_000
    assert await paid(store, clock) == PoolUsage(both, both)
    assert await store.spending.spent_by_purpose(ANA, clock.now()) == [
        PurposeSpending("answer", both, both, both, both)
    ]
    assert counts.outcomes == [("answer", "answered")] * 2


async def test_from_most_of_a_budget_on_the_cheaper_model_writes(store: Store, clock: FixedClock) -> None:
    """Where four fifths are spent, by the space or the person."""
    async with asking() as (model, server):
        llm = metered(model, store, clock, Budgets(space=10 * MOST, user=5 * MOST))
        await _spend(store, clock, 4 * MOST - LARGE - 1)
        await whole(llm)
        await _spend(store, clock, 1)
        await whole(llm)
    assert [asked.model for asked in server.asked] == ["large", "small"]


async def test_what_fits_only_the_cheaper_model_goes_to_it(store: Store, clock: FixedClock) -> None:
    """Before anybody is refused."""
    async with asking() as (model, server):
        llm = metered(model, store, clock, Budgets(user=MOST // 2))
        await whole(llm)
    assert [asked.model for asked in server.asked] == ["small"]


@pytest.mark.parametrize(
    ("budgets", "account", "purpose", "whose"),
    [
        (Budgets(space=1_000), ANA, "answer", "The budget of everybody here"),
        (Budgets(user=1_000), ANA, "answer", "Your budget"),
        (Budgets(space=2_000, user=1_000), ANA, "answer", "Your budget"),
        (Budgets(space=1_000, user=2_000), ANA, "answer", "The budget of everybody here"),
        (Budgets(space=1_000), ANA, "claims", "The budget of everybody here"),
        (Budgets(reading=1_000), Account(), "claims", "The budget of reading"),
        (Budgets(brief=1_000), Account("slack:T1"), "brief", "The budget of the briefs"),
    ],
)
async def test_a_budget_that_is_spent_says_whose_and_until_when(
    store: Store, clock: FixedClock, budgets: Budgets, account: Account, purpose: str, whose: str
) -> None:
    """And nobody is asked."""
    counts = Counts()
    async with asking() as (model, server):
        llm = metered(model, store, clock, budgets, counts)
        with pytest.raises(OverBudget) as error:
            await whole(llm, replace(TASK, account=account, purpose=purpose))
    assert str(error.value) == f"{whose} for the language model is spent; it is full again on 27 June, 00:00 UTC."
    assert server.asked == []
    assert counts.outcomes == [(purpose, "over_budget")]


async def test_a_budget_is_full_again_at_midnight(store: Store, clock: FixedClock) -> None:
    """By UTC."""
    async with asking() as (model, _):
        llm = metered(model, store, clock, Budgets(space=MOST))
        await _spend(store, clock, MOST)
        with pytest.raises(OverBudget):
            await whole(llm)
        clock.advance(hours=12)
        assert (await whole(llm)).value == SAID


async def test_questions_cannot_spend_what_is_for_briefs(store: Store, clock: FixedClock) -> None:
    """Nor briefs what is for questions, nor one space what is another's."""
    async with asking() as (model, _):
        llm = metered(model, store, clock, Budgets(space=MOST, user=MOST, brief=MOST, reading=MOST))
        await _spend(store, clock, MOST)
        for account, purpose in [
            (Account("slack:T1"), "brief"),
            (Account("slack:T2", "U1"), "answer"),
            (Account(), "claims"),
        ]:
            assert (await whole(llm, replace(TASK, account=account, purpose=purpose))).value == SAID
        with pytest.raises(OverBudget):
            await whole(llm)


async def test_of_many_at_once_only_those_ask_who_can_pay(store: Store, clock: FixedClock) -> None:
    """What is under way counts as if it were spent."""
    async with asking(concurrency=20) as (model, server):
        server.hold.clear()
        llm = MeteredModel(
            model,
            store.spending,
            Tariff(dict.fromkeys(ModelTier, "large"), PRICES, Budgets(space=3 * MOST)),
            clock,
            Counts(),
        )
        tasks = [asyncio.create_task(whole(llm)) for _ in range(20)]
        for refused in itertools.islice(asyncio.as_completed(tasks), 17):
            with pytest.raises(OverBudget):
                await refused
        server.hold.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(one, OverBudget) for one in done) == 17
    assert len(server.asked) == 3
    assert (await paid(store, clock)).total == 3 * LARGE


async def test_a_failure_costs_what_it_took(store: Store, clock: FixedClock) -> None:
    """Both tries of an answer that did not fit, and nothing where the server never took the question."""
    async with asking() as (model, server):
        llm = metered(model, store, clock, Budgets())
        server.faults.add(Fault.FORBIDDEN)
        with pytest.raises(ModelCallError):
            await whole(llm)
        assert await paid(store, clock) == PoolUsage(0, 0)
        server.faults = {Fault.WRONG}
        with pytest.raises(ModelCallError):
            await whole(llm)
    assert (await paid(store, clock)).total > 2 * INPUT * 10 * 1_000


@pytest.mark.parametrize("how", ["too late", "cancelled", "not listened to"])
async def test_who_is_cut_off_pays_what_was_set_aside(store: Store, clock: FixedClock, how: str) -> None:
    """Since nobody knows what the server had done by then."""
    async with asking() as (model, server):
        llm = metered(model, store, clock, Budgets())
        if how == "not listened to":
            async with aclosing(llm.stream(TASK, Points)) as states:
                await anext(states)
        else:
            server.faults.add(Fault.SLOW)
            asked = asyncio.create_task(whole(llm, replace(TASK, seconds=0.3 if how == "too late" else 30)))
            await server.working(1)
            if how == "cancelled":
                asked.cancel()
            with pytest.raises((asyncio.CancelledError, ModelCallError)):
                await asked
    amount = (await paid(store, clock)).total
    assert MOST * 0.9 < amount < MOST


class SlowLedger(SpendingLedger):
    """A ledger that takes its time to write down what was paid."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.database)
        self.begun, self.going_on, self.done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def settle(self, id_: str, bill: Charge, usage: Usage, cost: int, now: dt.datetime) -> None:
        """Wait, and then write it down."""
        self.begun.set()
        await self.going_on.wait()
        await super().settle(id_, bill, usage, cost, now)
        self.done.set()


async def test_who_leaves_twice_has_paid_all_the_same(store: Store, clock: FixedClock) -> None:
    """What was begun to be written down is."""
    ledger = SlowLedger(store)
    async with asking() as (model, server):
        server.faults.add(Fault.SLOW)
        llm = MeteredModel(model, ledger, Tariff(MODELS, PRICES, Budgets()), clock, Counts())
        asked = asyncio.create_task(whole(llm))
        await server.working(1)
        asked.cancel()
        await ledger.begun.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        ledger.going_on.set()
        await asyncio.wait_for(ledger.done.wait(), 5)
    assert len(await store.spending.spent_by_purpose(ANA, clock.now()) or []) == 1


async def test_a_model_without_a_price_is_free(store: Store, clock: FixedClock) -> None:
    """Its tokens are kept all the same, and no budget holds for it."""
    async with asking() as (model, _):
        llm = MeteredModel(model, store.spending, Tariff(MODELS, {}, Budgets(space=1, user=1)), clock, Counts())
        assert len((await grown(llm))[-1].value.points) == 2
    assert await paid(store, clock) == PoolUsage(0, 0)
    assert await store.spending.spent_by_purpose(ANA, clock.now()) == [PurposeSpending("answer", 0, 0, 0, 0)]


async def _spend(store: Store, clock: FixedClock, amount: int) -> None:
    bill = Charge(BudgetPool.SPACE, ANA, "answer")
    await store.spending.settle("none", bill, Usage("large", 1, 1), amount, clock.now())


def test_a_dollar_is_a_billion_units() -> None:
    """A token of a dollar a million is a thousand of them."""
    assert Price(1, 1, 1).cost_of(Usage("m", 500_000, 500_000)) == NANODOLLARS
