"""Our own server of Anthropic's Messages API, with the faults of the other one as Anthropic words them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import jiter
from aiohttp import web

from tests.servers.model.asked import Asked
from tests.servers.model.faults import Fault
from tests.servers.model.server import Answer, FakeModel, running
from tests.servers.model.speech import Said

_ERRORS = {
    Fault.BUSY: (429, "rate_limit_error", "This request would exceed your rate limit."),
    Fault.OVERLOADED: (529, "overloaded_error", "Overloaded"),
    Fault.BROKEN: (500, "api_error", "Internal server error"),
    Fault.NO_CREDIT: (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    Fault.FORBIDDEN: (403, "permission_error", "Your API key does not have permission to use this resource."),
    Fault.UNWILLING: (400, "invalid_request_error", "Bad request."),
    Fault.TOO_LONG: (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    Fault.NO_PATHS: (404, "not_found_error", "Not Found"),
}
_STOP_REASONS = {"length": "max_tokens", "refusal": "refusal"}


class FakeAnthropic(FakeModel):
    """A server of the Messages API. `key` is wanted as x-api-key; with FAILED, a stream says so when it has begun."""

    def application(self) -> web.Application:
        """Return the server's routes."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/messages", self._messages)
        return app

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if request.headers.get("anthropic-version") != "2023-06-01" or not body.get("max_tokens"):
            return _error(400, "invalid_request_error", "anthropic-version and max_tokens are required")
        tools = body.get("tools", [])
        if tools and body["tool_choice"]["name"] != tools[0]["name"]:
            return _error(400, "invalid_request_error", "tool_choice: no such tool")
        (message,) = body["messages"]
        schema = tools[0]["input_schema"] if tools else None
        streams = bool(body.get("stream"))
        words = (body["model"], body["system"], message["content"])
        return await self._served(request, Asked(request.path, body, *words, schema, body["max_tokens"], streams))

    def _refused(self, asked: Asked, faults: set[Fault]) -> web.Response | None:
        for fault, (status, kind, message) in _ERRORS.items():
            if fault in faults:
                headers = {"retry-after": self.retry_after} if fault is Fault.BUSY else None
                return _error(status, kind, message, headers)
        if Fault.NO_SCHEMA in faults and asked.schema is not None:
            return _error(400, "invalid_request_error", "tools: Extra inputs are not permitted")
        if Fault.HTML in faults:
            return web.Response(text="<!doctype html><title>Welcome</title>", content_type="text/html")
        return web.Response(text="{not json", content_type="application/json") if Fault.NOT_JSON in faults else None

    async def _answered(self, request: web.Request, asked: Asked, faults: set[Fault]) -> web.StreamResponse:
        if not self._has(asked.model):
            return _error(404, "not_found_error", f"model: {asked.model}")
        said = self._said(asked, faults)
        calls_tool = asked.schema is not None and Fault.DEAF not in faults and said.end != "refusal"
        if asked.streams:
            failure = _ERRORS[Fault.OVERLOADED] if Fault.FAILED in faults else None
            return await self._streamed(request, _events(said, failure, calls_tool=calls_tool), faults, chat=False)
        if Fault.FAILED in faults:
            return _error(*_ERRORS[Fault.OVERLOADED])
        return web.json_response(_message(said, _content(said, calls_tool=calls_tool), calls_tool=calls_tool))

    def _locked(self, request: web.Request) -> web.Response | None:
        key = request.headers.get("x-api-key")
        return None if key == self.key else _error(401, "authentication_error", f"invalid x-api-key: {key}")

    async def _models(self, request: web.Request) -> web.Response:
        models = [{"type": "model", "id": name, "display_name": name.title()} for name in self.models]
        return self._locked(request) or web.json_response({"data": models, "has_more": False})


def _content(said: Said, *, calls_tool: bool) -> list[dict[str, Any]]:
    if said.end in {"refusal", "nothing"}:
        return []
    if not calls_tool:
        return [{"type": "text", "text": said.text}]
    # What was cut off comes as far as it can be read, as an object that is closed.
    partial = jiter.from_json(said.text.encode() or b"{}", partial_mode=True)
    return [{"type": "tool_use", "id": "toolu_1", "name": "answer", "input": partial}]


def _message(said: Said, content: list[dict[str, Any]], *, calls_tool: bool) -> dict[str, Any]:
    stop = _STOP_REASONS.get(said.end, "tool_use" if calls_tool else "end_turn")
    whole = {"type": "message", "id": "msg_1", "role": "assistant", "model": said.model, "content": content}
    return whole | {"stop_reason": stop, "stop_sequence": None} | ({"usage": _usage(said.usage)} if said.usage else {})


def _usage(usage: tuple[int, int, int]) -> dict[str, int]:
    sent, written, cached = usage
    fresh = {"input_tokens": sent - cached, "output_tokens": written}
    return fresh | {"cache_read_input_tokens": cached, "cache_creation_input_tokens": 0}


def _events(said: Said, failure: tuple[int, str, str] | None, *, calls_tool: bool) -> Iterator[dict[str, Any]]:
    whole = _message(said, [], calls_tool=calls_tool)
    yield {"type": "message_start", "message": whole | {"stop_reason": None}}
    yield {"type": "ping"}
    kind, word = ("input_json_delta", "partial_json") if calls_tool else ("text_delta", "text")
    block = {"type": "tool_use", "id": "toolu_1", "name": "answer", "input": {}} if calls_tool else {"type": "text"}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    for number, piece in enumerate(() if said.end == "refusal" else said.pieces):
        if failure and number:
            yield {"type": "error", "error": {"type": failure[1], "message": failure[2]}}
            return
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": kind, word: piece}}
    yield {"type": "content_block_stop", "index": 0}
    output = {"usage": {"output_tokens": said.usage[1]}} if said.usage else {}
    yield {"type": "message_delta", "delta": {"stop_reason": whole["stop_reason"]}, **output}
    yield {"type": "message_stop"}


def _error(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
    return web.Response(text=json.dumps(body), status=status, headers=headers, content_type="application/json")


@asynccontextmanager
async def fake_anthropic(
    answer: Answer, *, models: Mapping[str, str | None] | None = None, key: str = ""
) -> AsyncIterator[FakeAnthropic]:
    """Run a server of the Messages API for as long as the block does."""
    async with running(FakeAnthropic(answer, models, key)) as server:
        yield server
