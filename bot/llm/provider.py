"""The seams of a language model: a task goes in, a value of a type comes out; and what a provider's server is asked."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from bot.domain.usage import SHARED_ACCOUNT, Account, ModelTier, Usage
from bot.llm.failures import ServerInfo

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Task:
    """One question to a model, from a filled-in prompt.

    `purpose` and `version` are the prompt's; `tokens` is the most that may come back, and `seconds` how long the
    whole of it may take, every retry included.
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

    Raises LlmError if no such value came in time, for whatever reason, and OverBudget if none may be asked for.
    """

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value."""

    def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows, each time with those items of its lists that are complete; the last is whole.

        What has not come yet is empty. Whoever stops before the end closes it (`aclosing`).
        """


class APIMode(StrEnum):
    """How a server is asked for a value of a type."""

    RESPONSES = "Responses API"
    SCHEMA = "chat completions with a JSON schema"
    TEXT = "chat completions in text"
    TOOL = "Messages API with a tool"
    MESSAGE = "Messages API in text"

    @property
    def is_text(self) -> bool:
        """Whether the server isn't told the form of the answer, so that the model is told in words."""
        return self in {APIMode.TEXT, APIMode.MESSAGE}


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One request to a server; `previous_error` is what was wrong with the answer before.

    `safety_identifier` stands for whoever asks if the server is the provider's own, and is None elsewhere.
    """

    task: Task
    model: str
    mode: APIMode
    schema: Mapping[str, object]
    max_tokens: int
    safety_identifier: str | None = None
    previous_error: str = ""

    @property
    def format_instructions(self) -> str:
        """The form of the answer in words."""
        return f"Answer with one JSON object and nothing else. It fits this JSON schema:\n{json.dumps(self.schema)}"

    @property
    def system(self) -> str:
        """What comes first, the same for every task of a kind."""
        return f"{self.task.system}\n\n{self.format_instructions}" if self.mode.is_text else self.task.system

    @property
    def user(self) -> str:
        """What is asked; of an answer that did not fit, also why."""
        if not self.previous_error:
            return self.task.user
        instructions = "" if self.mode.is_text else f" {self.format_instructions}"
        return f"{self.task.user}\n\nThe last answer did not fit: {self.previous_error}.{instructions}"

    @property
    def schema_name(self) -> str:
        """The name of the answer's form, of the letters that servers take."""
        return "".join(letter if letter.isalnum() else "_" for letter in self.task.purpose)[:60] or "answer"


class FinishReason(StrEnum):
    """How an answer ended."""

    COMPLETE = "whole"
    LENGTH = "length"
    FILTERED = "filtered"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """What a model wrote, how it ended, and the tokens it took if the server counts them."""

    text: str
    finish_reason: FinishReason
    usage: Usage | None


class Provider(Protocol):
    """A server's API, one request at a time. Raises ServerError for whatever the server does instead."""

    info: ServerInfo

    @property
    def modes(self) -> tuple[APIMode, ...]:
        """The ways it can be asked, the best first."""

    async def open(self) -> None:
        """Do what takes a while before the first request; raises LlmError if something isn't installed."""

    async def send(self, request: CompletionRequest) -> ModelOutput:
        """Return an answer."""

    def stream(self, request: CompletionRequest) -> AsyncGenerator[str | ModelOutput]:
        """Yield the text of an answer as it grows, then the answer."""

    async def list_models(self) -> Mapping[str, str]:
        """Return the models that the server lists, each with the day it is shut down if that is known."""

    async def aclose(self) -> None:
        """Close the connections."""
