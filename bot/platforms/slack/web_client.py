"""Calls to Slack's Web API: where they go, what they leave in the log, and what a refusal means."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from http import HTTPStatus
from types import SimpleNamespace
from typing import TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.config import SlackSettings
from bot.errors import Busy, Denied, PlatformError, RateLimitScope, Unconfirmed
from bot.metrics import Metrics

T = TypeVar("T")

# At DEBUG the SDK writes down whole answers and whatever people send, and some of it are tokens and passwords.
sdk_logger = logging.getLogger(f"{__name__}.calls")
sdk_logger.setLevel(logging.INFO)

_DEFAULT_RETRY_AFTER = 30.0
"""Seconds to wait where Slack does not say how long."""

_TRANSIENT_CODES = {"ratelimited", "service_unavailable", "request_timeout"}

_UNCERTAIN_CODES = {"internal_error", "fatal_error"}
"""Slack says of these that what was asked may have been done."""


class Refused(Denied):
    """Slack refused that."""

    def __init__(self, code: str) -> None:
        """Keep Slack's word for it, such as `invalid_code`."""
        self.code = code
        super().__init__(f"Slack refused that ({code}).")


def web_client(settings: SlackSettings, session: aiohttp.ClientSession, token: str = "") -> AsyncWebClient:
    """Return a client that uses the session for every call and never makes one a second time.

    Its time limits are those of the session. It logs no answer, not even at DEBUG.
    """
    return AsyncWebClient(token or None, settings.api_url, session=session, logger=sdk_logger, retry_handlers=[])


async def translate_errors(call: Awaitable[T]) -> T:
    """Return what Slack answers.

    Raises Refused where it says no, Busy where it asks for time, Unanswered where it says nothing of use.
    What is raised has no cause: the SDK's own errors quote what they could not read.
    """
    try:
        return await call
    except SlackApiError as error:
        raise _translate(error) from None
    except aiohttp.ClientConnectorError:
        # Nothing was asked yet.
        raise Busy(_DEFAULT_RETRY_AFTER, RateLimitScope.SPACE) from None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        raise Unconfirmed from None


async def exchange_token(client: AsyncWebClient, settings: SlackSettings, **grant: str) -> AsyncSlackResponse:
    """Exchange a code or a refresh token for a token, with a client that has none; raises as `answered` does."""
    # The SDK's own method makes this header in a way that aiohttp is about to end.
    headers = {"Authorization": aiohttp.encode_basic_auth(settings.client_id, settings.client_secret)}
    return await translate_errors(client.api_call("oauth.v2.access", data=grant, headers=headers))


def _translate(error: SlackApiError) -> PlatformError:
    response = error.response
    if not isinstance(response, AsyncSlackResponse):
        return Unconfirmed()
    code = str(response.get("error")) if response.status_code == HTTPStatus.OK else ""
    if code and code not in _TRANSIENT_CODES | _UNCERTAIN_CODES:
        return Refused(code)
    wait = str(response.headers.get("Retry-After", ""))
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS or code in _TRANSIENT_CODES:
        return Busy(float(wait) if wait.isdecimal() else _DEFAULT_RETRY_AFTER, RateLimitScope.SPACE)
    return Unconfirmed()


def trace_config(platform: str, metrics: Metrics) -> aiohttp.TraceConfig:
    """Return what counts them in a session."""

    async def look(_: aiohttp.ClientSession, __: SimpleNamespace, answered: aiohttp.TraceRequestEndParams) -> None:
        if answered.response.status == HTTPStatus.TOO_MANY_REQUESTS:
            metrics.record_rate_limit(platform)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(look)
    return trace
