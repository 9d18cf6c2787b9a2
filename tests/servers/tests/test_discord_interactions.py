"""How long and how often an interaction with the fake Discord may be answered, and where it may be had."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from discord import Interaction, app_commands

from tests.fakes import FixedClock
from tests.servers.discord import FakeDiscord, Flag, Permission, User
from tests.servers.discord.stock import Client, Running, running, sent

UNHEARD = {"data": {"id": "1", "name": "unheard", "type": 1}}
"""A command that the client does not know."""


async def prepared(client: Client) -> None:
    """Register a command for servers, and one for anywhere."""
    tree = client.tree

    @tree.command(description="Answer")
    async def answer(asked: Interaction) -> None:
        await asked.response.send_message("answer")

    @tree.command(description="Anywhere")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def anywhere(asked: Interaction) -> None:
        await asked.response.send_message(f"{asked.is_user_integration()} {asked.is_guild_integration()}")

    @tree.command(description="In servers only")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def indoors(asked: Interaction) -> None:
        await asked.response.send_message("here")

    await tree.sync()


@pytest.fixture
async def at(clock: FixedClock) -> AsyncIterator[Running]:
    """Return the scene."""
    async with running(prepared, clock) as scene:
        yield scene


def bob(at: Running) -> User:
    """Let Bob in."""
    return at.discord.world.user("Bob", at.acme)


async def test_an_installed_user_takes_the_app_along(at: Running) -> None:
    """Into servers without it, into conversations with others; the others are not offered it."""
    other = bob(at)
    world = at.discord.world
    elsewhere = world.guild("Elsewhere", installed=False)
    lobby, talk = world.channel(elsewhere, "lobby"), world.private(at.ann, other)
    elsewhere.members |= {at.ann.id: set(), other.id: set()}
    for place in (lobby, talk):
        with pytest.raises(LookupError):
            at.discord.command("anywhere", {}, at.ann, place)
    at.discord.install(at.ann)
    asked = [await at.discord.command("anywhere", {}, at.ann, place) for place in (lobby, talk, at.room)]
    assert [one.answers[0].text for one in asked] == ["True False", "True False", "True True"]
    assert [one.payload["context"] for one in asked] == [0, 2, 0]
    assert (await at.discord.command("anywhere", {}, other, world.direct(other))).payload["context"] == 1
    with pytest.raises(LookupError):
        at.discord.command("answer", {}, at.ann, lobby)


async def test_what_a_user_brought_along_stays_theirs(at: Running) -> None:
    """Five follow-ups and no more; hidden where outside apps are not allowed."""
    world = at.discord.world
    elsewhere = world.guild("Elsewhere", installed=False)
    lobby = world.channel(elsewhere, "lobby")
    elsewhere.members[at.ann.id] = set()
    at.discord.install(at.ann)
    asked = await at.discord.command("anywhere", {}, at.ann, lobby)
    assert asked.answers[0].viewer is None
    assert [await follow_up(at.discord, asked.token) for _ in range(6)] == [0] * 5 + [40094]
    elsewhere.roles[elsewhere.id].permissions &= ~Permission.USE_EXTERNAL_APPS
    assert (await at.discord.command("anywhere", {}, at.ann, lobby)).answers[0].viewer == at.ann.id


async def test_a_command_is_offered_where_it_belongs(at: Running) -> None:
    """One for servers is not there in a direct conversation, whoever installed the app."""
    at.discord.install(at.ann)
    assert (await at.discord.command("indoors", {}, at.ann, at.room)).response == 4
    for place in (at.discord.world.direct(at.ann), at.discord.world.private(at.ann, bob(at))):
        with pytest.raises(LookupError, match="not offered"):
            at.discord.command("indoors", {}, at.ann, place)


async def test_a_first_response_is_given_once(at: Running) -> None:
    """A second is refused, and so is one of a kind that does not fit."""
    asked = await at.discord.command("answer", {}, at.ann, at.room)
    assert await respond(at.discord, asked.id, asked.token, 4, content="again") == 40060
    assert await respond(at.discord, asked.id, "unknown", 4, content="again") == 10062
    silent = at.discord.interactions.ask(2, at.ann, at.room, UNHEARD)
    assert [await respond(at.discord, silent.id, silent.token, kind) for kind in (6, 7, 8)] == [50035] * 3


async def test_a_token_works_for_fifteen_minutes(at: Running, clock: FixedClock) -> None:
    """Then follow-ups and edits are refused."""
    asked = await at.discord.command("answer", {}, at.ann, at.room)
    clock.advance(minutes=15)
    assert await follow_up(at.discord, asked.token) == 0
    clock.advance(seconds=1)
    assert await follow_up(at.discord, asked.token) == 50027


async def test_who_gets_no_answer_in_time_is_told_so() -> None:
    """And the token dies with it."""
    async with running(prepared, response_seconds=0.05) as at:
        asked = at.discord.interactions.ask(2, at.ann, at.room, UNHEARD)
        await asked
        assert (asked.failure, asked.seconds) == ("The application did not respond", float("inf"))
        assert await respond(at.discord, asked.id, asked.token, 5) == 10062


async def test_a_deferral_carries_no_layout(at: Running) -> None:
    """Only that it is for one alone."""
    asked = at.discord.interactions.ask(2, at.ann, at.room, UNHEARD)
    for flags in (Flag.COMPONENTS_V2, Flag.SUPPRESS_EMBEDS):
        assert await respond(at.discord, asked.id, asked.token, 5, flags=int(flags)) == 50035
    assert await respond(at.discord, asked.id, asked.token, 5, flags=int(Flag.EPHEMERAL)) == 0
    assert asked.original
    assert (asked.original.thinking, asked.original.viewer) == (True, at.ann.id)


async def respond(discord: FakeDiscord, key: str, token: str, kind: int, **data: object) -> int:
    """Respond by hand; return the code it is refused with."""
    return await sent(discord, "POST", f"/interactions/{key}/{token}/callback", {"type": kind, "data": data})


async def follow_up(discord: FakeDiscord, token: str) -> int:
    """Send a follow-up by hand; return the code it is refused with."""
    return await sent(discord, "POST", f"/webhooks/{discord.world.application}/{token}", {"content": "more"})
