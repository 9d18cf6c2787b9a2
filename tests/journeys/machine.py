"""The bot as a machine runs it: a process of its own that nobody sits at."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.store.store import open_store
from tests.conftest import NOON
from tests.servers.discord import FakeDiscord
from tests.servers.slack import FakeSlack

ROOT = Path(__file__).parents[2]


class SlackPlace:
    """A workspace with more channels than are sent to at once, and what the bot posted there."""

    POST, CHANNELS = "chat.postMessage", 12

    def __init__(self, slack: FakeSlack) -> None:
        self.server = slack
        self.acme = slack.world.workspace("Acme")
        self.channels = [
            slack.world.channel(self.acme.id, f"c{n}", "public", {self.acme.bot}) for n in range(self.CHANNELS)
        ]
        self.addresses = [Address("slack", self.acme.id, channel.id) for channel in self.channels]

    @property
    def environment(self) -> dict[str, str]:
        """Return what leads the bot here."""
        tokens = {"SLACK_BOT_TOKEN": self.acme.bot_token, "SLACK_APP_TOKEN": self.server.app_token}
        return {**tokens, "SLACK_API_URL": self.server.api_url}

    async def asks(self, question: str) -> None:
        """Let somebody ask by a command, which has to be acknowledged."""
        ann = self.server.world.user(self.acme.id, "Ann")
        self.channels[0].members.add(ann.id)
        asked = await self.server.command("/ask", question, ann, self.channels[0])
        await self.server.until(lambda: asked.over, 20)
        await self.server.until(lambda: self.server.calls_of("response_url"), 20)

    def posted(self) -> list[int]:
        """Return how many messages stand in each channel, those in threads not counted."""
        world = self.server.world
        return [
            len([one for one in world.messages[channel.id].values() if not one.thread_ts or one.thread_ts == one.ts])
            for channel in self.channels
        ]


class DiscordPlace:
    """A server with more channels than are sent to at once, and what the bot posted there."""

    POST, CHANNELS = "create_message", 40

    def __init__(self, discord: FakeDiscord) -> None:
        self.server = discord
        guild = self.acme = discord.world.guild("Acme")
        self.channels = [discord.world.channel(guild, f"c{n}") for n in range(self.CHANNELS)]
        self.addresses = [Address("discord", guild.id, channel.id) for channel in self.channels]

    @property
    def environment(self) -> dict[str, str]:
        """Return what leads the bot here."""
        discord = self.server
        places = {"DISCORD_API_URL": discord.api_url, "DISCORD_GATEWAY_URL": discord.gateway_url}
        return {"DISCORD_TOKEN": discord.token, **places}

    async def asks(self, question: str) -> None:
        """Let somebody ask by a command, which has to be acknowledged."""
        ann = self.server.world.user("Ann", self.acme)
        asked = self.server.command("ask", {"question": question}, ann, self.channels[0])
        await self.server.until(lambda: asked.answers, 20)

    def posted(self) -> list[int]:
        """Return how many messages stand in each channel, those in threads not counted."""
        return [len(self.server.world.messages[channel.id]) for channel in self.channels]


Place: TypeAlias = SlackPlace | DiscordPlace


async def fan_out(database: Path, place: Place) -> None:
    """Put a brief for each channel into the outbox."""
    async with open_store(database) as store:
        out = [Delivery(f"load/{at}", f"brief {NOON.date()}", at) for at in place.addresses]
        await store.outbox.put(out, NOON.replace(year=2020))


async def standing(database: Path, place: Place) -> list[Delivery]:
    """Return the deliveries as they stand, in the order of the channels."""
    async with open_store(database) as store:
        return list(reversed(await store.outbox.deliveries(place.addresses[0].tenant, list(DeliveryState))))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def machine(database: Path, environment: Mapping[str, str], *, speaks: bool = False) -> AsyncIterator[Process]:
    """Run the bot as a process on a database; what is left of it at the end is killed."""
    settings = {"OVERHEARD_DATABASE": str(database), "OVERHEARD_WORKERS": "0", "OVERHEARD_TICK_SECONDS": "1"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "DISCORD_"))}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=ROOT,
        env={**clean, **settings, **environment},
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE if speaks else None,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()
