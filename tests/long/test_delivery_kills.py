"""Delivering that is killed again and again: what arrives, how often, and what is said of the rest."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import sqlite3
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.app import SystemClock
from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryGuarantee, DeliveryState
from bot.store.store import open_store
from tests.servers.discord import FakeDiscord
from tests.servers.slack import FakeSlack

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
LANDING = 3.0
"""A post lands up to so many seconds after it was made, whoever is still there to hear of it."""

LEASE = 60.0
"""As in life: whoever comes next takes over what a killed one held, and doesn't wait for it."""

LONG_EACH = 10
"""One delivery in so many has several pages."""

PATIENCE = 120.0
GOLDEN = 0.618
"""Multiples of it, less their whole parts, fall everywhere between 0 and 1."""


def spread(most: float) -> Callable[[], float]:
    """Return a function that returns numbers from everywhere between 0 and the most, the same ones in each run."""
    numbers = (most * (n * GOLDEN % 1) for n in itertools.count(1))
    return lambda: next(numbers)


@dataclass(slots=True)
class Killing:
    """What was killed so far: how often, how often with something in flight, and how much that was in all."""

    database: Path
    environment: Mapping[str, str]
    moment: Callable[[], float]
    kills: int = 0
    in_flight: int = 0
    _held: set[tuple[int, int]] = field(default_factory=set)
    running: list[Process] = field(default_factory=list)

    async def round(self, kills: int) -> None:
        """Deliver all there is, killed so many times at most, midway."""
        while self.kills < kills and self.left():
            await self.start()
            await self._until(lambda: bool(self.held() - self._held) or not self.left())
            await asyncio.sleep(self.moment())
            await self.kill()
        await self.start()
        await self._until(lambda: not self.left())
        await self.stop()

    async def start(self) -> None:
        """Start a sender."""
        started = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("sender.py")),
            str(LEASE),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environment},
            stdout=DEVNULL,
        )
        self.running.append(started)

    async def kill(self) -> None:
        """Kill it, and note what it had in hand."""
        await self.stop()
        held = self.held()
        self.kills += 1
        self.in_flight += not self._held.issuperset(held)
        self._held |= held

    async def stop(self) -> None:
        """End it, without a word."""
        running = self.running.pop()
        running.kill()
        await running.wait()

    @property
    def rows(self) -> int:
        """Return how many sendings were cut off."""
        return len(self._held)

    def held(self) -> set[tuple[int, int]]:
        """Return the sendings that are under way, or were when they were cut off."""
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            return set(connection.execute("SELECT id, token FROM outbox WHERE state = 'sending'").fetchall())

    def left(self) -> int:
        """Return how many deliveries are not settled."""
        return self.count(DeliveryState.PENDING) + self.count(DeliveryState.SENDING)

    def count(self, state: DeliveryState) -> int:
        """Return how many deliveries stand so."""
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            return int(connection.execute("SELECT count(*) FROM outbox WHERE state = ?", (state,)).fetchone()[0])

    async def _until(self, there: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not await asyncio.to_thread(there):
            assert time.monotonic() < end, "nothing moves any more"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def killing(database: Path, environment: Mapping[str, str]) -> AsyncIterator[Killing]:
    """Kill what runs on a database; nothing is left running in the end."""
    everything = {"OVERHEARD_DATABASE": str(database), "PYTHONWARNINGS": "ignore", **environment}
    found = Killing(database, everything, spread(4.0))
    try:
        yield found
    finally:
        while found.running:
            await found.stop()


async def put(database: Path, places: Sequence[Address], number: int) -> None:
    """Put a round of deliveries into the outbox, one for each place."""
    kinds = ["long" if n % LONG_EACH == 0 else "short" for n in range(len(places))]
    wanted = [Delivery(f"{number}/{at}", f"{kind} round-{number}", at) for kind, at in zip(kinds, places, strict=True)]
    async with open_store(database) as store:
        await store.outbox.put(wanted, SystemClock().now())


def twice(pages: Mapping[str, Sequence[str]], number: int, whole: int) -> tuple[int, int]:
    """Return how many places have a page too many of a round, and how many too few."""
    counted = [Counter(pages[place])[f"round-{number}"] for place in pages]
    wanted = [whole if n % LONG_EACH == 0 else 1 for n in range(len(counted))]
    pairs = list(zip(counted, wanted, strict=True))
    return sum(max(0, had - due) for had, due in pairs), sum(max(0, due - had) for had, due in pairs)


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_on_discord_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    """Two hundred kills in the middle of a fan-out to a thousand channels."""
    channels, kills = 1_000, 200
    async with FakeDiscord(landing=spread(LANDING)) as discord:
        guild = discord.world.guild("Acme")
        rooms = [discord.world.channel(guild, f"c{n}") for n in range(channels)]
        environment = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }
        async with killing(tmp_path / "kills.db", environment) as bot:
            number = 0
            while bot.kills < kills:
                number += 1
                await put(bot.database, [Address("discord", guild.id, room.id) for room in rooms], number)
                await bot.round(kills)
                threads = {room.id: discord.threads(room) for room in rooms}
                posted = {
                    room.id: [
                        one.text.split()[0]
                        for place in (room, *threads[room.id])
                        for one in discord.world.messages[place.id].values()
                    ]
                    for room in rooms
                }
                assert twice(posted, number, 4) == (0, 0)
                logger.info("round %d: %s kills, %s in flight, %s rows", number, bot.kills, bot.in_flight, bot.rows)
        assert bot.in_flight >= kills * 3 // 4
        assert bot.count(DeliveryState.SENT) == channels * number


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("readable", "promise"),
    [
        (True, DeliveryGuarantee.AT_LEAST_ONCE),
        (False, DeliveryGuarantee.AT_LEAST_ONCE),
        (False, DeliveryGuarantee.AT_MOST_ONCE),
    ],
    ids=["readable", "at-least-once", "at-most-once"],
)
async def test_in_slack_every_doubt_is_settled_or_said(
    tmp_path: Path, promise: DeliveryGuarantee, *, readable: bool
) -> None:
    """Sixty kills: where channels can be read back each post stands once, else the promise says what becomes of it."""
    channels, kills = 60, 60
    async with FakeSlack(landing=spread(LANDING)) as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        rooms = [slack.world.channel(acme.id, f"c{n}", "public", {ann.id, acme.bot}) for n in range(channels)]
        token = slack.world.tokens[acme.bot_token]
        if not readable:
            token.scopes -= {"channels:history"}
        environment = {
            "SLACK_BOT_TOKEN": acme.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "OVERHEARD_DELIVERY": promise.value,
        }
        async with killing(tmp_path / "kills.db", environment) as bot:
            number = double = missing = 0
            while bot.kills < kills:
                number += 1
                await put(bot.database, [Address("slack", acme.id, room.id) for room in rooms], number)
                await bot.round(kills)
                posted = {room.id: [one.text.split()[0] for one in slack.seen(room, ann)] for room in rooms}
                more, less = twice(posted, number, 2)
                double, missing = double + more, missing + less
                logger.info("round %d: %s kills, %s in flight, %s rows", number, bot.kills, bot.in_flight, bot.rows)
        logger.info("%d twice, %d missing, %d unknown", double, missing, bot.count(DeliveryState.UNKNOWN))
        assert bot.in_flight >= kills * 3 // 4
        assert bot.count(DeliveryState.SENT) + bot.count(DeliveryState.UNKNOWN) == channels * number
        if promise is DeliveryGuarantee.AT_MOST_ONCE:
            assert double == 0
            assert 0 < bot.count(DeliveryState.UNKNOWN) <= bot.rows
        else:
            assert missing == bot.count(DeliveryState.UNKNOWN) == 0
            assert double <= (0 if readable else bot.rows)
