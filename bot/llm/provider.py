"""The seam of a language model: a task goes in, a value of a type comes out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from bot.domain.usage import SHARED_ACCOUNT, Account, ModelTier, Usage

T = TypeVar("T")


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
    tier: ModelTier = ModelTier.WRITE
    account: Account = SHARED_ACCOUNT


@dataclass(frozen=True, slots=True)
class Completion(Generic[T]):
    """What came back, of the type that was asked for; `usage` is None until it is whole."""

    value: T
    usage: Usage | None = None


class LanguageModel(Protocol):
    """A language model that returns values of a type: a `msgspec.Struct` without defaults that forbids other fields.

    Raises LlmError where no such value came in time, for whatever reason, and OverBudget where none may be asked for.
    """

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value."""

    def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows, each time with those items of its lists that are complete; the last is whole.

        What has not come yet is empty. Who stops before the end closes it (`aclosing`).
        """
