"""A bot in so many servers that its connection is split: each part hears its own, and none disturbs another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.fakes import FixedClock
from tests.journeys.hall import Hall, words
from tests.servers.discord import Channel, FakeDiscord, User

Rooms: TypeAlias = dict[int, tuple[User, Channel]]
"""Somebody in a channel, for each part of the connection."""

ORKDAL = "How much of the world's stacked memory did Orkdal make?"


def shard_of(server: str, shards: int) -> int:
    """Return who hears of a server, by Discord's own rule."""
    return (int(server) >> 22) % shards


def rooms_of(hall: Hall, shards: int) -> Rooms:
    """Found servers until each shard has one; return somebody in a channel there."""
    world, found = hall.discord.world, {shard_of(hall.acme.id, shards): (hall.ann, hall.general)}
    while len(found) < shards:
        hall.clock.advance(milliseconds=1)
        server = world.guild("Another")
        found.setdefault(shard_of(server.id, shards), (world.user("Eve", server), world.channel(server, "talk")))
    return found


async def asked(hall: Hall, by: User, room: Channel) -> None:
    """Ask by a command and by a mention; each is answered once."""
    assert len(await hall.uses("ask", {"question": ORKDAL}, by, room)) == 1
    before = hall.seen(room, by)
    (answer,) = await hall.says(f"{hall.at_bot} {ORKDAL}", by, room)
    assert "14 percent" in words(answer)
    await hall.idle()
    assert hall.seen(room, by) == [*before, answer]


@asynccontextmanager
async def split(database: Path, clock: FixedClock, shards: int, told: int) -> AsyncIterator[tuple[Hall, Rooms]]:
    """Open a bot whose connection is in so many parts: as it is `told`, or as Discord recommends."""
    async with FakeDiscord(clock, shards=1 if told else shards) as discord:
        hall = Hall(discord, database, clock)
        rooms = rooms_of(hall, shards)
        await hall.opens(shards=told)
        try:
            await discord.until(lambda: hall.told, 30)
            yield hall, rooms
        finally:
            await hall.closes()


@pytest.mark.parametrize(("shards", "told"), [(2, 2), pytest.param(3, 0, marks=pytest.mark.long)])
async def test_shards_hear_what_is_theirs(sampled: Path, clock: FixedClock, shards: int, told: int) -> None:
    """Each question is answered once; a part that goes on or begins anew leaves the others alone."""
    async with split(sampled, clock, shards, told) as (hall, rooms):
        discord, gateway = hall.discord, hall.discord.gateway
        assert sorted((one.shard, one.shards) for one in gateway.connected) == [(n, shards) for n in range(shards)]
        for by, room in rooms.values():
            await asked(hall, by, room)
        assert "14 percent" in words(*await hall.asks(ORKDAL))
        others = {one.id for one in gateway.connected if one.shard != shards - 1}
        gateway.reconnect(shards - 1)
        await discord.until(lambda: gateway.resumed == 1, 20)
        gateway.invalidate(shards - 1)
        await asked(hall, *rooms[0])
        await discord.until(lambda: gateway.identified == shards + 1, 20)
        for by, room in rooms.values():
            await asked(hall, by, room)
        assert {one.id for one in gateway.connected} > others
        assert (gateway.resumed, gateway.identified) == (1, shards + 1)
        assert hall.told == [f"Discord: listening in {len(discord.world.guilds)} servers as overheard."]
