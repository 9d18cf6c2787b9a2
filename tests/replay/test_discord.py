"""What Discord's gateway sends, read by the real client: each payload is one event, or none that needs an answer."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.chat.request import Reply, Request
from bot.delivery.leader_election import SingleReplica
from bot.domain import Entity, EntityKind
from bot.domain.address import Address
from bot.domain.subscription import Follow
from bot.metrics import Metrics
from bot.platforms.discord.adapter import Discord
from bot.platforms.discord.spec import DiscordSettings
from bot.platforms.inbox_worker import LossReports
from handlers import router
from tests.conftest import NOON
from tests.fakes import FixedClock, MemoryInbox
from tests.servers.discord import FakeDiscord

PAYLOADS = sorted((Path(__file__).parent / "discord").glob("*.json"), key=lambda path: path.stem)

GOLDEN = Path(__file__).parents[1] / "snapshots" / "discord_events"

OURS = "1300000000000000001"

UNANSWERED = {
    "command_bare",
    "command_unknown_channel",
    "guild_unknown_event",
    "kind_unknown",
    "mention_everyone",
    "mention_role",
    "message_channel",
    "message_deleted",
    "message_followed_channel",
    "message_forwarded",
    "message_joined",
    "message_other_bot",
    "message_own",
    "message_pinned",
    "message_poll_without_end",
    "message_thread_created",
    "message_unknown_type",
    "message_webhook",
    "ping",
    "press_no_verb",
    "press_nothing",
    "press_too_long",
    "reply_to_us_silently",
    "server_joined",
}
UNREADABLE = "Discord sent a MESSAGE_CREATE that cannot be read"
COMPLETED = {
    "completion": ["Halden"],
    "completion_nothing": [],
    "completion_zone": ["Europe/Oslo"],
}


class Nowhere:
    """Threads of a bot that has answered nowhere yet."""

    async def recent(self, platform: str, since: dt.datetime, limit: int) -> list[Address]:
        """Return none."""
        del platform, since, limit
        return []


class Names:
    """A registry that knows one name."""

    async def complete(self, prefix: str, limit: int, *, space: str | None) -> list[Entity]:
        """Return it."""
        del prefix, limit, space
        return [Entity("Halden", EntityKind.COMPANY)]


class Nothing:
    """Follows of people who follow nothing."""

    async def following(self, at: Address) -> list[Follow]:
        """Return none."""
        del at
        return []


class Listener(MemoryInbox):
    """An inbox that hears, and leaves everything undone."""

    def __init__(self, discord: FakeDiscord) -> None:
        super().__init__()
        self.heard: dict[str, Any] = {}
        self._discord = discord

    async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
        """Keep what was heard; nobody is to work on it."""
        await super().accept(event, payload, now)
        self.heard[event] = json.loads(payload)
        self._discord.world.changed()
        return False


class Complaints(logging.Handler):
    """What went wrong, as the log has it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.told.append(self.format(record))


@dataclass
class Ear:
    """The adapter, connected; `read` holds for each payload the events it became, `offered` what was completed."""

    discord: FakeDiscord
    inbox: Listener
    read: dict[str, list[Any]] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    async def hears(self, name: str, frame: dict[str, Any], complaints: Complaints) -> None:
        """Let the gateway send a payload, and a mention after it, which tells when it was read."""
        before, answered = set(self.inbox.heard), len(self.discord.calls)
        self.discord.gateway.dispatch(frame["t"], None, frame["d"])
        mark = self.discord.world.ids.id()
        said = {**_frame("mention")["d"], "id": mark}
        self.discord.gateway.dispatch("MESSAGE_CREATE", None, said)
        await self.discord.until(lambda: f"discord:{mark}" in self.inbox.heard)
        if frame["d"].get("type") == 4 and frame["t"] == "INTERACTION_CREATE":
            await self.discord.until(lambda: len(self.discord.calls) > answered)
            choices = self.discord.calls[-1].body["data"]["choices"]
            self.offered[name] = [choice["value"] for choice in choices]
        new = set(self.inbox.heard) - before - {f"discord:{mark}"}
        self.read[name] = [self.inbox.heard[key] for key in new]
        self.wrong[name], complaints.told = complaints.told, []


@pytest.fixture(scope="module")
def ear() -> Ear:
    """Return the adapter that heard every payload, one after the other, on one connection."""
    return asyncio.run(_heard())


async def _heard() -> Ear:
    clock, complaints = FixedClock(NOON), Complaints()
    async with FakeDiscord(clock) as fake:
        _recorded_as(fake)
        ear = Ear(fake, Listener(fake))
        settings = DiscordSettings(fake.token, fake.api_url, fake.gateway_url)
        losses = LossReports(Nothing(), Nothing(), clock)
        known = (ear.inbox, Nowhere(), Names(), Nothing(), losses)
        bot = Discord(settings, *known, clock, _told, Metrics(), SingleReplica())
        listening = asyncio.create_task(bot.run(router.verbs, _nobody))
        await fake.until(lambda: fake.gateway.connected, 20)
        logging.getLogger().addHandler(complaints)
        try:
            for path in sorted(PAYLOADS, key=lambda path: path.stem != "server_joined"):
                await ear.hears(path.stem, _frame(path.stem), complaints)
        finally:
            logging.getLogger().removeHandler(complaints)
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
    return ear


def _recorded_as(fake: FakeDiscord) -> None:
    """Let the bot be the one that the payloads were written for."""
    world = fake.world
    world.users[OURS] = world.users.pop(world.bot.id)
    world.bot.id = world.application = OURS


def _frame(name: str) -> dict[str, Any]:
    return dict(json.loads((Path(__file__).parent / "discord" / f"{name}.json").read_text("utf-8")))


async def _told(_: str) -> None:
    """Say nothing."""


async def _nobody(_: Request) -> AsyncIterator[Reply]:
    """Answer nothing."""
    return
    yield


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_each_payload_is_read(path: Path, ear: Ear) -> None:
    """Who asks for what, where, and where the answer goes; UPDATE_SNAPSHOTS=1 writes it down anew."""
    events = ear.read[path.stem]
    assert len(events) == (path.stem not in UNANSWERED and path.stem not in COMPLETED)
    for event in events:
        golden = GOLDEN / path.name
        told = json.dumps(event, ensure_ascii=False, indent=1) + "\n"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            golden.write_text(told, encoding="utf-8")
        assert told == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_no_payload_is_an_error(path: Path, ear: Ear) -> None:
    """Neither to the client nor to us, whatever it lacks; what the client cannot read is left out."""
    unreadable = path.stem == "message_poll_without_end"
    assert [told.partition("\n")[0] for told in ear.wrong[path.stem]] == [UNREADABLE] * unreadable


def test_what_is_half_typed_is_completed(ear: Ear) -> None:
    """By names or by time zones, and by nothing where nothing is typed."""
    assert ear.offered == COMPLETED
