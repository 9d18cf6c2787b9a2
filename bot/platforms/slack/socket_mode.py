"""One workspace, through Socket Mode."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.chat.platform import Notify
from bot.delivery.leader_election import Replicas
from bot.due_times import LOOP_TIMER, Clock, Timer
from bot.errors import Busy, Denied, PlatformError, RateLimitScope, TokenRefused
from bot.metrics import Metrics
from bot.platforms.slack.api import (
    Refused,
    ResponseURLClient,
    WebAPI,
    response_body,
    sdk_logger,
    trace_config,
    translate_errors,
    web_client,
)
from bot.platforms.slack.connection import (
    HTTP_TIMEOUT,
    NOT_CONNECTED_DELAY,
    UNINSTALL_EVENTS,
    Acknowledgement,
    ReceiveEvent,
    Workspace,
    bolt_app,
)
from bot.platforms.slack.spec import TOKEN_REFUSALS, SlackSettings
from bot.platforms.token_watch import TokenWatch

logger = logging.getLogger(__name__)

T = TypeVar("T")

SOCKET_COUNT = 2
"""Slack replaces each socket every few hours; meanwhile events come through the other."""

PING_SECONDS = 3.0
"""Seconds between pings, and between attempts to reconnect a broken socket."""


class SocketConnection:
    """One workspace through Socket Mode, with a bot token and an app token; the bot need not be reachable.

    Only one of several replicas opens sockets: Slack would spread the events over the sockets of all of them.
    """

    response_urls: ResponseURLClient
    _new_socket: Callable[[], AsyncSocketModeHandler]
    _watch: TokenWatch
    _app_token_refusal: asyncio.Future[None]

    def __init__(
        self,
        settings: SlackSettings,
        clock: Clock,
        announce: Notify,
        metrics: Metrics,
        replicas: Replicas,
        timer: Timer = LOOP_TIMER,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._announce = announce
        self._trace_config = trace_config("slack", metrics)
        self._replicas = replicas
        self._timer = timer
        self._team = self._display_name = ""
        self._workspace: Workspace | None = None
        self._sockets: list[AsyncSocketModeHandler] = []
        self._listening = False

    @asynccontextmanager
    async def session(self, receive: ReceiveEvent) -> AsyncIterator[None]:
        """Ask Slack which bot this is, and prepare the sockets; raises TokenRefused if it rejects the token."""
        async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT, trace_configs=[self._trace_config]) as session:
            self.response_urls = ResponseURLClient(session, self._settings.api_url)
            client = web_client(self._settings, session, self._settings.bot_token)
            identity = response_body(await _call_with_token(client.auth_test, "SLACK_BOT_TOKEN"))
            self._app_token_refusal = asyncio.get_running_loop().create_future()
            self._watch = TokenWatch(partial(_call_with_token, client.auth_test, "SLACK_BOT_TOKEN"))
            self._remember_workspace(identity, client)
            authorize = _fixed_authorization(identity, self._settings.bot_token)
            options = {"authorize": authorize, "request_verification_enabled": False}
            app = bolt_app(web_client(self._settings, session), self._noticing_removal(receive), options)
            self._new_socket = partial(
                AsyncSocketModeHandler,
                app,
                self._settings.app_token,
                web_client=_SocketClient(self._settings, session, self._refuse_app_token),
                ping_interval=PING_SECONDS,
            )
            try:
                yield
            finally:
                self._workspace = None
                await self._close_sockets()

    async def listen(self) -> None:
        """Connect and stay connected while this replica leads; the SDK reconnects by itself from then on.

        Raises TokenRefused, in words, once Slack rejects a token.
        """
        await self._watch.guard(self._listen_while_accepted())

    async def _listen_while_accepted(self) -> None:
        listening = asyncio.create_task(self._listen_whenever_leading())
        try:
            await asyncio.wait({listening, self._app_token_refusal}, return_when=asyncio.FIRST_COMPLETED)
            await (self._app_token_refusal if self._app_token_refusal.done() else listening)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    def _refuse_app_token(self, code: str) -> None:
        if not self._app_token_refusal.done():
            self._app_token_refusal.set_exception(token_refused("SLACK_APP_TOKEN", code))

    def _noticing_removal(self, receive: ReceiveEvent) -> ReceiveEvent:
        async def receive_or_notice(body: Mapping[str, Any]) -> Acknowledgement:
            if body.get("event", {}).get("type") in UNINSTALL_EVENTS:
                self._watch.suspect()
                return None
            return await receive(body)

        return receive_or_notice

    async def _listen_whenever_leading(self) -> None:
        while True:
            await self._replicas.run_as_leader("slack", self._listen_in_turn)
            await self._close_sockets()

    async def _listen_in_turn(self) -> None:
        self._listening = True
        try:
            await self._open_sockets()
            await asyncio.Event().wait()
        finally:
            self._listening = False
            # Before another replica begins; a lone one goes on saving events for its next start until it ends.
            if self._replicas.live_count > 1:
                await self._close_sockets()

    async def _open_sockets(self) -> None:
        self._sockets = [self._new_socket() for _ in range(SOCKET_COUNT)]
        for socket in self._sockets:
            # The SDK would go on asking for ever, whatever Slack answers.
            ask = partial(socket.client.web_client.apps_connections_open, app_token=self._settings.app_token)
            socket.client.wss_uri = response_body(await _call_with_token(ask, "SLACK_APP_TOKEN"))["url"]
            await socket.connect_async()
        await self._announce(f"Slack: listening in {self._display_name}.")

    async def is_connected(self) -> bool:
        """Return whether a socket is connected, or another replica has the sockets and this one can post."""
        if self._workspace is None or not self._listening:
            return self._workspace is not None
        return any([await socket.client.is_connected() for socket in self._sockets])

    async def _close_sockets(self) -> None:
        closing, self._sockets = self._sockets, []
        await asyncio.gather(*(socket.client.close() for socket in closing))

    async def workspace(self, team: str) -> Workspace:
        """Return the one workspace; raises Denied for another, Busy before it is known."""
        if self._workspace is None:
            raise Busy(NOT_CONNECTED_DELAY, RateLimitScope.PLATFORM)
        if team != self._team:
            raise Denied
        return self._workspace

    def _remember_workspace(self, identity: Mapping[str, Any], client: AsyncWebClient) -> None:
        async def with_token() -> AsyncWebClient:
            return client

        self._team = identity["team_id"]
        self._workspace = Workspace.create(
            self._team, WebAPI(with_token, self._watch.suspect), self._clock, self._replicas, self._timer
        )
        self._display_name = f"{identity.get('team')} as @{identity.get('user')}"


class _SocketClient(AsyncWebClient):
    """Opens sockets for the SDK, which asks for ever, whatever Slack answers; `on_refused` gets its error code."""

    def __init__(
        self, settings: SlackSettings, session: aiohttp.ClientSession, on_refused: Callable[[str], object]
    ) -> None:
        super().__init__(base_url=settings.api_url, session=session, logger=sdk_logger, retry_handlers=[])
        self._on_refused = on_refused

    async def apps_connections_open(self, *, app_token: str, **values: object) -> AsyncSlackResponse:
        """Ask for the address of a socket."""
        try:
            return await super().apps_connections_open(app_token=app_token, **values)
        except SlackApiError as error:
            if (code := str(error.response.get("error"))) in TOKEN_REFUSALS:
                self._on_refused(code)
            raise


def token_refused(setting: str, code: str) -> TokenRefused:
    """Return in words why Slack rejects the token of a setting, and what to do about it, as `doctor` does."""
    reason = f"it rejected {setting} ({code}). {TOKEN_REFUSALS[code]}"
    return TokenRefused(f"{reason} `overheard doctor` checks the new one.")


async def _call_with_token(call: Callable[[], Awaitable[T]], setting: str) -> T:
    """Call Slack; raises TokenRefused if it rejects this setting's token, PlatformError if it can't be called now."""
    try:
        return await translate_errors(call())
    except Refused as refused:
        if refused.code in TOKEN_REFUSALS:
            raise token_refused(setting, refused.code) from None
        # Such as `team_added_to_org` or `accesslimited`, which pass by themselves.
        message = f"it takes no calls at the moment ({refused.code})"
        raise PlatformError(message) from None
    except Busy:
        message = "it cannot be reached"
        raise PlatformError(message) from None


def _fixed_authorization(identity: Mapping[str, Any], token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    known = AuthorizeResult(
        enterprise_id=identity.get("enterprise_id"),
        team_id=identity["team_id"],
        bot_user_id=identity["user_id"],
        bot_id=identity.get("bot_id"),
        bot_token=token,
    )

    async def authorize(**_: object) -> AuthorizeResult:
        return known

    return authorize
