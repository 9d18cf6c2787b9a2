"""Several bots on one database: one listens, all deliver, and nobody notices who."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import SystemClock, open_app
from bot.chat.message import Group, Message, Prose
from bot.chat.text import styled_text
from bot.config import Settings
from bot.domain import Filters
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.errors import Busy
from bot.ingest.files import sample_conversations
from bot.platforms.discord.spec import DiscordSettings
from bot.platforms.slack.spec import SlackSettings
from tests.journeys.crew import Replica, replica
from tests.servers.discord import FakeDiscord
from tests.servers.slack import FakeSlack

MESSAGE = Message((Group((Prose(styled_text("words")),)),), "words")
CHANNELS = 30


async def sends(one: Replica, at: Address, key: str) -> None:
    """Let a replica post, as soon as it can."""
    while True:
        try:
            await one.platforms[at.platform].send(at, MESSAGE, key=key)
        except Busy:
            await asyncio.sleep(0.1)
        else:
            return


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Return what ends everything."""
    async with AsyncExitStack() as everything:
        yield everything


async def test_on_discord_one_listens_and_all_deliver(sampled: Path, stack: AsyncExitStack) -> None:
    """Whoever loses the database loses the gateway, and posts on; another has it, and gives it back in the end."""
    discord = await stack.enter_async_context(FakeDiscord())
    acme = discord.world.guild("Acme")
    ann, room = discord.world.user("Ann", acme), discord.world.channel(acme, "general")
    rooms = [discord.world.channel(acme, f"c{n}") for n in range(CHANNELS)]
    token = DiscordSettings(discord.token, discord.api_url, discord.gateway_url)
    settings = Settings(database=sampled, workers=0, timezone="UTC", tick_seconds=1, platforms=(token,))

    first = await stack.enter_async_context(replica(settings, discord.world.changed))
    await discord.until(lambda: first.told, 20)
    second = await stack.enter_async_context(replica(settings, discord.world.changed))
    at = Address("discord", acme.id, room.id)
    for number, one in enumerate((first, second)):
        await asyncio.wait_for(sends(one, at, f"{number}"), 20)
    assert len(discord.seen(room, ann)) == 2
    assert len(discord.gateway.connected) == 1
    assert all([await one.platforms["discord"].is_connected() for one in (first, second)])
    assert [one.app.replicas.live_count for one in (first, second)] == [2, 2]

    asked = await discord.command("help", {}, ann, room)
    assert not asked.failure

    first.road.cut = True
    await discord.until(lambda: second.told, 20)
    assert len(discord.gateway.connected) == 1
    await asyncio.wait_for(sends(first, at, "without the gateway"), 20)
    asked = await discord.command("help", {}, ann, room)
    assert not asked.failure

    first.road.cut = False
    places = [Address("discord", acme.id, one.id) for one in rooms]
    await first.app.store.outbox.put(
        [Delivery(f"x/{at}", "brief 2001-01-01", at) for at in places], SystemClock().now()
    )
    await discord.until(lambda: all(discord.seen(one, ann) for one in rooms), 20)
    assert {len(discord.seen(one, ann)) for one in rooms} == {1}

    second.pace.going.clear()
    asked = discord.command("help", {}, ann, room)
    await asked
    leaving = asyncio.create_task(second.leaves())
    await discord.until(lambda: len(first.told) == 2, 20)
    assert (len(discord.gateway.connected), leaving.done()) == (1, False)
    second.pace.going.set()
    await leaving
    assert asked.answers
    assert not (await discord.command("help", {}, ann, room)).failure
    assert len(discord.calls_of("overwrite_commands")) == 1


async def test_in_slack_one_has_the_sockets_and_all_deliver(sampled: Path, stack: AsyncExitStack) -> None:
    """They move when their holder loses the database, which posts on; what is asked then is answered."""
    slack = await stack.enter_async_context(FakeSlack())
    acme = slack.world.workspace("Acme")
    ann = slack.world.user(acme.id, "Ann")
    room = slack.world.channel(acme.id, "general", "public", {ann.id, acme.bot})
    tokens = SlackSettings(acme.bot_token, slack.app_token, api_url=slack.api_url)
    settings = Settings(database=sampled, workers=0, timezone="UTC", tick_seconds=1, platforms=(tokens,))

    first = await stack.enter_async_context(replica(settings, slack.world.changed))
    await slack.until(lambda: first.told, 20)
    second = await stack.enter_async_context(replica(settings, slack.world.changed))
    at = Address("slack", acme.id, room.id)
    for number, one in enumerate((first, second)):
        await asyncio.wait_for(sends(one, at, f"{number}"), 20)
    assert len(slack.seen(room, ann)) == 2
    assert len(slack.sockets.open) == 2
    assert all([await one.platforms["slack"].is_connected() for one in (first, second)])
    assert (await slack.command("help", "", ann, room)).acked

    first.road.cut = True
    await slack.until(lambda: second.told, 20)
    assert len(slack.sockets.open) == 2
    await asyncio.wait_for(sends(first, at, "without the sockets"), 20)
    assert (await slack.command("help", "", ann, room)).acked


async def test_what_two_read_at_once_is_there_once(tmp_path: Path) -> None:
    """And each finds what the other has read."""
    settings = Settings(database=tmp_path / "read.db", workers=0, timezone="UTC")
    async with open_app(settings, shared=True) as one, open_app(settings, shared=True) as other:
        said = list(sample_conversations(one.today))
        await one.importer.import_conversations(said[:3], lambda _: None)
        alone = await one.store.library.tally(space=None)
        await asyncio.gather(*(app.importer.import_conversations(said[:3], lambda _: None) for app in (one, other)))
        assert await other.store.library.tally(space=None) == alone
        await asyncio.gather(*(app.importer.import_conversations(said[3:6], lambda _: None) for app in (one, other)))
        both = await one.store.library.tally(space=None)
        assert both.conversations == 6
        await other.importer.import_conversations(said[6:], lambda _: None)
        for app in (one, other):
            await app.search.refresh()
        found = [await app.search.find(said[-1].title, Filters()) for app in (one, other)]
        assert found[0] == found[1] != []
        total = await one.store.library.tally(space=None)
    async with open_app(replace(settings, database=tmp_path / "single.db")) as single:
        await single.importer.import_conversations(said, lambda _: None)
        assert await single.store.library.tally(space=None) == total
