"""Anthropic's models, by its Messages API: https://docs.anthropic.com/en/api/messages."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from bot.config import ServerSettings, redact_password
from bot.domain.usage import Usage
from bot.llm.failures import (
    CUT_CODE,
    UNREACHABLE_CODE,
    FailureReason,
    ModelCallError,
    ServerError,
    ServerInfo,
    decode_response,
    not_a_model_server,
)
from bot.llm.provider import APIMode, CompletionRequest, FinishReason, ModelOutput

DEFAULT_URL = "https://api.anthropic.com"
API_VERSION = "2023-06-01"
CONNECT_SECONDS = 5.0
"""How long a server has to take a connection, or to list its models."""

_MAX_LISTED = 1_000
"""The longest list of models that can be asked for at once."""
_MAX_ERROR_CHARS = 2_000
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)

_FINISH_REASONS = {
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "refusal": FinishReason.REFUSED,
}
_ERROR_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The statuses of errors, which a stream names only after it has begun with 200."""


class Anthropic:
    """The Provider of the Messages API. The form of an answer is that of a tool which the model has to call."""

    modes = (APIMode.TOOL, APIMode.MESSAGE)

    def __init__(self, server: ServerSettings) -> None:
        self._key = server.api_key
        self._url = (server.base_url or DEFAULT_URL).rstrip("/").removesuffix("/v1")
        is_official = (urlsplit(self._url).hostname or "").endswith("anthropic.com")
        self.info = ServerInfo(redact_password(self._url), "ANTHROPIC_", "the Messages API", is_official=is_official)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Raise ModelCallError if what reads a growing answer isn't installed."""
        if find_spec("jiter") is None:
            raise ModelCallError(FailureReason.NOT_INSTALLED.value, Usage("", 0, 0))

    async def send(self, request: CompletionRequest) -> ModelOutput:
        """Return an answer."""
        async with self._request("POST", "/v1/messages", _parameters(request)) as response:
            body = await response.read()
        builder = _AnswerBuilder(request.model)
        builder.add_message(decode_response(body, _Message))
        return builder.output()

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[str | ModelOutput]:
        """Yield the text of an answer as it grows, then the answer."""
        builder = _AnswerBuilder(request.model)
        async with self._request("POST", "/v1/messages", _parameters(request) | {"stream": True}) as response:
            # An event's name is repeated in its data.
            async for line in response.content:
                if line.startswith(b"data:"):
                    builder.add_event(decode_response(line.removeprefix(b"data:"), _Event))
                    yield builder.text
        yield builder.output()

    async def list_models(self) -> Mapping[str, str]:
        """Return the models that the server lists; when one is shut down, it doesn't say."""
        async with self._request("GET", f"/v1/models?limit={_MAX_LISTED}", seconds=CONNECT_SECONDS) as response:
            return {model.id: "" for model in decode_response(await response.read(), _ModelList).data}

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, parameters: Mapping[str, object] | None = None, seconds: float | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask the server; raises ServerError for whatever it does but answer."""
        if self._session is None:
            headers = {"x-api-key": self._key, "anthropic-version": API_VERSION}
            self._session = aiohttp.ClientSession(headers=headers, trust_env=True)
        url, timeout = self._url + path, aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        try:
            async with self._session.request(
                method, url, json=parameters, timeout=timeout, allow_redirects=False
            ) as response:
                if response.status != HTTPStatus.OK:
                    raise self._error(response, await response.text(errors="replace"))
                yield response
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            raise ServerError(0, UNREACHABLE_CODE) from None
        except (aiohttp.ClientError, OSError):
            raise ServerError(0, CUT_CODE) from None
        except ValueError:
            # A line without an end.
            raise not_a_model_server() from None

    def _error(self, response: aiohttp.ClientResponse, text: str) -> ServerError:
        """Return what a server answers; some repeat the key, which is to be in no log."""
        text = (text.replace(self._key, "…") if self._key else text)[:_MAX_ERROR_CHARS]
        wait = response.headers.get("retry-after", "")
        try:
            code = msgspec.json.decode(text, type=_ErrorBody).error.type
        except msgspec.MsgspecError:
            code = ""
        return ServerError(response.status, code, text, float(wait) if _NUMBER.fullmatch(wait) else None)


def _parameters(request: CompletionRequest) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "model": request.model,
        "system": request.system,
        "messages": [{"role": "user", "content": request.user}],
        "max_tokens": request.max_tokens,
    }
    if request.mode is APIMode.TOOL:
        name = request.schema_name
        parameters["tools"] = [{"name": name, "description": "Give the answer.", "input_schema": request.schema}]
        parameters["tool_choice"] = {"type": "tool", "name": name, "disable_parallel_tool_use": True}
    if request.safety_identifier:
        parameters["metadata"] = {"user_id": request.safety_identifier}
    return parameters


class _TokenCounts(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Block(msgspec.Struct):
    type: str
    text: str | None = None
    input: msgspec.Raw = msgspec.Raw(b"")


class _Message(msgspec.Struct):
    content: list[_Block]
    stop_reason: str | None = None
    usage: _TokenCounts | None = None


class _Delta(msgspec.Struct):
    text: str = ""
    partial_json: str = ""
    stop_reason: str | None = None


class _Error(msgspec.Struct):
    type: str = ""
    message: str = ""


class _ErrorBody(msgspec.Struct):
    error: _Error


class _Event(msgspec.Struct):
    type: str
    message: _Message | None = None
    delta: _Delta | None = None
    usage: _TokenCounts | None = None
    error: _Error | None = None


class _Model(msgspec.Struct):
    id: str


class _ModelList(msgspec.Struct):
    data: list[_Model]


class _AnswerBuilder:
    """Builds an answer from what has come of it. A tool's input counts; a server without tools gives a text."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._words = self._tool_input = ""
        self._stop_reason: str | None = None
        self._counts: dict[str, int] = {}
        self._has_events = self._is_finished = False

    @property
    def text(self) -> str:
        return self._tool_input or self._words

    def add_message(self, message: _Message) -> None:
        """Take an answer at once."""
        self._words = "".join(block.text or "" for block in message.content if block.type == "text")
        self._tool_input = "".join(bytes(block.input).decode() for block in message.content if block.type == "tool_use")
        if message.stop_reason == "max_tokens":
            # The object is closed, but what it lacks may be the end of a list: it must not pass for the whole.
            self._tool_input = self._tool_input.removesuffix("}")
        self._stop_reason = message.stop_reason
        self._add_counts(message.usage)
        self._is_finished = True

    def add_event(self, event: _Event) -> None:
        """Take one event of a stream; raises ServerError if it is an error."""
        self._has_events = True
        if event.error:
            raise ServerError(_ERROR_STATUS.get(event.error.type, 500), event.error.type, event.error.message)
        if event.message:
            self._add_counts(event.message.usage)
        if event.delta:
            self._words += event.delta.text
            self._tool_input += event.delta.partial_json
            self._stop_reason = event.delta.stop_reason or self._stop_reason
        self._add_counts(event.usage)
        self._is_finished = event.type == "message_stop"

    def output(self) -> ModelOutput:
        """Return the answer; raises ServerError if it never came to its end."""
        if not self._is_finished:
            raise ServerError(0, CUT_CODE) if self._has_events else not_a_model_server()
        reason = _FINISH_REASONS.get(self._stop_reason or "", FinishReason.COMPLETE)
        return ModelOutput(self.text, reason, self._usage())

    def _add_counts(self, counts: _TokenCounts | None) -> None:
        if counts:
            # Those of a later event include the earlier ones.
            self._counts |= {name: count for name, count in msgspec.structs.asdict(counts).items() if count is not None}

    def _usage(self) -> Usage | None:
        if "input_tokens" not in self._counts:
            return None
        # Unlike OpenAI's, Anthropic's input tokens leave out those of its cache.
        cached = self._counts.get("cache_read_input_tokens", 0)
        sent = self._counts["input_tokens"] + cached + self._counts.get("cache_creation_input_tokens", 0)
        return Usage(self._model, sent, self._counts.get("output_tokens", 0), cached)
