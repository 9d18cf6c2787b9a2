"""Slack as a platform, where its journeys don't get: a database that is away while an event is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from bot.chat.request import Reply, Request
from bot.delivery.leader_election import SingleReplica
from bot.errors import StoreError
from bot.metrics import Metrics
from bot.platforms.inbox_worker import LossReports, no_replies
from bot.platforms.slack.adapter import Slack
from bot.platforms.slack.connection import Workspace
from bot.platforms.slack.socket_mode import SocketConnection
from bot.platforms.slack.spec import SlackSettings
from bot.platforms.slack.workspace import Directory, Person
from bot.store.store import open_store
from tests.fakes import FixedClock, SkippingTimer
from tests.servers.slack import FakeSlack


class Unknown(Directory):
    """People whom nobody can look up, since the token for it is in a database that doesn't respond."""

    async def person(self, user: str, *, fresh: bool = False) -> Person:
        """Look for a person."""
        del user, fresh
        raise StoreError


class Unread(SocketConnection):
    """A connection whose workspaces know nobody."""

    async def workspace(self, team: str) -> Workspace:
        """Return a workspace."""
        known = await super().workspace(team)
        return replace(known, directory=Unknown(team, known.api, self._clock))


async def test_who_asks_while_the_database_is_away_is_told_so(tmp_path: Path, clock: FixedClock) -> None:
    """As if it had been away a moment later, when the question was looked at."""
    async with FakeSlack(clock) as slack, open_store(tmp_path / "slack.db") as store:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", "public", {ann.id, acme.bot})
        connected = asyncio.Event()

        async def tell(_: str) -> None:
            connected.set()

        def nobody(request: Request) -> AsyncIterator[Reply]:
            del request
            return no_replies()

        settings = SlackSettings(acme.bot_token, slack.app_token, api_url=slack.api_url)
        connection = Unread(settings, clock, tell, Metrics(), SingleReplica(), SkippingTimer())
        losses = LossReports(store.outbox, store.replies, clock)
        platform = Slack(connection, store.inbox, store.threads, losses, clock, Metrics())
        running = asyncio.create_task(platform.run([], nobody))
        await asyncio.wait_for(connected.wait(), 5)
        await slack.say(ann, room, f"{slack.mention(acme.id)} Who?")
        _, answer = await slack.until(lambda: seen if len(seen := slack.seen(room, ann)) > 1 else None)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert "The database isn't responding; try again in a minute." in answer.text
