"""Sessions of the fake Discord's gateway: begun, broken, taken up again, and what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from discord import ConnectionClosed, Intents, Interaction, LoginFailure, PrivilegedIntentsRequired
from discord import Message as Heard

from tests.servers.discord import Channel, FakeDiscord, Guild, Intent, Permission, User
from tests.servers.discord.stock import Client, Setup, redirected, started

PLAIN = Intents(guilds=True, guild_messages=True, dm_messages=True)


@dataclass
class Scene:
    """Ann in #general of Acme; `heard` are the messages and `asked` the interactions that reached the client."""

    discord: FakeDiscord
    acme: Guild = field(init=False)
    ann: User = field(init=False)
    room: Channel = field(init=False)
    heard: list[Heard] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.acme = self.discord.world.guild("Acme")
        self.ann = self.discord.world.user("Ann", self.acme)
        self.room = self.discord.world.channel(self.acme, "general")

    def listening(self) -> Setup:
        """Return how the client prepares itself."""

        async def prepare(client: Client) -> None:
            @client.tree.command(description="Ask")
            async def ask(asked: Interaction) -> None:
                self.asked.append(asked.id)
                await asked.response.send_message("answer")

            async def on_message(message: Heard) -> None:
                self.heard.append(message)
                self.discord.world.changed()

            client.event(on_message)
            if not self.discord.world.commands:
                await client.tree.sync()

        return prepare

    async def hears(self, count: int) -> list[str]:
        """Wait until so many messages were heard, and return what they say."""
        await self.discord.until(lambda: len(self.heard) >= count)
        return [message.content for message in self.heard]


@asynccontextmanager
async def scene(**options: object) -> AsyncIterator[Scene]:
    """Open one."""
    async with FakeDiscord(**options) as discord:
        yield Scene(discord)


async def test_a_wrong_token_is_refused_at_both_doors() -> None:
    """The REST API says 401, the gateway closes with 4004."""
    async with scene() as at, Client() as client:
        with redirected(at.discord), pytest.raises(LoginFailure):
            await client.start("wrong")
    async with scene() as at, Client(shard_count=1) as client:
        with redirected(at.discord):
            await client.login(at.discord.token)
            at.discord.reset_token()
            with pytest.raises(ConnectionClosed) as closed:
                await client.connect()
    assert closed.value.code == 4004


@pytest.mark.parametrize("granted", [True, False])
async def test_a_privileged_intent_must_be_granted(*, granted: bool) -> None:
    """Otherwise the gateway closes with 4014."""
    intents = Intents(guilds=True, message_content=True)
    async with scene(privileged=Intent.MESSAGE_CONTENT if granted else Intent(0)) as at:
        if granted:
            async with started(at.discord, intents=intents) as client:
                assert client.guilds
            return
        with pytest.raises(PrivilegedIntentsRequired):
            async with started(at.discord, intents=intents):
                pass


async def test_without_the_intent_only_what_concerns_the_bot_can_be_read() -> None:
    """Mentions, replies that notify it, direct messages and its own; nothing else."""
    async with scene() as at, started(at.discord, at.listening()) as client:
        channel = client.get_channel(int(at.room.id))
        await channel.send("own")
        (own,) = at.discord.seen(at.room, at.ann)
        direct = at.discord.world.direct(at.ann)
        for text in ("among us", f"{at.discord.mention} who?"):
            await at.discord.say(at.ann, at.room, text)
        at.discord.say(at.ann, at.room, "pinging reply", reply_to=own)
        at.discord.say(at.ann, at.room, "silent reply", reply_to=own, ping=False)
        at.discord.say(at.ann, direct, "directly")
        texts = await at.hears(6)
        assert texts == ["own", "", f"{at.discord.mention} who?", "pinging reply", "", "directly"]
        assert at.heard[3].reference.resolved.content == "own"


async def test_with_the_intent_everything_can_be_read() -> None:
    """What is said in channels the bot sees."""
    options = {"intents": Intents(guilds=True, guild_messages=True, message_content=True)}
    async with scene(privileged=Intent.MESSAGE_CONTENT) as at, started(at.discord, at.listening(), **options):
        hidden = at.discord.world.channel(at.acme, "hidden")
        at.discord.deny(hidden, Permission.VIEW_CHANNEL)
        at.discord.say(at.ann, hidden, "unheard")
        said = at.discord.say(at.ann, at.room, "among us")
        assert said.told == 1
        assert await at.hears(1) == ["among us"]
        at.discord.edit(said.message, "edited")
        at.discord.delete(said.message)


async def ask(at: Scene) -> None:
    """Let Ann ask, and wait for the answer."""
    assert (await at.discord.command("ask", {}, at.ann, at.room)).response == 4


def _cut(discord: FakeDiscord) -> None:
    discord.gateway.cut()


def _reconnect(discord: FakeDiscord) -> None:
    discord.gateway.reconnect()


def _resumable(discord: FakeDiscord) -> None:
    discord.gateway.invalidate(resumable=True)


@pytest.mark.parametrize("breaks", [_cut, _reconnect, _resumable])
async def test_a_session_is_taken_up_and_nothing_is_lost_or_doubled(breaks: Callable[[FakeDiscord], None]) -> None:
    """Cut off, or asked to connect anew (op 7, op 9): what was missed is replayed, each once."""
    async with scene() as at, started(at.discord, at.listening()):
        await ask(at)
        breaks(at.discord)
        await at.discord.until(lambda: not at.discord.gateway.connected)
        missed = [at.discord.command("ask", {}, at.ann, at.room) for _ in range(3)]
        for one in missed:
            assert (await one).response == 4
        assert (at.discord.gateway.identified, at.discord.gateway.resumed, at.discord.gateway.replayed) == (1, 1, 3)
        assert len(set(at.asked)) == len(at.asked) == 4


async def test_an_invalid_session_begins_anew_and_hears_nothing_twice() -> None:
    """What was said in between is lost (op 9)."""
    async with scene() as at, started(at.discord, at.listening()):
        await ask(at)
        at.discord.gateway.invalidate()
        lost = at.discord.command("ask", {}, at.ann, at.room)
        await at.discord.until(lambda: at.discord.gateway.identified == 2)
        await ask(at)
        assert len(at.asked) == 2
        assert not lost.over
        assert at.discord.gateway.resumed == 0


async def test_a_forgotten_session_cannot_be_taken_up() -> None:
    """The RESUME is answered with op 9, and a new session begins."""
    async with scene() as at, started(at.discord, at.listening()):
        at.discord.gateway.cut()
        await at.discord.until(lambda: not at.discord.gateway.connected)
        at.discord.gateway.forget()
        await at.discord.until(lambda: at.discord.gateway.identified == 2)
        await ask(at)


async def test_an_event_can_come_twice() -> None:
    """Over a RESUME that goes back too far, or by itself: the real client tells its app twice."""
    async with scene() as at, started(at.discord, at.listening()):
        asked = await at.discord.command("ask", {}, at.ann, at.room)
        at.discord.gateway.rewind(10)
        at.discord.gateway.reconnect()
        await at.discord.until(lambda: at.discord.gateway.resumed)
        await at.discord.until(lambda: len(at.discord.calls_of("create_response")) == 2)
        assert at.discord.redeliver(asked) == 1
        await at.discord.until(lambda: len(at.discord.calls_of("create_response")) == 3)
        assert [call.code for call in at.discord.calls_of("create_response")] == [0, 40060, 40060]
        assert set(at.asked) == {int(asked.id)}
        assert len(at.discord.seen(at.room, at.ann)) == 1


async def test_a_silent_gateway_is_left_for_another_connection() -> None:
    """Heartbeats that nobody acknowledges end in a RESUME; those that are acknowledged do not."""
    async with scene(heartbeat_seconds=0.05) as at, started(at.discord, at.listening(), heartbeat_timeout=0.2):
        await at.discord.until(lambda: at.discord.gateway.heartbeats > 8)
        assert at.discord.gateway.identified == 1
        assert not at.discord.gateway.resumed
        at.discord.gateway.freeze()
        await at.discord.until(lambda: at.discord.gateway.resumed)
        await ask(at)


async def test_a_closed_client_leaves_no_session() -> None:
    """So that nobody can take it up."""
    async with scene() as at:
        async with started(at.discord):
            assert len(at.discord.gateway.sessions) == 1
        await at.discord.until(lambda: not at.discord.gateway.sessions)


async def test_each_shard_hears_its_own_servers() -> None:
    """Direct conversations belong to the first."""
    async with scene(shards=2) as at:
        other = at.discord.world.guild("Other")
        while (int(other.id) ^ int(at.acme.id)) >> 22 & 1 == 0:
            other = at.discord.world.guild("Other")
            await asyncio.sleep(0.001)
        async with started(at.discord, at.listening()) as client:
            shards = {
                guild.name: guild.shard_id for guild in client.guilds if guild.id in {int(at.acme.id), int(other.id)}
            }
            assert set(shards.values()) == {0, 1}
            assert sorted(one.shard for one in at.discord.gateway.connected) == [0, 1]
            assert at.discord.say(at.ann, at.room, "x").told == 1
            assert at.discord.say(at.ann, at.discord.world.direct(at.ann), "x").told == 1


async def test_two_processes_hear_the_same() -> None:
    """Each has its own session: what happens is told to both."""
    async with scene() as at, started(at.discord), started(at.discord):
        assert at.discord.say(at.ann, at.room, "hello").told == 2


async def test_nobody_gets_in_while_the_gateway_refuses() -> None:
    """Neither to begin a session nor to take one up."""
    async with scene() as at, ClientSession() as session:
        at.discord.gateway.refusing = True
        for url in (at.discord.gateway_url, at.discord.resume_url):
            with pytest.raises(WSServerHandshakeError):
                await session.ws_connect(url)
        assert at.discord.gateway.refused == 2
