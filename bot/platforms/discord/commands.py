"""The slash commands, generated from the verbs, and the completion of their arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord.app_commands import Choice

from bot.chat.request import Arg, ArgKind, Verb
from bot.chat.text import shorten
from bot.platforms.discord.events import MESSAGE_COMMANDS, PLATFORM, direct_address
from bot.platforms.discord.render import INPUT_DESCRIPTION, OPTION_LABEL, Node
from bot.platforms.zone_search import find_zones
from bot.store.follows import Follows
from bot.store.registry import Registry

AUTOCOMPLETED = frozenset({ArgKind.ENTITY, ArgKind.TOPIC, ArgKind.ZONE})
"""The kinds of arguments that are completed while a person types."""

INTERACTION_CONTEXTS = [0, 1, 2]
"""In servers, with the bot alone, and in private conversations of a person who has installed the app."""

INTEGRATION_TYPES = [0, 1]
"""Installed by a server, or by a person for themselves."""

_SLASH_COMMAND, _MESSAGE_COMMAND, _STRING_OPTION, _ATTACHMENT_OPTION = 1, 3, 3, 11
_MANAGE_GUILD = str(discord.Permissions(manage_guild=True).value)


def application_commands(verbs: Sequence[Verb]) -> list[Node]:
    """Return every command: one for each verb that is shown, and those in a message's menu."""
    in_menus = (_command_payload(name, _MESSAGE_COMMAND) for name in MESSAGE_COMMANDS)
    return [*(_slash_command(verb) for verb in verbs if verb.shown), *in_menus]


def is_registered(wanted: object, registered: object) -> bool:
    """Return whether Discord has a command already; what it adds by itself, and empty values, do not count."""
    match wanted:
        case Mapping():
            return isinstance(registered, Mapping) and all(
                is_registered(wanted[name], registered.get(name)) for name in wanted
            )
        case list():
            existing = registered if isinstance(registered, list) else []
            return len(wanted) == len(existing) and all(map(is_registered, wanted, existing))
        case _:
            return (wanted or None) == (registered or None)


def _slash_command(verb: Verb) -> Node:
    options = [_option(arg) for arg in sorted(verb.args, key=lambda arg: not arg.required)]
    permissions = {"default_member_permissions": _MANAGE_GUILD} if verb.manager_only or verb.name == "sources" else {}
    description = {"description": shorten(verb.help.partition("\n")[0], INPUT_DESCRIPTION), "options": options}
    return _command_payload(verb.name, _SLASH_COMMAND) | description | permissions


def _command_payload(name: str, kind: int) -> Node:
    return {"name": name, "type": kind, "contexts": INTERACTION_CONTEXTS, "integration_types": INTEGRATION_TYPES}


def _option(arg: Arg) -> Node:
    option: Node = {
        "type": _ATTACHMENT_OPTION if arg.kind is ArgKind.FILE else _STRING_OPTION,
        "name": arg.name,
        "description": shorten(arg.help, INPUT_DESCRIPTION),
        "required": arg.required,
    }
    if arg.choices:
        return option | {"choices": [{"name": choice, "value": choice} for choice in arg.choices]}
    return option | ({"autocomplete": True} if arg.kind in AUTOCOMPLETED else {})


MAX_CHOICES = 25
"""How many completions Discord shows."""


class Autocomplete:
    """Completes arguments from memory and the index; Discord does not wait for anything slower."""

    def __init__(self, registry: Registry, follows: Follows) -> None:
        self._registry = registry
        self._follows = follows

    async def choices(self, verbs: Sequence[Verb], interaction: discord.Interaction[Any]) -> list[Choice[str]]:
        """Return completions for the word that is being typed."""
        sent: Any = interaction.data
        verb = next((verb for verb in verbs if verb.name == sent.get("name")), None)
        typed = next((option for option in sent.get("options", ()) if option.get("focused")), None)
        if not (verb and typed):
            return []
        words, kinds = str(typed["value"]), {arg.name: arg.kind for arg in verb.args}
        if verb.name == "unfollow":
            names = await self._followed_names(words, interaction)
        elif kinds.get(typed["name"]) is ArgKind.ZONE:
            names = find_zones(words)
        else:
            names = await self._matching_names(words, interaction)
        return [Choice(name=name, value=name) for name in names if len(name) <= OPTION_LABEL][:MAX_CHOICES]

    async def _matching_names(self, words: str, interaction: discord.Interaction[Any]) -> list[str]:
        space = f"{PLATFORM}:{interaction.guild_id}" if interaction.guild_id else f"{PLATFORM}:@{interaction.user.id}"
        return [entity.name for entity in await self._registry.complete(words, MAX_CHOICES, space=space)]

    async def _followed_names(self, words: str, interaction: discord.Interaction[Any]) -> list[str]:
        followed = await self._follows.following(direct_address(str(interaction.user.id)))
        return [follow.entity for follow in followed if words.casefold() in follow.entity.casefold()]
