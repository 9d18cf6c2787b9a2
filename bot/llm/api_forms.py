"""The three ways of asking a server, as parameters, and what comes back of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

from bot.llm.provider import Task

Parameters: TypeAlias = "dict[str, Any]"


class Way(IntEnum):
    """How a server is asked; the first that it knows is the best."""

    RESPONSES = 1
    SCHEMA = 2
    TEXT = 3

    def __str__(self) -> str:
        return {1: "Responses API", 2: "chat completions with a JSON schema", 3: "chat completions in text"}[self]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: `room` is the most tokens that may come, `problem` what was wrong with the answer before.

    `payer` stands for whoever asks where the server is OpenAI's own, and is None elsewhere.
    """

    task: Task
    model: str
    way: Way
    schema: Mapping[str, object]
    room: int
    payer: str | None = None
    problem: str = ""

    @property
    def form(self) -> str:
        """The form of the answer in words."""
        return f"Answer with one JSON object and nothing else. It fits this JSON schema:\n{json.dumps(self.schema)}"

    @property
    def system(self) -> str:
        """What comes first, the same for every task of a kind."""
        return f"{self.task.system}\n\n{self.form}" if self.way is Way.TEXT else self.task.system

    @property
    def user(self) -> str:
        """What is asked; of an answer that did not fit, also why."""
        if not self.problem:
            return self.task.user
        form = "" if self.way is Way.TEXT else f" {self.form}"
        return f"{self.task.user}\n\nThe last answer did not fit: {self.problem}.{form}"


def parameters(ask: Ask, *, stream: bool) -> Parameters:
    """Return what the server is sent."""
    asked = _responses(ask) if ask.way is Way.RESPONSES else _chat(ask)
    if ask.payer is not None:
        asked["prompt_cache_key"] = f"{ask.task.purpose}-{ask.task.version}"
        asked |= {"safety_identifier": ask.payer} if ask.payer else {}
    if stream and ask.way is not Way.RESPONSES:
        asked["stream_options"] = {"include_usage": True}
    return asked


def _responses(ask: Ask) -> Parameters:
    form = {"type": "json_schema", "name": _name(ask), "schema": ask.schema, "strict": True}
    return {
        "model": ask.model,
        "instructions": ask.system,
        "input": ask.user,
        "text": {"format": form},
        "max_output_tokens": ask.room,
        "store": False,
    }


def _chat(ask: Ask) -> Parameters:
    # Only OpenAI itself knows the newer name, and some of its models no longer know the older one.
    most = "max_tokens" if ask.payer is None else "max_completion_tokens"
    messages = [{"role": "system", "content": ask.system}, {"role": "user", "content": ask.user}]
    asked: Parameters = {"model": ask.model, "messages": messages, most: ask.room}
    if ask.way is Way.SCHEMA:
        named = {"name": _name(ask), "schema": ask.schema, "strict": True}
        asked["response_format"] = {"type": "json_schema", "json_schema": named}
    return asked


def _name(ask: Ask) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in ask.task.purpose)[:60] or "answer"
