"""How a person's wish becomes an interaction: which command it is, and all that Discord sends with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.servers.discord import shapes
from tests.servers.discord.delivery import Interaction
from tests.servers.discord.kit.commands import SLASH
from tests.servers.discord.permissions import EVERY, NOTHING, Permission, permissions
from tests.servers.discord.state import JSON, Channel, Message, User

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord

IN_GUILD, IN_BOT_DM, IN_PRIVATE = 0, 1, 2
"""The contexts of an interaction, by Discord's numbers."""

BY_GUILD, BY_USER = 0, 1
"""Who installed the app."""


def offered(discord: FakeDiscord, name: str, user: User, channel: Channel, kind: int = SLASH) -> JSON:
    """Return a command that a person is offered in a channel; raises LookupError when they are not."""
    own = [one for place in (str(channel.guild), "") for one in discord.world.commands.get(place, ())]
    for one in own:
        if one["name"] == name and one["type"] == kind and _is_offered(discord, one, user, channel):
            return one
    message = f"{user.name} is not offered {name!r} there."
    raise LookupError(message)


def ask(
    discord: FakeDiscord,
    kind: int,
    user: User,
    channel: Channel,
    payload: JSON,
    *,
    source: Message | None = None,
    installs: tuple[int, ...] = (BY_GUILD, BY_USER),
) -> Interaction:
    """Send an interaction to the app; nobody answers in time, and the person is told so."""
    world, loop = discord.world, asyncio.get_running_loop()
    key = world.ids.id()
    made = Interaction(key, f"token-{key}", kind, user, channel, world.now(), source=source, began=loop.time())
    owners = _owners(discord, user, channel, installs)
    made.user_only = not _installed(discord, channel) and channel.guild is not None
    made.hidden = made.user_only and Permission.USE_EXTERNAL_APPS not in world.allowed(user, channel)
    made.payload = {
        **payload,
        "id": key,
        "application_id": world.application,
        "type": kind,
        "token": made.token,
        "version": 1,
        "locale": user.locale,
        "entitlements": [],
        "authorizing_integration_owners": owners,
        "context": context(discord, channel),
        "attachment_size_limit": shapes.UPLOAD,
        **_place(discord, user, channel),
    }
    discord.interactions[made.token] = made
    made.timer = loop.call_later(discord.response_seconds, _late, discord, made)
    discord.events.asked(made.payload)
    return made


def context(discord: FakeDiscord, channel: Channel) -> int:
    """Return where an interaction happens: in a server, with the bot, or among people."""
    if channel.guild:
        return IN_GUILD
    return (
        IN_BOT_DM if channel.people - {discord.world.bot.id} and discord.world.bot.id in channel.people else IN_PRIVATE
    )


def _is_offered(discord: FakeDiscord, command: JSON, user: User, channel: Channel) -> bool:
    contexts, installs = command.get("contexts"), command["integration_types"]
    if contexts is not None and context(discord, channel) not in contexts:
        return False
    if not _owners(discord, user, channel, tuple(installs)):
        return False
    if channel.guild is None:
        return True
    here = discord.world.allowed(user, channel)
    gate = Permission(int(command.get("default_member_permissions") or 0))
    through_guild = BY_GUILD in installs and _installed(discord, channel)
    may = permissions(discord.world.guilds[channel.guild], user.id)
    return Permission.USE_APPLICATION_COMMANDS in here and (not through_guild or gate in may)


def _installed(discord: FakeDiscord, channel: Channel) -> bool:
    return channel.guild is not None and discord.world.guilds[channel.guild].installed


def _owners(discord: FakeDiscord, user: User, channel: Channel, installs: tuple[int, ...]) -> dict[str, str]:
    """Return who installed the app, where that lets it be used here."""
    owners: dict[str, str] = {}
    if BY_GUILD in installs and _installed(discord, channel):
        owners["0"] = str(channel.guild)
    if BY_GUILD in installs and context(discord, channel) == IN_BOT_DM:
        owners["0"] = "0"
    if BY_USER in installs and user.installed:
        owners["1"] = user.id
    return owners


def _place(discord: FakeDiscord, user: User, channel: Channel) -> JSON:
    world = discord.world
    bot = world.allowed(world.bot, channel) if _installed(discord, channel) or not channel.guild else NOTHING
    place: JSON = {"channel_id": channel.id, "app_permissions": str(int(bot & EVERY))}
    place["channel"] = shapes.channel(world, channel)
    if channel.guild is None:
        return place | {"user": shapes.user(user)}
    guild = world.guilds[channel.guild]
    may = str(int(world.allowed(user, channel) & EVERY))
    place["channel"]["permissions"] = may
    return place | {
        "guild_id": guild.id,
        "guild": {"id": guild.id, "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": shapes.member(guild, user) | {"permissions": may},
    }


def _late(discord: FakeDiscord, interaction: Interaction) -> None:
    interaction.give_up()
    modal = discord.world.modals.get(interaction.user.id)
    if modal and interaction.payload["data"].get("custom_id") == modal.custom_id:
        modal.problem = interaction.failure
    discord.world.changed()
