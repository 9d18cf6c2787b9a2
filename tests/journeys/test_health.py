"""Health over HTTP, of a bot that a machine runs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.journeys.machine import Place, SlackPlace, fan_out, free_port, machine
from tests.servers import discord as on_discord
from tests.servers import slack as on_slack

WITHIN = 30


@dataclass(frozen=True, slots=True)
class Port:
    """The bot's health port."""

    number: int

    @property
    def setting(self) -> Mapping[str, str]:
        """Return what opens it."""
        return {"OVERHEARD_HEALTH_PORT": str(self.number)}

    async def get(self, path: str) -> tuple[int, str]:
        """Return what it answers; nothing where nobody listens."""
        with suppress(aiohttp.ClientConnectionError):
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.number}{path}") as said:
                return said.status, await said.text()
        return 0, ""

    async def until(self, path: str, status: int, words: str = "") -> str:
        """Ask until it answers so, and return the words."""
        async with asyncio.timeout(WITHIN):
            said = await self.get(path)
            while said[0] != status or words not in said[1]:
                await asyncio.sleep(0.2)
                said = await self.get(path)
        return said[1]


def is_away_at_first(place: Place, then: float) -> None:
    """Let the platform fail once before it takes the bot, and answer the first post late."""
    if isinstance(place, SlackPlace):
        place.server.fault("auth.test", on_slack.Broken(503))
        place.server.fault(place.POST, on_slack.Slow(then))
    else:
        place.server.fault("get_current_user", on_discord.Broken(503))
        place.server.fault(place.POST, on_discord.Slow(then))


async def test_it_says_when_it_is_ready_and_when_it_stops(place: Place, sampled: Path) -> None:
    """A platform that is away is named; stopping, it is alive and not ready; nobody's name or token is told."""
    port, name = Port(free_port()), place.addresses[0].platform
    await fan_out(sampled, place)
    is_away_at_first(place, 4)
    async with machine(sampled, {**place.environment, **port.setting}) as bot:
        said = await port.until("/readyz", 503, f"{name}: not connected")
        assert (await port.get("/livez"))[0] == 200
        ready = await port.until("/readyz", 200)
        assert ready == f"bot: ok\ndatabase: ok\n{name}: ok\n"
        page = await port.until(
            "/metrics", 200, f'overheard_outbox_deliveries{{platform="{name}",state="sending"}} 1.0'
        )
        bot.send_signal(signal.SIGTERM)
        said += await port.until("/readyz", 503, "bot: stopping")
        assert (await port.get("/livez"))[0] == 200
        assert await bot.wait() == 0
    for secret in (*place.environment.values(), "Acme", *(at.channel for at in place.addresses)):
        assert secret not in said + ready + page


async def test_it_measures_what_it_does(place: Place, sampled: Path) -> None:
    """Deliveries, calls that were too many, acknowledgements and answers."""
    port, slack = Port(free_port()), isinstance(place, SlackPlace)
    name = place.addresses[0].platform
    await fan_out(sampled, place)
    place.server.fault(place.POST, on_slack.Limited(1) if slack else on_discord.Limited(0.1))
    async with machine(sampled, {**place.environment, **port.setting}):
        await port.until(
            "/metrics", 200, f'overheard_deliveries_total{{outcome="sent",platform="{name}"}} {place.CHANNELS}.0'
        )
        await place.asks("How much of the world's stacked memory did Orkdal make?")
        await port.until("/metrics", 200, 'overheard_answer_seconds_count{verb="ask"} 1.0')
        page = await port.until("/metrics", 200, f'overheard_ack_seconds_count{{platform="{name}"}} 1.0')
    assert f'overheard_rate_limited_total{{platform="{name}"}} 1.0' in page
    assert "overheard_conversations 25.0" in page
    assert "overheard_event_loop_lag_seconds_count" in page
    assert "overheard_outbox_oldest_due_seconds 0.0" in page


async def test_a_port_that_is_taken_is_one_clear_line(place: Place, sampled: Path) -> None:
    """It names the setting."""
    async with asyncio.timeout(WITHIN):
        taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        number = taken.sockets[0].getsockname()[1]
        async with taken, machine(sampled, {**place.environment, **Port(number).setting}, speaks=True) as bot:
            _, said = await bot.communicate()
            assert bot.returncode == 1
    assert "OVERHEARD_HEALTH_PORT" in said.decode()
