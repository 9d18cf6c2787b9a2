"""What members may do in a channel, as Discord adds it up."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.discord.state import Channel, Guild


class Permission(IntFlag):
    """The permissions that matter to an app that talks."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


NOTHING = Permission(0)
EVERY = Permission((1 << 51) - 1)

MEMBER = EVERY & ~(
    Permission.ADMINISTRATOR
    | Permission.MANAGE_CHANNELS
    | Permission.MANAGE_GUILD
    | Permission.MANAGE_MESSAGES
    | Permission.MANAGE_THREADS
    | Permission.MENTION_EVERYONE
)
"""What everybody may do in a new server."""


def permissions(guild: Guild, user: str, channel: Channel | None = None) -> Permission:
    """Return what a member may do in a server, or in one of its channels."""
    if user == guild.owner:
        return EVERY
    roles = [guild.id, *guild.members.get(user, ())]
    allowed = NOTHING
    for role in roles:
        allowed |= guild.roles[role].permissions
    if Permission.ADMINISTRATOR in allowed:
        return EVERY
    return _overwritten(allowed, channel, [guild.id], roles[1:], [user]) if channel else allowed


def _overwritten(allowed: Permission, channel: Channel, *layers: list[str]) -> Permission:
    """Apply a channel's overwrites: everyone's, then the roles' together, then the member's own."""
    for layer in layers:
        found = [channel.overwrites[target] for target in layer if target in channel.overwrites]
        for overwrite in found:
            allowed &= ~overwrite.deny
        for overwrite in found:
            allowed |= overwrite.allow
    if Permission.VIEW_CHANNEL not in allowed:
        return NOTHING
    return allowed
