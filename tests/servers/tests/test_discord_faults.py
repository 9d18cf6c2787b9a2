"""What a test can let go wrong in the fake Discord, how fast it may be called, and what the real client does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientError
from discord import DiscordServerError, HTTPException, Interaction

from tests.servers.discord import Broken, Fault, Limited, Lost, Refused, Slow
from tests.servers.discord.stock import Client, Running, running, sent


async def prepared(client: Client) -> None:
    """Register a command that streams its answer."""

    @client.tree.command(description="Ask")
    async def ask(asked: Interaction) -> None:
        await asked.response.defer(thinking=True)
        for word in ("one", "two", "three"):
            await asked.edit_original_response(content=word)

    await client.tree.sync()


@pytest.fixture
async def at() -> AsyncIterator[Running]:
    """Return the scene, without limits."""
    async with running(prepared) as scene:
        yield scene


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Limited(1, via=False), 429, 0),
        (Broken(503), 503, 0),
        (Refused(50013), 403, 50013),
        (Refused(10003), 404, 10003),
    ],
)
async def test_a_fault_meets_one_call(at: Running, fault: Fault, status: int, code: int) -> None:
    """Nothing is done; the next call goes through."""
    at.discord.fault("create_message", fault)
    with pytest.raises((HTTPException, DiscordServerError)) as failed:
        await at.channel.send("hello")
    assert (failed.value.status, failed.value.code, at.seen()) == (status, code, [])
    await at.channel.send("hello")
    assert [one.text for one in at.seen()] == ["hello"]
    assert at.discord.faults.met == {"create_message": 1}


@pytest.mark.parametrize("is_global", [True, False])
async def test_a_limit_with_via_is_waited_for_by_the_client(at: Running, *, is_global: bool) -> None:
    """It sends again by itself, once."""
    at.discord.fault("create_message", Limited(0.01, is_global=is_global))
    await at.channel.send("hello")
    assert [call.status for call in at.discord.calls_of("create_message")] == [429, 200]
    assert len(at.seen()) == 1


@pytest.mark.parametrize(("fault", "stored"), [(Lost(), 1), (Lost(done=False), 0), (Broken(503, done=True), 1)])
async def test_a_reply_can_be_lost_after_the_work_or_before_it(at: Running, fault: Fault, stored: int) -> None:
    """The caller cannot tell which it was; the same nonce again makes it one message."""
    at.discord.fault("create_message", fault)
    with pytest.raises((ClientError, HTTPException)):
        await at.channel.send("hello", nonce="n1")
    assert len(at.seen()) == stored
    await at.channel.send("hello", nonce="n1")
    assert len(at.seen()) == 1


async def test_an_answer_can_be_late(at: Running) -> None:
    """The work is done before it; a star stands for any route."""
    at.discord.fault("*", Slow(0.05))
    sending = asyncio.create_task(at.channel.send("hello"))
    await at.discord.until(at.seen)
    assert not sending.done()
    await sending


async def test_the_client_keeps_to_the_buckets_it_is_told_of() -> None:
    """Five messages a window in each channel: twelve take three windows, and none is turned away."""
    async with running(prepared, enforce_rates=True, rate_scale=0.02) as at:
        await asyncio.gather(*(at.channel.send(str(n)) for n in range(12)))
        assert len(at.seen()) == 12
        assert not at.discord.rates.turned_away
        calls = at.discord.calls_of("create_message")
        assert calls[-1].seconds - calls[0].seconds > 0.2


async def test_who_ignores_the_buckets_is_turned_away() -> None:
    """With the wait in the body and the headers; another channel has a bucket of its own."""
    async with running(prepared, enforce_rates=True) as at:
        path = f"/channels/{at.room.id}/messages"
        codes = [await sent(at.discord, "POST", path, {"content": "x"}) for _ in range(6)]
        assert [call.status for call in at.discord.calls_of("create_message")] == [200] * 5 + [429]
        assert (codes[-1], at.discord.rates.avoidable) == (0, {"create_message": 1})
        direct = at.discord.world.direct(at.ann)
        await sent(at.discord, "POST", f"/channels/{direct.id}/messages", {"content": "x"})
        assert len(at.discord.seen(direct, at.ann)) == 1


async def test_fifty_calls_a_second_are_the_limit_for_all_routes_together() -> None:
    """But for those that answer interactions."""
    async with running(prepared, enforce_rates=True) as at:
        for n in range(60):
            await sent(at.discord, "GET", f"/channels/{n}", {})
        statuses = [call.status for call in at.discord.calls_of("get_channel")]
        assert 429 in statuses
        assert sum(at.discord.rates.turned_away.values()) >= 10
        assert not at.discord.rates.avoidable
        asked = await at.discord.command("ask", {}, at.ann, at.room)
        assert asked.response == 5
        assert [call.status for call in at.discord.calls_of("create_response")] == [200]


async def test_an_answer_that_is_streamed_keeps_to_its_bucket() -> None:
    """Each interaction has its own."""
    async with running(prepared, enforce_rates=True, rate_scale=0.02) as at:
        asked = [at.discord.command("ask", {}, at.ann, at.room) for _ in range(4)]
        for one in asked:
            await one
        await at.discord.until(lambda: all(one.shown and one.shown.text == "three" for one in asked))
        assert not at.discord.rates.turned_away


async def test_a_crowd_is_answered_in_time() -> None:
    """As fast as they come: each gets its own answer, none is left waiting."""
    async with running(prepared) as at:
        asked = [at.discord.command("ask", {}, at.ann, at.room) for _ in range(100)]
        for one in asked:
            await one
        assert all(one.seconds < 3 for one in asked)
        await at.discord.until(lambda: all(one.shown and one.shown.text == "three" for one in asked))
