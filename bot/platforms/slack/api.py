"""Slack's Web API for one workspace, its errors translated into ours."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from bot.errors import Busy, Denied, Gone, PlatformError, RateLimitScope, Unconfirmed
from bot.metrics import Metrics
from bot.platforms.rate_limit import retry_once
from bot.platforms.slack.spec import SlackSettings

logger = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

_GONE_CODES = frozenset(
    {"channel_not_found", "is_archived", "message_not_found", "user_not_found", "cant_update_message"}
)
_TOKEN_CODES = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
_FORMAT_CODES = ("invalid_blocks", "msg_blocks", "msg_too_long", "invalid_arguments")
_HOOKS_HOST = "hooks.slack.com"


class InvalidMessage(PlatformError):
    """Slack refused the format of a message."""


class WebAPI:
    """The Web API for one workspace. Raises Busy, Gone, Denied, InvalidMessage or PlatformError, and retries nothing.

    `client` returns a client with a valid token; `on_invalid_token` is called when Slack rejects it.
    """

    def __init__(self, client: Callable[[], Awaitable[AsyncWebClient]], on_invalid_token: Callable[[], object]) -> None:
        self._client = client
        self._on_invalid_token = on_invalid_token

    async def __call__(self, method: str, /, **values: object) -> Mapping[str, Any]:
        """Call a method by its name in the SDK."""
        client = await self._client()
        try:
            response = await translate_errors(getattr(client, method)(**values))
        except Refused as refused:
            if refused.code in _TOKEN_CODES:
                self._on_invalid_token()
            raise error_for(refused.code) from None
        return response_body(response)

    async def call_with_retry(self, method: str, /, **values: object) -> Mapping[str, Any]:
        """Call a method while somebody waits: once more if Slack asks for a little time."""
        return await retry_once(lambda: self(method, **values))

    async def download(self, url: str, limit: int) -> bytes:
        """Return the bytes of a file that somebody shared, at most so many.

        Raises PlatformError, with what to do, if Slack doesn't hand it over.
        """
        client = await self._client()
        if not url or client.session is None:
            raise PlatformError(_KEPT_BACK)
        if not _is_slack_address(url, client.base_url):
            message = "its address isn't one of Slack's"
            raise PlatformError(message)
        headers = {"Authorization": f"Bearer {client.token}"}
        try:
            # A redirect would take the token elsewhere: Slack has one to the page where people sign in.
            async with client.session.get(url, headers=headers, allow_redirects=False) as response:
                if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST or _is_page(response):
                    raise Denied(_MAY_NOT_READ_FILES)
                if response.status != HTTPStatus.OK:
                    raise PlatformError(_KEPT_BACK)
                return await _read_at_most(limit, response)
        except (aiohttp.ClientError, TimeoutError):
            message = "Slack didn't hand it over in time; send it again"
            raise PlatformError(message) from None


_KEPT_BACK = "Slack doesn't hand it over: it may be deleted, or be kept elsewhere"
_MAY_NOT_READ_FILES = (
    "the app may not read files here; somebody who manages this workspace can allow it: "
    "reinstall the app with the permission files:read"
)
_SLACK_HOST = "slack.com"


def _is_slack_address(url: str, api_url: str) -> bool:
    """Return whether an address is one of Slack's own, or where its API is."""
    place, api = URL(url), URL(api_url)
    host = place.host or ""
    is_slack = place.scheme == "https" and (host == _SLACK_HOST or host.endswith(f".{_SLACK_HOST}"))
    return is_slack or (place.scheme, place.authority) == (api.scheme, api.authority)


def _is_page(response: aiohttp.ClientResponse) -> bool:
    """Return whether Slack answers with a page, although it was asked for another kind of file."""
    return response.content_type == "text/html" and not response.url.path.casefold().endswith((".html", ".htm"))


async def _read_at_most(limit: int, response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > limit:
            message = f"it is larger than {limit // 1_000_000} MB"
            raise PlatformError(message)
    return bytes(content)


def response_body(response: AsyncSlackResponse) -> Mapping[str, Any]:
    """Return the body of a response."""
    return response.data if isinstance(response.data, dict) else {}


def error_for(code: str) -> PlatformError:
    """Return our error for Slack's error code."""
    if code in _GONE_CODES:
        return Gone()
    if code in _TOKEN_CODES:
        return Denied(f"Slack no longer accepts the bot's token ({code}); install the app again.")
    if code == "missing_scope":
        return Denied("The app isn't allowed to do that there; `overheard doctor` names the missing scope.")
    if code.startswith(_FORMAT_CODES):
        return InvalidMessage(f"Slack refused the message ({code}).")
    if code.startswith(("restricted", "not_in", "cannot", "access", "no_perm", "ekm_", "posting_to", "messages_tab")):
        return Denied()
    return PlatformError(f"Slack refused that ({code}).")


class ResponseURLClient:
    """Posts to `response_url`s, which need no token and no membership: five times within half an hour each."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._hosts = {_HOOKS_HOST, urlsplit(api_url).netloc}

    async def __call__(self, url: str, **values: object) -> None:
        """Post one answer, once more if Slack asks for a little time.

        Raises Busy, InvalidMessage, PlatformError, and Gone once the time or the number of posts is used up.
        """
        if urlsplit(url).netloc not in self._hosts:
            message = "The response address isn't one of Slack's."
            raise PlatformError(message)
        await retry_once(lambda: self._post(url, values))

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


T = TypeVar("T")

# At DEBUG the SDK logs whole responses and whatever people send, including tokens and passwords.
sdk_logger = logging.getLogger(f"{__name__}.calls")
sdk_logger.setLevel(logging.INFO)

_DEFAULT_RETRY_AFTER = 30.0
"""Seconds to wait if Slack does not say how long."""

_TRANSIENT_CODES = {"ratelimited", "service_unavailable", "request_timeout"}

_UNCERTAIN_CODES = {"internal_error", "fatal_error"}
"""Slack's documentation says that with these the call may have succeeded."""


class Refused(Denied):
    """Slack refused that."""

    def __init__(self, code: str) -> None:
        """Keep Slack's error code, such as `invalid_code`."""
        self.code = code
        super().__init__(f"Slack refused that ({code}).")


def web_client(settings: SlackSettings, session: aiohttp.ClientSession, token: str = "") -> AsyncWebClient:
    """Return a client that uses the session, with its timeouts, and never retries.

    It logs no response, not even at DEBUG.
    """
    return AsyncWebClient(token or None, settings.api_url, session=session, logger=sdk_logger, retry_handlers=[])


async def translate_errors(call: Awaitable[T]) -> T:
    """Return Slack's response.

    Raises Refused if it says no, Busy if it asks for time, Unconfirmed if it says nothing useful.
    These errors have no cause: the SDK's own quote the responses they could not parse.
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
    """Exchange a code or a refresh token for a token, with a client that has none; raises as `translate_errors`."""
    # The SDK's own method builds this header in a way that aiohttp has deprecated.
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
    """Return a trace that counts the rate-limited calls of a session."""

    async def end(_: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestEndParams) -> None:
        if request.response.status == HTTPStatus.TOO_MANY_REQUESTS:
            metrics.record_rate_limit(platform)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(end)
    return trace
