"""A bot that does nothing but read a source, to be killed: `python importer.py FEED`, settings in the environment.

It ends by itself when nothing is left to read.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from bot.app import LOCAL_SPACE, App, open_app
from bot.domain.address import Address, Member
from bot.domain.subscription import AlertFrequency, Follow
from bot.ingest.feeds.fetcher import open_fetcher
from bot.ingest.feeds.ingester import FeedIngester
from bot.ingest.feeds.urls import allow_networks
from bot.ingest.importer import ignore_progress
from bot.ingest.sandbox import sandbox
from bot.platforms.registry import read_settings


async def tell(app: App) -> int:
    """Read all that waits as the bot does, but asking the host as fast as it answers."""
    told = 0
    async with open_fetcher(allow_networks(app.settings.private_networks)) as fetch, sandbox() as run:
        gatherer = FeedIngester(
            app.store.items, fetch, run, partial(app.importer.import_conversations, report=ignore_progress), app.clock
        )
        while many := await gatherer.process_batch():
            told += many
            await app.search.refresh()
    return told


async def main(url: str) -> None:
    """Follow a company, add the source, and read all of it; whatever of that is done already is done once."""
    async with open_app(read_settings()) as app:
        now = app.clock.now()
        here = Address.parse(f"{LOCAL_SPACE}/terminal")
        await app.store.follows.follow(Follow(0, "Halden", here, "you", AlertFrequency.INSTANT, "UTC", now))
        if not await app.store.feeds.feeds(LOCAL_SPACE):
            await app.store.feeds.add(LOCAL_SPACE, Member("you"), url, now, space=None)
        while not (await app.store.feeds.feeds(LOCAL_SPACE))[0].is_backfilled:
            # Where it was cut off while it asked, the source is another's until the lease is over.
            await app.store.feeds.add(LOCAL_SPACE, Member("you"), url, now, space=None)
            await app.feeds.poll()
            await asyncio.sleep(0.1)
        await tell(app)
        await app.store.follows.queue_alerts(app.clock.now())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
