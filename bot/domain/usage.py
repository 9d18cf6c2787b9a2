"""What language models cost, in whole billionths of a US dollar, by UTC day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class ModelTier(StrEnum):
    """Which of the two models is asked: the cheaper one that reads, or the better one that writes."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays: a space, and the person in it who asked; both are empty for what is read for everybody."""

    space: str = ""
    user: str = ""


SHARED_ACCOUNT = Account()
"""Pays for what is read for everybody."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that a completion took. `cached` are those of the input that cost less.

    If the server does not count them, they are estimated from the length of the texts, and `counted` is False.
    """

    model: str
    input: int
    output: int
    cached: int = 0
    counted: bool = True


NANODOLLARS = 1_000_000_000
"""Units of account in a dollar."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens of a model cost, in US dollars."""

    input: float = 0.0
    cached: float = 0.0
    output: float = 0.0

    def cost_of(self, usage: Usage) -> int:
        """Return what a completion cost, rounded up."""
        fresh = max(usage.input - usage.cached, 0)
        dollars = fresh * self.input + usage.cached * self.cached + usage.output * self.output
        return math.ceil(round(dollars * NANODOLLARS / 1_000_000, 3))


class BudgetPool(StrEnum):
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
class Charge:
    """Who pays for one call, from which pool, and what for."""

    pool: BudgetPool
    account: Account
    purpose: str


@dataclass(frozen=True, slots=True)
class PoolUsage:
    """What a pool spent today, with what is reserved for calls under way; `user_total` is the person's part."""

    total: int = 0
    user_total: int = 0


@dataclass(frozen=True, slots=True)
class PurposeSpending:
    """What was spent on one purpose: today, this month, and the person's own part of both."""

    purpose: str
    today: int
    month: int
    user_today: int = 0
    user_month: int = 0
