"""A model server on a free port of 127.0.0.1, which says what a function says."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import msgspec
from aiohttp import web

from tests.servers.model.asked import Asked, asked_of
from tests.servers.model.faults import Fault, refusal, said, unknown_model
from tests.servers.model.speech import Said, chunks, completion, piece_of, response, response_events

Answer: TypeAlias = "Callable[[Asked], object]"
"""Tells what the model says: JSON text, or a value that becomes one."""

Server = TypeVar("Server", bound="FakeModel")

THOUGHT, WINDOW = 1_000, 100
"""So many tokens are thought before anything is said, and read of a long text, with the fault of that name."""

_ENDS = {
    Fault.TRUNCATED: "length",
    Fault.REFUSAL: "refusal",
    Fault.FILTERED: "content_filter",
    Fault.FAILED: "failed",
    Fault.NO_CHOICES: "nothing",
}


class FakeModel:
    """A model server.

    `models` are those it has, each with the date when it is shut down or None; without any it has every one. Without a
    `key` it wants none. `faults` stay until they are taken away, those that are put in a `row` hold for one request
    each, and `hold` lets every answer wait until it is set.
    `stops` are words after which a stream waits for something to be set.
    """

    def __init__(self, answer: Answer, models: Mapping[str, str | None] | None = None, key: str = "") -> None:
        self.answer = answer
        self.models = dict(models or {})
        self.key = key
        self.url = ""
        self.asked: list[Asked] = []
        self.faults: set[Fault] = set()
        self.row: deque[Fault | None] = deque()
        self.retry_after = "0"
        self.cached = 0
        self.busy = self.busiest = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.stops: dict[str, asyncio.Event] = {}
        self.closed = asyncio.Event()
        self._changed = asyncio.Condition()

    @property
    def ways(self) -> list[str]:
        """The last part of each path that was asked, and whether a schema came with it."""
        return [asked.path.rsplit("/", 1)[-1] + ("" if asked.schema is None else "+schema") for asked in self.asked]

    def stop_after(self, words: str) -> asyncio.Event:
        """Let every stream that says these words wait there, until what is returned is set."""
        return self.stops.setdefault(words, asyncio.Event())

    async def working(self, on: int) -> None:
        """Wait until so many requests are under way."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.busy == on)

    def application(self) -> web.Application:
        """Return the server's routes."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/models/{model:.+}", self._model)
        app.router.add_post("/v1/embeddings", self._embeddings)
        app.router.add_post("/v1/audio/transcriptions", self._hear)
        app.router.add_post("/v1/{path:.+}", self._speak)
        return app

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        return await self._served(request, asked_of(request.path, await request.json()))

    async def _hear(self, request: web.Request) -> web.StreamResponse:
        """Take a piece of a recording: its name stands for what was said, its bytes are in the body."""
        form = await request.post()
        file = form["file"]
        if not isinstance(file, web.FileField):
            return said(400, {"message": "file is no file", "type": "invalid_request_error"})
        with file.file as sound:
            body = {"model": str(form["model"]), "input": file.filename, "sound": sound.read()}
        return await self._served(request, asked_of(request.path, body))

    async def _served(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        self.asked.append(asked)
        faults = self.faults | ({one} if self.row and (one := self.row.popleft()) else set())
        await self._count(1)
        try:
            if Fault.SLOW in faults:
                await self.closed.wait()
            await self.hold.wait()
            return self._locked(request) or self._refused(asked, faults) or await self._answered(request, asked, faults)
        finally:
            await self._count(-1)

    def _refused(self, asked: Asked, faults: set[Fault]) -> web.Response | None:
        return refusal(asked, faults, self.retry_after)

    async def _count(self, more: int) -> None:
        async with self._changed:
            self.busy += more
            self.busiest = max(self.busiest, self.busy)
            self._changed.notify_all()

    async def _answered(self, request: web.Request, asked: Asked, faults: set[Fault]) -> web.StreamResponse:
        if not self._has(asked.model):
            return unknown_model(asked)
        if asked.path.endswith("/transcriptions"):
            return web.json_response({"text": self._text(asked, faults)})
        words = self._said(asked, faults)
        chat = asked.path.endswith("/chat/completions")
        if not asked.streams:
            whole = json.dumps(completion(words) if chat else response(words)).encode()
            return (
                await _cut(request, whole)
                if Fault.CUT in faults
                else web.Response(body=whole, content_type="application/json")
            )
        counted = bool(asked.body.get("stream_options", {}).get("include_usage"))
        events = chunks(words, counted=counted) if chat else response_events(words)
        return await self._streamed(request, events, faults, chat=chat)

    async def _streamed(
        self, request: web.Request, events: Iterable[Mapping[str, Any]], faults: set[Fault], *, chat: bool
    ) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        written = list(events)
        spoken = ""
        for number, event in enumerate(written):
            if number == len(written) // 2 and faults & {Fault.CUT, Fault.DRIP}:
                await _end(request, self.closed if Fault.DRIP in faults else None)
                return stream
            name = "" if chat else f"event: {event['type']}\n"
            await stream.write(f"{name}data: {json.dumps(event)}\n\n".encode())
            spoken += piece_of(event)
            for words, go in self.stops.items():
                if words in spoken:
                    await go.wait()
        if chat:
            await stream.write(b"data: [DONE]\n\n")
        return stream

    def _said(self, asked: Asked, faults: set[Fault]) -> Said:
        text = self._text(asked, faults)
        end = next((end for fault, end in _ENDS.items() if fault in faults), "stop")
        if end == "length":
            text = text[: len(text) // 2]
        thought = THOUGHT if Fault.THINKING in faults else 0
        if thought >= asked.tokens > 0:
            text, end, thought = "", "length", asked.tokens
        read = (len(asked.system) + len(asked.user)) // 4
        if Fault.CUT_CONTEXT in faults:
            read = min(read, WINDOW)
        usage = None if Fault.NO_USAGE in faults else (read, thought + len(text) // 4, min(self.cached, read))
        return Said(asked.model, text, end, usage)

    def _text(self, asked: Asked, faults: set[Fault]) -> str:
        if Fault.WRONG in faults:
            return '{"wrong": 1}'
        if Fault.DEAF in faults and asked.path.endswith("/responses"):
            return "Ben: They did not."
        if Fault.REFUSAL in faults:
            return "I cannot help with that."
        value = self.answer(asked)
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        return f"Sure, {{here}} it is:\n```json\n{text}\n```\nAnything else?" if Fault.PROSE in faults else text

    def _has(self, model: str) -> bool:
        return not self.models or model in self.models

    def _locked(self, request: web.Request) -> web.Response | None:
        if not self.key or request.headers.get("Authorization") == f"Bearer {self.key}":
            return None
        words = f"Incorrect API key provided: {request.headers.get('Authorization')}."
        return said(401, {"message": words, "type": "invalid_request_error", "code": "invalid_api_key"})

    async def _models(self, request: web.Request) -> web.Response:
        kept = [_model(name, ends) for name, ends in self.models.items()]
        return self._locked(request) or web.json_response({"object": "list", "data": kept})

    async def _model(self, request: web.Request) -> web.Response:
        name = request.match_info["model"]
        if not self._has(name):
            return said(404, {"message": f"The model '{name}' does not exist", "code": "model_not_found"})
        return self._locked(request) or web.json_response(_model(name, self.models.get(name)))

    async def _embeddings(self, request: web.Request) -> web.Response:
        body = await request.json()
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        if not self._has(body["model"]):
            return unknown_model(asked_of(request.path, {"model": body["model"]}))
        vectors = [{"object": "embedding", "index": n, "embedding": [1.0, 0.0]} for n, _ in enumerate(texts)]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        whole = {"object": "list", "model": body["model"], "data": vectors, "usage": usage}
        return self._locked(request) or web.json_response(whole)


@asynccontextmanager
async def fake_model(
    answer: Answer, *, models: Mapping[str, str | None] | None = None, key: str = ""
) -> AsyncIterator[FakeModel]:
    """Run a model server for as long as the block does."""
    async with running(FakeModel(answer, models, key)) as server:
        yield server


@asynccontextmanager
async def running(server: Server) -> AsyncIterator[Server]:
    """Run a server for as long as the block does."""
    runner = web.AppRunner(server.application(), shutdown_timeout=1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v1"
    try:
        yield server
    finally:
        server.closed.set()
        server.hold.set()
        for stop in server.stops.values():
            stop.set()
        await runner.cleanup()


def _model(name: str, ends: str | None) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 1, "owned_by": "us"} | ({"shutdown_date": ends} if ends else {})


async def _cut(request: web.Request, whole: bytes) -> web.StreamResponse:
    """Send half of an answer."""
    half = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(whole))})
    await half.prepare(request)
    await half.write(whole[: len(whole) // 2])
    await _end(request, None)
    return half


async def _end(request: web.Request, when: asyncio.Event | None) -> None:
    """Close the connection, now or when something happens."""
    if when:
        await when.wait()
    if request.transport:
        request.transport.abort()
