"""How Slack's events reach us, and with whose token they are answered: Bolt verifies and hands them on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import aiohttp
from slack_bolt.response import BoltResponse

from bot.delivery.leader_election import Replicas
from bot.due_times import Clock
from bot.platforms.slack.api import Calls, Hooks
from bot.platforms.slack.directory import Directory
from bot.platforms.slack.posting import Posting

Answer: TypeAlias = Mapping[str, Any] | None
Receive: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Answer]]

Tell: TypeAlias = Callable[[str], Awaitable[None]]
"""Says one sentence to whoever started the bot."""

SOON = 5.0
"""How many seconds a delivery waits that comes before the connection stands."""

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
"""For each call; the SDK's own limit does not hold for a session of ours."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace: its Web API, its messages, its people."""

    calls: Calls
    posting: Posting
    directory: Directory

    @classmethod
    def of(cls, team: str, calls: Calls, clock: Clock, replicas: Replicas) -> Workspace:
        """Begin with nothing remembered."""
        return cls(calls, Posting(calls, replicas), Directory(team, calls, clock))


class Connection(Protocol):
    """Where events come from. `hooks` is there while it is opened."""

    hooks: Hooks

    def opened(self, receive: Receive) -> AbstractAsyncContextManager[None]:
        """Connect; each event is given to `receive`, whose answer is the acknowledgement."""

    async def listen(self) -> None:
        """Take events until cancelled."""

    async def connected(self) -> bool:
        """Return whether events reach us now."""

    async def workspace(self, team: str) -> Workspace:
        """Return a workspace that has the app; raises Denied for one that has not."""


def gate(receive: Receive) -> Callable[..., Awaitable[BoltResponse]]:
    """Return the one listener: Bolt has verified the request by now, and nothing is left to it to route."""

    async def acknowledge(body: Mapping[str, Any]) -> BoltResponse:
        answer = await receive(body)
        return BoltResponse(status=200, body=dict(answer) if answer else "")

    return acknowledge
