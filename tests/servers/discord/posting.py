"""How a message of the app comes to stand in a channel, and how it changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.servers.discord.errors import refuse
from tests.servers.discord.kit.messages import check_message
from tests.servers.discord.mentions import noted
from tests.servers.discord.state import JSON, PLAIN, Channel, Flag, Message, walk

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord

SENDABLE = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.COMPONENTS_V2
PARTS = ("content", "embeds", "components", "attachments")
"""What an edit leaves as it is where it does not name it."""

NONCE_LIFE = dt.timedelta(minutes=3)
"""How long a nonce is remembered; Discord says: the past few minutes."""

OLD, LATE_EDITS = dt.timedelta(hours=1), 30
"""How old a message is whose edits are counted, and how many it takes; Discord tells of no figure."""


def sent(body: JSON) -> Flag:
    """Return the flags in a body that an app may set on a message."""
    return Flag(int(body.get("flags") or 0)) & SENDABLE


def written(
    discord: FakeDiscord,
    channel: Channel,
    body: JSON,
    *,
    viewer: str | None = None,
    interaction: str | None = None,
    key: str = "",
) -> Message:
    """Put what the app says into a channel; raises DiscordError for what cannot be said."""
    world, flags = discord.world, sent(body)
    check_message(body, is_v2=Flag.COMPONENTS_V2 in flags)
    message = Message(key or world.ids.id(), channel.id, world.bot.id, world.now())
    message.flags = flags | (Flag.EPHEMERAL if viewer else PLAIN)
    message.viewer, message.interaction = viewer, interaction
    message.nonce, message.reply_to = body.get("nonce"), _replied(discord, channel, body)
    _fill(message, body)
    world.put(message)
    noted(world, message, body.get("allowed_mentions"))
    discord.events.posted(message)
    return message


def rewritten(discord: FakeDiscord, message: Message, body: JSON) -> Message:
    """Change what a message of the app says; raises DiscordError for what cannot be said."""
    world = discord.world
    flags = message.flags | (sent(body) & Flag.COMPONENTS_V2)
    if body.get("flags") is not None:
        flags = flags & ~Flag.SUPPRESS_EMBEDS | sent(body) & Flag.SUPPRESS_EMBEDS
    kept = {name: getattr(message, name) for name in PARTS if name not in body}
    check_message(kept | body, is_v2=Flag.COMPONENTS_V2 in flags)
    _count_late(world.now(), message)
    was_thinking, message.flags = message.thinking, flags & ~Flag.LOADING
    if not was_thinking:
        message.history.append(message.text)
        message.edits += 1
        message.edited = world.now()
    _fill(message, body)
    noted(world, message, body.get("allowed_mentions"))
    discord.events.edited(message)
    return message


def thinking(discord: FakeDiscord, channel: Channel, viewer: str | None, interaction: str) -> Message:
    """Show that the app is thinking."""
    world = discord.world
    message = Message(world.ids.id(), channel.id, world.bot.id, world.now())
    message.flags = Flag.LOADING | (Flag.EPHEMERAL if viewer else PLAIN)
    message.viewer, message.interaction = viewer, interaction
    return world.put(message)


def repeated(discord: FakeDiscord, body: JSON) -> Message | None:
    """Return the earlier message that a nonce stands for, where the app asked for that."""
    if not body.get("enforce_nonce") or not body.get("nonce"):
        return None
    found = discord.nonces.get(str(body["nonce"]))
    return found if found and discord.world.now() - found.at <= NONCE_LIFE else None


def _fill(message: Message, body: JSON) -> None:
    if "content" in body:
        message.content = body["content"] or ""
    if "embeds" in body:
        message.embeds = body["embeds"] or []
    if "attachments" in body:
        message.attachments = [_attached(one, n) for n, one in enumerate(body["attachments"] or ())]
    if "components" in body:
        message.components = _numbered(body["components"] or [])


def _numbered(components: list[JSON]) -> list[JSON]:
    """Give each component that has none an id, as Discord does."""
    taken = {one.get("id") for one in walk(components)}
    free = (n for n in range(1, 1_000) if n not in taken)
    for one in walk(components):
        if not one.get("id"):
            one["id"] = next(free)
        _unfold(item["media"] for item in (one, *one.get("items", ())) if "media" in item)
    return components


def _unfold(media: Iterable[JSON]) -> None:
    for one in media:
        one |= {"proxy_url": one["url"], "placeholder": "", "loading_state": 2, "width": 1, "height": 1}


def _attached(one: JSON, n: int) -> JSON:
    name = one.get("filename", "file")
    address = f"https://cdn.discordapp.com/attachments/{name}"
    return {"size": 0, "url": address, "proxy_url": address, **one, "id": str(one.get("id", n)), "filename": name}


def _replied(discord: FakeDiscord, channel: Channel, body: JSON) -> str | None:
    reference = body.get("message_reference") or {}
    key = reference.get("message_id")
    if key is None:
        return None
    if str(key) not in discord.world.messages[channel.id]:
        refuse(10008, when=reference.get("fail_if_not_exists", True))
        return None
    return str(key)


def _count_late(now: dt.datetime, message: Message) -> None:
    if now - message.at > OLD:
        message.late_edits += 1
        refuse(30046, when=message.late_edits > LATE_EDITS)


def remember(discord: FakeDiscord, message: Message) -> None:
    """Keep a nonce, for those that come again."""
    if message.nonce:
        discord.nonces[message.nonce] = message
