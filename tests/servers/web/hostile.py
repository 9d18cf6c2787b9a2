"""Answers of servers that mean harm, or are broken in ways that do."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from dataclasses import dataclass

from tests.servers.web.server import Answer, Asked

MEGABYTE = 1_000_000
_OPENING = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


def saying(words: bytes) -> Answer:
    """Return a server that sends these bytes and hangs up."""

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> bool:
        writer.write(words)
        await writer.drain()
        return False

    return answer


@dataclass
class Drip:
    """A byte of the body now and then, for ever; or of the headers."""

    pause: float = 0.02
    headers: bool = False

    async def __call__(self, _: Asked, writer: asyncio.StreamWriter) -> bool:
        """Drip until the other side hangs up."""
        writer.write(_OPENING + (b"X-Drip: " if self.headers else b"\r\n<rss>"))
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(self.pause)


@dataclass
class Endless:
    """So many megabytes of body as fast as they are read, without a word on how many there are."""

    megabytes: int = 1_000
    announced: bool = False
    sent: int = 0

    async def __call__(self, _: Asked, writer: asyncio.StreamWriter) -> bool:
        """Send until the other side hangs up."""
        length = f"Content-Length: {self.megabytes * MEGABYTE}\r\n".encode() if self.announced else b""
        writer.write(_OPENING + length + b"\r\n<rss>")
        for _number in range(self.megabytes * 10):
            writer.write(b"<item>" * (MEGABYTE // 60))
            await writer.drain()
            self.sent += MEGABYTE // 10
        return False


def bomb(megabytes: int, encoding: str = "gzip", body: bytes | None = None) -> Answer:
    """Return a body that is small until it is unpacked."""
    body = packed(megabytes, encoding) if body is None else body
    head = _OPENING + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return saying(head + body)


def nested(megabytes: int) -> Answer:
    """Return a bomb within gzip within gzip."""
    return bomb(0, "gzip, gzip", gzip.compress(packed(megabytes, "gzip")))


def packed(megabytes: int, encoding: str) -> bytes:
    """Return so many megabytes, packed."""
    pack = zlib.compressobj(9, zlib.DEFLATED, {"gzip": 31, "deflate": 15, "bare": -15}[encoding])
    return b"".join(pack.compress(b"<" * MEGABYTE) for _ in range(megabytes)) + pack.flush()


async def headers_without_end(_: Asked, writer: asyncio.StreamWriter) -> bool:
    """Send header after header."""
    writer.write(_OPENING)
    while True:
        writer.write(b"X-More: and more\r\n" * 1000)
        await writer.drain()


async def silent(_: Asked, writer: asyncio.StreamWriter) -> bool:
    """Say nothing."""
    del writer
    await asyncio.Event().wait()
    return False
