"""What both ways of receiving Slack's events share; Bolt verifies the requests and passes them on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import aiohttp
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.leader_election import Replicas
from bot.due_times import Clock, Timer
from bot.platforms.slack.api import ResponseURLClient, WebAPI, sdk_logger
from bot.platforms.slack.workspace import Directory, Posting

Acknowledgement: TypeAlias = Mapping[str, Any] | None
ReceiveEvent: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Acknowledgement]]

NOT_CONNECTED_DELAY = 5.0
"""Seconds that a delivery waits if it comes before the connection is up."""

UNINSTALL_EVENTS = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events that say that a workspace has removed the app."""

HTTP_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
"""For each call; the SDK's own limit does not apply to our session."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace: its Web API, its messages, its people."""

    api: WebAPI
    posting: Posting
    directory: Directory

    @classmethod
    def create(cls, team: str, api: WebAPI, clock: Clock, replicas: Replicas, timer: Timer) -> Workspace:
        """Return a workspace with empty caches."""
        return cls(api, Posting(api, replicas, timer), Directory(team, api, clock))


class Connection(Protocol):
    """Where events come from. `response_urls` is there during a session."""

    response_urls: ResponseURLClient

    def session(self, receive: ReceiveEvent) -> AbstractAsyncContextManager[None]:
        """Prepare to listen; each event is passed to `receive`, which returns the acknowledgement."""

    async def listen(self) -> None:
        """Receive events until cancelled."""

    async def is_connected(self) -> bool:
        """Return whether events reach the bot now."""

    async def workspace(self, team: str) -> Workspace:
        """Return a workspace that has the app; raises Denied for one that has not."""


def bolt_app(client: AsyncWebClient, receive: ReceiveEvent, options: Mapping[str, Any]) -> AsyncApp:
    """Return Bolt's app with a single listener: it verifies requests, and routes nothing."""

    async def acknowledge(body: Mapping[str, Any]) -> BoltResponse:
        answer = await receive(body)
        return BoltResponse(status=200, body=dict(answer) if answer else "")

    app = AsyncApp(
        name="overheard", logger=sdk_logger, client=client, attaching_function_token_enabled=False, **options
    )
    app.use(acknowledge)
    return app
