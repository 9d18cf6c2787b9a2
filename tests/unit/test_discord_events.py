"""What Discord sends, read by the real client: who wants what, where, and where the answer goes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import discord as library
import msgspec
import pytest

from bot.domain.address import Address
from bot.platforms.discord.events import Event, direct_address, parse_interaction, parse_message
from handlers import router
from tests.servers.discord import Channel, FakeDiscord, Guild, Interaction, Permission, User
from tests.servers.discord.stock import Client, sent, started


@dataclass
class Ear:
    """A server with people, and what was read of what they did."""

    discord: FakeDiscord
    acme: Guild
    ann: User
    room: Channel
    read: list[Event | None] = field(default_factory=list)

    async def hears(self) -> Event | None:
        """Return what was read of the next thing that reaches the bot."""
        before = len(self.read)
        await self.discord.until(lambda: len(self.read) > before)
        return self.read[-1]

    async def of(self, asked: Interaction) -> Event:
        """Return what was read of an interaction."""
        before = len(self.read)
        await self.discord.until(lambda: len(self.read) > before)
        event = self.read[-1]
        assert event
        assert event.key == f"discord:{asked.id}"
        assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event
        return event


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    """Open a server with a bot that only reads."""
    async with FakeDiscord() as fake:
        acme = fake.world.guild("Acme")
        ann = fake.world.user("Ann", acme)
        heard = Ear(fake, acme, ann, fake.world.channel(acme, "general"))
        async with started(fake) as client:
            _listens(client, heard)
            await _registers(fake)
            yield heard


def _listens(client: Client, ear: Ear) -> None:
    async def on_interaction(asked: library.Interaction[Client]) -> None:
        ear.read.append(parse_interaction(asked))
        ear.discord.world.changed()

    async def on_message(message: library.Message) -> None:
        ear.read.append(parse_message(message, router.verbs))
        ear.discord.world.changed()

    client.event(on_interaction)
    client.event(on_message)


async def _registers(fake: FakeDiscord) -> None:
    everywhere = {"contexts": [0, 1, 2], "integration_types": [0, 1]}
    option = {"type": 3, "name": "question", "description": "What", "required": True}
    ask = {"name": "ask", "type": 1, "description": "Ask", "options": [option], **everywhere}
    check = {"name": "Check this claim", "type": 3, **everywhere}
    code = await sent(fake, "PUT", f"/applications/{fake.world.application}/commands", [ask, check])
    assert code == 0


async def test_a_command_in_a_server(ear: Ear) -> None:
    """Its options by name; for the person alone, who has a conversation of their own."""
    event = await ear.of(ear.discord.command("ask", {"question": "who?"}, ear.ann, ear.room))
    assert (event.verb, event.args) == ("ask", {"question": "who?"})
    assert event.at == Address("discord", ear.acme.id, ear.room.id)
    assert event.own == direct_address(ear.ann.id)
    assert event.private
    assert event.may_post
    assert not event.may_manage
    assert not event.visiting


async def test_a_command_in_a_thread(ear: Ear) -> None:
    """The thread belongs to its channel."""
    thread = ear.discord.world.thread(ear.room, "talk", ear.ann)
    event = await ear.of(ear.discord.command("ask", {"question": "who?"}, ear.ann, thread))
    assert event.at == Address("discord", ear.acme.id, ear.room.id, thread.id)


@pytest.mark.parametrize("permission", [Permission.MANAGE_GUILD, Permission.MANAGE_CHANNELS, Permission.ADMINISTRATOR])
async def test_who_manages(ear: Ear, permission: Permission) -> None:
    """Whoever may change the server or the channel."""
    ear.discord.world.role(ear.acme, "keepers", ear.ann, allow=permission)
    assert (await ear.of(ear.discord.command("ask", {"question": "who?"}, ear.ann, ear.room))).may_manage


async def test_where_the_bot_may_not_write(ear: Ear) -> None:
    """That is known before anything is tried."""
    ear.discord.deny(ear.room, Permission.SEND_MESSAGES)
    assert not (await ear.of(ear.discord.command("ask", {"question": "who?"}, ear.ann, ear.room))).may_post


async def test_alone_with_the_bot(ear: Ear) -> None:
    """A space of their own, in which they may do everything."""
    event = await ear.of(ear.discord.command("ask", {"question": "who?"}, ear.ann, ear.discord.world.direct(ear.ann)))
    assert event.at == direct_address(ear.ann.id)
    assert event.own is None
    assert event.may_manage
    assert event.may_post


@pytest.mark.parametrize("place", ["server", "friends"])
async def test_where_only_the_person_has_the_app(ear: Ear, place: str) -> None:
    """Nothing is kept for that server, and nothing posted there."""
    world = ear.discord.world
    foreign = world.guild("Elsewhere", installed=False)
    visitor, friend = (world.user(name, foreign) for name in ("Vic", "Fay"))
    ear.discord.install(visitor)
    room = world.channel(foreign, "room") if place == "server" else world.private(visitor, friend)
    event = await ear.of(ear.discord.command("ask", {"question": "who?"}, visitor, room))
    assert event.at == Address("discord", f"@{visitor.id}", room.id)
    assert event.own == direct_address(visitor.id)
    assert event.visiting
    assert not event.may_post


async def test_a_message_to_check(ear: Ear) -> None:
    """Its words, as people read them."""
    message = ear.discord.say(ear.ann, ear.room, f"<@{ear.ann.id}> prices <:up:123456789012345678> fell").message
    assert await ear.hears() is None
    event = await ear.of(ear.discord.context_menu("Check this claim", message, ear.ann))
    assert (event.verb, event.args) == ("check", {"": "prices :up: fell"})


@pytest.mark.parametrize(
    ("text", "verb", "rest"),
    [
        ("{bot} who runs Halden?", "ask", "who runs Halden?"),
        ("{bot} brief yesterday", "brief", "yesterday"),
        ("hey {bot} who?", "ask", "hey  who?"),
        ("{bot}", "help", ""),
        ("{bot} /frobnicate", "frobnicate", ""),
    ],
)
async def test_a_mention(ear: Ear, text: str, verb: str, rest: str) -> None:
    """A verb or a question, answered where it stands."""
    said = ear.discord.say(ear.ann, ear.room, text.format(bot=ear.discord.mention)).message
    event = await ear.hears()
    assert event
    assert (event.verb, event.args) == (verb, {"": rest})
    assert (event.key, event.message, event.channel) == (f"discord:{said.id}", int(said.id), int(ear.room.id))
    assert not event.private


@pytest.mark.parametrize("text", ["who runs Halden?", "@everyone who?", "<@1> who?", "<@&{guild}> who?"])
async def test_what_is_not_for_the_bot(ear: Ear, text: str) -> None:
    """Is not read at all."""
    ear.discord.say(ear.ann, ear.room, text.format(guild=ear.acme.id))
    assert await ear.hears() is None


async def test_what_is_written_down_has_no_names_or_words_of_others(ear: Ear) -> None:
    """Only what the answer needs."""
    event = await ear.of(ear.discord.command("ask", {"question": "who?"}, ear.ann, ear.room))
    kept = json.loads(msgspec.json.encode(event))
    assert "Ann" not in str(kept)
    assert set(kept["args"]) == {"question"}
