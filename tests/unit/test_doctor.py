"""`doctor` on Slack: what is set, what Slack says to it, and what to do."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest
from aiohttp import web

from bot.cli.doctor import doctor
from bot.errors import PlatformError
from bot.platforms.probe import Probe
from bot.platforms.slack.manifest import OPTIONAL_SCOPES, SCOPES

Doctor: TypeAlias = Callable[..., Awaitable[dict[str, str]]]

EVERY_SCOPE = ",".join([*SCOPES, *OPTIONAL_SCOPES])
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
CLIENT = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s", "SLACK_SIGNING_SECRET": "s"}
KEY, SHORT_KEY = (base64.urlsafe_b64encode(b"k" * size).decode() for size in (32, 16))


@dataclass
class Slack:
    """As much of Slack as `doctor` asks: two methods, each with a token that it knows."""

    url: str = ""
    scopes: str | None = EVERY_SCOPE
    answers: dict[str, web.Response] = field(default_factory=dict)
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a method of the Web API."""
        method, token = request.match_info["method"], request.headers["Authorization"].removeprefix("Bearer ")
        await self.awake.wait()
        if method in self.answers:
            return self.answers[method]
        if (method, token) == ("auth.test", "xoxb-1"):
            headers = {} if self.scopes is None else {"x-oauth-scopes": self.scopes}
            return web.json_response({"ok": True, "team": "Acme", "user": "overheard"}, headers=headers)
        if (method, token) == ("apps.connections.open", "xapp-1"):
            return web.json_response({"ok": True, "url": "ws://127.0.0.1/"})
        return _refusal("invalid_auth")


def _refusal(reason: str) -> web.Response:
    return web.json_response({"ok": False, "error": reason})


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """Return a Slack on loopback."""
    slack = Slack()
    slack.awake.set()
    server = web.Application()
    server.router.add_post("/api/{method}", slack.answer)
    runner = web.AppRunner(server, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    yield slack
    slack.awake.set()
    await runner.cleanup()


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Return a function that runs `doctor` with some settings: what it says of Slack, with its advice."""
    monkeypatch.chdir(tmp_path)
    for name in (*TOKENS, *CLIENT, "OVERHEARD_SECRET_KEY", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OVERHEARD_DATABASE", str(tmp_path / "o.db"))

    async def run(**settings: str) -> dict[str, str]:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        assert await doctor(as_json=True) == 0
        found = json.loads(capsys.readouterr().out)
        return {f"{one['about']}: {one['state']}": one["advice"] for one in found if one["about"] in ABOUT_SLACK}

    return run


ABOUT_SLACK = {"Platforms", "Slack", "Slack scopes", "Slack socket"}


# --- settings -----------------------------------------------------------------------------------------------


async def test_without_settings_it_says_how_to_begin(examined: Doctor) -> None:
    """One line, and the console works."""
    said = await examined()
    assert list(said) == ["Platforms: console", "Slack: not connected"]
    assert "overheard manifest slack" in said["Slack: not connected"]
    assert "pip install" not in said["Slack: not connected"]


@pytest.mark.parametrize("settings", [{}, TOKENS])
async def test_without_slacks_packages_it_says_what_to_install(
    examined: Doctor, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether or not Slack is configured; nobody is asked then."""
    monkeypatch.setitem(sys.modules, "slack_bolt", None)
    said = await examined(**settings)
    assert len(said) == 2
    assert "pip install 'overheard[slack]'" in "".join(said.values())


@pytest.mark.parametrize(
    ("settings", "states"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, {"SLACK_APP_TOKEN is missing": "connections:write"}),
        ({"SLACK_APP_TOKEN": "xapp-1"}, {"SLACK_BOT_TOKEN is missing": "Bot User OAuth Token"}),
        (
            {"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": "xoxb-1"},
            {"SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped": "begins with xoxb-"},
        ),
        (TOKENS | {"SLACK_BOT_TOKEN": "xoxp-1"}, {"SLACK_BOT_TOKEN holds something else": "xoxb-"}),
        (TOKENS | {"SLACK_APP_TOKEN": "xoxb-2"}, {"SLACK_APP_TOKEN holds something else": "xapp-"}),
        (
            {"SLACK_CLIENT_ID": "1.2"},
            {
                "SLACK_CLIENT_SECRET is missing": "App Credentials",
                "SLACK_SIGNING_SECRET is missing": "App Credentials",
                "OVERHEARD_SECRET_KEY is missing": "OVERHEARD_SECRET_KEY=",
            },
        ),
        (CLIENT, {"OVERHEARD_SECRET_KEY is missing": "OVERHEARD_SECRET_KEY="}),
        (TOKENS | {"SLACK_BOT_TOKEN": "xoxb-1\nxoxb-2"}, {"SLACK_BOT_TOKEN holds something else": "xoxb-"}),
        (
            CLIENT | {"OVERHEARD_SECRET_KEY": f"{KEY},hunter2"},
            {"OVERHEARD_SECRET_KEY holds something else": "OVERHEARD_SECRET_KEY="},
        ),
        (CLIENT | {"OVERHEARD_SECRET_KEY": SHORT_KEY}, {"OVERHEARD_SECRET_KEY holds something else": "fresh"}),
        (
            {"SLACK_SIGNING_SECRET": "s"},
            {
                "SLACK_CLIENT_ID is missing": "App Credentials",
                "SLACK_CLIENT_SECRET is missing": "App Credentials",
                "OVERHEARD_SECRET_KEY is missing": "OVERHEARD_SECRET_KEY=",
            },
        ),
    ],
)
async def test_what_is_half_set_is_named(examined: Doctor, settings: dict[str, str], states: dict[str, str]) -> None:
    """With where to find the other half; Slack does not count as connected, and no secret is repeated."""
    said = await examined(**settings)
    assert list(said) == ["Platforms: console", *(f"Slack: {state}" for state in states)]
    assert all(words in said[f"Slack: {state}"] for state, words in states.items())
    assert "hunter2" not in str(said)


async def test_the_fresh_key_is_one_that_can_be_used(examined: Doctor) -> None:
    """It is good enough for `doctor` itself, and another one each time."""
    first, second = [
        (await examined(**CLIENT))["Slack: OVERHEARD_SECRET_KEY is missing"].rpartition("\nOVERHEARD_SECRET_KEY=")[2]
        for _ in range(2)
    ]
    assert first != second
    said = await examined(OVERHEARD_SECRET_KEY=f"{first},{second}")
    assert list(said) == ["Platforms: console, Slack", "Slack: many workspaces, over HTTP on 127.0.0.1:3000"]


# --- what Slack says ----------------------------------------------------------------------------------------


async def test_all_is_well(examined: Doctor, slack: Slack) -> None:
    """It names the workspace and the bot, and has no advice."""
    assert await examined(**TOKENS, SLACK_API_URL=slack.url) == {
        "Platforms: console, Slack": "",
        "Slack: Acme, as @overheard": "",
        "Slack scopes: all granted": "",
        "Slack socket: may be opened": "",
    }


async def test_a_missing_scope_is_named_with_what_it_is_for(examined: Doctor, slack: Slack) -> None:
    """And how to get it."""
    slack.scopes = ", ".join(scope for scope in EVERY_SCOPE.split(",") if scope not in {"im:write", "users:read"})
    said = await examined(**TOKENS, SLACK_API_URL=slack.url)
    advice = said["Slack scopes: some are missing"].splitlines()
    assert advice[:2] == [f"{scope}, to {SCOPES[scope]}" for scope in ("im:write", "users:read")]
    assert "reinstall" in advice[2]


async def test_declining_what_is_optional_is_no_trouble(examined: Doctor, slack: Slack) -> None:
    """It is said what is then missing, without advice."""
    slack.scopes = ",".join(SCOPES)
    said = await examined(**TOKENS, SLACK_API_URL=slack.url)
    declined = "; ".join(f"{scope}, to {use}" for scope, use in OPTIONAL_SCOPES.items())
    assert said[f"Slack scopes: declined, which is allowed: {declined}"] == ""
    assert len(said) == 4


async def test_scopes_that_are_not_told_are_not_called_missing(examined: Doctor, slack: Slack) -> None:
    """A proxy may drop the header."""
    slack.scopes = None
    assert "Slack scopes: not told" in await examined(**TOKENS, SLACK_API_URL=slack.url)


@pytest.mark.parametrize(
    ("method", "reason", "state", "words"),
    [
        ("auth.test", "invalid_auth", "SLACK_BOT_TOKEN is refused", "does not know this token"),
        ("auth.test", "account_inactive", "SLACK_BOT_TOKEN is refused", "install the app again"),
        ("apps.connections.open", "missing_scope", "SLACK_APP_TOKEN is refused", "connections:write"),
        ("apps.connections.open", "not_allowed_token_type", "SLACK_APP_TOKEN is refused", "another kind"),
        ("auth.test", "ratelimited", "not asked", "'ratelimited'"),
    ],
)
async def test_a_refusal_is_one_line(
    examined: Doctor, slack: Slack, method: str, reason: str, state: str, words: str
) -> None:
    """It says which token, and what to do."""
    slack.answers[method] = _refusal(reason)
    advice = (await examined(**TOKENS, SLACK_API_URL=slack.url))[f"Slack: {state}"]
    assert words in advice
    assert "\n" not in advice


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text="<html>Sign in to this network</html>", content_type="text/html"),
        web.json_response([]),
        web.json_response({}),
        web.Response(body=b"\xff\xfe", content_type="application/json"),
    ],
)
async def test_what_is_not_slack_is_called_so(examined: Doctor, slack: Slack, answer: web.Response) -> None:
    """As with a network that wants a signature first."""
    slack.answers["auth.test"] = answer
    said = await examined(**TOKENS, SLACK_API_URL=slack.url)
    assert said["Slack: not asked"] == f"What answers at {slack.url} is not Slack."


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api/", "http://", "https://nowhere.invalid/api/"])
async def test_a_slack_that_cannot_be_reached_is_one_line(examined: Doctor, url: str) -> None:
    """It says where it was looked for."""
    said = await examined(**TOKENS, SLACK_API_URL=url)
    assert list(said) == ["Platforms: console, Slack", "Slack: not asked"]
    assert said["Slack: not asked"].startswith(f"Slack cannot be reached at {url}; ")


async def test_it_does_not_wait_for_ever(slack: Slack) -> None:
    """No longer than it is told, whichever platform it asks."""
    slack.awake.clear()
    with pytest.raises(PlatformError, match="Slack cannot be reached"):
        await Probe("Slack", slack.url, "Bearer xoxb-1", timeout_seconds=0.05).ask("auth.test", "POST")


async def test_people_read_it_line_by_line(
    examined: Doctor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Advice is set in, every line of it."""
    monkeypatch.setenv("OVERHEARD_SECRET_KEY", "x")
    await examined(**CLIENT)
    await doctor(as_json=False)
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("! Slack: OVERHEARD_SECRET_KEY holds something else")
    assert lines[at + 2].startswith("    OVERHEARD_SECRET_KEY=")
