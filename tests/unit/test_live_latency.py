"""How long it takes from an episode that is published to the alert."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from bot.app import open_app
from bot.config import Settings
from bot.delivery.outbox import DeliveryWorker
from bot.delivery.renderer import Renderer
from bot.domain.address import Address, Member
from bot.domain.subscription import AlertFrequency, Follow
from bot.runtime import queue_due
from tests.fakes import FixedClock, MemoryPlatform
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

SAID = ("Dana Whitfield", "Halden Compute raised its prices by 12 percent after the fire at the Torsund plant.")
TICK, ALLOWED = dt.timedelta(seconds=5), dt.timedelta(seconds=10)


async def test_a_new_item_is_told_within_a_polling_interval(tmp_path: Path, clock: FixedClock) -> None:
    """And ten seconds, whenever it is published; the timetable looks every five seconds."""
    settings = Settings(database=tmp_path / "o.db", workers=0, timezone="UTC", fetch_private=LOOPBACK)
    here = Address("slack", "T1", "C1")
    async with FakeWeb() as web, open_app(settings, clock) as app:
        show, slack, store = Show(web), MemoryPlatform("slack"), app.store
        show.publish("Hello", clock.now() - dt.timedelta(hours=2))
        await store.feeds.add("slack:T1", Member("U1"), show.url, clock.now(), space="slack:T1")
        await store.follows.follow(Follow(0, "Halden Compute", here, "U1", AlertFrequency.INSTANT, "UTC", clock.now()))
        postman = DeliveryWorker(
            store.outbox,
            store.subscriptions,
            Renderer(app.briefs, store, app.analyst, {"slack": slack}).render,
            {"slack": slack},
            clock,
        )

        async def ticks() -> None:
            await app.feeds.poll()
            await app.feeds.process_pending()
            await queue_due(app, {"slack": slack})
            await postman.deliver_due()

        await ticks()
        for number, minutes in enumerate((7, 31, 2)):
            clock.advance(minutes=minutes)
            await ticks()
            published = clock.now()
            show.publish(f"Prices {number}", published, (SAID[0], SAID[1].replace("12", str(12 + number))))
            (feed,) = await store.feeds.feeds("slack:T1")
            told = len(slack.posts)
            while len(slack.posts) == told:
                (standing,) = await store.feeds.feeds("slack:T1")
                # Nothing happens before it is due; from then on every tick counts.
                clock.moment = max(clock.now() + TICK, standing.due)
                assert clock.now() - published <= dt.timedelta(seconds=feed.interval) + ALLOWED
                await ticks()
