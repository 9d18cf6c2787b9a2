"""Slack's manifest: what it asks for is what the bot declares, within Slack's limits."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import app
from bot.cli.failures import exit_code_of
from bot.platforms.slack.manifest import (
    CATCH_ALL_COMMAND,
    COMMANDS,
    EVENTS,
    OPTIONAL_SCOPES,
    SCOPES,
    SUGGESTED_PROMPTS,
    manifest,
    parse_slash_command,
)
from handlers import router

ROOT = Path(__file__).parents[2]
SITE = "https://bot.example.com"
SHOWN = {verb.name: verb for verb in router.verbs if verb.shown}

METHODS = {
    "apps.connections.open": set(),  # an app-level token has its own, connections:write
    "assistant.threads.setStatus": {"chat:write"},
    "auth.test": set(),
    "chat.delete": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write", "chat:write.public"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "oauth.v2.access": set(),
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.update": set(),
}
"""The methods of the Web API that the bot calls, with the scopes that Slack's reference asks for."""

FILES = {"file_input": {"files:read"}, "url_private_download": {"files:read"}}
"""Where files come from, with the scopes that Slack's reference asks for."""

FAMILIES = "assistant.threads|auth|chat|conversations|files|oauth.v2|reactions|users|views"

FEATURES = {
    "agent_view": {"assistant:write"},
    "app_home": set(),
    "bot_user": set(),
    "shortcuts": {"commands"},
    "slash_commands": {"commands"},
}
"""What the app is made of, with the scopes it takes."""

EVENT_SCOPES = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "member_joined_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "tokens_revoked": set(),
}
"""The events it is sent, with the scopes that Slack's reference asks for."""


@pytest.fixture
def made() -> dict[str, Any]:
    """Return the manifest for Socket Mode."""
    return manifest(router.verbs)


def _contents(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def _commands(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {command["command"]: command for command in made["features"]["slash_commands"]}


# --- the verbs ----------------------------------------------------------------------------------------------


def test_every_shown_verb_is_reached_by_a_slash_command(made: dict[str, Any]) -> None:
    """By its own, or by the one for everything else, and none by two."""
    assert list(_commands(made)) == [f"/{name}" for name in (*COMMANDS, CATCH_ALL_COMMAND)]
    own = {parse_slash_command(f"/{name}", "some words") for name in COMMANDS}
    others = {
        parse_slash_command(f"/{CATCH_ALL_COMMAND}", f"{name} some words") for name in SHOWN.keys() - set(COMMANDS)
    }
    assert own | others == {(name, "some words") for name in SHOWN}


def test_a_slash_command_without_its_verb_is_refused() -> None:
    """A verb that is renamed does not leave a dead command behind."""
    with pytest.raises(KeyError, match="claims"):
        manifest([verb for verb in router.verbs if verb.name != "claims"])


@pytest.mark.parametrize(
    ("text", "verb"),
    [("", ("help", "")), ("  ", ("help", "")), ("Status", ("status", "")), (" help  ask ", ("help", "ask"))],
)
def test_the_command_for_everything_else_takes_a_verb_first(text: str, verb: tuple[str, str]) -> None:
    """And helps where it stands alone."""
    assert parse_slash_command("/overheard", text) == verb


def test_a_command_says_what_its_verb_says(made: dict[str, Any]) -> None:
    """Its help, and its arguments as `help` writes them."""
    commands = _commands(made)
    assert all(commands[f"/{name}"]["description"] == SHOWN[name].help for name in COMMANDS)
    assert commands["/ask"]["usage_hint"] == "<question>"
    assert commands["/claims"]["usage_hint"] == "[words] [by] [since] [about]"
    assert (
        commands["/sources"]["usage_hint"]
        == "[list | add | health | episodes | check | pause | resume | remove | export | catalogue] [target]"
    )
    assert "usage_hint" not in commands["/following"]
    assert set(commands["/overheard"]["usage_hint"].split(" | ")) == SHOWN.keys() - set(COMMANDS)


def test_a_suggested_prompt_is_something_the_bot_understands() -> None:
    """It begins with a verb."""
    assert {words.split()[0] for _, words in SUGGESTED_PROMPTS} <= SHOWN.keys()


# --- the scopes ---------------------------------------------------------------------------------------------


def test_the_scopes_are_those_that_something_needs_and_no_others(made: dict[str, Any]) -> None:
    """Methods, events and features decide."""
    assert made["features"].keys() == FEATURES.keys()
    needed = set().union(*METHODS.values(), *EVENT_SCOPES.values(), *FEATURES.values(), *FILES.values())
    assert {*SCOPES, *OPTIONAL_SCOPES} == needed
    assert made["oauth_config"]["scopes"]["bot"] == sorted(needed)


def test_the_methods_are_those_that_the_adapter_calls() -> None:
    """Whoever calls another one looks up its scope first."""
    written = "".join(path.read_text() for path in (ROOT / "bot/platforms/slack").glob("*.py"))
    called = {method.replace(".", "_") for method in re.findall(rf"""[."]((?:{FAMILIES})[_.]\w+)["(,]""", written)}
    by_bolt = {"apps_connections_open"}
    assert called | by_bolt == {method.replace(".", "_") for method in METHODS}


def test_every_event_is_wanted_together_with_its_scope(made: dict[str, Any]) -> None:
    """Slack refuses a manifest with an event whose scope is not among the bot's."""
    assert made["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS) == sorted(EVENT_SCOPES)
    assert set().union(*EVENT_SCOPES.values()) <= set(made["oauth_config"]["scopes"]["bot"])


def test_what_is_optional_is_asked_for_as_well(made: dict[str, Any]) -> None:
    """Slack wants optional scopes in both lists; only reading channels and files can be declined."""
    scopes = made["oauth_config"]["scopes"]
    assert scopes["bot_optional"] == ["channels:history", "files:read", "groups:history"]
    assert set(scopes["bot_optional"]) <= set(scopes["bot"])
    assert SCOPES.keys().isdisjoint(OPTIONAL_SCOPES)


# --- Slack's rules ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", SITE])
def test_every_text_is_within_slacks_limits(address: str) -> None:
    """As its schema of manifests has them."""
    made = manifest(router.verbs, address=address)
    display, features = made["display_information"], made["features"]
    assert 1 <= len(display["name"]) <= 35
    assert 1 <= len(display["description"]) <= 140
    assert len(features["bot_user"]["display_name"]) <= 80
    assert 1 <= len(features["agent_view"]["agent_description"]) <= 300
    assert len(features["agent_view"]["suggested_prompts"]) <= 4
    assert len(features["slash_commands"]) <= 50
    for command in features["slash_commands"]:
        assert 2 <= len(command["command"]) <= 32
        assert 1 <= len(command["description"]) <= 2000
        assert 1 <= len(command.get("usage_hint", "-")) <= 1000
        assert command["should_escape"] is False
    assert len(features["shortcuts"]) <= 10
    for shortcut in features["shortcuts"]:
        assert shortcut["type"] == "message"
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150


def test_the_agents_chat_is_open(made: dict[str, Any]) -> None:
    """The agent view needs the Messages tab, where people may write."""
    assert made["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    assert "assistant_view" not in made["features"]


def test_socket_mode_needs_no_address(made: dict[str, Any]) -> None:
    """Nothing in it is an address, and tokens do not rotate."""
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["token_rotation_enabled"] is False
    assert "://" not in json.dumps(made)


@pytest.mark.parametrize("address", [SITE, SITE + "/"])
def test_over_http_every_request_goes_to_one_address(address: str) -> None:
    """Commands, events, interactions and what is typed into forms; a slash at the end makes no difference."""
    made = manifest(router.verbs, address=address)
    settings = made["settings"]
    urls = {command["url"] for command in made["features"]["slash_commands"]}
    urls |= {settings["event_subscriptions"]["request_url"], settings["interactivity"]["request_url"]}
    urls.add(settings["interactivity"]["message_menu_options_url"])
    assert urls == {f"{SITE}/slack/events"}
    assert made["oauth_config"]["redirect_urls"] == [f"{SITE}/slack/oauth_redirect"]
    assert (settings["socket_mode_enabled"], settings["token_rotation_enabled"]) == (False, True)


# --- the command --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("args", "address"), [([], ""), (["--address", SITE], SITE)])
def test_the_command_prints_json_to_be_pasted(
    args: list[str], address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing else."""
    assert exit_code_of(lambda: app(["manifest", "slack", *args], standalone_mode=False)) == 0
    assert json.loads(capsys.readouterr().out) == manifest(router.verbs, address=address)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            ["teams"],
            "There is no manifest for 'teams'; try `overheard manifest slack` or `overheard manifest discord`.",
        ),
        (["slack", "--address", "bot.example.com"], "like https://bot.example.com"),
        (["slack", "--address", "http://bot.example.com"], "like https://bot.example.com"),
        (["slack", "--address", "https://bot.example.com/?a=b"], "like https://bot.example.com"),
        ([], "platform"),
    ],
)
def test_a_mistake_is_told_in_words(args: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error; nothing is printed that could be pasted."""
    assert exit_code_of(lambda: app(["manifest", *args], standalone_mode=False)) == 1
    out, err = capsys.readouterr()
    assert words in err
    assert out == ""


async def test_printing_it_needs_neither_slacks_packages_nor_a_database(tmp_path: Path) -> None:
    """It is the first thing a person does."""
    script = (
        "import sys\nfrom bot.__main__ import main\nsys.argv = ['overheard', 'manifest', 'slack']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    print('MODULES', end.code, *sys.modules)\n"
    )
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        cwd=ROOT,
        env={"OVERHEARD_DATABASE": str(tmp_path / "none" / "o.db")},
        stdout=PIPE,
    )
    async with asyncio.timeout(60):
        out, _ = await running.communicate()
    code, *modules = out.decode().partition("MODULES")[2].split()
    assert code == "0"
    assert {"slack_bolt", "slack_sdk", "aiohttp", "aiosqlite"}.isdisjoint(modules)
    assert _contents(tmp_path) == []
