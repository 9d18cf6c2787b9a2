"""The slash commands that are made of the verbs, and when Discord has them already."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.discord.commands import application_commands, is_registered
from bot.platforms.discord.events import MESSAGE_COMMANDS
from bot.platforms.discord.render import Node
from handlers import router
from tests.servers.discord.kit.commands import check_commands

MADE = application_commands(router.verbs)


def echoed(command: Node, number: int = 0) -> Node:
    """Return a command as Discord tells of it: with an id and a version, and without what is empty."""
    known = copy.deepcopy(command) | {"id": f"{number}", "version": "1", "application_id": "7", "nsfw": False}
    known.setdefault("default_member_permissions", None)
    known["dm_permission"] = True
    for option in known.get("options", ()):
        option.pop("required") if not option["required"] else None
    return {name: value for name, value in known.items() if value != []}


def test_discord_takes_them_all() -> None:
    """Within its limits, required options first."""
    check_commands(copy.deepcopy(MADE))
    shown = {verb.name for verb in router.verbs if verb.shown}
    assert {command["name"] for command in MADE} == shown | set(MESSAGE_COMMANDS)


def test_each_works_everywhere_and_says_what_it_does() -> None:
    """In servers, alone with the bot and among friends; a description is the first line of a handler's help."""
    for command in MADE:
        assert command["contexts"] == [0, 1, 2]
        assert command["integration_types"] == [0, 1]
        assert command["type"] == 3 or command["description"]


def test_names_topics_and_zones_are_completed_and_choices_offered() -> None:
    """Nothing else is."""
    options = {(one["name"], option["name"]): option for one in MADE for option in one.get("options", ())}
    completed = {where for where, option in options.items() if option.get("autocomplete")}
    assert ("follow", "entity") in completed
    assert ("subscribe", "tz") in completed
    assert ("brief", "topic") in completed
    assert ("ask", "question") not in completed
    assert [one["value"] for one in options["privacy", "action"]["choices"]] == ["export", "forget"]


def test_what_discord_tells_of_them_is_no_change() -> None:
    """It adds things of its own, and leaves out what is empty."""
    assert all(is_registered(command, echoed(command)) for command in MADE)


@given(st.data())
def test_any_change_is_one(data: st.DataObject) -> None:
    """Of a description, an option, a choice, or who may use it."""
    command = data.draw(st.sampled_from(MADE))
    known = echoed(command)
    name = data.draw(st.sampled_from(sorted(set(command) - {"options"})))
    known[name] = "else"
    assert not is_registered(command, known)


def test_a_changed_option_is_a_change() -> None:
    """Its words, its number, and whether it is required."""
    command = next(one for one in MADE if one["name"] == "subscribe")
    for change in ({"description": "else"}, {"required": True}, {"name": "else"}, {"type": 4}):
        known = echoed(command)
        known["options"][0] |= change
        assert not is_registered(command, known)
    known = echoed(command)
    known["options"].pop()
    assert not is_registered(command, known)
    assert not is_registered(command, None)
