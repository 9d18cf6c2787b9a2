"""A busy time on Discord: many people at once, a fan-out, and a gateway that breaks in both of its ways."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.app import App, chat_platforms, open_app
from bot.config import Settings
from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.platforms.discord.spec import DiscordSettings
from bot.runtime import run
from tests.conftest import NOON
from tests.servers.discord import Channel, FakeDiscord, Guild, Interaction, Message, User

logger = logging.getLogger(__name__)

INTERACTIONS, A_SECOND, CHANNELS, MENTION_EACH = 1_000, 100, 500, 20
KINDS = 5
PATIENCE = 240
REPLAYED = 30


@dataclass(slots=True)
class Crowd:
    """A server where everybody does one thing: ask, follow, vote, complete a name or write a command, by turns."""

    discord: FakeDiscord
    guild: Guild
    hall: Channel
    brief: Message
    asked: list[Interaction] = field(default_factory=list)
    rooms: list[tuple[User, Channel]] = field(default_factory=list)

    def act(self, number: int) -> None:
        """Let somebody new do their thing, and some mention the bot in a channel of their own."""
        discord, world = self.discord, self.discord.world
        person = world.user(f"Person {number}", self.guild)
        match number % KINDS:
            case 0:
                question = {"question": "What did the fire do to memory?"}
                self.asked.append(discord.command("ask", question, person, self.hall))
            case 1:
                self.asked.append(discord.command("follow", {"entity": "Quillon"}, person, self.hall))
            case 2:
                self.asked.append(discord.press(self.brief, "Helpful", person))
            case 3:
                self.asked.append(discord.complete("follow", "entity", "qui", person, self.hall))
            case _:
                self.asked.append(discord.command("claims", {"words": "Quillon"}, person, world.direct(person)))
        if number % MENTION_EACH == 0:
            room = world.channel(self.guild, f"room{number}")
            discord.events.channel("CREATE", room)
            discord.say(person, room, f"{discord.mention} following")
            self.rooms.append((person, room))


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    """Return a Discord of our own that turns away what comes too fast."""
    async with FakeDiscord(enforce_rates=True) as server:
        yield server


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_a_thousand_interactions_while_briefs_go_out_and_the_gateway_breaks(
    discord: FakeDiscord, sampled: Path
) -> None:
    """Each is answered in time and once, and every brief arrives once, within what Discord allows."""
    guild = discord.world.guild("Acme")
    hall = discord.world.channel(guild, "hall")
    channels = [discord.world.channel(guild, f"c{n}") for n in range(CHANNELS)]
    token = DiscordSettings(token=discord.token, api_url=discord.api_url, gateway_url=discord.gateway_url)
    settings = Settings(database=sampled, workers=0, timezone="UTC", tick_seconds=1, platforms=(token,))
    async with open_app(settings) as app:
        heard = asyncio.Event()

        async def tell(words: str) -> None:
            logger.info(words)
            heard.set()

        bot = asyncio.create_task(run(app, None, await chat_platforms(app, tell), tell))
        await asyncio.wait_for(heard.wait(), PATIENCE)
        crowd = await _gathered(discord, guild, hall)
        began = asyncio.get_running_loop().time()
        await _fan_out(app, guild, channels)
        await _busy(crowd)
        await discord.until(lambda: all(one.over for one in crowd.asked), PATIENCE)
        answered = asyncio.get_running_loop().time() - began
        async with asyncio.timeout(PATIENCE):
            while await _left(app, guild):
                await app.store.outbox.wait(0.2)
        spread = asyncio.get_running_loop().time() - began
        bot.cancel()
        await asyncio.gather(bot, return_exceptions=True)
    logger.info("%s; all answered after %.0f s, all briefs after %.0f s", _figures(crowd), answered, spread)
    _check(crowd, channels)


async def _gathered(discord: FakeDiscord, guild: Guild, hall: Channel) -> Crowd:
    host = discord.world.users[guild.owner]
    discord.say(host, hall, f"{discord.mention} brief {NOON.date()}")

    def votable() -> Message | None:
        posted = [one for room in discord.world.messages.values() for one in room.values()]
        return next((one for one in posted if any(button["label"] == "Helpful" for button in one.buttons)), None)

    return Crowd(discord, guild, hall, await discord.until(votable, PATIENCE))


async def _fan_out(app: App, guild: Guild, channels: list[Channel]) -> None:
    what = f"brief {NOON.date()}"
    addresses = [Address("discord", guild.id, channel.id) for channel in channels]
    await app.store.outbox.put([Delivery(f"load/{at}", what, at) for at in addresses], app.clock.now())


async def _busy(crowd: Crowd) -> None:
    """Act at an even pace; who acts while there is no session is told so by Discord, so nobody does."""
    loop, gateway = asyncio.get_running_loop(), crowd.discord.gateway
    start = loop.time()
    for number in range(INTERACTIONS):
        crowd.act(number)
        if number == INTERACTIONS // 3:
            gateway.rewind(REPLAYED)
            gateway.reconnect()
        if number == 2 * INTERACTIONS // 3:
            await asyncio.sleep(0.1)
            before = loop.time()
            gateway.invalidate()
            await crowd.discord.until(lambda: gateway.identified == 2, PATIENCE)
            start += loop.time() - before
        await asyncio.sleep(max(0.0, start + (number + 1) / A_SECOND - loop.time()))


async def _left(app: App, guild: Guild) -> bool:
    now = app.clock.now()
    unfinished = await app.store.inbox.claim_unfinished("discord", now - dt.timedelta(hours=1), now)
    waiting = await app.store.outbox.deliveries(f"discord:{guild.id}", [DeliveryState.PENDING, DeliveryState.SENDING])
    return bool(unfinished or waiting)


def _check(crowd: Crowd, channels: list[Channel]) -> None:
    discord = crowd.discord
    assert discord.gateway.resumed >= 1
    assert discord.gateway.replayed >= REPLAYED
    for kind in range(KINDS):
        pages = {len(one.answers) for one in crowd.asked[kind::KINDS]}
        assert len(pages) == 1, (kind, pages)
    bot = discord.world.bot.id
    for person, room in crowd.rooms:
        assert len([one for one in discord.seen(room, person) if one.author == bot]) <= 1
        assert len([one for one in discord.seen(discord.world.direct(person), person) if one.author == bot]) <= 1
    (first,) = discord.threads(crowd.hall)
    pages = len([one for one in discord.world.messages[first.id].values() if one.viewer is None])
    for channel in channels:
        (thread,) = discord.threads(channel)
        assert len(discord.world.messages[channel.id]) == 1
        assert len(discord.world.messages[thread.id]) == pages
    assert not discord.rates.avoidable
    seconds = sorted(one.seconds for one in crowd.asked)
    assert seconds[int(len(seconds) * 0.99)] < 1
    assert seconds[-1] < 3


def _figures(crowd: Crowd) -> str:
    seconds = sorted(one.seconds for one in crowd.asked)
    rates = crowd.discord.rates
    return (
        f"{len(seconds)} answered, median {statistics.median(seconds) * 1000:.0f} ms, "
        f"p99 {seconds[int(len(seconds) * 0.99)] * 1000:.0f} ms, longest {seconds[-1] * 1000:.0f} ms; "
        f"{sum(rates.made.values())} calls, {sum(rates.turned_away.values())} turned away, "
        f"{sum(rates.avoidable.values())} of them avoidable; {crowd.discord.gateway.replayed} events replayed"
    )
