"""How Slack's events reach us, and with whose token they are answered: Bolt verifies and hands them on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import aiohttp
from slack_bolt.response import BoltResponse

from bot.delivery.leader_election import Replicas
from bot.due_times import Clock, Timer
from bot.platforms.slack.api import ResponseURLClient, WebAPI
from bot.platforms.slack.workspace import Directory, Posting

Acknowledgement: TypeAlias = Mapping[str, Any] | None
ReceiveEvent: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Acknowledgement]]

NOT_CONNECTED_DELAY = 5.0
"""How many seconds a delivery waits that comes before the connection stands."""

HTTP_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
"""For each call; the SDK's own limit does not hold for a session of ours."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace: its Web API, its messages, its people."""

    api: WebAPI
    posting: Posting
    directory: Directory

    @classmethod
    def create(cls, team: str, api: WebAPI, clock: Clock, replicas: Replicas, timer: Timer) -> Workspace:
        """Begin with nothing remembered."""
        return cls(api, Posting(api, replicas, timer), Directory(team, api, clock))


class Connection(Protocol):
    """Where events come from. `response_urls` is there during a session."""

    response_urls: ResponseURLClient

    def session(self, receive: ReceiveEvent) -> AbstractAsyncContextManager[None]:
        """Connect; each event is given to `receive`, whose answer is the acknowledgement."""

    async def listen(self) -> None:
        """Take events until cancelled."""

    async def is_connected(self) -> bool:
        """Return whether events reach us now."""

    async def workspace(self, team: str) -> Workspace:
        """Return a workspace that has the app; raises Denied for one that has not."""


def event_listener(receive: ReceiveEvent) -> Callable[..., Awaitable[BoltResponse]]:
    """Return the one listener: Bolt has verified the request by now, and nothing is left to it to route."""

    async def acknowledge(body: Mapping[str, Any]) -> BoltResponse:
        answer = await receive(body)
        return BoltResponse(status=200, body=dict(answer) if answer else "")

    return acknowledge
