"""What asking a language model costs, and how much of it is allowed: in whole billionths of a US dollar, by UTC day."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.ports.llm import Account, Usage

DOLLAR = 1_000_000_000
"""So many of the units in which everything is counted."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens of a model cost, in US dollars."""

    input: float = 0.0
    cached: float = 0.0
    output: float = 0.0

    def of(self, usage: Usage) -> int:
        """Return what a completion cost, rounded up."""
        fresh = max(usage.input - usage.cached, 0)
        dollars = fresh * self.input + usage.cached * self.cached + usage.output * self.output
        return math.ceil(round(dollars * DOLLAR / 1_000_000, 3))


class Pot(StrEnum):
    """What a completion is paid from: a space's own, its reserve for briefs, or what is read for everybody."""

    SPACE = "space"
    BRIEF = "brief"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class Budgets:
    """How much a day each space, person, brief and all reading together may cost; 0 is no limit."""

    space: int = 0
    user: int = 0
    brief: int = 0
    reading: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """Who pays for one call, from which pot, and what for."""

    pot: Pot
    account: Account
    purpose: str


@dataclass(frozen=True, slots=True)
class Paid:
    """What went out of a pot today, with what is set aside for calls under way; `own` is the person's part."""

    whole: int = 0
    own: int = 0


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


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent on one purpose: today, this month, and the person's own part of both."""

    purpose: str
    today: int
    month: int
    own_today: int = 0
    own_month: int = 0


class Spending(Protocol):
    """What was spent, for whoever asks how things stand."""

    async def spent(self, account: Account, now: dt.datetime) -> list[Spent] | None:
        """Return what a space spent, by purpose; None where there is no language model."""


class NoSpending:
    """The Spending of a bot without a language model."""

    async def spent(self, account: Account, now: dt.datetime) -> list[Spent] | None:
        """Return None."""
        del account, now
        return None
