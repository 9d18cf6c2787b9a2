"""Channels, direct conversations and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord import shapes
from tests.servers.discord.errors import fail, refuse
from tests.servers.discord.permissions import Permission
from tests.servers.discord.registry import Asked, route
from tests.servers.discord.state import JSON, Channel, Guild

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord


@route("get_channel", "GET", "/channels/{channel}")
def get_channel(discord: FakeDiscord, asked: Asked) -> JSON:
    """Return a channel."""
    return shapes.channel(discord.world, reach(discord, asked.ids["channel"]))


@route("trigger_typing", "POST", "/channels/{channel}/typing")
def trigger_typing(discord: FakeDiscord, asked: Asked) -> None:
    """Show that the bot is typing."""
    writable(discord, asked.ids["channel"])


@route("create_dm", "POST", "/users/@me/channels")
def create_dm(discord: FakeDiscord, asked: Asked) -> JSON:
    """Open the direct conversation with a person."""
    user = discord.world.users.get(str(asked.body.get("recipient_id")))
    return shapes.channel(discord.world, discord.world.direct(user)) if user else fail(10013)


@route("get_user", "GET", "/users/{user}")
def get_user(discord: FakeDiscord, asked: Asked) -> JSON:
    """Return a user."""
    user = discord.world.users.get(asked.ids["user"])
    return shapes.user(user) if user else fail(10013)


@route("get_guild", "GET", "/guilds/{guild}")
def get_guild(discord: FakeDiscord, asked: Asked) -> JSON:
    """Return a server."""
    return shapes.guild(discord.world, _guild(discord, asked))


@route("get_guild_member", "GET", "/guilds/{guild}/members/{user}")
def get_guild_member(discord: FakeDiscord, asked: Asked) -> JSON:
    """Return a member of a server."""
    guild, key = _guild(discord, asked), asked.ids["user"]
    return shapes.member(guild, discord.world.users[key]) if key in guild.members else fail(10007)


@route("list_guild_members", "GET", "/guilds/{guild}/members")
def list_guild_members(discord: FakeDiscord, asked: Asked) -> list[JSON]:
    """Return the members of a server."""
    guild, most = _guild(discord, asked), int(asked.query.get("limit", 1))
    after = int(asked.query.get("after", 0))
    found = [key for key in sorted(guild.members, key=int) if int(key) > after]
    return [shapes.member(guild, discord.world.users[key]) for key in found[:most]]


def reach(discord: FakeDiscord, key: str) -> Channel:
    """Return a channel the bot sees; raises DiscordError for one it does not."""
    world = discord.world
    channel = world.channels.get(key)
    if channel is None:
        fail(10003)
    installed = channel.guild is None or world.guilds[channel.guild].installed
    refuse(50001, when=not installed or Permission.VIEW_CHANNEL not in world.allowed(world.bot, channel))
    return channel


def writable(discord: FakeDiscord, key: str) -> Channel:
    """Return a channel the bot may write to; raises DiscordError for one it may not."""
    world, channel = discord.world, reach(discord, key)
    if channel.is_private:
        others = [world.users[one] for one in channel.people if one != world.bot.id]
        known = all(one.installed or world.sharing(one) for one in others)
        refuse(50007, when=not known or not all(one.takes_dms for one in others))
        return channel
    refuse(50008, when=channel.kind == "forum")
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    refuse(50013, when=needed not in world.allowed(world.bot, channel))
    refuse(160005, when=channel.locked and Permission.MANAGE_THREADS not in world.allowed(world.bot, channel))
    return channel


def _guild(discord: FakeDiscord, asked: Asked) -> Guild:
    guild = discord.world.guilds.get(asked.ids["guild"])
    if guild is None:
        fail(10004)
    refuse(50001, when=not guild.installed)
    return guild
