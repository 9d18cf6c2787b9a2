"""Keeps what language models cost within budgets: set aside before one is asked, settled whatever came of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from bot.domain.usage import BudgetPool, Budgets, Charge, ModelTier, PoolUsage, Price, Usage
from bot.due_times import Clock
from bot.errors import LlmError, OverBudget, StoreError
from bot.llm.failures import ModelCallError
from bot.llm.provider import Completion, LanguageModel, Task
from bot.llm.request_loop import estimate_usage
from bot.metrics import ModelMetrics


class Ledger(Protocol):
    """Keeps within limits what calls may cost, whoever else calls at once, in whatever process."""

    async def spent_today(self, bill: Charge, now: dt.datetime) -> PoolUsage:
        """Return what went out of the bill's pot today."""

    async def reserve(self, bill: Charge, amount: int, limits: PoolUsage, now: dt.datetime) -> str | None:
        """Set an amount aside and return its id; None if the pot, or the person's part, would go past a limit.

        A limit of 0 is none. What is never settled counts for some minutes.
        """

    async def settle(self, id_: str, bill: Charge, usage: Usage, cost: int, now: dt.datetime) -> None:
        """Write down what was paid instead of what was set aside."""

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was paid on days before a moment; return how many rows."""


logger = logging.getLogger(__name__)

T = TypeVar("T")

SOFT_LIMIT = 0.8
"""From this share of a budget on, the model that reads writes, too."""

BRIEF_PURPOSES = frozenset({"stories", "signal", "brief"})
"""What is paid from the reserve that questions cannot spend."""

SHARED_PURPOSES = frozenset({"repair", "translation"})
"""What briefs and answers need alike: it is paid from the reserve if nobody asked."""

_FREE = Price()
_BUDGET_NAMES = {
    BudgetPool.SPACE: "The budget of everybody here",
    BudgetPool.BRIEF: "The budget of the briefs",
    BudgetPool.READING: "The budget of reading",
}


@dataclass(frozen=True, slots=True)
class Tariff:
    """The model of each tier, what each costs, and how much may be spent."""

    models: Mapping[ModelTier, str]
    prices: Mapping[str, Price]
    budgets: Budgets

    def cost(self, usage: Usage) -> int:
        """Return what some tokens cost; nothing if no price is known."""
        return self.prices.get(usage.model, _FREE).cost_of(usage)

    def limits(self, bill: Charge) -> PoolUsage:
        """Return how much of a pot may be spent a day, and of that by the person."""
        budgets = self.budgets
        if bill.pool is BudgetPool.SPACE:
            return PoolUsage(budgets.space, budgets.user if bill.account.user else 0)
        return PoolUsage(budgets.brief if bill.pool is BudgetPool.BRIEF else budgets.reading)


@dataclass(slots=True)
class PaidCall:
    """A call that is paid for; `usage` is what it took, None while nobody knows."""

    usage: Usage | None = None


class BudgetGuard:
    """Sets aside what a call may cost before it is made, and settles it whatever came of it."""

    def __init__(self, ledger: Ledger, tariff: Tariff, clock: Clock, metrics: ModelMetrics) -> None:
        self._ledger = ledger
        self._tariff = tariff
        self._clock = clock
        self._metrics = metrics

    async def is_near_limit(self, bill: Charge) -> bool:
        """Return whether most of a pot, or of the person's part, is spent."""
        spent, limits = await self._ledger.spent_today(bill, self._clock.now()), self._tariff.limits(bill)
        shares = ((spent.total, limits.total), (spent.user_total, limits.user_total))
        return any(limit and amount / limit >= SOFT_LIMIT for amount, limit in shares)

    async def reserve(self, bill: Charge, cost: int) -> str | None:
        """Set an amount aside and return its id, or None if that is more than is left."""
        return await self._ledger.reserve(bill, cost, self._tariff.limits(bill), self._clock.now())

    async def refusal(self, bill: Charge) -> OverBudget:
        """Return what a person reads of an empty pot: whose it is, and when it is full again."""
        self._metrics.record_call(bill.purpose, "over_budget")
        now, limits = self._clock.now(), self._tariff.limits(bill)
        return over_budget_error(bill, await self._ledger.spent_today(bill, now), limits, now)

    @asynccontextmanager
    async def settling(
        self, id_: str, bill: Charge, max_usage: Usage, price: Callable[[Usage], int]
    ) -> AsyncIterator[PaidCall]:
        """Settle what was set aside once the block has run; what nobody knows of costs what it might have."""
        call, outcome = PaidCall(), "stopped"
        try:
            yield call
            outcome = "answered"
        except LlmError as error:
            outcome, call.usage = "failed", error.usage if isinstance(error, ModelCallError) else None
            raise
        finally:
            # Who was cut off may have been served all the same.
            self._metrics.record_call(bill.purpose, outcome, call.usage)
            usage = call.usage or max_usage
            await asyncio.shield(asyncio.ensure_future(self._settle(id_, bill, usage, price(usage))))

    async def _settle(self, id_: str, bill: Charge, usage: Usage, cost: int) -> None:
        try:
            await self._ledger.settle(id_, bill, usage, cost, self._clock.now())
        except StoreError:
            # Whoever asked has their answer all the same.
            logger.warning("What a call to a model cost was not written down", exc_info=True)


class MeteredModel:
    """A LanguageModel that is paid for."""

    def __init__(self, llm: LanguageModel, ledger: Ledger, tariff: Tariff, clock: Clock, metrics: ModelMetrics) -> None:
        self._llm = llm
        self._tariff = tariff
        self._budget = BudgetGuard(ledger, tariff, clock, metrics)

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value; raises OverBudget if it may not be asked for."""
        async with self._charging(task) as (affordable, call):
            completion = await self._llm.complete(affordable, returns)
            call.usage = completion.usage
            return completion

    async def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows; raises OverBudget if it may not be asked for."""
        async with (
            self._charging(task) as (affordable, call),
            aclosing(self._llm.stream(affordable, returns)) as states,
        ):
            async for state in states:
                call.usage = state.usage
                yield state

    @asynccontextmanager
    async def _charging(self, task: Task) -> AsyncIterator[tuple[Task, PaidCall]]:
        """Set aside what a task may cost at most, with the better model if that is not too much."""
        bill = Charge(_pot(task), task.account, task.purpose)
        is_cheap = task.tier is ModelTier.READ or await self._budget.is_near_limit(bill)
        for tier in (ModelTier.READ,) if is_cheap else (ModelTier.WRITE, ModelTier.READ):
            max_usage = estimate_usage(task, self._tariff.models[tier])
            if id_ := await self._budget.reserve(bill, self._tariff.cost(max_usage)):
                async with self._budget.settling(id_, bill, max_usage, self._tariff.cost) as call:
                    yield replace(task, tier=tier), call
                return
        raise await self._budget.refusal(bill)


def over_budget_error(bill: Charge, spent: PoolUsage, limits: PoolUsage, now: dt.datetime) -> OverBudget:
    """Return what a person reads of an empty pot: whose it is, and when it is full again."""
    # If either would do, it is the one that has less left.
    left, user_left = limits.total - spent.total, limits.user_total - spent.user_total
    is_own = limits.user_total and (not limits.total or user_left < left)
    owner = "Your budget" if is_own else _BUDGET_NAMES[bill.pool]
    day = now.astimezone(dt.UTC).date() + dt.timedelta(days=1)
    return OverBudget(f"{owner} for the language model is spent; it is full again on {day.day} {day:%B}, 00:00 UTC.")


def _pot(task: Task) -> BudgetPool:
    if task.purpose in BRIEF_PURPOSES or (task.purpose in SHARED_PURPOSES and not task.account.user):
        return BudgetPool.BRIEF
    return BudgetPool.SPACE if task.account.space else BudgetPool.READING
