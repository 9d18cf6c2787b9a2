"""What a person types into a command, and how Discord writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.servers.discord import shapes
from tests.servers.discord.state import JSON, Channel, Guild, Role, User

if TYPE_CHECKING:
    from tests.servers.discord.world import World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that was chosen for an option or a field, as Discord shows it."""

    shape: JSON

    @property
    def id(self) -> str:
        """Return its id."""
        return str(self.shape["id"])


_TAKES: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    USER: (User,),
    CHANNEL: (Channel,),
    ROLE: (Role,),
    MENTIONABLE: (User, Role),
    NUMBER: (int, float),
    ATTACHMENT: (Attached,),
}


def branch(command: JSON, path: list[str]) -> list[JSON]:
    """Return what a command or one of its subcommands asks for; raises LookupError for an unknown one."""
    options: list[JSON] = command.get("options") or []
    for name in path:
        inner = next((one for one in options if one["name"] == name and one["type"] in {SUBCOMMAND, GROUP}), None)
        if inner is None:
            message = f"{command['name']} has no {name}."
            raise LookupError(message)
        options = inner.get("options") or []
    return options


def typed(asks: list[JSON], given: Mapping[str, object]) -> list[JSON]:
    """Return the options as Discord sends them.

    Raises LookupError for an unknown name, ValueError for what Discord's own client would not send.
    """
    if unknown := set(given) - {one["name"] for one in asks}:
        message = f"No option is called {sorted(unknown)}; there is {[one['name'] for one in asks]}."
        raise LookupError(message)
    missing = [one["name"] for one in asks if one.get("required") and one["name"] not in given]
    if missing:
        message = f"This option is required: {missing}"
        raise ValueError(message)
    return [_option(one, given[one["name"]]) for one in asks if one["name"] in given]


def nested(path: list[str], options: list[JSON]) -> list[JSON]:
    """Put options below the subcommand they belong to."""
    for depth, name in reversed(list(enumerate(path))):
        kind = GROUP if depth == 0 and len(path) == 2 else SUBCOMMAND
        options = [{"name": name, "type": kind, "options": options}]
    return options


def resolved(world: World, guild: Guild | None, values: Mapping[str, object]) -> JSON:
    """Return what the ids in options stand for."""
    found: JSON = {}
    for value in values.values():
        match value:
            case User():
                found.setdefault("users", {})[value.id] = shapes.user(value)
                if guild and value.id in guild.members:
                    found.setdefault("members", {})[value.id] = shapes.member(guild, value, whole=False)
            case Channel():
                shape = shapes.channel(world, value) | {"permissions": "0"}
                found.setdefault("channels", {})[value.id] = shape
            case Attached():
                found.setdefault("attachments", {})[value.id] = value.shape
            case Role():
                found.setdefault("roles", {})[value.id] = shapes.role(value)
    return found


def _option(asks: JSON, value: object) -> JSON:
    kind, name = asks["type"], asks["name"]
    wanted = _TAKES[kind]
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != BOOLEAN):
        message = f"{name} takes {[one.__name__ for one in wanted]}, not {value!r}."
        raise ValueError(message)
    if isinstance(value, User | Channel | Role | Attached):
        return {"name": name, "type": kind, "value": value.id}
    return {"name": name, "type": kind, "value": _fits(asks, value)}


def _fits(asks: JSON, value: object) -> object:
    choices = asks.get("choices") or []
    if choices:
        for one in choices:
            if value in {one["value"], one["name"]}:
                return one["value"]
        message = f"{value!r} is not offered; there is {[one['name'] for one in choices]}."
        raise ValueError(message)
    size = len(value) if isinstance(value, str) else value
    low, high = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    if not asks.get(low, size) <= size <= asks.get(high, size):
        message = f"{asks['name']} must be from {asks.get(low)} to {asks.get(high)}."
        raise ValueError(message)
    return value
