"""What every platform promises to whoever sends."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.platform import Platform, PostedPages, Sent
from bot.chat.request import Reply, Request
from bot.chat.text import styled_text
from bot.delivery.leader_election import SingleReplica
from bot.domain.address import Address
from bot.metrics import Metrics
from bot.platforms.console.adapter import Console
from bot.platforms.console.terminal import Pipe, Screen
from bot.platforms.discord.adapter import Discord
from bot.platforms.discord.spec import DiscordSettings
from bot.platforms.inbox_worker import LossReports
from bot.platforms.slack.adapter import Slack
from bot.platforms.slack.socket_mode import SocketConnection
from bot.platforms.slack.spec import SlackSettings
from bot.store.store import open_store
from tests.fakes import FixedClock, MemoryPlatform, SkippingTimer
from tests.servers.discord import FakeDiscord
from tests.servers.slack import FakeSlack


def message(words: str) -> Message:
    """Make a message of one paragraph."""
    return Message((Group((Prose(styled_text(words)),)),), words)


@dataclass(frozen=True)
class Place:
    """A platform, and somebody there."""

    platform: Platform
    space: str = "T1"
    user: str = "U1"

    async def direct(self) -> Address:
        """Return the direct conversation with them."""
        return await self.platform.direct(self.space, self.user)


@pytest.fixture(params=["memory", "console", "slack", "discord"])
async def place(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Place]:
    """Return each platform, which needs no server or runs with its fake."""
    if request.param == "memory":
        yield Place(MemoryPlatform())
    elif request.param == "console":
        yield Place(Console(Pipe(io.StringIO()), Screen(io.StringIO(), 80), clock, "UTC"))
    else:
        async with (_in_slack if request.param == "slack" else _on_discord)(tmp_path, clock) as known:
            yield known


@asynccontextmanager
async def _in_slack(folder: Path, clock: FixedClock) -> AsyncIterator[Place]:
    async with FakeSlack(clock) as slack, open_store(folder / "slack.db") as store:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        settings = SlackSettings(acme.bot_token, slack.app_token, api_url=slack.api_url)
        connected = asyncio.Event()

        async def tell(_: str) -> None:
            connected.set()

        beside = (Metrics(), SingleReplica(), SkippingTimer())
        connection = SocketConnection(settings, clock, tell, *beside)
        losses = LossReports(store.outbox, store.replies, clock)
        platform = Slack(connection, store.inbox, store.threads, losses, clock, Metrics())
        running = asyncio.create_task(platform.run([], _nobody_asks))
        await asyncio.wait_for(connected.wait(), 5)
        yield Place(platform, acme.id, ann.id)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def _on_discord(folder: Path, clock: FixedClock) -> AsyncIterator[Place]:
    async with FakeDiscord(clock) as discord, open_store(folder / "discord.db") as store:
        ann = discord.world.user("Ann", discord.world.guild("Acme"))
        settings = DiscordSettings(discord.token, discord.api_url, discord.gateway_url)
        connected = asyncio.Event()

        async def tell(_: str) -> None:
            connected.set()

        platform = Discord(
            settings,
            store.inbox,
            store.threads,
            store.registry,
            store.follows,
            LossReports(store.outbox, store.replies, clock),
            clock,
            tell,
            Metrics(),
            SingleReplica(),
            timer=SkippingTimer(),
        )
        running = asyncio.create_task(platform.run([], _nobody_asks))
        await asyncio.wait_for(connected.wait(), 10)
        yield Place(platform, f"@{ann.id}", ann.id)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_direct_conversation_is_an_address_of_the_platform(place: Place) -> None:
    """In the space asked for, the same one each time."""
    at = await place.direct()
    assert (at.platform, at.space) == (place.platform.name, place.space)
    assert at == await place.direct()


async def test_it_says_that_it_is_connected(place: Place) -> None:
    """From when it has told so."""
    assert await place.platform.is_connected()


async def test_one_key_is_one_message(place: Place, clock: FixedClock) -> None:
    """Sent again in doubt, it is the message that was sent before; another key is another message."""
    platform, at = place.platform, await place.direct()
    first = await platform.send(at, message("one"), key="a")
    assert first == await platform.send(at, message("one"), key="a", trail=PostedPages(uncertain_since=clock.now()))
    other = await platform.send(at, message("two"), key="b")
    assert isinstance(first, Sent)
    assert first.at == other.at == at
    assert first.id != other.id


async def test_what_was_sent_can_be_edited(place: Place) -> None:
    """By what sending returned."""
    sent = await place.platform.send(await place.direct(), message("one"), key="a")
    await place.platform.edit(sent, message("two"))


async def _nobody_asks(_: Request) -> AsyncIterator[Reply]:
    return
    yield


async def test_a_platform_can_be_stopped(place: Place) -> None:
    """Cancelling ends it at once."""
    running = asyncio.create_task(place.platform.run([], _nobody_asks))
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running], timeout=5)
    assert running.done()
