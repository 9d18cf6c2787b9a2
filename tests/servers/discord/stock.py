"""The real client, as tests start it against the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from aiohttp import ClientSession
from yarl import URL

from discord import AllowedMentions, AutoShardedClient, Intents, TextChannel
from discord.app_commands import CommandTree
from discord.gateway import DiscordWebSocket
from discord.http import Route
from tests.servers.discord.clock import Clock
from tests.servers.discord.server import FakeDiscord
from tests.servers.discord.state import JSON, Channel, Guild, Message, User

Setup = Callable[["Client"], Awaitable[None]]


@contextmanager
def redirected(discord: FakeDiscord) -> Iterator[None]:
    """Lead discord.py to the fake, and put back where it leads otherwise."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = discord.api_url, URL(discord.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


class Client(AutoShardedClient):
    """A client with a command tree, which prepares itself by a function and waits for nothing it need not."""

    def __init__(self, setup: Setup | None = None, **options: object) -> None:
        intents = Intents(guilds=True, guild_messages=True, dm_messages=True)
        plain = {"max_messages": None, "guild_ready_timeout": 0.01, "allowed_mentions": AllowedMentions.none()}
        super().__init__(**{"intents": intents, "chunk_guilds_at_startup": False, **plain, **options})
        self.tree = CommandTree(self)
        self._setup = setup
        self.heard: list[str] = []

    async def setup_hook(self) -> None:
        """Prepare before the gateway."""
        if self._setup:
            await self._setup(self)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify at once: the real client waits five seconds before it does so again."""

    async def on_socket_event_type(self, event: str) -> None:
        """Note what is heard."""
        self.heard.append(event)


@asynccontextmanager
async def started(discord: FakeDiscord, setup: Setup | None = None, **options: object) -> AsyncIterator[Client]:
    """Run a client until it is ready, and close it at the end."""
    with redirected(discord):
        client = Client(setup, **options)
        life = asyncio.create_task(client.start(discord.token))
        ready = asyncio.create_task(_ready(client, life))
        try:
            await ready
            yield client
        finally:
            await client.close()
            await asyncio.gather(life, return_exceptions=True)


@dataclass
class Running:
    """Ann in #general of Acme, with the bot there and a client that runs."""

    discord: FakeDiscord
    acme: Guild
    ann: User
    room: Channel
    client: Client

    @property
    def channel(self) -> TextChannel:
        """Return #general as the client knows it."""
        found = self.client.get_channel(int(self.room.id))
        assert isinstance(found, TextChannel)
        return found

    def seen(self) -> list[Message]:
        """Return what Ann sees there."""
        return self.discord.seen(self.room, self.ann)


@asynccontextmanager
async def running(setup: Setup | None = None, clock: Clock | None = None, **options: object) -> AsyncIterator[Running]:
    """Open that scene, in a fake with these options."""
    async with FakeDiscord(clock, **options) as discord:
        acme = discord.world.guild("Acme")
        ann = discord.world.user("Ann", acme, locale="de")
        room = discord.world.channel(acme, "general")
        async with started(discord, setup) as client:
            yield Running(discord, acme, ann, room, client)


async def sent(discord: FakeDiscord, method: str, path: str, body: JSON) -> int:
    """Send a request that no client would, and return the code it is refused with, or 0."""
    headers = {"Authorization": f"Bot {discord.token}"}
    async with (
        ClientSession(headers=headers) as session,
        session.request(method, discord.api_url + path, json=body) as answer,
    ):
        told = await answer.json() if answer.status != 204 else {}
        return int(told.get("code", 0)) if answer.status >= 400 else 0


async def _ready(client: Client, life: asyncio.Task[None]) -> None:
    up = asyncio.Event()

    async def on_ready() -> None:
        up.set()

    client.event(on_ready)
    waiting = asyncio.create_task(up.wait())
    await asyncio.wait({life, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if life.done():
        life.result()
