"""Keeps what a language model costs within budgets: set aside before it is asked, settled whatever came of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from bot.domain.usage import Bill, Budgets, Paid, Pot, Price, Tier, Usage
from bot.due_times import Clock
from bot.errors import LlmError, OverBudget, StoreError
from bot.llm.failures import Failure
from bot.llm.provider import Completion, Llm, Task
from bot.llm.request_loop import weighed
from bot.metrics import Consumption


class Ledger(Protocol):
    """Keeps within limits what calls may cost, whoever else calls at once, in whatever process."""

    async def paid(self, bill: Bill, now: dt.datetime) -> Paid:
        """Return what went out of the bill's pot today."""

    async def reserve(self, bill: Bill, amount: int, limits: Paid, now: dt.datetime) -> str | None:
        """Set an amount aside and return its id; None where the pot, or the person's part, would go past a limit.

        A limit of 0 is none. What is never settled counts for some minutes.
        """

    async def settle(self, id_: str, bill: Bill, usage: Usage, cost: int, now: dt.datetime) -> None:
        """Write down what was paid instead of what was set aside."""

    async def tidy(self, before: dt.datetime) -> int:
        """Forget what was paid on days before a moment; return how many rows."""


logger = logging.getLogger(__name__)

T = TypeVar("T")

SOFT = 0.8
"""From this share of a budget on, the model that reads writes, too."""

BRIEFS = frozenset({"stories", "signal", "brief"})
"""What is paid from the reserve that questions cannot spend."""

FINISHING = frozenset({"repair", "translation"})
"""What briefs and answers need alike: it is paid from the reserve where nobody asked."""

_FREE = Price()
_WHOSE = {
    Pot.SPACE: "The budget of everybody here",
    Pot.BRIEF: "The budget of the briefs",
    Pot.READING: "The budget of reading",
}


@dataclass(frozen=True, slots=True)
class Tariff:
    """The model of each tier, what each costs, and how much may be spent."""

    models: Mapping[Tier, str]
    prices: Mapping[str, Price]
    budgets: Budgets

    def cost(self, usage: Usage) -> int:
        """Return what some tokens cost; nothing where no price is known."""
        return self.prices.get(usage.model, _FREE).of(usage)

    def limits(self, bill: Bill) -> Paid:
        """Return how much of a pot may be spent a day, and of that by the person."""
        budgets = self.budgets
        whole = {Pot.SPACE: budgets.space, Pot.BRIEF: budgets.brief, Pot.READING: budgets.reading}[bill.pot]
        return Paid(whole, budgets.user if bill.pot is Pot.SPACE and bill.account.user else 0)


@dataclass(slots=True)
class _Call:
    """A call that is paid for: the task as it may be asked, and what it took, None while nobody knows."""

    task: Task
    most: Usage
    usage: Usage | None = None
    outcome: str = "stopped"


class Metered:
    """An Llm that is paid for."""

    def __init__(self, llm: Llm, ledger: Ledger, tariff: Tariff, clock: Clock, counts: Consumption) -> None:
        self._llm = llm
        self._ledger = ledger
        self._tariff = tariff
        self._clock = clock
        self._counts = counts

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value; raises OverBudget where it may not be asked for."""
        async with self._paid(task) as call:
            done = await self._llm.complete(call.task, returns)
            call.usage = done.usage
            return done

    async def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows; raises OverBudget where it may not be asked for."""
        async with self._paid(task) as call, aclosing(self._llm.stream(call.task, returns)) as states:
            async for state in states:
                call.usage = state.usage
                yield state

    @asynccontextmanager
    async def _paid(self, task: Task) -> AsyncIterator[_Call]:
        bill = Bill(_pot(task), task.account, task.purpose)
        call, id_ = await self._reserved(task, bill)
        try:
            yield call
            call.outcome = "answered"
        except LlmError as error:
            call.outcome = "failed"
            call.usage = error.usage if isinstance(error, Failure) else None
            raise
        finally:
            # Who was cut off may have been served all the same: what nobody knows counts as it was set aside.
            self._counts.asked(task.purpose, call.outcome, call.usage)
            await asyncio.shield(asyncio.ensure_future(self._settle(id_, bill, call.usage or call.most)))

    async def _settle(self, id_: str, bill: Bill, used: Usage) -> None:
        try:
            await self._ledger.settle(id_, bill, used, self._tariff.cost(used), self._clock.now())
        except StoreError:
            # Whoever asked has their answer all the same.
            logger.warning("What a completion cost was not written down", exc_info=True)

    async def _reserved(self, task: Task, bill: Bill) -> tuple[_Call, str]:
        """Set aside what the task may cost at most, with the better model where that is not too much."""
        now, limits = self._clock.now(), self._tariff.limits(bill)
        paid = await self._ledger.paid(bill, now)
        for tier in _tiers(task.tier, cheaply=_near(paid, limits)):
            most = weighed(task, self._tariff.models[tier])
            if id_ := await self._ledger.reserve(bill, self._tariff.cost(most), limits, now):
                return _Call(replace(task, tier=tier), most), id_
        self._counts.asked(task.purpose, "over_budget")
        raise overdrawn(bill, await self._ledger.paid(bill, now), limits, now)


def overdrawn(bill: Bill, paid: Paid, limits: Paid, now: dt.datetime) -> OverBudget:
    """Return what a person reads where a pot is empty: whose it is, and when it is full again."""
    # Where either would do, it is the one that has less left.
    own = limits.own and (not limits.whole or limits.own - paid.own < limits.whole - paid.whole)
    whose = "Your budget" if own else _WHOSE[bill.pot]
    full = now.astimezone(dt.UTC).date() + dt.timedelta(days=1)
    return OverBudget(f"{whose} for the language model is spent; it is full again on {full.day} {full:%B}, 00:00 UTC.")


def _pot(task: Task) -> Pot:
    if task.purpose in BRIEFS or (task.purpose in FINISHING and not task.account.user):
        return Pot.BRIEF
    return Pot.SPACE if task.account.space else Pot.READING


def _tiers(tier: Tier, *, cheaply: bool) -> list[Tier]:
    return [Tier.READ] if cheaply or tier is Tier.READ else [Tier.WRITE, Tier.READ]


def _near(paid: Paid, limits: Paid) -> bool:
    return _share(paid.whole, limits.whole) >= SOFT or _share(paid.own, limits.own) >= SOFT


def _share(part: int, limit: int) -> float:
    return part / limit if limit else 0
