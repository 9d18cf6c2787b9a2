"""Discord's API: its errors translated, its rate limit respected."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from types import SimpleNamespace
from typing import TypeVar

import aiohttp
import discord

from bot.delivery.leader_election import Replicas
from bot.due_times import LOOP_TIMER, Timer
from bot.errors import Busy, Denied, Gone, PlatformError, RateLimitScope, Unconfirmed
from bot.metrics import Metrics
from bot.platforms import rate_limit
from bot.platforms.discord.events import PLATFORM
from bot.platforms.discord.spec import REFUSAL_ADVICE
from bot.platforms.rate_limit import RateLimiter

ResultT = TypeVar("ResultT")

EXPIRED_CODES = frozenset({10008, 10015, 10062, 50027})
"""The interaction, its token or its message has expired: the answer has to go another way."""

_GONE_CODES = frozenset({10003, 50083, 160005})
"""The channel no longer exists, or is an archived or locked thread."""

_DEFAULT_RETRY_AFTER = 5.0


class Expired(PlatformError):
    """That can no longer be answered in the place it came from."""


async def retry_once(call: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Do something for somebody who waits, twice if need be; raises what `translated_errors` does."""

    async def translated() -> ResultT:
        with translated_errors():
            return await call()

    return await rate_limit.retry_once(translated)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise Busy, Gone, Denied, Expired, Unconfirmed or PlatformError for what discord.py raises."""
    try:
        yield
    except discord.RateLimited as error:
        raise Busy(error.retry_after) from error
    except discord.HTTPException as error:
        raise _translate(error) from error
    except aiohttp.ClientConnectorError as error:
        # Nothing was asked yet.
        raise Busy(_DEFAULT_RETRY_AFTER, RateLimitScope.PLATFORM) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unconfirmed from error


def _translate(error: discord.HTTPException) -> PlatformError:
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        # Turned away before Discord looked at it, as anything else from here would be.
        return Busy(float(error.response.headers.get("Retry-After", _DEFAULT_RETRY_AFTER)), RateLimitScope.PLATFORM)
    if error.code in _GONE_CODES:
        return Gone()
    if error.code in EXPIRED_CODES:
        return Expired()
    if error.status == HTTPStatus.UNAUTHORIZED:
        return Denied(f"Discord no longer accepts the bot's token. {REFUSAL_ADVICE}")
    if error.status == HTTPStatus.FORBIDDEN:
        return Denied()
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unconfirmed()
    return PlatformError(f"Discord refused that ({error.code}: {error.text}).")


async def download(http: discord.http.HTTPClient, url: str, limit: int) -> bytes:
    """Return the bytes of a file that somebody attached, as discord.py's own `Attachment.read` does.

    Raises PlatformError, with what to do, if Discord doesn't hand it over, or if there are more than `limit`.
    """
    try:
        with translated_errors():
            content = await http.get_from_cdn(url)
    except Busy as error:
        message = "Discord didn't hand it over in time; send it again"
        raise PlatformError(message) from error
    except PlatformError as error:
        message = "Discord no longer has it; send it again"
        raise PlatformError(message) from error
    if len(content) > limit:
        message = f"it is larger than {limit // 1_000_000} MB"
        raise PlatformError(message)
    return content


RATE, HEADROOM = 50.0, 2.0
"""Requests a second that Discord allows for all servers together, and how many of them each process leaves unused."""

_UNLIMITED = ("/interactions/", "/webhooks/")
"""Paths that answer interactions, which Discord does not count."""

_is_priority: ContextVar[bool] = ContextVar("waited_for", default=False)


@contextmanager
def prioritized() -> Iterator[None]:
    """Give the requests made inside priority, since a person is waiting for them."""
    token = _is_priority.set(True)
    try:
        yield
    finally:
        _is_priority.reset(token)


def rate_limiter(replicas: Replicas | None = None, timer: Timer = LOOP_TIMER) -> RateLimiter:
    """Return the rate limiter that every request goes through."""
    return RateLimiter(RATE, RateLimitScope.PLATFORM, replicas=replicas, headroom=HEADROOM, timer=timer)


def trace_config(
    limiter: RateLimiter, metrics: Metrics | None = None, on_unauthorized: Callable[[], object] = lambda: None
) -> aiohttp.TraceConfig:
    """Return the `http_trace` of discord.py's session, which limits and counts its requests.

    `on_unauthorized` is called when Discord rejects the bot's token.
    """
    trace, metrics = aiohttp.TraceConfig(), metrics or Metrics()

    async def start(_: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestStartParams) -> None:
        if not any(path in request.url.path for path in _UNLIMITED):
            await limiter.acquire(priority=_is_priority.get())

    async def end(_: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestEndParams) -> None:
        status, headers = request.response.status, request.response.headers
        if status == HTTPStatus.UNAUTHORIZED and not any(path in request.url.path for path in _UNLIMITED):
            on_unauthorized()
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            metrics.record_rate_limit(PLATFORM)
            if "X-RateLimit-Global" in headers or "Via" not in headers:
                limiter.pause(float(headers.get("Retry-After", 1)))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and request.method == "POST":
            # discord.py would post it again, up to four times, though it may have been posted already.
            request.response.close()
            raise Unconfirmed

    trace.on_request_start.append(start)
    trace.on_request_end.append(end)
    return trace
