"""Discord's refusals in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import aiohttp
import discord

from bot.errors import Busy, Denied, Gone, PlatformError

EXPIRED = frozenset({10008, 10015, 10062, 50027})
"""The interaction, its token or its message is no more: an answer to it has to go another way."""

_UNKNOWN_CHANNEL = 10003
_A_WHILE = 5.0


class Expired(PlatformError):
    """That can no longer be answered where it was asked."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise Busy, Gone, Denied, Expired or PlatformError for what discord.py raises."""
    try:
        yield
    except discord.RateLimited as error:
        raise Busy(error.retry_after) from error
    except discord.HTTPException as error:
        raise _meaning(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        message = f"Discord could not be reached ({type(error).__name__})."
        raise PlatformError(message) from error


def _meaning(error: discord.HTTPException) -> PlatformError:
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Busy(float(error.response.headers.get("Retry-After", _A_WHILE)))
    if error.code == _UNKNOWN_CHANNEL:
        return Gone()
    if error.code in EXPIRED:
        return Expired()
    if error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}:
        return Denied()
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PlatformError(f"Discord answered with an error of its own ({error.status}).")
    return PlatformError(f"Discord refused that ({error.code}: {error.text}).")
