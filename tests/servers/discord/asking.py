"""How a person's wish becomes an interaction: which command it is, and all that Discord sends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tests.servers.discord import shapes
from tests.servers.discord.delivery import Interaction
from tests.servers.discord.events import Events
from tests.servers.discord.kit.commands import SLASH
from tests.servers.discord.permissions import EVERY, NOTHING, Permission, permissions
from tests.servers.discord.state import JSON, Channel, Message, User
from tests.servers.discord.world import World

IN_GUILD, IN_BOT_DM, IN_PRIVATE = 0, 1, 2
"""The contexts of an interaction, by Discord's numbers."""

BY_GUILD, BY_USER = 0, 1
"""Who installed the app."""


class Interactions:
    """Everything that people asked of the app, which has so many `seconds` for its first response."""

    def __init__(self, world: World, events: Events, seconds: float) -> None:
        self.world = world
        self.events = events
        self.seconds = seconds
        self._known: dict[str, Interaction] = {}

    def __iter__(self) -> Iterator[Interaction]:
        """Yield them in order."""
        return iter(self._known.values())

    def by_token(self, token: str) -> Interaction | None:
        """Return the interaction a token belongs to."""
        return self._known.get(token)

    def offered(self, name: str, user: User, channel: Channel, kind: int = SLASH) -> JSON:
        """Return a command that a person is offered in a channel; raises LookupError when they are not."""
        own = [one for place in (str(channel.guild), "") for one in self.world.commands.get(place, ())]
        for one in own:
            if one["name"] == name and one["type"] == kind and _is_offered(self.world, one, user, channel):
                return one
        message = f"{user.name} is not offered {name!r} there."
        raise LookupError(message)

    def ask(
        self,
        kind: int,
        user: User,
        channel: Channel,
        payload: JSON,
        *,
        source: Message | None = None,
        installs: tuple[int, ...] = (BY_GUILD, BY_USER),
    ) -> Interaction:
        """Send an interaction to the app; when nobody answers in time, the person is told so."""
        world, loop = self.world, asyncio.get_running_loop()
        key = world.ids.id()
        made = Interaction(key, f"token-{key}", kind, user, channel, world.now(), source=source, began=loop.time())
        made.user_only = not _installed(world, channel) and context(world, channel) != IN_BOT_DM
        made.hidden = bool(made.user_only and channel.guild) and Permission.USE_EXTERNAL_APPS not in world.allowed(
            user, channel
        )
        made.payload = payload | {
            "id": key,
            "application_id": world.application,
            "type": kind,
            "token": made.token,
            "version": 1,
            "locale": user.locale,
            "entitlements": [],
            "authorizing_integration_owners": _owners(world, user, channel, installs),
            "context": context(world, channel),
            "attachment_size_limit": shapes.UPLOAD,
            **_place(world, user, channel),
        }
        self._known[made.token] = made
        made.timer = loop.call_later(self.seconds, self._late, made)
        self.events.asked(made.payload)
        return made

    def close(self) -> None:
        """Wait for no answer any more."""
        for one in self:
            if one.timer:
                one.timer.cancel()

    def _late(self, interaction: Interaction) -> None:
        interaction.give_up()
        modal = self.world.modals.get(interaction.user.id)
        if modal and interaction.payload["data"].get("custom_id") == modal.custom_id:
            modal.problem = interaction.failure
        self.world.changed()


def context(world: World, channel: Channel) -> int:
    """Return where an interaction happens: in a server, with the bot, or among people."""
    if channel.guild:
        return IN_GUILD
    return IN_BOT_DM if world.bot.id in channel.people else IN_PRIVATE


def _is_offered(world: World, command: JSON, user: User, channel: Channel) -> bool:
    contexts, installs = command.get("contexts"), command["integration_types"]
    if contexts is not None and context(world, channel) not in contexts:
        return False
    if not _owners(world, user, channel, tuple(installs)):
        return False
    if channel.guild is None:
        return True
    here = world.allowed(user, channel)
    asked = command.get("default_member_permissions")
    gate = EVERY if asked == "0" else Permission(int(asked or 0))  # 0 leaves it to administrators
    through_guild = BY_GUILD in installs and _installed(world, channel)
    may = permissions(world.guilds[channel.guild], user.id)
    return Permission.USE_APPLICATION_COMMANDS in here and (not through_guild or gate in may)


def _installed(world: World, channel: Channel) -> bool:
    return channel.guild is not None and world.guilds[channel.guild].installed


def _owners(world: World, user: User, channel: Channel, installs: tuple[int, ...]) -> dict[str, str]:
    """Return who installed the app, where that lets it be used here."""
    owners: dict[str, str] = {}
    if BY_GUILD in installs and _installed(world, channel):
        owners["0"] = str(channel.guild)
    if BY_GUILD in installs and context(world, channel) == IN_BOT_DM:
        owners["0"] = "0"
    if BY_USER in installs and user.installed:
        owners["1"] = user.id
    return owners


def _place(world: World, user: User, channel: Channel) -> JSON:
    bot = world.allowed(world.bot, channel) if _installed(world, channel) or not channel.guild else NOTHING
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
