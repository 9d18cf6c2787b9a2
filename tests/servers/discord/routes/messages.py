"""Messages in channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord import shapes
from tests.servers.discord.errors import refuse
from tests.servers.discord.permissions import Permission
from tests.servers.discord.posting import remember, repeated, rewritten, written
from tests.servers.discord.registry import Asked, route
from tests.servers.discord.routes.channels import reach, writable
from tests.servers.discord.state import JSON, Channel, Flag, Message

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord


@route("create_message", "POST", "/channels/{channel}/messages")
def create_message(discord: FakeDiscord, asked: Asked) -> JSON:
    """Post a message; one whose nonce is known was posted before."""
    channel = writable(discord, asked.ids["channel"])
    replies = bool(asked.body.get("message_reference"))
    refuse(160002, when=replies and not _bot_may(discord, channel, Permission.READ_MESSAGE_HISTORY))
    message = repeated(discord, asked.body) or written(discord, channel, asked.body)
    remember(discord, message)
    return shapes.message(discord.world, message)


@route("get_messages", "GET", "/channels/{channel}/messages")
def get_messages(discord: FakeDiscord, asked: Asked) -> list[JSON]:
    """Return the latest messages, the latest first."""
    channel = reach(discord, asked.ids["channel"])
    before, after = int(asked.query.get("before", 1 << 63)), int(asked.query.get("after", 0))
    public = [one for one in discord.world.messages[channel.id].values() if not one.viewer]
    found, most = [one for one in public if after < int(one.id) < before], int(asked.query.get("limit", 50))
    found = found[:most] if "after" in asked.query else found[-most:]
    if not _bot_may(discord, channel, Permission.READ_MESSAGE_HISTORY):
        return []
    return [shapes.message(discord.world, one) for one in reversed(found)]


@route("get_message", "GET", "/channels/{channel}/messages/{message}")
def get_message(discord: FakeDiscord, asked: Asked) -> JSON:
    """Return a message."""
    channel, message = _reached(discord, asked)
    refuse(50001, when=not _bot_may(discord, channel, Permission.READ_MESSAGE_HISTORY))
    return shapes.message(discord.world, message)


@route("edit_message", "PATCH", "/channels/{channel}/messages/{message}")
def edit_message(discord: FakeDiscord, asked: Asked) -> JSON:
    """Change a message of the app; somebody else's may only have its previews taken away."""
    channel, message = _reached(discord, asked)
    if message.author != discord.world.bot.id:
        refuse(50005, when=set(asked.body) - {"flags", "tts"} != set())
        refuse(50013, when=not _bot_may(discord, channel, Permission.MANAGE_MESSAGES))
    refuse(50083, when=channel.archived)
    return shapes.message(discord.world, rewritten(discord, message, asked.body))


@route("delete_message", "DELETE", "/channels/{channel}/messages/{message}")
def delete_message(discord: FakeDiscord, asked: Asked) -> None:
    """Delete a message."""
    channel, message = _reached(discord, asked)
    own = message.author == discord.world.bot.id
    refuse(50013, when=not own and not _bot_may(discord, channel, Permission.MANAGE_MESSAGES))
    discord.world.forget(message)
    discord.events.deleted(message)


@route("crosspost_message", "POST", "/channels/{channel}/messages/{message}/crosspost")
def crosspost(discord: FakeDiscord, asked: Asked) -> JSON:
    """Publish a message of an announcement channel to those who follow it."""
    channel, message = _reached(discord, asked)
    refuse(50024, when=channel.kind != "announcement")
    own = message.author == discord.world.bot.id
    needed = Permission.SEND_MESSAGES if own else Permission.MANAGE_MESSAGES
    refuse(50013, when=not _bot_may(discord, channel, needed))
    refuse(40033, when=Flag.CROSSPOSTED in message.flags)
    message.flags |= Flag.CROSSPOSTED
    discord.events.edited(message)
    return shapes.message(discord.world, message)


def _reached(discord: FakeDiscord, asked: Asked) -> tuple[Channel, Message]:
    channel = reach(discord, asked.ids["channel"])
    return channel, discord.world.found(channel.id, asked.ids["message"])


def _bot_may(discord: FakeDiscord, channel: Channel, permission: Permission) -> bool:
    return permission in discord.world.allowed(discord.world.bot, channel)
