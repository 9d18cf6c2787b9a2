"""Whom a message notifies, and which of its links unfold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.servers.discord.permissions import Permission
from tests.servers.discord.state import FILE, GALLERY, JSON, THUMBNAIL, Flag, Message, Pinged, User, walk
from tests.servers.discord.world import World

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(?:everyone|here)")
_HIDDEN = re.compile(r"<https?://[^\s<>]+>", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>()]+", re.IGNORECASE)
_SHOWS = frozenset({THUMBNAIL, GALLERY, FILE})


def noted(world: World, message: Message, asked: JSON | None) -> None:
    """Work out whom a message notifies as it now stands, and which links unfold in it.

    `asked` is `allowed_mentions` as it was sent: without any, everything that is written notifies.
    Code and backslashes hide nothing here, which is stricter than Discord.
    """
    message.allowed_mentions = asked
    message.mentions = _pinged(world, message, asked)
    message.pinged |= message.mentions
    message.previews = tuple(_previews(message))


def _pinged(world: World, message: Message, asked: JSON | None) -> Pinged:
    text, author = message.text, world.users[message.author]
    users = {key for key in _USER.findall(text) if key in world.users and _may(asked, "users", key)}
    roles = {key for key in _ROLE.findall(text) if _may(asked, "roles", key) and _rings(world, message, key, author)}
    everyone = bool(_EVERYONE.search(text)) and _may(asked, "everyone", "") and _loud(world, message, author)
    if message.reply_to and (asked is None or asked.get("replied_user")):
        original = world.messages[message.channel].get(message.reply_to)
        users |= {original.author} if original else set()
    return Pinged(frozenset(users), frozenset(roles), everyone)


def _may(asked: JSON | None, kind: str, key: str) -> bool:
    return asked is None or kind in asked.get("parse", ()) or key in map(str, asked.get(kind) or ())


def _rings(world: World, message: Message, role: str, author: User) -> bool:
    guild = world.guilds.get(str(world.channels[message.channel].guild))
    known = guild.roles.get(role) if guild else None
    return bool(known and (known.mentionable or _loud(world, message, author)))


def _loud(world: World, message: Message, author: User) -> bool:
    channel = world.channels[message.channel]
    return channel.guild is None or Permission.MENTION_EVERYONE in world.allowed(author, channel)


def _previews(message: Message) -> Iterator[str]:
    if Flag.SUPPRESS_EMBEDS not in message.flags:
        yield from _LINK.findall(_HIDDEN.sub(" ", message.text))
    for one in walk(message.components):
        if one["type"] in _SHOWS:
            media = [one.get("media"), one.get("file"), *(item.get("media") for item in one.get("items", ()))]
            yield from (item["url"] for item in media if item and item["url"].startswith("http"))
