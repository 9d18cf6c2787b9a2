"""What comes back from a server, by either API, at once or event by event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar

import msgspec

from bot.domain.usage import Usage
from bot.llm.failures import ServerError
from bot.llm.provider import Task

Shape = TypeVar("Shape")


class FinishReason(StrEnum):
    """How an answer ended."""

    COMPLETE = "whole"
    LENGTH = "length"
    FILTERED = "filtered"
    REFUSED = "refused"
    FAILED = "failed"


_FINISH_REASONS = {
    "length": FinishReason.LENGTH,
    "max_output_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTERED,
    "refusal": FinishReason.REFUSED,
    "failed": FinishReason.FAILED,
}


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """What a model wrote, how it ended, and the tokens it took where the server counts them."""

    text: str
    finish_reason: FinishReason
    usage: Usage | None


class _TokenDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _TokenCounts(msgspec.Struct):
    """Tokens under the names of both APIs."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _TokenDetails | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _TokenDetails | None = None

    def usage(self, model: str) -> Usage | None:
        read = self.input_tokens or self.prompt_tokens
        written = self.output_tokens or self.completion_tokens or 0
        details = self.input_tokens_details or self.prompt_tokens_details
        return Usage(model, read, written, (details.cached_tokens or 0) if details else 0) if read else None


class _ContentPart(msgspec.Struct):
    """A message or a part of one, under the names of both APIs."""

    text: str | None = None
    content: str | None = None
    refusal: str | None = None


class _OutputItem(msgspec.Struct):
    type: str | None = None
    content: list[_ContentPart] | None = None


class _IncompleteDetails(msgspec.Struct):
    reason: str | None = None


class _Response(msgspec.Struct):
    status: str
    output: list[_OutputItem] | None = None
    incomplete_details: _IncompleteDetails | None = None
    usage: _TokenCounts | None = None


class _Event(msgspec.Struct):
    type: str
    delta: object = None
    response: _Response | None = None


class _Choice(msgspec.Struct):
    message: _ContentPart | None = None
    delta: _ContentPart | None = None
    finish_reason: str | None = None


class _Chat(msgspec.Struct):
    choices: list[_Choice] | None
    usage: _TokenCounts | None = None


class ResponseBuilder:
    """What has come of an answer so far."""

    def __init__(self, request: CompletionRequest) -> None:
        self._request = request
        self.text = ""
        self._reason: str | None = None
        self._usage: Usage | None = None
        self._has_events = self._is_finished = False

    def parse(self, body: bytes) -> ModelOutput:
        """Take an answer at once; raises Refusal where it is none."""
        try:
            said = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            raise _not_a_model_server() from None
        if self._request.mode is APIMode.RESPONSES:
            self._add_response(_convert(said, _Response))
        else:
            self._add_chat_chunk(_convert(said, _Chat))
        self._is_finished = True
        return self.output()

    def add_event(self, event: Mapping[str, object]) -> None:
        """Take one event of a stream; raises Refusal where it is none."""
        self._has_events = True
        if self._request.mode is not APIMode.RESPONSES:
            self._add_chat_chunk(_convert(event, _Chat))
            return
        said = _convert(event, _Event)
        if said.type == "response.output_text.delta" and isinstance(said.delta, str):
            self.text += said.delta
        elif said.type in {"response.completed", "response.incomplete", "response.failed"} and said.response:
            self._add_response(said.response)

    def output(self) -> ModelOutput:
        """Return the answer; raises Refusal where it never came to its end."""
        if not self._is_finished:
            raise ServerError(0, "cut") if self._has_events else _not_a_model_server()
        return ModelOutput(self.text, _FINISH_REASONS.get(self._reason or "", FinishReason.COMPLETE), self._usage)

    def _add_response(self, response: _Response) -> None:
        parts = [part for item in response.output or [] for part in item.content or [] if item.type == "message"]
        self.text = "".join(part.text or "" for part in parts) or self.text
        refused = any(part.refusal for part in parts)
        why = response.incomplete_details.reason if response.incomplete_details else None
        self._reason = "refusal" if refused else why or response.status
        self._usage = response.usage.usage(self._request.model) if response.usage else None
        self._is_finished = True

    def _add_chat_chunk(self, chunk: _Chat) -> None:
        for choice in (chunk.choices or [])[:1]:
            words = choice.message or choice.delta or _ContentPart()
            self.text += words.content or ""
            self._reason = "refusal" if words.refusal or self._reason == "refusal" else choice.finish_reason
            self._is_finished = self._is_finished or bool(choice.message or choice.finish_reason)
        if chunk.usage:
            self._usage = chunk.usage.usage(self._request.model) or self._usage
            self._is_finished = True


class _Transcription(msgspec.Struct):
    text: str


def parse_transcription(body: bytes) -> str:
    """Return the words of a transcription; raises Refusal where it is none."""
    try:
        return _convert(msgspec.json.decode(body), _Transcription).text
    except (ValueError, RecursionError):
        raise _not_a_model_server() from None


def _convert(value: object, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        raise _not_a_model_server() from None


def _not_a_model_server() -> ServerError:
    return ServerError(HTTPStatus.OK, "foreign")


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
