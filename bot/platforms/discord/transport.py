"""Every request to Discord, as it leaves and as it comes back: paced, and never made a second time by the library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp

from bot.delivery.leader_election import Replicas
from bot.errors import RateLimitScope, Unconfirmed
from bot.metrics import Metrics, NoMetrics
from bot.platforms.discord.events import PLATFORM
from bot.platforms.rate_limit import RateLimiter

RATE, HEADROOM = 50.0, 2.0
"""Requests a second that Discord allows, for all servers together, and how many of them each process leaves unused."""

_UNLIMITED = ("/interactions/", "/webhooks/")
"""What answers an interaction is not counted."""

_is_priority: ContextVar[bool] = ContextVar("waited_for", default=False)


@contextmanager
def prioritized() -> Iterator[None]:
    """Mark what is asked for inside as something that a person waits for: it goes first."""
    token = _is_priority.set(True)
    try:
        yield
    finally:
        _is_priority.reset(token)


def rate_limiter(replicas: Replicas | None = None) -> RateLimiter:
    """Return the gate that everything goes through."""
    return RateLimiter(RATE, RateLimitScope.PLATFORM, replicas=replicas, headroom=HEADROOM)


def trace_config(limiter: RateLimiter, metrics: Metrics | None = None) -> aiohttp.TraceConfig:
    """Return what discord.py takes as `http_trace`."""
    trace = aiohttp.TraceConfig()
    slowed = (metrics or NoMetrics()).record_rate_limit

    async def start(_: aiohttp.ClientSession, __: SimpleNamespace, asked: aiohttp.TraceRequestStartParams) -> None:
        if not any(part in asked.url.path for part in _UNLIMITED):
            await limiter.acquire(priority=_is_priority.get())

    async def end(_: aiohttp.ClientSession, __: SimpleNamespace, got: aiohttp.TraceRequestEndParams) -> None:
        status, headers = got.response.status, got.response.headers
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            slowed(PLATFORM)
            if "X-RateLimit-Global" in headers or "Via" not in headers:
                limiter.pause(float(headers.get("Retry-After", 1)))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and got.method == "POST":
            # discord.py would post it again, up to four times; what was posted by then is not known.
            got.response.close()
            raise Unconfirmed

    trace.on_request_start.append(start)
    trace.on_request_end.append(end)
    return trace
