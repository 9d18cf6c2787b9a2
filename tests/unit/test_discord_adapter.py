"""What the adapter promises where nothing is connected, and what it keeps in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.platform import Sent
from bot.chat.request import Reply, Request
from bot.chat.text import styled_text
from bot.delivery.leader_election import SingleReplica
from bot.domain.address import Address
from bot.errors import Busy, PlatformError, TokenRefused
from bot.metrics import Metrics
from bot.platforms.discord.adapter import Discord, DiscordClient
from bot.platforms.discord.spec import DiscordSettings
from bot.platforms.inbox_worker import LossReports
from bot.store.store import open_store
from tests.fakes import FixedClock
from tests.servers.discord import Broken, FakeDiscord, Refused

MESSAGE = Message((Group((Prose(styled_text("words")),)),), "words")


async def nobody(_: Request) -> AsyncIterator[Reply]:
    """Answer nothing."""
    return
    yield


async def told(_: str) -> None:
    """Say nothing."""


@pytest.fixture
async def apart(tmp_path: Path, clock: FixedClock) -> AsyncIterator[tuple[Discord, FakeDiscord]]:
    """Return an adapter that is not running, and its Discord."""
    async with FakeDiscord(clock) as discord, open_store(tmp_path / "discord.db") as store:
        settings = DiscordSettings(discord.token, discord.api_url, discord.gateway_url)
        losses = LossReports(store.outbox, store.replies, clock)
        known = (store.inbox, store.threads, store.registry, store.follows, losses)
        yield Discord(settings, *known, clock, told, Metrics(), SingleReplica()), discord


async def test_nothing_is_sent_before_it_is_connected(apart: tuple[Discord, FakeDiscord]) -> None:
    """A delivery is asked to come back in a few seconds."""
    adapter, _ = apart
    at = Address("discord", "1", "2")
    with pytest.raises(Busy):
        await adapter.send(at, MESSAGE, key="a")
    with pytest.raises(Busy):
        await adapter.edit(Sent(at, "2.3"), MESSAGE)


async def test_a_person_has_a_space_of_their_own(apart: tuple[Discord, FakeDiscord]) -> None:
    """The same from every server."""
    adapter, _ = apart
    assert await adapter.direct("1", "9") == await adapter.direct("2", "9") == Address("discord", "@9", "9")


async def test_a_token_that_is_refused_is_the_end(apart: tuple[Discord, FakeDiscord]) -> None:
    """In words that name the setting."""
    adapter, discord = apart
    discord.reset_token()
    with pytest.raises(TokenRefused, match="DISCORD_TOKEN"):
        await adapter.run([], nobody)


@pytest.mark.parametrize("route", ["get_current_user", "get_current_application", "get_gateway_bot"])
async def test_an_outage_is_none(apart: tuple[Discord, FakeDiscord], route: str) -> None:
    """Whoever runs it may try again, and needs no traceback to know what happened."""
    adapter, discord = apart
    discord.fault(route, *[Broken(503)] * 5)
    with pytest.raises(PlatformError) as trouble:
        await adapter.run([], nobody)
    assert not isinstance(trouble.value, TokenRefused)


@pytest.mark.parametrize(("code", "reason"), [(30034, "30034"), (50001, "not allowed")])
async def test_commands_that_are_refused_are_no_reason_to_be_silent(
    apart: tuple[Discord, FakeDiscord], code: int, reason: str
) -> None:
    """It says why, instead of listening with none; the token is good all the same."""
    adapter, discord = apart
    discord.fault("overwrite_commands", Refused(code))
    with pytest.raises(PlatformError, match=reason) as trouble:
        await adapter.run([], nobody)
    assert not isinstance(trouble.value, TokenRefused)


async def test_little_is_kept_in_memory(apart: tuple[Discord, FakeDiscord]) -> None:
    """No messages, no members, and only the intents that questions need."""
    adapter, _ = apart
    client = DiscordClient(DiscordSettings("x"), adapter, Metrics(), SingleReplica())
    assert client.intents.value == (1 << 0) | (1 << 9) | (1 << 12)
    assert len(client.cached_messages) == 0
    assert client.allowed_mentions is not None
    assert client.allowed_mentions.to_dict() == {"parse": []}
