"""A bot that does nothing but deliver, to be killed: `python sender.py LEASE_SECONDS`, settings in the environment."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import AsyncIterator
from functools import partial

from bot.app import SystemClock
from bot.chat.message import Group, Message, Prose
from bot.chat.platform import Platform
from bot.chat.request import Reply, Request
from bot.chat.text import styled_text
from bot.config import Settings
from bot.delivery.jobs import repeat
from bot.delivery.leader_election import SingleReplica, new_holder_id
from bot.delivery.outbox import DeliveryWorker
from bot.domain.delivery import Delivery
from bot.due_times import Clock
from bot.metrics import Metrics
from bot.platforms.discord.spec import DiscordSettings
from bot.platforms.inbox_worker import LossReports
from bot.platforms.registry import read_settings
from bot.platforms.slack.spec import SlackSettings
from bot.store.store import Store, open_store

PAGE = 3500
"""Characters that a page of either platform cannot hold twice, or four times."""


async def write(delivery: Delivery) -> Message:
    """Write what a delivery names: `short words`, or `long words` of several pages."""
    kind, _, words = delivery.what.partition(" ")
    texts = [f"{words} {'word ' * (PAGE // 5)}"] * 4 if kind == "long" else [words]
    return Message(tuple(Group((Prose(styled_text(text)),)) for text in texts), words)


async def nobody(request: Request) -> AsyncIterator[Reply]:
    """Answer nothing."""
    del request
    return
    yield


def platform(settings: Settings, store: Store, clock: Clock) -> Platform:
    """Return the platform that is configured."""
    losses = LossReports(store.outbox, store.replies, clock)
    if (discord := settings.platform(DiscordSettings)).token:
        from bot.platforms.discord.adapter import Discord

        known = (store.inbox, store.threads, store.registry, store.follows, losses)
        return Discord(discord, *known, clock, _unsaid, Metrics(), SingleReplica())
    from bot.platforms.slack.adapter import Slack
    from bot.platforms.slack.socket_mode import SocketConnection

    connection = SocketConnection(settings.platform(SlackSettings), clock, _unsaid, Metrics(), SingleReplica())
    return Slack(connection, store.inbox, store.threads, losses, clock, Metrics())


async def _unsaid(_: str) -> None:
    """Tell nobody."""


async def main(lease: dt.timedelta) -> None:
    """Deliver until killed."""
    settings, clock, name = read_settings(), SystemClock(), new_holder_id()
    async with open_store(settings.database, holder=name) as store:
        place = platform(settings, store, clock)
        there = {place.name: place}
        postman = DeliveryWorker(store.outbox, store.subscriptions, write, there, clock, settings.delivery, lease=lease)
        await asyncio.gather(
            place.run([], nobody),
            repeat(0, partial(postman.run_once, partial(store.outbox.wait, 0.2))),
            repeat(lease.total_seconds() / 3, postman.renew_leases),
            repeat(0.5, partial(postman.take_over, SingleReplica(name).has_ended)),
        )


if __name__ == "__main__":
    asyncio.run(main(dt.timedelta(seconds=float(sys.argv[1]))))
