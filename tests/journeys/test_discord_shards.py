"""A bot in so many servers that its connection is split: each part hears its own, and none disturbs another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import FixedClock
from tests.journeys.hall import Hall, words
from tests.servers.discord import Channel, FakeDiscord, User

ORKDAL = "How much of the world's stacked memory did Orkdal make?"


def shard_of(server: str, shards: int) -> int:
    """Return who hears of a server, by Discord's own rule."""
    return (int(server) >> 22) % shards


def rooms_of(hall: Hall, shards: int) -> dict[int, tuple[User, Channel]]:
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


@pytest.mark.parametrize(("shards", "told"), [(2, 2), pytest.param(3, 0, marks=pytest.mark.long)])
async def test_shards_hear_what_is_theirs(sampled: Path, clock: FixedClock, shards: int, told: int) -> None:
    """As many as were asked for, or as Discord recommends; one that begins anew or goes on leaves the others alone."""
    async with FakeDiscord(clock, shards=1 if told else shards) as discord:
        hall, gateway = Hall(discord, sampled, clock), discord.gateway
        rooms = rooms_of(hall, shards)
        servers = len(discord.world.guilds)
        await hall.opens(shards=told)
        await discord.until(lambda: hall.told, 30)
        assert sorted((one.shard, one.shards) for one in gateway.connected) == [(n, shards) for n in range(shards)]
        assert hall.told == [f"Discord: listening in {servers} servers as overheard."]
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
        assert len(hall.told) == 1
        await hall.closes()
