"""One workspace by Socket Mode."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import SlackSettings
from bot.delivery.leader_election import Replicas
from bot.due_times import Clock
from bot.errors import Busy, Denied, PlatformError, Reach
from bot.metrics import Measures
from bot.platforms.slack.api import Calls, Hooks, fields
from bot.platforms.slack.connection import SOON, TIMEOUT, Receive, Tell, Workspace, gate
from bot.platforms.slack.web_client import Refused, answered, quiet, watching, web_client

logger = logging.getLogger(__name__)

T = TypeVar("T")

SOCKETS = 2
"""Slack replaces each socket every few hours; what people do meanwhile comes through the other."""

PING = 3.0
"""Seconds between pings, and between attempts to connect again where a socket broke."""


class SocketConnection:
    """One workspace by Socket Mode, with a bot token and an app token; nothing of ours need be reachable.

    Of several replicas one has the sockets: Slack would spread what people do over those of all.
    """

    hooks: Hooks
    _socket: Callable[[], AsyncSocketModeHandler]

    def __init__(self, slack: SlackSettings, clock: Clock, tell: Tell, measures: Measures, replicas: Replicas) -> None:
        self._slack = slack
        self._clock = clock
        self._tell = tell
        self._watching = watching("slack", measures)
        self._replicas = replicas
        self._team = self._known_as = ""
        self._workspace: Workspace | None = None
        self._sockets: list[AsyncSocketModeHandler] = []
        self._listening = False

    @asynccontextmanager
    async def opened(self, receive: Receive) -> AsyncIterator[None]:
        """Ask Slack who we are, and prepare the socket; raises Denied for a token it does not take."""
        async with aiohttp.ClientSession(timeout=TIMEOUT, trace_configs=[self._watching]) as session:
            self.hooks = Hooks(session, self._slack.api_url)
            client = web_client(self._slack, session, self._slack.bot_token)
            identity = fields(await _asked(client.auth_test, "SLACK_BOT_TOKEN"))
            self._keep(identity, client)
            app = AsyncApp(
                name="overheard",
                logger=quiet,
                client=web_client(self._slack, session),
                authorize=_always(identity, self._slack.bot_token),
                request_verification_enabled=False,
                attaching_function_token_enabled=False,
            )
            app.use(gate(receive))
            self._socket = partial(AsyncSocketModeHandler, app, self._slack.app_token, ping_interval=PING)
            try:
                yield
            finally:
                await self._closed()

    async def listen(self) -> None:
        """Connect and stay connected, whenever it is our turn; the SDK reconnects by itself from then on."""
        while True:
            await self._replicas.turn("slack", self._connected)
            await self._closed()

    async def _connected(self) -> None:
        self._listening = True
        try:
            await self._connect()
            await asyncio.Event().wait()
        finally:
            self._listening = False
            # Before another begins; where there is none, what comes until the end is written down for the next start.
            if self._replicas.living > 1:
                await self._closed()

    async def _connect(self) -> None:
        self._sockets = [self._socket() for _ in range(SOCKETS)]
        for socket in self._sockets:
            # The SDK would ask for ever, whatever Slack answers.
            ask = partial(socket.client.web_client.apps_connections_open, app_token=self._slack.app_token)
            socket.client.wss_uri = fields(await _asked(ask, "SLACK_APP_TOKEN"))["url"]
            await socket.connect_async()
        await self._tell(f"Slack: listening in {self._known_as}.")

    async def connected(self) -> bool:
        """Return whether one of the sockets stands, or another replica has them and this one can post."""
        if self._workspace is None or not self._listening:
            return self._workspace is not None
        return any([await socket.client.is_connected() for socket in self._sockets])

    async def _closed(self) -> None:
        closing, self._sockets = self._sockets, []
        await asyncio.gather(*(socket.client.close() for socket in closing))

    async def workspace(self, team: str) -> Workspace:
        """Return the one workspace; raises Denied for another, Busy before we know it."""
        if self._workspace is None:
            raise Busy(SOON, Reach.PLATFORM)
        if team != self._team:
            raise Denied
        return self._workspace

    def _keep(self, identity: Mapping[str, Any], client: AsyncWebClient) -> None:
        async def with_token() -> AsyncWebClient:
            return client

        self._team = identity["team_id"]
        self._workspace = Workspace.of(self._team, Calls(with_token, lambda: None), self._clock, self._replicas)
        self._known_as = f"{identity.get('team')} as @{identity.get('user')}"


async def _asked(call: Callable[[], Awaitable[T]], setting: str) -> T:
    """Ask Slack; raises Denied where it does not take the token of this setting, PlatformError where it is away."""
    try:
        return await answered(call())
    except Refused as refused:
        message = f"it does not take {setting} ({refused.code}); `overheard doctor` says what to do."
        raise Denied(message) from None
    except Busy:
        message = "it cannot be reached"
        raise PlatformError(message) from None


def _always(identity: Mapping[str, Any], token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
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
