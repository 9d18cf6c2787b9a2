"""Slack's Web API for one workspace, its refusals in our words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import Busy, Denied, Gone, PlatformError, Unconfirmed
from bot.platforms.slack.web_client import Refused, translate_errors

logger = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

MAX_RETRY_WAIT = 20
"""So many seconds an answer waits at most when Slack asks for time; a delivery is tried again later instead."""

_GONE_CODES = frozenset(
    {"channel_not_found", "is_archived", "message_not_found", "user_not_found", "cant_update_message"}
)
_TOKEN_CODES = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
_FORMAT_CODES = ("invalid_blocks", "msg_blocks", "msg_too_long", "invalid_arguments")
_UNANSWERED_DELAY = 1.0
_HOOKS_HOST = "hooks.slack.com"


class InvalidMessage(PlatformError):
    """Slack refused a message for its form."""


class WebAPI:
    """The Web API for one workspace. Raises Busy, Gone, Denied, Rejected or PlatformError, and retries nothing.

    `client` returns a client with the token that is good now; `doubt` is told of a token that Slack does not take.
    """

    def __init__(self, client: Callable[[], Awaitable[AsyncWebClient]], on_invalid_token: Callable[[], object]) -> None:
        self._client = client
        self._on_invalid_token = on_invalid_token

    async def __call__(self, method: str, /, **values: object) -> Mapping[str, Any]:
        """Call a method by the name the SDK has for it."""
        client = await self._client()
        try:
            response = await translate_errors(getattr(client, method)(**values))
        except Refused as refused:
            if refused.code in _TOKEN_CODES:
                self._on_invalid_token()
            raise error_for(refused.code) from None
        return response_body(response)

    async def call_with_retry(self, method: str, /, **values: object) -> Mapping[str, Any]:
        """Call a method for somebody who waits: once more where Slack asks for a little time."""
        return await _retry_once(lambda: self(method, **values))


def response_body(response: AsyncSlackResponse) -> Mapping[str, Any]:
    """Return what an answer says."""
    return response.data if isinstance(response.data, dict) else {}


def error_for(code: str) -> PlatformError:
    """Return what Slack's word for a refusal means."""
    if code in _GONE_CODES:
        return Gone()
    if code in _TOKEN_CODES:
        return Denied(f"Slack no longer takes the bot's token ({code}); install the app again.")
    if code == "missing_scope":
        return Denied("The app may not do that there; `overheard doctor` names the scope it lacks.")
    if code.startswith(_FORMAT_CODES):
        return InvalidMessage(f"Slack refused the message ({code}).")
    if code.startswith(("restricted", "not_in", "cannot", "access", "no_perm", "ekm_", "posting_to", "messages_tab")):
        return Denied()
    return PlatformError(f"Slack refused that ({code}).")


async def _retry_once(call: Callable[[], Awaitable[ResultT]]) -> ResultT:
    try:
        return await call()
    except Busy as busy:
        wait = _UNANSWERED_DELAY if isinstance(busy, Unconfirmed) else busy.retry_after
        if wait > MAX_RETRY_WAIT:
            raise
        await asyncio.sleep(wait)
        return await call()


class ResponseURLClient:
    """Posts to `response_url`s, which need no token and no membership: five times within half an hour each."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._hosts = {_HOOKS_HOST, urlsplit(api_url).netloc}

    async def __call__(self, url: str, **values: object) -> None:
        """Post one answer, once more where Slack asks for a little time.

        Raises Busy, Rejected, Gone where the time or the number of posts is over, PlatformError.
        """
        if urlsplit(url).netloc not in self._hosts:
            message = "An answer was to go to an address that is not Slack's."
            raise PlatformError(message)
        await _retry_once(lambda: self._post(url, values))

    async def _post(self, url: str, values: Mapping[str, object]) -> None:
        try:
            async with self._session.post(url, json=values) as response:
                status, said = response.status, await response.text()
                wait = response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError):
            raise Unconfirmed from None
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Busy(float(wait)) if wait.isdecimal() else Unconfirmed
        if any(word in said for word in _FORMAT_CODES):
            message = f"Slack refused the message ({said[:80]})."
            raise InvalidMessage(message)
        if status != HTTPStatus.OK:
            raise Gone
