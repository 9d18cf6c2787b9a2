"""Answers of servers that mean well."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.servers.web.server import Asked

FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>A show</title></channel></rss>'
CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"


@dataclass
class Page:
    """A page as it is at the moment; with `tagged`, one that says when nothing has changed, after a delay."""

    body: bytes = FEED
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    tagged: bool = False
    delay: float = 0.0

    async def __call__(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Answer whole, or that nothing has changed."""
        await asyncio.sleep(self.delay)
        tag = f'W/"{hashlib.sha256(self.body).hexdigest()[:8]}"'
        if self.tagged and asked.headers.get("if-none-match") == tag:
            return reply(writer, 304, {"ETag": tag, **self.headers}, b"")
        return reply(writer, self.status, ({"ETag": tag} if self.tagged else {}) | dict(self.headers), self.body)


@dataclass
class Locked:
    """A page for whoever knows the words."""

    words: str
    body: bytes = FEED

    async def __call__(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Answer those who say them."""
        basic = f"Basic {base64.b64encode(self.words.encode()).decode()}"
        if asked.headers.get("authorization") in {basic, f"Bearer {self.words}"}:
            return reply(writer, 200, {}, self.body)
        return reply(writer, 401, {"WWW-Authenticate": "Basic"}, b"")


def leading(where: str, status: int = 302) -> Page:
    """Return a redirect."""
    return Page(b"", status, {"Location": where})


def reply(writer: asyncio.StreamWriter, status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Write a whole answer."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    if status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Length: {len(body)}")
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    return headers.get("Connection") != "close"
