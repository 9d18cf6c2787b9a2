"""`doctor` on Discord: what is set, what Discord says to it, and what to do."""

from __future__ import annotations

import json
import re
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from aiohttp import web

from bot.cli.doctor import doctor
from bot.platforms.discord.commands import application_commands
from handlers import router
from tests.install import served
from tests.servers.discord import Broken, FakeDiscord, Limited, Lost

Doctor: TypeAlias = Callable[..., Awaitable[dict[str, str]]]

TOKEN = urlsafe_b64encode(b"1284567890123456789").decode().rstrip("=") + ".when.seal"
ABOUT_DISCORD = {"Platforms", "Discord", "Discord installation", "Discord interactions", "Discord commands"}


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    """Return a Discord on loopback where the bot is in one server and has its commands."""
    async with FakeDiscord() as fake:
        fake.token = TOKEN
        fake.world.guild("Acme")
        fake.world.commands[""] = application_commands(router.verbs)
        yield fake


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Return a function that runs `doctor` with some settings: what it says of Discord, with its advice."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_CLIENT_ID", "DISCORD_TOKEN", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OVERHEARD_DATABASE", str(tmp_path / "o.db"))

    async def run(token: str = "", url: str = "") -> dict[str, str]:
        monkeypatch.setenv("DISCORD_TOKEN", token)
        monkeypatch.setenv("DISCORD_API_URL", url)
        assert await doctor(as_json=True) == 0
        out = capsys.readouterr().out
        assert "seal" not in out
        found = [one for one in json.loads(out) if one["about"] in ABOUT_DISCORD]
        return {f"{one['about']}: {one['state']}": one["advice"] for one in found}

    return run


# --- settings -----------------------------------------------------------------------------------------------


async def test_without_a_token_it_says_how_to_begin(examined: Doctor) -> None:
    """One line, and the console works."""
    said = await examined()
    assert list(said) == ["Platforms: console", "Discord: not connected"]
    assert "overheard manifest discord" in said["Discord: not connected"]
    assert "pip install" not in said["Discord: not connected"]


@pytest.mark.parametrize("token", ["", TOKEN])
async def test_without_discords_packages_it_says_what_to_install(
    examined: Doctor, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether or not Discord is configured; nobody is asked then."""
    monkeypatch.setitem(sys.modules, "discord", None)
    said = await examined(token)
    assert len(said) == 2
    assert "pip install 'overheard[discord]'" in "".join(said.values())


@pytest.mark.parametrize("token", ["xoxb-1-2", "0123456789abcdef0123456789abcdef", "a.b.c", TOKEN[:-4], TOKEN + ".x"])
async def test_what_is_no_token_is_told_before_it_is_sent_anywhere(
    examined: Doctor, fake: FakeDiscord, token: str
) -> None:
    """A client secret is the usual mistake."""
    said = await examined(token, fake.api_url)
    assert "Bot → Reset Token" in said["Discord: DISCORD_TOKEN holds something else"]
    assert next(iter(said)) == "Platforms: console"
    assert fake.calls == []


# --- what Discord says --------------------------------------------------------------------------------------


async def test_all_is_well(examined: Doctor, fake: FakeDiscord) -> None:
    """It names the bot, counts its servers, lists the commands, and has no advice."""
    said = await examined(TOKEN, fake.api_url)
    names = ", ".join(one["name"] for one in application_commands(router.verbs))
    assert said == {
        "Platforms: console, Discord": "",
        "Discord: as overheard, in 1 server": "",
        "Discord installation: in servers and by people": "",
        f"Discord commands: {names}": "",
    }


async def test_a_bot_in_no_server_wants_to_be_invited(examined: Doctor, fake: FakeDiscord) -> None:
    """It says which command prints the link."""
    fake.world.guilds.clear()
    assert "overheard manifest discord" in (await examined(TOKEN, fake.api_url))["Discord: as overheard, in 0 servers"]


@pytest.mark.parametrize(
    ("left", "state"),
    [
        ([], "none is registered"),
        (
            application_commands(router.verbs)[1:],
            f"not as they should be: {application_commands(router.verbs)[0]['name']}",
        ),
        (
            [
                {**application_commands(router.verbs)[0], "description": "Old words"},
                *application_commands(router.verbs)[1:],
            ],
            "not as they",
        ),
    ],
)
async def test_commands_that_are_not_there_yet_are_named(
    examined: Doctor, fake: FakeDiscord, left: list[dict[str, object]], state: str
) -> None:
    """The bot registers them itself when it runs."""
    fake.world.commands[""] = left
    said = await examined(TOKEN, fake.api_url)
    (advice,) = [advice for line, advice in said.items() if line.startswith(f"Discord commands: {state}")]
    assert "overheard run" in advice


def _app(app: dict[str, object]) -> list[web.RouteDef]:
    said = {"/users/@me": {"username": "overheard"}, "/applications/@me": {"id": "7"} | app}

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(said.get(request.path, []))

    return [web.get("/{path:.*}", answer)]


@pytest.mark.parametrize(
    ("app", "state", "words"),
    [
        ({"integration_types_config": {"0": {}}}, "Discord installation: in servers", "User Install"),
        ({"integration_types_config": {"1": {}}}, "Discord installation: by people", "Guild Install"),
        ({"integration_types_config": {}}, "Discord installation: nowhere", "Installation Contexts"),
        (
            {"interactions_endpoint_url": "https://old.example.com/"},
            "Discord interactions: go to https://old.example.com/",
            "Interactions Endpoint URL",
        ),
    ],
)
async def test_a_box_that_is_not_ticked_is_named_with_its_place(
    examined: Doctor, app: dict[str, object], state: str, words: str
) -> None:
    """Where people install it, and where their presses go."""
    async with served(_app(app)) as url:
        said = await examined(TOKEN, url)
    assert words in said[state]


async def test_what_discord_did_not_say_is_not_called_missing(examined: Doctor) -> None:
    """Neither the servers nor where the app may be installed."""
    async with served(_app({})) as url:
        said = await examined(TOKEN, url)
    assert list(said) == [
        "Platforms: console, Discord",
        "Discord: as overheard",
        "Discord commands: none is registered",
    ]


# --- refusals -----------------------------------------------------------------------------------------------


async def test_a_token_that_was_reset_is_refused_in_one_line(examined: Doctor, fake: FakeDiscord) -> None:
    """It says where the new one is."""
    fake.token = TOKEN[::-1]
    said = await examined(TOKEN, fake.api_url)
    assert list(said) == ["Platforms: console, Discord", "Discord: DISCORD_TOKEN is refused"]
    assert "Reset Token" in said["Discord: DISCORD_TOKEN is refused"]


@pytest.mark.parametrize("fault", [Limited(1.0), Broken(503), Lost(done=False)])
@pytest.mark.parametrize("method", ["get_current_user", "get_application", "get_commands"])
async def test_a_discord_in_trouble_is_one_line(
    examined: Doctor, fake: FakeDiscord, fault: Limited | Broken | Lost, method: str
) -> None:
    """Whichever question it fails on; it is not mistaken for something else."""
    # a client asks once more by itself where a connection that stood was cut
    fake.fault(method, fault, fault)
    said = await examined(TOKEN, fake.api_url)
    assert list(said) == ["Platforms: console, Discord", "Discord: not asked"]
    assert re.match("Discord (answers with|cannot be reached)", said["Discord: not asked"])
    assert "\n" not in said["Discord: not asked"]


@pytest.mark.parametrize("said", ["<html>Sign in to this network</html>", [], {}, {"ok": True}])
async def test_what_is_not_discord_is_called_so(examined: Doctor, said: object) -> None:
    """As with a network that wants a signature first."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=said, content_type="text/html") if isinstance(said, str) else web.json_response(said)

    async with served([web.get("/{path:.*}", answer)]) as url:
        found = await examined(TOKEN, url)
    assert found["Discord: not asked"] == f"What answers at {url} is not Discord."


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api", "http://", "https://nowhere.invalid/api"])
async def test_a_discord_that_cannot_be_reached_is_one_line(examined: Doctor, url: str) -> None:
    """It says where it was looked for."""
    said = await examined(TOKEN, url)
    assert list(said) == ["Platforms: console, Discord", "Discord: not asked"]
    assert said["Discord: not asked"].startswith(f"Discord cannot be reached at {url.rstrip('/')}; ")
