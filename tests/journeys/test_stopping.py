"""The end of a bot that a machine runs: what is under way is finished, nothing more is begun."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot.domain.delivery import DeliveryState
from tests.journeys.machine import Place, SlackPlace, fan_out, machine, standing
from tests.servers import discord as on_discord
from tests.servers import slack as on_slack

WITHIN = 30
"""Seconds that a slow machine may take to begin."""

LATEST = 20


def hangs(place: Place, seconds: float) -> None:
    """Let the next post be answered late; it is there at once."""
    if isinstance(place, SlackPlace):
        place.server.fault(place.POST, on_slack.Slow(seconds))
    else:
        place.server.fault(place.POST, on_discord.Slow(seconds))


async def begun(place: Place) -> None:
    """Wait until something is being sent."""
    async with asyncio.timeout(WITHIN):
        while not any(place.posted()):
            # Nothing tells of a post that is not answered yet.
            with suppress(TimeoutError):
                await place.server.until(lambda: any(place.posted()), 0.1)


@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
async def test_what_is_being_sent_is_finished_and_nothing_more_is_begun(
    place: Place, sampled: Path, how: signal.Signals
) -> None:
    """It is recorded as sent, it stands there once, and the process ends well; the rest goes out at the next start."""
    await fan_out(sampled, place)
    hangs(place, 2)
    async with machine(sampled, place.environment) as bot:
        await begun(place)
        bot.send_signal(how)
        async with asyncio.timeout(LATEST):
            assert await bot.wait() == 0
    kept = await standing(sampled, place)
    assert place.posted() == [one.state is DeliveryState.SENT for one in kept]
    assert 0 < sum(place.posted()) < place.CHANNELS
    assert {(one.state, one.attempts) for one in kept} == {(DeliveryState.SENT, 1), (DeliveryState.PENDING, 0)}
    async with machine(sampled, place.environment):
        await place.server.until(lambda: all(place.posted()), WITHIN)
    assert place.posted() == [1] * place.CHANNELS


async def test_a_second_signal_ends_it_at_once(place: Place, sampled: Path) -> None:
    """Whoever insists need not wait."""
    await fan_out(sampled, place)
    hangs(place, 60)
    async with machine(sampled, place.environment) as bot:
        await begun(place)
        bot.send_signal(signal.SIGTERM)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bot.wait(), 0.5)
        bot.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            assert await bot.wait() == -signal.SIGTERM


@pytest.mark.long
async def test_a_platform_that_never_answers_is_not_waited_for(place: Place, sampled: Path) -> None:
    """The process ends well and in time; what was cut off is gone on with at the next start."""
    await fan_out(sampled, place)
    hangs(place, 120)
    loop = asyncio.get_running_loop()
    async with machine(sampled, place.environment) as bot:
        await begun(place)
        began = loop.time()
        bot.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LATEST + 3):
            assert await bot.wait() == 0
        assert loop.time() - began < LATEST + 1
    states = [one.state for one in await standing(sampled, place)]
    assert states.count(DeliveryState.SENDING) == 1
    assert DeliveryState.PENDING in states
    with closing(sqlite3.connect(sampled)) as connection, connection:
        connection.execute("UPDATE outbox SET next_at = '2020-01-01T00:00:00.000000Z' WHERE state = 'sending'")
    async with machine(sampled, place.environment) as again:
        await place.server.until(lambda: all(place.posted()), WITHIN)
        again.send_signal(signal.SIGTERM)
        assert await again.wait() == 0
    assert {one.state for one in await standing(sampled, place)} == {DeliveryState.SENT}
