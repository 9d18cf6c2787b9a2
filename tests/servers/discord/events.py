"""What the app is told of: each event with just what its session may read."""

from __future__ import annotations

from tests.servers.discord import shapes
from tests.servers.discord.gateway import Gateway, Told
from tests.servers.discord.permissions import Permission
from tests.servers.discord.sessions import Intent, Session
from tests.servers.discord.state import JSON, Channel, Guild, Message
from tests.servers.discord.world import World

_READ = ("content", "embeds", "attachments", "components")
"""What only the message-content intent lets an app read."""


class Events:
    """Tells the app's sessions what happens."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway

    def posted(self, message: Message) -> int:
        """Tell of a new message; return how many sessions were told at once."""
        return self._said("MESSAGE_CREATE", message)

    def edited(self, message: Message) -> int:
        """Tell of an edit."""
        return self._said("MESSAGE_UPDATE", message)

    def deleted(self, message: Message) -> int:
        """Tell of a deletion."""
        channel = self.world.channels[message.channel]
        data = {"id": message.id, "channel_id": message.channel, "guild_id": channel.guild}
        return self._told("MESSAGE_DELETE", channel, data)

    def channel(self, event: str, channel: Channel) -> int:
        """Tell of a channel or a thread: CREATE, UPDATE or DELETE."""
        kind = "THREAD" if channel.is_thread else "CHANNEL"
        data = shapes.channel(self.world, channel)
        return self.gateway.dispatch(f"{kind}_{event}", channel.guild, data, Intent.GUILDS)

    def joined(self, guild: Guild) -> int:
        """Tell that the bot was let into a server."""
        data = shapes.guild(self.world, guild)
        return self.gateway.dispatch("GUILD_CREATE", guild.id, data, Intent.GUILDS)

    def left(self, guild: Guild) -> int:
        """Tell that the bot was thrown out of a server."""
        return self.gateway.dispatch("GUILD_DELETE", guild.id, {"id": guild.id}, Intent.GUILDS)

    def asked(self, payload: JSON) -> int:
        """Tell of an interaction."""
        return self.gateway.dispatch("INTERACTION_CREATE", payload.get("guild_id"), payload)

    def _said(self, event: str, message: Message) -> int:
        world = self.world
        channel = world.channels[message.channel]
        if message.viewer or not self._present(channel):
            return 0
        data = shapes.message(world, message)
        if channel.guild:
            guild = world.guilds[channel.guild]
            data |= {"guild_id": guild.id, "member": shapes.member(guild, world.users[message.author], whole=False)}

        def readable(session: Session) -> JSON:
            return data if Intent.MESSAGE_CONTENT in session.intents or not channel.guild else self._veiled(data)

        return self._told(event, channel, readable)

    def _told(self, event: str, channel: Channel, data: Told) -> int:
        intent = Intent.GUILD_MESSAGES if channel.guild else Intent.DIRECT_MESSAGES
        return self.gateway.dispatch(event, channel.guild, data, intent)

    def _present(self, channel: Channel) -> bool:
        world = self.world
        if channel.guild and not world.guilds[channel.guild].installed:
            return False
        return Permission.VIEW_CHANNEL in world.allowed(world.bot, channel)

    def _veiled(self, data: JSON) -> JSON:
        """Return a message as it is told without the message-content intent."""
        bot = self.world.bot.id
        seen = dict(data)
        if data["author"]["id"] != bot and all(one["id"] != bot for one in data["mentions"]):
            seen |= {"content": "", **{name: [] for name in _READ[1:]}}
        if original := data.get("referenced_message"):
            seen["referenced_message"] = self._veiled(original)
        return seen
