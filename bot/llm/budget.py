"""Keeps what a language model costs within budgets: set aside before it is asked, settled whatever came of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
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
        """Set an amount aside and return its id; None where the pot, or the person's part, would go past a limit.

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
"""What briefs and answers need alike: it is paid from the reserve where nobody asked."""

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
        """Return what some tokens cost; nothing where no price is known."""
        return self.prices.get(usage.model, _FREE).cost_of(usage)

    def limits(self, bill: Charge) -> PoolUsage:
        """Return how much of a pot may be spent a day, and of that by the person."""
        budgets = self.budgets
        whole = {BudgetPool.SPACE: budgets.space, BudgetPool.BRIEF: budgets.brief, BudgetPool.READING: budgets.reading}[
            bill.pool
        ]
        return PoolUsage(whole, budgets.user if bill.pool is BudgetPool.SPACE and bill.account.user else 0)


@dataclass(slots=True)
class _Call:
    """A call that is paid for: the task as it may be asked, and what it took, None while nobody knows."""

    task: Task
    max_usage: Usage
    usage: Usage | None = None
    outcome: str = "stopped"


class MeteredModel:
    """An Llm that is paid for."""

    def __init__(self, llm: LanguageModel, ledger: Ledger, tariff: Tariff, clock: Clock, metrics: ModelMetrics) -> None:
        self._llm = llm
        self._ledger = ledger
        self._tariff = tariff
        self._clock = clock
        self._metrics = metrics

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value; raises OverBudget where it may not be asked for."""
        async with self._charging(task) as call:
            done = await self._llm.complete(call.task, returns)
            call.usage = done.usage
            return done

    async def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows; raises OverBudget where it may not be asked for."""
        async with self._charging(task) as call, aclosing(self._llm.stream(call.task, returns)) as states:
            async for state in states:
                call.usage = state.usage
                yield state

    @asynccontextmanager
    async def _charging(self, task: Task) -> AsyncIterator[_Call]:
        bill = Charge(_pot(task), task.account, task.purpose)
        call, id_ = await self._reserve(task, bill)
        try:
            yield call
            call.outcome = "answered"
        except LlmError as error:
            call.outcome = "failed"
            call.usage = error.usage if isinstance(error, ModelCallError) else None
            raise
        finally:
            # Who was cut off may have been served all the same: what nobody knows counts as it was set aside.
            self._metrics.record_call(task.purpose, call.outcome, call.usage)
            await asyncio.shield(asyncio.ensure_future(self._settle(id_, bill, call.usage or call.max_usage)))

    async def _settle(self, id_: str, bill: Charge, used: Usage) -> None:
        try:
            await self._ledger.settle(id_, bill, used, self._tariff.cost(used), self._clock.now())
        except StoreError:
            # Whoever asked has their answer all the same.
            logger.warning("What a completion cost was not written down", exc_info=True)

    async def _reserve(self, task: Task, bill: Charge) -> tuple[_Call, str]:
        """Set aside what the task may cost at most, with the better model where that is not too much."""
        now, limits = self._clock.now(), self._tariff.limits(bill)
        paid = await self._ledger.spent_today(bill, now)
        for tier in _tiers_to_try(task.tier, cheaply=_is_near_limit(paid, limits)):
            most = estimate_usage(task, self._tariff.models[tier])
            if id_ := await self._ledger.reserve(bill, self._tariff.cost(most), limits, now):
                return _Call(replace(task, tier=tier), most), id_
        self._metrics.record_call(task.purpose, "over_budget")
        raise over_budget_error(bill, await self._ledger.spent_today(bill, now), limits, now)


def over_budget_error(bill: Charge, spent: PoolUsage, limits: PoolUsage, now: dt.datetime) -> OverBudget:
    """Return what a person reads where a pot is empty: whose it is, and when it is full again."""
    # Where either would do, it is the one that has less left.
    own = limits.user_total and (not limits.total or limits.user_total - spent.user_total < limits.total - spent.total)
    whose = "Your budget" if own else _BUDGET_NAMES[bill.pool]
    full = now.astimezone(dt.UTC).date() + dt.timedelta(days=1)
    return OverBudget(f"{whose} for the language model is spent; it is full again on {full.day} {full:%B}, 00:00 UTC.")


def _pot(task: Task) -> BudgetPool:
    if task.purpose in BRIEF_PURPOSES or (task.purpose in SHARED_PURPOSES and not task.account.user):
        return BudgetPool.BRIEF
    return BudgetPool.SPACE if task.account.space else BudgetPool.READING


def _tiers_to_try(tier: ModelTier, *, cheaply: bool) -> list[ModelTier]:
    return [ModelTier.READ] if cheaply or tier is ModelTier.READ else [ModelTier.WRITE, ModelTier.READ]


def _is_near_limit(spent: PoolUsage, limits: PoolUsage) -> bool:
    return _share(spent.total, limits.total) >= SOFT_LIMIT or _share(spent.user_total, limits.user_total) >= SOFT_LIMIT


def _share(part: int, limit: int) -> float:
    return part / limit if limit else 0
