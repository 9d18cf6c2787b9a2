"""Asking a language model: what is asked and on whose account, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Tier(StrEnum):
    """Which of the two models is asked: the cheaper one that reads, or the better one that writes."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays: a space, and the person in it who asked; both are empty for what is read for everybody."""

    space: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One question to a model, from a filled-in prompt.

    `purpose` and `version` are the prompt's; `tokens` is the most that may come back, and `seconds` how long the
    whole of it may take, every further try included.
    """

    purpose: str
    version: int
    system: str
    user: str
    tokens: int
    seconds: float
    tier: Tier = Tier.WRITE
    account: Account = Account()


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that a completion took. `cached` are those of the input that cost less; `model` is who gave it.

    Where the server does not count, they are estimated from the length of the texts, and `counted` is False.
    """

    model: str
    input: int
    output: int
    cached: int = 0
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Completion(Generic[T]):
    """What came back, of the type that was asked for; `usage` is None until it is whole."""

    value: T
    usage: Usage | None = None


class Llm(Protocol):
    """A language model that returns values of a type: a `msgspec.Struct` without defaults that forbids other fields.

    Raises LlmError where no such value came in time, for whatever reason, and OverBudget where none may be asked for.
    """

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value."""

    def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows, each time with those items of its lists that are complete; the last is whole.

        What has not come yet is empty. Who stops before the end closes it (`aclosing`).
        """


class Memory(Protocol):
    """Remembers what a model returned, as JSON under a key; what comes of a space's own text is that space's."""

    async def recall(self, space: str, key: str) -> str | None:
        """Return what is remembered for a space, or for everybody where it is empty."""

    async def keep(self, space: str, key: str, value: str, now: dt.datetime) -> None:
        """Remember a value; the first one stands."""

    async def tidy(self, before: dt.datetime) -> int:
        """Forget what was kept before a moment; return how many."""
