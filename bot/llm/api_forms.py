"""The three ways of asking a server, as parameters, and what comes back of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

from bot.llm.provider import Task

Parameters: TypeAlias = "dict[str, Any]"


class APIMode(IntEnum):
    """How a server is asked; the first that it knows is the best."""

    RESPONSES = 1
    SCHEMA = 2
    TEXT = 3

    def __str__(self) -> str:
        return {1: "Responses API", 2: "chat completions with a JSON schema", 3: "chat completions in text"}[self]


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One request: `room` is the most tokens that may come, `problem` what was wrong with the answer before.

    `payer` stands for whoever asks where the server is OpenAI's own, and is None elsewhere.
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
        return f"{self.task.system}\n\n{self.format_instructions}" if self.mode is APIMode.TEXT else self.task.system

    @property
    def user(self) -> str:
        """What is asked; of an answer that did not fit, also why."""
        if not self.previous_error:
            return self.task.user
        form = "" if self.mode is APIMode.TEXT else f" {self.format_instructions}"
        return f"{self.task.user}\n\nThe last answer did not fit: {self.previous_error}.{form}"


def request_parameters(request: CompletionRequest, *, stream: bool) -> Parameters:
    """Return what the server is sent."""
    asked = _responses_parameters(request) if request.mode is APIMode.RESPONSES else _chat_parameters(request)
    if request.safety_identifier is not None:
        asked["prompt_cache_key"] = f"{request.task.purpose}-{request.task.version}"
        asked |= {"safety_identifier": request.safety_identifier} if request.safety_identifier else {}
    if stream and request.mode is not APIMode.RESPONSES:
        asked["stream_options"] = {"include_usage": True}
    return asked


def _responses_parameters(request: CompletionRequest) -> Parameters:
    form = {"type": "json_schema", "name": _schema_name(request), "schema": request.schema, "strict": True}
    return {
        "model": request.model,
        "instructions": request.system,
        "input": request.user,
        "text": {"format": form},
        "max_output_tokens": request.max_tokens,
        "store": False,
    }


def _chat_parameters(request: CompletionRequest) -> Parameters:
    # Only OpenAI itself knows the newer name, and some of its models no longer know the older one.
    most = "max_tokens" if request.safety_identifier is None else "max_completion_tokens"
    messages = [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}]
    asked: Parameters = {"model": request.model, "messages": messages, most: request.max_tokens}
    if request.mode is APIMode.SCHEMA:
        named = {"name": _schema_name(request), "schema": request.schema, "strict": True}
        asked["response_format"] = {"type": "json_schema", "json_schema": named}
    return asked


def _schema_name(request: CompletionRequest) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in request.task.purpose)[:60] or "answer"
