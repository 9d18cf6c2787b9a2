"""Many workspaces by Slack's HTTP requests, each with the tokens it handed out when it installed the app."""

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

from bot.config import SlackSettings
from bot.delivery.leader_election import Replicas
from bot.due_times import Clock
from bot.errors import Busy, Denied, Reach
from bot.metrics import Measures
from bot.platforms.slack.api import Calls, Hooks
from bot.platforms.slack.connection import SOON, TIMEOUT, Answer, Receive, Tell, Workspace, gate
from bot.platforms.slack.installations import Installations
from bot.platforms.slack.manifest import ASKED_FOR, EVENTS_PATH
from bot.platforms.slack.oauth import INSTALL_PATH, Installing
from bot.platforms.slack.oauth_state import States
from bot.platforms.slack.tokens import Authorization, Tokens
from bot.platforms.slack.web_client import quiet, watching, web_client
from bot.store.vault import Vault

logger = logging.getLogger(__name__)

LEAVING = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events by which a workspace takes leave."""

MOST_BYTES = 4 * 1024 * 1024
"""So many bytes a request of Slack's may have."""


class HTTPConnection:
    """Every workspace that installed the app, by Slack's HTTP requests to `/slack/events`.

    `listening` is where we listen, host and port; `gone` is called with each workspace that leaves.
    """

    hooks: Hooks

    def __init__(
        self,
        slack: SlackSettings,
        vault: Vault,
        clock: Clock,
        listening: tuple[str, int],
        gone: Callable[[str], Awaitable[object]],
        tell: Tell,
        measures: Measures,
        replicas: Replicas,
    ) -> None:
        self._slack = slack
        self._vault = vault
        self._clock = clock
        self._listening = listening
        self._gone = gone
        self._tell = tell
        self._watching = watching("slack", measures)
        self._replicas = replicas
        self._workspaces: dict[str, Workspace] = {}
        self._tokens: Tokens | None = None
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self.port = 0

    @asynccontextmanager
    async def opened(self, receive: Receive) -> AsyncIterator[None]:
        """Prepare the routes, and close what is open at the end."""
        async with aiohttp.ClientSession(timeout=TIMEOUT, trace_configs=[self._watching]) as session:
            self.hooks, self._session = Hooks(session, self._slack.api_url), session
            client = web_client(self._slack, session)
            tokens = self._tokens = Tokens(Installations(self._vault), client, self._slack, self._clock, self._left)
            installing = Installing(
                States(self._vault, self._clock),
                tokens,
                client,
                self._slack,
                ASKED_FOR,
                self._clock,
            )
            # Bolt takes one, but does not say so.
            authorize: Any = Authorization(tokens)
            app = AsyncApp(
                name="overheard",
                logger=quiet,
                client=web_client(self._slack, session),
                authorize=authorize,
                signing_secret=self._slack.signing_secret,
                attaching_function_token_enabled=False,
            )
            app.use(gate(_unless_it_leaves(tokens, receive)))
            site = web.Application(client_max_size=MOST_BYTES)
            site.add_routes([web.post(EVENTS_PATH, _pushes(app)), *installing.routes()])
            self._runner = web.AppRunner(site, access_log=None, handle_signals=False)
            try:
                yield
            finally:
                self.port = 0
                await self._runner.cleanup()
                await tokens.close()

    async def listen(self) -> None:
        """Take requests; raises Denied where the port is not ours to take."""
        if self._runner is None:
            return
        host, port = self._listening
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            message = f"nobody can listen on {host}:{port} ({error.strerror}); set OVERHEARD_HTTP_PORT to a free one."
            raise Denied(message) from None
        self.port = self._runner.addresses[0][1]
        await self._tell(f"Slack: listening on {host}:{self.port}; a workspace installs the app at {INSTALL_PATH}.")
        await asyncio.Event().wait()

    async def connected(self) -> bool:
        """Return whether we listen."""
        return self.port != 0

    async def workspace(self, team: str) -> Workspace:
        """Return a workspace; one that has not installed the app is refused when something is asked of Slack."""
        if team not in self._workspaces:
            self._workspaces[team] = Workspace.of(
                team, Calls(partial(self._client, team), partial(self._doubt, team)), self._clock, self._replicas
            )
        return self._workspaces[team]

    async def _client(self, team: str) -> AsyncWebClient:
        if self._tokens is None or self._session is None:
            raise Busy(SOON, Reach.PLATFORM)
        return web_client(self._slack, self._session, await self._tokens.token(team))

    def _doubt(self, team: str) -> None:
        if self._tokens:
            self._tokens.doubt(team)

    async def _left(self, team: str) -> None:
        self._workspaces.pop(team, None)
        await self._gone(team)


def _unless_it_leaves(tokens: Tokens, receive: Receive) -> Receive:
    async def take(body: Mapping[str, Any]) -> Answer:
        if body.get("event", {}).get("type") in LEAVING:
            await tokens.left(body)
            return None
        return await receive(body)

    return take


def _pushes(app: AsyncApp) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def push(request: web.Request) -> web.Response:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        # Bolt fails on these where it should refuse them.
        if not (stamp.isascii() and stamp.isdecimal() and signature.isascii()):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return push
