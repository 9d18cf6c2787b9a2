"""Three replicas share what Discord allows to one bot."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.app import SystemClock
from bot.config import Settings
from bot.delivery.leader_election import LEADER_LEASE
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.platforms.discord.spec import DiscordSettings
from tests.journeys.crew import replica
from tests.servers.discord import FakeDiscord

logger = logging.getLogger(__name__)

GUILDS, CHANNELS = 50, 4_000
QUIET = "2001-01-01"
"""A day of which nothing was read: its brief is one line."""

PATIENCE = 300
LIMIT = 50.0


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_three_deliver_as_fast_as_one_may(sampled: Path) -> None:
    """Nobody is turned away who could have known it, also while one more joins; the pace stays near the limit."""
    async with FakeDiscord(enforce_rates=True) as discord, AsyncExitStack() as stack:
        guilds = [discord.world.guild(f"G{n}") for n in range(GUILDS)]
        rooms = [
            (guilds[n % GUILDS].id, discord.world.channel(guilds[n % GUILDS], f"c{n}").id) for n in range(CHANNELS)
        ]
        token = DiscordSettings(discord.token, discord.api_url, discord.gateway_url)
        settings = Settings(database=sampled, workers=0, timezone="UTC", tick_seconds=1, platforms=(token,))
        crew = [
            await stack.enter_async_context(replica(settings, discord.world.changed, LEADER_LEASE)) for _ in range(2)
        ]
        await discord.until(lambda: any(one.told for one in crew), 60)
        await asyncio.sleep(LEADER_LEASE.total_seconds() / 3)
        discord.calls.clear()
        discord.rates.turned_away.clear()
        places = [Address("discord", guild, room) for guild, room in rooms]
        began, sent = time.monotonic(), discord.rates.made["create_message"]
        await crew[0].app.store.outbox.put(
            [Delivery(f"x/{at}", f"brief {QUIET}", at) for at in places], SystemClock().now()
        )
        await discord.until(lambda: discord.rates.made["create_message"] - sent >= CHANNELS // 2, PATIENCE)
        crew.append(await stack.enter_async_context(replica(settings, discord.world.changed, LEADER_LEASE)))
        await discord.until(lambda: discord.rates.made["create_message"] - sent >= CHANNELS, PATIENCE)
        await discord.until(lambda: all(discord.world.messages[room] for _, room in rooms), PATIENCE)
        pace = CHANNELS / (time.monotonic() - began)
        living = [one.app.replicas.live_count for one in crew]
    turned = dict(discord.rates.turned_away)
    logger.info("%.1f requests a second by %s; turned away: %s", pace, living, turned)
    assert {len(discord.world.messages[room]) for _, room in rooms} == {1}
    assert living == [3, 3, 3]
    assert sum(discord.rates.avoidable.values()) == 0
    assert sum(turned.values()) <= CHANNELS // 1000
    assert pace >= 0.8 * LIMIT
