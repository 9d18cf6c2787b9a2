"""Threads: begun at a message, by themselves, or as posts of a forum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord import shapes
from tests.servers.discord.errors import refuse
from tests.servers.discord.kit.check import Check
from tests.servers.discord.permissions import Permission
from tests.servers.discord.posting import written
from tests.servers.discord.registry import Asked, route
from tests.servers.discord.routes.channels import reach
from tests.servers.discord.state import JSON, Channel, Flag

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord

ARCHIVES = frozenset({60, 1440, 4320, 10080})
"""After how many quiet minutes a thread may be put away."""

PRIVATE_THREAD = 12


@route("start_thread_from_message", "POST", "/channels/{channel}/messages/{message}/threads")
def start_from_message(discord: FakeDiscord, asked: Asked) -> JSON:
    """Open a thread at a message; it has the message's id."""
    parent = _parent(discord, asked, Permission.CREATE_PUBLIC_THREADS)
    message = discord.world.found(parent.id, asked.ids["message"])
    refuse(50024, when=parent.is_thread or parent.is_private)
    refuse(160004, when=message.thread is not None)
    thread = _opened(discord, parent, asked.body, message.id)
    message.thread, message.flags = thread.id, message.flags | Flag.HAS_THREAD
    return shapes.channel(discord.world, thread)


@route("start_thread", "POST", "/channels/{channel}/threads")
def start(discord: FakeDiscord, asked: Asked) -> JSON:
    """Open a thread without a message, or a post in a forum with its first message."""
    world = discord.world
    if world.channels.get(asked.ids["channel"], Channel("", "")).kind == "forum":
        return _post(discord, asked)
    private = asked.body.get("type", PRIVATE_THREAD) == PRIVATE_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    parent = _parent(discord, asked, needed)
    refuse(50024, when=parent.is_thread or parent.is_private)
    thread = _opened(discord, parent, asked.body, kind="private_thread" if private else "")
    return shapes.channel(world, thread)


@route("list_active_threads", "GET", "/guilds/{guild}/threads/active")
def list_active(discord: FakeDiscord, asked: Asked) -> JSON:
    """Return the threads of a server that are not archived and that the bot can see."""
    world = discord.world
    threads = [one for one in world.channels.values() if one.guild == asked.ids["guild"] and one.is_thread]
    seen = [one for one in threads if not one.archived and Permission.VIEW_CHANNEL in world.allowed(world.bot, one)]
    return {"threads": [shapes.channel(world, one) for one in seen], "members": []}


@route("modify_channel", "PATCH", "/channels/{channel}")
def modify(discord: FakeDiscord, asked: Asked) -> JSON:
    """Rename, archive or lock a thread."""
    channel = reach(discord, asked.ids["channel"])
    needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
    own = channel.owner == discord.world.bot.id and "locked" not in asked.body
    refuse(50013, when=not own and needed not in discord.world.allowed(discord.world.bot, channel))
    channel.name = asked.body.get("name", channel.name)
    channel.archived = asked.body.get("archived", channel.archived)
    channel.locked = asked.body.get("locked", channel.locked)
    discord.events.channel("UPDATE", channel)
    return shapes.channel(discord.world, channel)


@route("delete_channel", "DELETE", "/channels/{channel}")
def delete(discord: FakeDiscord, asked: Asked) -> JSON:
    """Delete a thread or a channel, with all that stands in it."""
    channel = reach(discord, asked.ids["channel"])
    needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
    refuse(50013, when=needed not in discord.world.allowed(discord.world.bot, channel))
    shape = shapes.channel(discord.world, channel)
    discord.remove(channel)
    return shape


@route("join_thread", "PUT", "/channels/{channel}/thread-members/@me")
def join(discord: FakeDiscord, asked: Asked) -> None:
    """Join a thread."""
    refuse(50024, when=not reach(discord, asked.ids["channel"]).is_thread)


def _post(discord: FakeDiscord, asked: Asked) -> JSON:
    forum = _parent(discord, asked, Permission.SEND_MESSAGES)
    tags = [str(one) for one in asked.body.get("applied_tags") or ()]
    refuse(40067, when=forum.requires_tag and not tags)
    _check(asked.body)
    key = discord.world.ids.id()
    thread = discord.world.thread(forum, asked.body["name"], discord.world.bot, key)
    thread.applied_tags = tags
    try:
        first = written(discord, thread, asked.body.get("message") or {}, key=key)
    finally:
        if not discord.world.messages[key]:
            del discord.world.channels[key], discord.world.messages[key]
    discord.events.channel("CREATE", thread)
    return shapes.channel(discord.world, thread) | {"message": shapes.message(discord.world, first)}


def _parent(discord: FakeDiscord, asked: Asked, needed: Permission) -> Channel:
    parent = reach(discord, asked.ids["channel"])
    refuse(50013, when=needed not in discord.world.allowed(discord.world.bot, parent))
    return parent


def _opened(discord: FakeDiscord, parent: Channel, body: JSON, key: str = "", kind: str = "") -> Channel:
    _check(body)
    thread = discord.world.thread(parent, body["name"], discord.world.bot, key, kind)
    thread.auto_archive = body.get("auto_archive_duration") or thread.auto_archive
    discord.events.channel("CREATE", thread)
    return thread


def _check(body: JSON) -> None:
    check = Check()
    check.string(body, "name", "", 100, needed=True)
    if body.get("auto_archive_duration") not in ARCHIVES | {None}:
        check.fault("auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of {sorted(ARCHIVES)}.")
    check.done()
