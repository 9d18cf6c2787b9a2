"""How Discord writes things down in JSON."""

from __future__ import annotations

from tests.servers.discord.permissions import EVERY
from tests.servers.discord.state import JSON, Channel, Guild, Message, Overwrite, Role, User
from tests.servers.discord.world import World

UPLOAD = 10 * 1024 * 1024
"""How many bytes an attachment may have."""


TAG, REQUIRE_TAG = "12", 1 << 4
"""A forum's tag that anybody may use, and the flag of a forum whose posts need one."""


def user(one: User) -> JSON:
    """Return a user."""
    return {
        "id": one.id,
        "username": one.name.lower(),
        "global_name": None if one.is_bot else one.name,
        "discriminator": "0000",
        "avatar": None,
        "bot": one.is_bot,
        "public_flags": 0,
    }


def member(guild: Guild, one: User, *, whole: bool = True) -> JSON:
    """Return a member of a server; beside a message the user is left out."""
    shape = {
        "roles": sorted(guild.members.get(one.id, ())),
        "joined_at": "2024-01-01T00:00:00+00:00",
        "nick": None,
        "avatar": None,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }
    return shape | ({"user": user(one)} if whole else {})


def role(one: Role) -> JSON:
    """Return a role."""
    return {
        "id": one.id,
        "name": one.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "position": 0,
        "permissions": str(int(one.permissions & EVERY)),
        "managed": bool(one.bot),
        "mentionable": one.mentionable,
        "flags": 0,
        **({"tags": {"bot_id": one.bot}} if one.bot else {}),
    }


def channel(world: World, one: Channel) -> JSON:
    """Return a channel, a thread or a private conversation."""
    shape: JSON = {"id": one.id, "type": one.type, "flags": 0, "last_message_id": one.last}
    if one.is_private:
        others = [world.users[key] for key in sorted(one.people) if key != world.bot.id]
        shape["recipients"] = [user(other) for other in others]
        return shape | ({"name": one.name or None, "icon": None, "owner_id": others[0].id} if one.type == 3 else {})
    shape |= {"guild_id": one.guild, "name": one.name, "parent_id": one.parent, "rate_limit_per_user": 0}
    if one.is_thread:
        return shape | _thread(world, one)
    guild = world.guilds[str(one.guild)]
    written = [_overwrite(guild, key, overwrite) for key, overwrite in one.overwrites.items()]
    shape |= {"position": 0, "nsfw": False, "topic": None, "permission_overwrites": written}
    if one.kind == "forum":
        named = {"name": "news", "emoji_id": None, "emoji_name": None}
        tags = [{"id": "11", "moderated": True, **named}, {"id": TAG, "moderated": False, **named}]
        asks = {"flags": REQUIRE_TAG, "available_tags": tags} if one.requires_tag else {"available_tags": []}
        shape |= {"default_reaction_emoji": None, **asks}
    return shape


def guild(world: World, one: Guild) -> JSON:
    """Return a server as the gateway tells of it, with the bot as the only member."""
    own = [channel for channel in world.channels.values() if channel.guild == one.id]
    return {
        "id": one.id,
        "name": one.name,
        "owner_id": one.owner,
        "icon": None,
        "features": [],
        "preferred_locale": one.locale,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [role(each) for each in one.roles.values()],
        "channels": [channel(world, each) for each in own if not each.is_thread],
        "threads": [channel(world, each) for each in own if each.is_thread and not each.archived],
        "members": [member(one, world.bot)],
        "member_count": len(one.members),
        "joined_at": "2024-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "emojis": [],
        "stickers": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message(world: World, one: Message, *, whole: bool = True) -> JSON:
    """Return a message, and with `whole` the one it replies to."""
    known = [world.users[key] for key in sorted(one.mentions.users) if key in world.users]
    shape: JSON = {
        "id": one.id,
        "channel_id": one.channel,
        "type": 19 if one.reply_to else 0,
        "author": user(world.users[one.author]),
        "content": one.content,
        "components": one.components,
        "embeds": one.embeds,
        "attachments": one.attachments,
        "flags": int(one.flags),
        "timestamp": one.at.isoformat(),
        "edited_timestamp": one.edited.isoformat() if one.edited else None,
        "mentions": [user(each) for each in known],
        "mention_roles": sorted(one.mentions.roles),
        "mention_everyone": one.mentions.everyone,
        "pinned": False,
        "tts": False,
    }
    if one.forwarded:
        shape["message_snapshots"] = [{"message": each} for each in one.forwarded]
        shape["message_reference"] = {"type": 1, "message_id": "1", "channel_id": "1"}
    if one.nonce:
        shape["nonce"] = one.nonce
    if one.interaction:
        shape |= {"webhook_id": world.application, "application_id": world.application}
    if one.thread:
        shape["thread"] = channel(world, world.channels[one.thread])
    return shape | (_reference(world, one) if one.reply_to and whole else {})


def _reference(world: World, one: Message) -> JSON:
    place = {"type": 0, "message_id": one.reply_to, "channel_id": one.channel}
    place["guild_id"] = world.channels[one.channel].guild
    original = world.messages[one.channel].get(str(one.reply_to))
    return {
        "message_reference": place,
        "referenced_message": message(world, original, whole=False) if original else None,
    }


def _thread(world: World, one: Channel) -> JSON:
    count = len(world.messages[one.id])
    return {
        "owner_id": one.owner,
        "message_count": count,
        "total_message_sent": count,
        "member_count": 1,
        "applied_tags": one.applied_tags,
        "thread_metadata": {
            "archived": one.archived,
            "locked": one.locked,
            "auto_archive_duration": one.auto_archive,
            "archive_timestamp": world.now().isoformat(),
            "create_timestamp": world.now().isoformat(),
        },
    }


def _overwrite(guild: Guild, target: str, one: Overwrite) -> JSON:
    kind = 0 if target in guild.roles else 1
    return {"id": target, "type": kind, "allow": str(int(one.allow & EVERY)), "deny": str(int(one.deny & EVERY))}
