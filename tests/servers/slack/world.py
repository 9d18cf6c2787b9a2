"""Everything that stands in the workspaces, and the ways to find it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar

from tests.servers.slack.clock import Clock, Stamps
from tests.servers.slack.errors import SlackError
from tests.servers.slack.state import (
    JSON,
    SCOPES,
    Call,
    Channel,
    Message,
    Status,
    Token,
    Trigger,
    User,
    View,
    Workspace,
)

Seen = TypeVar("Seen")

STATUS_LIFE = dt.timedelta(minutes=2)
"""How long a status stands when no message takes it away."""

TRIGGER_SECONDS = 3
"""How long a trigger opens a modal."""


class World:
    """Workspaces, people, channels, messages and views; whoever waits is told of each change."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.stamps = Stamps(clock)
        self.workspaces: dict[str, Workspace] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.tokens: dict[str, Token] = {}
        self.triggers: dict[str, Trigger] = {}
        self.exchanged: set[str] = set()
        self.statuses: dict[tuple[str, str], Status] = {}
        self.prompts: dict[tuple[str, str | None], JSON] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.calls: list[Call] = []
        self._waiting: list[asyncio.Future[None]] = []

    def now(self) -> dt.datetime:
        """Return the time in UTC."""
        return self.clock.now()

    def workspace(self, name: str = "Acme", *, scopes: Iterable[str] = SCOPES, installed: bool = True) -> Workspace:
        """Found a workspace; installed, its bot token works at once."""
        team = self.stamps.id("T")
        bot = self.user(team, "overheard", is_bot=True)
        made = Workspace(team, name, bot.id, self.stamps.id("B"))
        self.workspaces[team] = made
        if installed:
            made.bot_token = self.install(made, scopes).value
        return made

    def install(self, workspace: Workspace, scopes: Iterable[str], *, seconds: float | None = None) -> Token:
        """Let a workspace grant scopes to the app; the token lives for so many seconds, or for good."""
        workspace.scopes = frozenset(scopes)
        workspace.installed = True
        expires = None if seconds is None else self.now() + dt.timedelta(seconds=seconds)
        prefix = "xoxb" if seconds is None else "xoxe.xoxb"
        return self.token(prefix, "bot", workspace.id, workspace.scopes, expires)

    def token(
        self,
        prefix: str,
        kind: str,
        team: str = "",
        scopes: Iterable[str] = (),
        expires: dt.datetime | None = None,
    ) -> Token:
        """Issue a token."""
        value = f"{prefix}-{team or 'app'}-{self.stamps.number('token')}"
        self.tokens[value] = Token(value, kind, team, frozenset(scopes), expires)
        return self.tokens[value]

    def user(
        self,
        team: str,
        name: str,
        *,
        tz: str = "Europe/London",
        is_admin: bool = False,
        is_owner: bool = False,
        is_restricted: bool = False,
        is_bot: bool = False,
    ) -> User:
        """Let a person join a workspace."""
        made = User(self.stamps.id("U"), team, name, tz, is_admin, is_owner, is_restricted, is_bot)
        self.users[made.id] = made
        return made

    def channel(self, team: str, name: str, kind: str = "public", members: Iterable[str] = ()) -> Channel:
        """Open a channel with these members."""
        made = Channel(self.stamps.id("D" if kind == "im" else "C"), team, name, kind, set(members))
        self.channels[made.id] = made
        self.messages[made.id] = {}
        return made

    def direct(self, team: str, users: Iterable[str]) -> Channel:
        """Return the direct conversation of the app with these people, the same one each time."""
        members = {*users, self.workspaces[team].bot}
        kind = "im" if len(members) == 2 else "mpim"
        known = (c for c in self.channels.values() if c.kind == kind and c.members == members)
        return next(known, None) or self.channel(team, "", kind, members)

    def put(self, message: Message) -> Message:
        """Put a message into its channel, and return it."""
        self.messages[message.channel][message.ts] = message
        return message

    def message(self, channel: str, ts: str) -> Message:
        """Return a message; raises SlackError when there is none that a method may reach."""
        found = self.messages.get(channel, {}).get(ts)
        if found is None or found.viewer:
            code = "message_not_found"
            raise SlackError(code)
        return found

    def status(self, channel: str, thread: str) -> str:
        """Return what the app is said to be doing in a thread; it is taken away after two minutes."""
        found = self.statuses.get((channel, thread))
        return found.words if found and self.now() - found.at < STATUS_LIFE else ""

    def forget(self, message: Message) -> None:
        """Remove a message."""
        self.messages[message.channel].pop(message.ts, None)

    def trigger(self, team: str, user: str, view: str | None = None) -> str:
        """Issue what opens one modal for a person."""
        made = Trigger(f"{self.stamps.number('trigger')}.{team}.{user}", team, user, self.now(), view)
        self.triggers[made.id] = made
        return made.id

    def exchange(self, team: str, trigger: str) -> Trigger:
        """Use a trigger up; raises SlackError when it is unknown, used or older than three seconds."""
        found = self.triggers.get(trigger)
        if found is None or found.team != team:
            code = "invalid_trigger_id"
        elif trigger in self.exchanged:
            code = "exchanged_trigger_id"
        elif (self.now() - found.at).total_seconds() > TRIGGER_SECONDS:
            code = "expired_trigger_id"
        else:
            self.exchanged.add(trigger)
            return found
        raise SlackError(code)

    def changed(self) -> None:
        """Tell whoever waits that something happened."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def until(self, look: Callable[[], Seen], seconds: float = 20.0) -> Seen:
        """Wait until a look finds something, and return it; raises TimeoutError after so many seconds."""
        async with asyncio.timeout(seconds):
            while not (found := look()):
                waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(waiting)
                await waiting
        return found
