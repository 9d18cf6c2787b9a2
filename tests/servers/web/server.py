"""The server: reads requests, counts them, and lets whoever has the path answer."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

from tests.servers.web.names import FakeNames


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and when it came by the server's clock."""

    host: str
    path: str
    headers: Mapping[str, str]
    at: float


Answer: TypeAlias = "Callable[[Asked, asyncio.StreamWriter], Awaitable[bool]]"
"""Writes an answer; returns whether the connection may be used again."""


class FakeWeb:
    """Every host there is, on a free port of 127.0.0.1.

    An answer stands under `host/path`, or under `/path` for all hosts; `names` tells where a name leads, here unless
    told otherwise. `now` is the clock that requests are noted by; with `tls`, all of it is https.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.connections = self.connected = 0
        self.open: Counter[str] = Counter()
        self.most_open: Counter[str] = Counter()
        self.names = FakeNames()
        self._now = now
        self._tls = tls
        self._at_work: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)
        await self._server.wait_closed()

    def at(self, path: str, answer: Answer, host: str = "127.0.0.1") -> str:
        """Put an answer somewhere and return its address."""
        self.answers[f"{host}{path}"] = answer
        return self.url(path, host)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"http{'s' if self._tls else ''}://{host}:{self.port}{path}"

    def times(self, path: str, host: str = "127.0.0.1") -> list[float]:
        """Return when a path was asked for."""
        return [asked.at for asked in self.asked if (asked.host, asked.path) == (host, path)]

    async def settled(self) -> None:
        """Wait until every connection that was closed at the other end is noticed to be."""
        for _ in range(100):
            if self.connected:
                await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.connected += 1
        task = asyncio.current_task()
        if task:
            self._at_work.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        self.connected -= 1
        with contextlib.suppress(OSError):
            writer.close()
        if task:
            self._at_work.discard(task)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        host = headers.get("host", "").rpartition(":")[0]
        asked = Asked(host, request.split(" ")[1], headers, self._now())
        self.asked.append(asked)
        self.open[host] += 1
        self.most_open[host] = max(self.most_open[host], self.open[host])
        try:
            path = asked.path.partition("?")[0]
            answer = self.answers.get(f"{host}{path}") or self.answers.get(path) or _nothing
            again = await answer(asked, writer)
            await writer.drain()
        finally:
            self.open[host] -= 1
        return again


async def _nothing(_: Asked, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    return True
