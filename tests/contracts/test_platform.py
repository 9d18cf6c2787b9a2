"""What every platform promises to whoever sends."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest

from bot.message import Group, Message, Prose
from bot.platforms.console.adapter import Console
from bot.platforms.console.piped import Pipe
from bot.platforms.console.screen import Screen
from bot.ports import Platform, Reply, Request, Sent
from bot.text import say
from tests.fakes import FixedClock, MemoryPlatform


def message(words: str) -> Message:
    """Make a message of one paragraph."""
    return Message((Group((Prose(say(words)),)),), words)


@pytest.fixture(params=["memory", "console"])
def platform(request: pytest.FixtureRequest, clock: FixedClock) -> Platform:
    """Return each platform that needs no server."""
    if request.param == "memory":
        return MemoryPlatform()
    return Console(Pipe(io.StringIO()), Screen(io.StringIO(), 80), clock, "UTC")


async def test_a_direct_conversation_is_an_address_of_the_platform(platform: Platform) -> None:
    """In the space asked for, the same one each time."""
    at = await platform.direct("T1", "U1")
    assert (at.platform, at.space) == (platform.name, "T1")
    assert at == await platform.direct("T1", "U1")


async def test_one_key_is_one_message(platform: Platform) -> None:
    """Sent again, it is the message that was sent before; another key is another message."""
    at = await platform.direct("T1", "U1")
    first = await platform.send(at, message("one"), key="a")
    assert first == await platform.send(at, message("one"), key="a")
    other = await platform.send(at, message("two"), key="b")
    assert isinstance(first, Sent)
    assert first.at == other.at == at
    assert first.id != other.id


async def test_what_was_sent_can_be_edited(platform: Platform) -> None:
    """By what sending returned."""
    sent = await platform.send(await platform.direct("T1", "U1"), message("one"), key="a")
    await platform.edit(sent, message("two"))


async def _nobody_asks(_: Request) -> AsyncIterator[Reply]:
    return
    yield


async def test_a_platform_can_be_stopped(platform: Platform) -> None:
    """Cancelling ends it at once."""
    running = asyncio.create_task(platform.run([], _nobody_asks))
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running], timeout=5)
    assert running.done()
