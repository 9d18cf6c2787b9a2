"""What an app may register."""

from __future__ import annotations

import re
from collections import Counter

from tests.servers.discord.kit.check import Check
from tests.servers.discord.state import JSON

SLASH, ON_USER, ON_MESSAGE = 1, 2, 3

MOST = {SLASH: 100, ON_USER: 15, ON_MESSAGE: 15}
"""How many commands of each kind there may be."""

MOST_TEXT = 8_000
BRANCHES = frozenset({1, 2})
CHOOSABLE = frozenset({3, 4, 10})
_NAME = re.compile(r"[-_'\w]{1,32}")


def check_commands(commands: list[JSON]) -> None:
    """Raise DiscordError unless Discord would register these together."""
    check = Check()
    kinds = Counter(int(one.get("type", SLASH)) for one in commands)
    for kind, most in MOST.items():
        if kinds[kind] > most:
            words = f"Maximum number of application commands reached ({most})."
            check.fault("0", "APPLICATION_COMMANDS_MAX", words)
    for n, one in enumerate(commands):
        _check_command(check, one, str(n))
    names = [f"{one.get('type', SLASH)} {one.get('name')}" for one in commands]
    check.unique(names, "0", "A command with that name already exists")
    check.done()


def _check_command(check: Check, one: JSON, at: str) -> None:
    if one.get("type", SLASH) != SLASH:
        check.string(one, "name", at, 32, needed=True)
        return
    _check_named(check, one, at)
    _check_options(check, one, at)
    if (length := _length(one)) > MOST_TEXT:
        words = f"Command exceeds maximum size ({length} of {MOST_TEXT})"
        check.fault(at, "APPLICATION_COMMAND_TOO_LARGE", words)


def _check_named(check: Check, one: JSON, at: str) -> None:
    name = one.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.lower():
        words = f"Command name is invalid: {name}"
        check.fault(f"{at}.name", "APPLICATION_COMMAND_INVALID_NAME", words)
    check.string(one, "description", at, 100, needed=True)


def _check_options(check: Check, one: JSON, at: str) -> None:
    options = check.items(one, "options", at, 25, least=0)
    optional = False
    for option, where in check.objects(options, f"{at}.options"):
        _check_named(check, option, where)
        if option.get("type") in BRANCHES:
            _check_options(check, option, where)
            continue
        if option.get("required") and optional:
            words = "Required options must be placed before non-required options"
            check.fault(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words)
        optional = optional or not option.get("required")
        _check_choices(check, option, where)
    check.unique([str(option.get("name")) for option in options], f"{at}.options", "Option name used twice")


def _check_choices(check: Check, option: JSON, at: str) -> None:
    choices = check.items(option, "choices", at, 25, least=0)
    for choice, where in check.objects(choices, f"{at}.choices"):
        check.string(choice, "name", where, 100, needed=True)
        if isinstance(choice.get("value"), str):
            check.string(choice, "value", where, 100)
    if choices and option.get("autocomplete"):
        check.fault(at, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", "Choices cannot be completed.")
    if option.get("autocomplete") and option.get("type") not in CHOOSABLE:
        check.fault(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This type cannot be completed.")


def _length(one: JSON) -> int:
    own = sum(len(str(one.get(name) or "")) for name in ("name", "description"))
    offered = sum(len(str(choice.get("name"))) + len(str(choice.get("value"))) for choice in one.get("choices") or ())
    return own + offered + sum(_length(option) for option in one.get("options") or ())
