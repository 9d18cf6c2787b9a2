"""Discord's invites: they ask for what the bot cannot do without, and for nothing else."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.__main__ import app
from bot.chat.message import Group, Heading, Message, Prose
from bot.chat.text import styled_text
from bot.cli.failures import exit_code_of
from bot.delivery.leader_election import SingleReplica
from bot.domain.address import Address
from bot.errors import Denied, PlatformError
from bot.metrics import Metrics
from bot.platforms.discord.adapter import DiscordClient
from bot.platforms.discord.commands import INTEGRATION_TYPES
from bot.platforms.discord.manifest import (
    INSTALLATION_CONTEXTS,
    INTENTS,
    PERMISSIONS,
    PLACEHOLDER,
    SCOPES,
    application_id_from_token,
    invite_url,
    manifest,
    permission_bits,
)
from bot.platforms.discord.posting import Posting
from bot.platforms.discord.spec import DiscordSettings
from tests.servers.discord import Channel, FakeDiscord, Permission, User
from tests.servers.discord.stock import started

ROOT = Path(__file__).parents[2]
APP = "1284567890123456789"
TOKEN = ".".join((urlsafe_b64encode(APP.encode()).decode().rstrip("="), "when", "seal"))
LONG = Message(
    tuple(Group((Heading(styled_text(f"Part {n}")), Prose(styled_text("Prices rose. " * 150)))) for n in range(3)),
    "A long brief",
)
SHORT = Message((Group((Prose(styled_text("Prices rose.")),)),), "Prices rose")

METHODS = {
    "create_dm": set(),
    "fetch_member": set(),
    "history": {"view_channel", "read_message_history"},
    "create_thread": {"view_channel", "send_messages", "create_public_threads"},
    "deliver": set(PERMISSIONS) - {"read_message_history"},
    "delete": {"view_channel"},
    "edit": {"view_channel"},
    "fetch_channel": {"view_channel"},
    "publish": {"view_channel", "send_messages"},
    "reply": {"view_channel", "send_messages", "send_messages_in_threads", "read_message_history"},
    "send": {"view_channel", "send_messages", "send_messages_in_threads"},
    "typing": {"view_channel", "send_messages"},
}
"""What the adapter calls as the bot, with the permissions that Discord's reference asks for."""

_CALLS = r"\.(create_\w+|delete|edit|publish|reply|send|typing|pin|add_reaction|fetch_\w+|history|add_user)\("


def _query(link: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}


def _contents(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@dataclass
class Server:
    """A server where nobody may do anything, but for the bot what its invite asked for, without `lacking`."""

    discord: FakeDiscord
    posting: Posting
    channels: dict[str, Channel]
    ann: User

    def at(self, name: str) -> Address:
        """Return a channel's address."""
        channel = self.channels[name]
        if channel.is_thread:
            return Address("discord", str(channel.guild), channel.parent, channel.id)
        return Address("discord", str(channel.guild), channel.id)

    async def brief(self) -> str:
        """Post a brief of several pages into the text channel; return where the last page went."""
        sent = await self.posting.deliver(self.at("text"), LONG, "brief")
        await self.posting.edit(sent, LONG)
        last = self.discord.world.channels[sent.id.split("/")[-1].split(".")[0]]
        return last.kind

    async def reply(self) -> str:
        """Answer a message of Ann's with a reply."""
        said = self.discord.world.messages[self.channels["text"].id]
        first = next(iter(said.values()))
        await self.posting.reply(int(self.channels["text"].id), int(first.id), SHORT, first.id)
        return "replied"

    async def everywhere(self) -> str:
        """Post into a thread, a forum, an announcement channel and to Ann alone."""
        for name in ("thread", "forum", "announcement"):
            await self.posting.deliver(self.at(name), SHORT, name)
        await self.posting.deliver(Address("discord", f"@{self.ann.id}", self.ann.id), SHORT, "dm")
        return "posted"


@pytest.fixture
async def serving() -> AsyncIterator[Callable[[int], Awaitable[Server]]]:
    """Return a function that makes a server with the bot in it, allowed what is given."""
    async with FakeDiscord() as fake:
        world = fake.world
        guild = world.guild("Acme")
        guild.roles[guild.id].permissions = Permission(0)
        ann = world.user("Ann", guild)
        channels = {kind: world.channel(guild, kind, kind) for kind in ("text", "forum", "announcement")}
        channels["thread"] = world.thread(channels["text"], "talk", ann)
        everything = Permission(permission_bits()) | Permission.VIEW_CHANNEL
        fake.allow(channels["text"], *everything, to=ann)
        fake.say(ann, channels["text"], "Did prices rise?")
        async with started(fake, max_ratelimit_timeout=30.0) as client:

            async def made(allowed: int) -> Server:
                world.role(guild, "Overheard", world.bot, allow=Permission(allowed))
                return Server(fake, Posting(client, fake.clock, crosspost=True), channels, ann)

            yield made


# --- the permissions ----------------------------------------------------------------------------------------


async def test_with_these_permissions_everything_works(serving: Callable[[int], Awaitable[Server]]) -> None:
    """Although nobody else in the server may do anything; the pages after the first stand in a thread."""
    server = await serving(permission_bits())
    assert await server.brief() == "thread"
    assert await server.reply() == "replied"
    assert await server.everywhere() == "posted"


@pytest.mark.parametrize("lacking", PERMISSIONS)
async def test_without_any_one_of_them_something_does_not(
    serving: Callable[[int], Awaitable[Server]], lacking: str
) -> None:
    """So none of them is asked for in vain."""
    server = await serving(permission_bits(PERMISSIONS.keys() - {lacking}))
    ends = [await _end(work) for work in (server.brief, server.reply, server.everywhere)]
    assert ends != ["thread", "replied", "posted"]


async def _end(work: Callable[[], Awaitable[str]]) -> str:
    try:
        return await work()
    except Denied:
        return "denied"
    except PlatformError as refusal:
        return str(refusal)


def test_the_permissions_are_those_that_some_call_needs() -> None:
    """And no others."""
    assert set().union(*METHODS.values()) == set(PERMISSIONS)


def test_the_calls_are_those_that_the_adapter_makes() -> None:
    """Whoever makes another one looks up its permission first."""
    files = (ROOT / "bot/platforms/discord").glob("*.py")
    called = set(re.findall(_CALLS, "".join(path.read_text() for path in files)))
    assert called | {"deliver"} == METHODS.keys()


def test_the_number_is_what_discords_library_makes_of_the_names() -> None:
    """So that no bit is off by one."""
    assert permission_bits() == discord.Permissions(**dict.fromkeys(PERMISSIONS, True)).value


# --- intents and installation -------------------------------------------------------------------------------


async def test_the_intents_are_those_the_client_asks_for() -> None:
    """None of them is privileged, so nothing has to be switched on."""
    asked = DiscordClient(DiscordSettings(), None, Metrics(), SingleReplica()).intents
    assert {name for name, on in asked if on} == INTENTS.keys()
    assert not any((asked.members, asked.presences, asked.message_content))
    assert manifest("")["privileged_intents"] == []


def test_commands_are_registered_for_both_installations() -> None:
    """A server's and a person's."""
    assert sorted(INSTALLATION_CONTEXTS.values()) == INTEGRATION_TYPES
    assert INSTALLATION_CONTEXTS.keys() == SCOPES.keys()


def test_a_server_is_asked_for_permissions_and_a_person_for_none() -> None:
    """The links carry everything, so that nobody has to tick boxes."""
    assert _query(invite_url(APP, "guild")) == {
        "client_id": APP,
        "scope": "bot applications.commands",
        "permissions": str(permission_bits()),
        "integration_type": "0",
    }
    assert _query(invite_url(APP, "user")) == {
        "client_id": APP,
        "scope": "applications.commands",
        "integration_type": "1",
    }
    assert invite_url(APP, "guild").startswith("https://discord.com/oauth2/authorize?")


# --- the application's id -----------------------------------------------------------------------------------


def test_a_token_tells_the_applications_id() -> None:
    """It begins with it, written in base64."""
    assert application_id_from_token(TOKEN) == APP


@given(st.text())
def test_anything_else_tells_none(text: str) -> None:
    """A secret of another kind is not repeated in a link either."""
    assert application_id_from_token(text) == ""
    assert (
        application_id_from_token(f"{text}.b.c") in {"", text} or application_id_from_token(f"{text}.b.c").isdecimal()
    )


@pytest.mark.parametrize("token", ["", "xoxb-1-2-3", TOKEN + ".more", TOKEN[:-4], TOKEN[:-5], "a.b.c", "..", "é.b.c"])
def test_a_token_of_another_shape_tells_none(token: str) -> None:
    """It is the doctor who says what is wrong with it."""
    assert application_id_from_token(token) == ""


# --- the command --------------------------------------------------------------------------------------------


@pytest.fixture
def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[str, str]]:
    """Return a function that runs `manifest discord`."""
    monkeypatch.chdir(tmp_path)

    def run(token: str, *args: str) -> tuple[str, str]:
        monkeypatch.setenv("DISCORD_TOKEN", token)
        assert exit_code_of(lambda: app(["manifest", "discord", *args], standalone_mode=False)) == 0
        return capsys.readouterr()

    return run


def test_it_prints_both_links_and_what_they_ask_for(printed: Callable[..., tuple[str, str]]) -> None:
    """With a word on each; the token itself is never shown."""
    out, _ = printed(TOKEN)
    assert f"  {invite_url(APP, 'guild')}\n" in out
    assert f"  {invite_url(APP, 'user')}\n" in out
    assert all(f"  {name} " in out and f"to {use}\n" in out for name, use in {**PERMISSIONS, **INTENTS}.items())
    assert PLACEHOLDER not in out
    assert "seal" not in out


def test_without_a_token_it_says_where_the_id_is(printed: Callable[..., tuple[str, str]]) -> None:
    """The links have a placeholder then."""
    out, _ = printed("")
    assert invite_url(PLACEHOLDER, "guild") in out
    assert "General Information" in out


@pytest.mark.parametrize(("token", "application"), [(TOKEN, APP), ("", "")])
def test_programs_get_json(printed: Callable[..., tuple[str, str]], token: str, application: str) -> None:
    """The same, and nothing else."""
    made = json.loads(printed(token, "--json")[0])
    assert made == manifest(application)
    assert made["application"] == (application or None)


async def test_printing_it_needs_neither_discords_packages_nor_a_database(tmp_path: Path) -> None:
    """It is the first thing a person does."""
    script = (
        "import sys\nfrom bot.__main__ import main\nsys.argv = ['overheard', 'manifest', 'discord']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    print('MODULES', end.code, *sys.modules)\n"
    )
    env = {"OVERHEARD_DATABASE": str(tmp_path / "none" / "o.db"), "DISCORD_TOKEN": TOKEN}
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=ROOT, env=env, stdout=PIPE)
    async with asyncio.timeout(60):
        out, _ = await running.communicate()
    code, *modules = out.decode().partition("MODULES")[2].split()
    assert code == "0"
    assert {"discord", "aiohttp", "aiosqlite"}.isdisjoint(modules)
    assert _contents(tmp_path) == []
