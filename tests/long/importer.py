"""A bot that does nothing but read a source, to be killed: `python importer.py FEED`, settings in the environment.

It ends by itself when nothing is left to read.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from bot.app import SPACE, App, opened
from bot.config import load
from bot.domain.address import Address
from bot.domain.follow import Follow, Pace
from bot.ingest.feeds.addresses import permitting
from bot.ingest.feeds.fetcher import fetching
from bot.ingest.feeds.gatherer import Gatherer
from bot.ingest.importer import unseen
from bot.ingest.sandbox import sandbox


async def tell(app: App) -> int:
    """Read all that waits as the bot does, but asking the host as fast as it answers."""
    told = 0
    async with fetching(permitting(app.settings.private_networks)) as fetch, sandbox() as run:
        gatherer = Gatherer(app.store.items, fetch, run, partial(app.importer.keep, report=unseen), app.clock)
        while many := await gatherer.tell():
            told += many
            await app.search.refresh()
    return told


async def main(url: str) -> None:
    """Follow a company, add the source, and read all of it; whatever of that is done already is done once."""
    async with opened(load()) as app:
        now = app.clock.now()
        here = Address.parse(f"{SPACE}/terminal")
        await app.store.follows.follow(Follow(0, "Halden", here, "you", Pace.INSTANT, "UTC", now))
        if not await app.store.feeds.feeds(SPACE):
            await app.store.feeds.add(SPACE, "you", url, now, space=None)
        while not (await app.store.feeds.feeds(SPACE))[0].catalogue:
            # Where it was cut off while it asked, the source is another's until the lease is over.
            await app.store.feeds.add(SPACE, "you", url, now, space=None)
            await app.feeds.poll()
            await asyncio.sleep(0.1)
        await tell(app)
        await app.store.follows.alerts(app.clock.now())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
