"""Many workspaces, through Slack's HTTP requests, each with the tokens it issued when it installed the app."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.platform import Notify
from bot.delivery.leader_election import Replicas
from bot.delivery.refusals import Refusals
from bot.domain.refusal import Refusal
from bot.due_times import LOOP_TIMER, Clock, Timer
from bot.errors import Busy, PlatformError, RateLimitScope, SettingsError, StoreError
from bot.metrics import Metrics
from bot.platforms.slack.api import Refused, ResponseURLClient, WebAPI, trace_config, translate_errors, web_client
from bot.platforms.slack.connection import (
    HTTP_TIMEOUT,
    NOT_CONNECTED_DELAY,
    UNINSTALL_EVENTS,
    Acknowledgement,
    ReceiveEvent,
    Workspace,
    bolt_app,
)
from bot.platforms.slack.manifest import ALL_SCOPES, EVENTS_PATH
from bot.platforms.slack.oauth import INSTALL_PATH, OAuthPages, OAuthStates
from bot.platforms.slack.spec import TOKEN_REFUSALS, SlackSettings
from bot.platforms.slack.tokens import Authorization, Installations, Tokens
from bot.store.vault import Vault

logger = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 4 * 1024 * 1024
"""The largest request accepted from Slack."""


class HTTPConnection:
    """Every workspace that installed the app, through Slack's HTTP requests to `/slack/events`.

    `bind_address` is a host and a port; `on_uninstalled` is called with each workspace that removes the app.
    """

    response_urls: ResponseURLClient

    def __init__(
        self,
        settings: SlackSettings,
        vault: Vault,
        clock: Clock,
        bind_address: tuple[str, int],
        on_uninstalled: Callable[[str], Awaitable[object]],
        announce: Notify,
        metrics: Metrics,
        replicas: Replicas,
        refusals: Refusals,
        timer: Timer = LOOP_TIMER,
    ) -> None:
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._bind_address = bind_address
        self._on_uninstalled = on_uninstalled
        self._announce = announce
        self._trace_config = trace_config("slack", metrics)
        self._replicas = replicas
        self._refusals = refusals
        self._timer = timer
        self._refused: dict[str, str] = {}
        self._checks: dict[str, asyncio.Task[None]] = {}
        self._workspaces: dict[str, Workspace] = {}
        self._tokens: Tokens | None = None
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self.port = 0

    @asynccontextmanager
    async def session(self, receive: ReceiveEvent) -> AsyncIterator[None]:
        """Prepare the routes, and close everything at the end."""
        async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT, trace_configs=[self._trace_config]) as session:
            self.response_urls, self._session = ResponseURLClient(session, self._settings.api_url), session
            client = web_client(self._settings, session)
            tokens = self._tokens = Tokens(
                Installations(self._vault), client, self._settings, self._clock, self._remove_workspace
            )
            installing = OAuthPages(
                OAuthStates(self._vault, self._clock),
                tokens,
                client,
                self._settings,
                ALL_SCOPES,
                self._clock,
            )
            options = {"authorize": Authorization(tokens), "signing_secret": self._settings.signing_secret}
            app = bolt_app(client, _handle_uninstalls(tokens, receive), options)
            site = web.Application(client_max_size=MAX_REQUEST_BYTES)
            site.add_routes([web.post(EVENTS_PATH, _events_handler(app)), *installing.routes()])
            self._runner = web.AppRunner(site, access_log=None, handle_signals=False)
            try:
                yield
            finally:
                self.port = 0
                for check in self._checks.values():
                    check.cancel()
                await self._runner.cleanup()
                await tokens.close()

    async def listen(self) -> None:
        """Accept requests; raises SettingsError if the port can't be used."""
        if self._runner is None:
            return
        host, port = self._bind_address
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            message = f"cannot listen on {host}:{port} ({error.strerror}); set OVERHEARD_HTTP_PORT to a free port."
            raise SettingsError(message) from None
        self.port = self._runner.addresses[0][1]
        await self._announce(f"Slack: listening on {host}:{self.port}; a workspace installs the app at {INSTALL_PATH}.")
        await asyncio.Event().wait()

    async def is_connected(self) -> bool:
        """Return whether the port is open."""
        return self.port != 0

    async def workspace(self, team: str) -> Workspace:
        """Return a workspace; one that has not installed the app is refused at its first call to Slack."""
        if team not in self._workspaces:
            self._workspaces[team] = Workspace.create(
                team,
                WebAPI(partial(self._client, team), partial(self._invalidate_token, team)),
                self._clock,
                self._replicas,
                self._timer,
            )
        return self._workspaces[team]

    async def _client(self, team: str) -> AsyncWebClient:
        if self._tokens is None or self._session is None:
            raise Busy(NOT_CONNECTED_DELAY, RateLimitScope.PLATFORM)
        token = await self._tokens.token(team)
        if self._refused.get(team, token) != token:
            self._withdraw_refusal(team)
        elif team in self._refused:
            # It may be good again.
            self._begin_check(team)
        return web_client(self._settings, self._session, token)

    def _invalidate_token(self, team: str) -> None:
        """Read a workspace's token again, since a call was refused, and find out whether that one is refused, too."""
        if self._tokens:
            self._tokens.invalidate(team)
            self._begin_check(team)

    def _begin_check(self, team: str) -> None:
        """Begin to check a workspace's token, unless that is under way."""
        if team not in self._checks:
            self._checks[team] = check = asyncio.create_task(self._check_token(team))
            check.add_done_callback(lambda _: self._checks.pop(team))

    async def _check_token(self, team: str) -> None:
        try:
            client = await self._client(team)
            await translate_errors(client.auth_test())
        except (PlatformError, StoreError) as error:
            if isinstance(error, Refused) and error.code in TOKEN_REFUSALS:
                await self._report_refusal(team, client.token or "", error.code)
            else:
                logger.info("The token of %s could not be checked: %s", team, error)
        else:
            self._withdraw_refusal(team)

    async def _report_refusal(self, team: str, token: str, code: str) -> None:
        if self._refused.get(team) == token:
            return
        self._refused[team] = token
        reason = f"it rejected the bot's token ({code}); someone there has to install the app again."
        refusal = Refusal("slack", reason, self._clock.now(), team)
        self._refusals.report(refusal)
        await self._announce(str(refusal))

    def _withdraw_refusal(self, team: str) -> None:
        self._refused.pop(team, None)
        self._refusals.withdraw("slack", team)

    async def _remove_workspace(self, team: str) -> None:
        self._workspaces.pop(team, None)
        self._withdraw_refusal(team)
        await self._on_uninstalled(team)


def _handle_uninstalls(tokens: Tokens, receive: ReceiveEvent) -> ReceiveEvent:
    async def handle(body: Mapping[str, Any]) -> Acknowledgement:
        if body.get("event", {}).get("type") in UNINSTALL_EVENTS:
            await tokens.handle_uninstall(body)
            return None
        return await receive(body)

    return handle


def _events_handler(app: AsyncApp) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def push(request: web.Request) -> web.Response:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        # Bolt crashes on these instead of refusing them.
        if not (stamp.isascii() and stamp.isdecimal() and signature.isascii()):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return push
