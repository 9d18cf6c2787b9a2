"""The slash commands, made from the declared verbs; and whether Discord has them already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord

from bot.chat.request import Arg, ArgKind, Verb
from bot.chat.text import shorten
from bot.platforms.discord.events import CHECK
from bot.platforms.discord.limits import Node

DESCRIPTION = 100
COMPLETED = frozenset({ArgKind.ENTITY, ArgKind.TOPIC, ArgKind.ZONE})
"""What is offered while a person types."""

EVERYWHERE = [0, 1, 2]
"""In servers, with the bot alone, and in private conversations of a person who has installed the app."""

INSTALLED = [0, 1]
"""By a server, or by a person for themselves."""

_SLASH, _MESSAGE, _STRING = 1, 3, 3
_MANAGERS = str(discord.Permissions(manage_guild=True).value)


def commands(verbs: Sequence[Verb]) -> list[Node]:
    """Return every command: one a verb that is shown, and the one in a message's menu."""
    return [*(_command(verb) for verb in verbs if verb.shown), _everywhere(CHECK, _MESSAGE)]


def unchanged(ours: object, theirs: object) -> bool:
    """Tell whether Discord has what we would send; what it adds by itself, and what is empty, does not count."""
    match ours:
        case Mapping():
            return isinstance(theirs, Mapping) and all(unchanged(ours[name], theirs.get(name)) for name in ours)
        case list():
            known = theirs if isinstance(theirs, list) else []
            return len(ours) == len(known) and all(map(unchanged, ours, known))
        case _:
            return (ours or None) == (theirs or None)


def _command(verb: Verb) -> Node:
    options = [_option(arg) for arg in sorted(verb.args, key=lambda arg: not arg.required)]
    managed = {"default_member_permissions": _MANAGERS} if verb.manages or verb.name == "sources" else {}
    described = {"description": shorten(verb.help.partition("\n")[0], DESCRIPTION), "options": options}
    return _everywhere(verb.name, _SLASH) | described | managed


def _everywhere(name: str, kind: int) -> Node:
    return {"name": name, "type": kind, "contexts": EVERYWHERE, "integration_types": INSTALLED}


def _option(arg: Arg) -> Node:
    option: Node = {
        "type": _STRING,
        "name": arg.name,
        "description": shorten(arg.help, DESCRIPTION),
        "required": arg.required,
    }
    if arg.choices:
        return option | {"choices": [{"name": choice, "value": choice} for choice in arg.choices]}
    return option | ({"autocomplete": True} if arg.kind in COMPLETED else {})
