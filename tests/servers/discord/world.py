"""Everything that stands in Discord, and the ways to find it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar

from tests.servers.discord.clock import Clock, Snowflakes
from tests.servers.discord.errors import fail
from tests.servers.discord.permissions import EVERY, MEMBER, NOTHING, Permission, permissions
from tests.servers.discord.state import JSON, Call, Channel, Guild, Message, Modal, Role, User

Seen = TypeVar("Seen")


class World:
    """Servers, people, channels, messages and commands; whoever waits is told of each change.

    `commands` are what the app registered, by server ("" for all of them); `created` counts the
    registrations of each day.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.users: dict[str, User] = {}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.commands: dict[str, list[JSON]] = {}
        self.created: dict[tuple[str, dt.date], int] = {}
        self.modals: dict[str, Modal] = {}
        self.calls: list[Call] = []
        self.application = self.ids.id()
        self.bot = self.user("overheard", is_bot=True)
        self._waiting: list[asyncio.Future[None]] = []

    def now(self) -> dt.datetime:
        """Return the time in UTC."""
        return self.clock.now()

    def user(self, name: str, *guilds: Guild, locale: str = "en-US", is_bot: bool = False) -> User:
        """Let a person in, and into these servers."""
        made = User(self.ids.id(), name, locale, is_bot)
        self.users[made.id] = made
        for guild in guilds:
            guild.members[made.id] = set()
        return made

    def guild(self, name: str, *, locale: str = "en-US", installed: bool = True) -> Guild:
        """Found a server; installed, the bot is a member of it."""
        owner = self.user(f"{name}'s owner")
        made = Guild(self.ids.id(), name, owner.id, locale, installed)
        made.roles[made.id] = Role(made.id, "@everyone")
        made.members[owner.id] = set()
        if installed:
            made.members[self.bot.id] = set()
        self.guilds[made.id] = made
        return made

    def role(
        self, guild: Guild, name: str, *users: User, allow: Permission = MEMBER, mentionable: bool = False
    ) -> Role:
        """Give a role to members of a server."""
        made = Role(self.ids.id(), name, allow, mentionable)
        guild.roles[made.id] = made
        for user in users:
            guild.members[user.id].add(made.id)
        return made

    def channel(self, guild: Guild, name: str, kind: str = "text") -> Channel:
        """Open a channel in a server: text, announcement or forum."""
        return self.open(Channel(self.ids.id(), name, kind, guild.id))

    def thread(self, parent: Channel, name: str, owner: User, key: str = "", kind: str = "") -> Channel:
        """Open a thread in a channel, with the id of the message it belongs to."""
        kind = kind or ("announcement_thread" if parent.kind == "announcement" else "thread")
        made = Channel(key or self.ids.id(), name, kind, parent.guild, parent.id, owner.id)
        return self.open(made)

    def direct(self, user: User) -> Channel:
        """Return a person's direct conversation with the bot, the same one each time."""
        return self.private(user, self.bot)

    def private(self, *users: User, name: str = "") -> Channel:
        """Return the private conversation of these people, the same one each time."""
        people = {user.id for user in users}
        known = (one for one in self.channels.values() if one.is_private and one.people == people)
        kind = "dm" if len(people) == 2 else "group"
        return next(known, None) or self.open(Channel(self.ids.id(), name, kind, people=people))

    def open(self, channel: Channel) -> Channel:
        """Put a channel into the world."""
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        return channel

    def put(self, message: Message) -> Message:
        """Put a message into its channel, and wake a thread that slept."""
        message.seconds = asyncio.get_running_loop().time()
        self.messages[message.channel][message.id] = message
        channel = self.channels[message.channel]
        if not message.viewer:
            channel.archived, channel.last = False, message.id
        return message

    def forget(self, message: Message) -> None:
        """Remove a message."""
        self.messages[message.channel].pop(message.id, None)

    def found(self, channel: str, message: str) -> Message:
        """Return a message that routes may reach; raises DiscordError when there is none."""
        one = self.messages.get(channel, {}).get(message)
        return one if one and not one.viewer else fail(10008)

    def allowed(self, user: User, channel: Channel) -> Permission:
        """Return what somebody may do in a channel; a thread has its parent's permissions."""
        if channel.guild is None:
            return EVERY if user.id in channel.people else NOTHING
        guild = self.guilds[channel.guild]
        if user.id not in guild.members:
            return NOTHING
        return permissions(guild, user.id, self.channels[channel.parent] if channel.parent else channel)

    def sharing(self, user: User) -> Iterable[Guild]:
        """Return the servers in which a person meets the bot."""
        return [one for one in self.guilds.values() if one.installed and user.id in one.members]

    def changed(self) -> None:
        """Tell whoever waits that something happened."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def until(self, look: Callable[[], Seen], seconds: float = 5.0) -> Seen:
        """Wait until a look finds something, and return it; raises TimeoutError after so many seconds."""
        async with asyncio.timeout(seconds):
            while not (found := look()):
                waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(waiting)
                await waiting
        return found
