"""Discord's refusals in our words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TypeVar

import aiohttp
import discord

from bot.errors import Busy, Denied, Gone, PlatformError, Reach, Unanswered

Answer = TypeVar("Answer")

EXPIRED = frozenset({10008, 10015, 10062, 50027})
"""The interaction, its token or its message is no more: an answer to it has to go another way."""

PATIENCE = 20
"""So many seconds an answer waits at most when Discord asks for time; a delivery is tried again later instead."""

_GONE = frozenset({10003, 50083, 160005})
"""The channel is no more, or a thread that is archived or locked."""

_A_WHILE = 5.0
_A_MOMENT = 1.0


class Expired(PlatformError):
    """That can no longer be answered where it was asked."""


async def twice(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Do something for somebody who waits: once more where Discord asks for a little time, or does not answer.

    What is called has to be the same when it is done again. Raises what `translated` does.
    """
    try:
        with translated():
            return await call()
    except Busy as trouble:
        wait = _A_MOMENT if isinstance(trouble, Unanswered) else trouble.retry_after
        if wait > PATIENCE:
            raise
        await asyncio.sleep(wait)
    with translated():
        return await call()


@contextmanager
def translated() -> Iterator[None]:
    """Raise Busy, Gone, Denied, Expired, Unanswered or PlatformError for what discord.py raises."""
    try:
        yield
    except discord.RateLimited as error:
        raise Busy(error.retry_after) from error
    except discord.HTTPException as error:
        raise _meaning(error) from error
    except aiohttp.ClientConnectorError as error:
        # Nothing was asked yet.
        raise Busy(_A_WHILE, Reach.PLATFORM) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unanswered from error


def _meaning(error: discord.HTTPException) -> PlatformError:
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        # Turned away before Discord looked at it: that holds for whatever comes from here.
        return Busy(float(error.response.headers.get("Retry-After", _A_WHILE)), Reach.PLATFORM)
    if error.code in _GONE:
        return Gone()
    if error.code in EXPIRED:
        return Expired()
    if error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}:
        return Denied()
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unanswered()
    return PlatformError(f"Discord refused that ({error.code}: {error.text}).")
