"""Asks the sources whose time has come: many at once, one of a host at a time, and never more than memory holds."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from bot.domain.feed import Feed
from bot.due_times import Clock
from bot.errors import FeedError, Health
from bot.ingest.feeds.fetch import Ask, Fetch, Take
from bot.ingest.feeds.schedule import answered, failed
from bot.store.feeds import Feeds

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=10)
"""How long a source is ours, and its host with it: what takes longer to take in is to be taken in part by part."""

_LOOK, _PAUSE = 1.0, 0.05
"""Seconds between two looks for what is due, at most and at least: those that end together are followed together."""


@dataclass(frozen=True, slots=True)
class Flight:
    """How much is under way at once.

    Of `many` sources that are asked, each may hold half a megabyte; `large` of them the whole of what is read, and the
    others wait for that.
    """

    many: int = 100
    large: int = 3


class Poller:
    """Polls until nothing is due; one source that fails, in whatever way, is nothing to the others."""

    def __init__(self, polls: Feeds, fetch: Fetch, take: Take, clock: Clock, flight: Flight | None = None) -> None:
        self._polls, self._fetch, self._take, self._clock = polls, fetch, take, clock
        self._flight = flight or Flight()
        self._large = asyncio.Semaphore(self._flight.large)
        self._busy: set[asyncio.Task[None]] = set()

    async def poll(self) -> int:
        """Ask what is due, and what falls due meanwhile; return how many were asked.

        Cancelled, it cuts off what is under way, and leaves it to whoever polls next.
        """
        asked = 0
        try:
            while (new := await self._begin()) or self._busy:
                asked += new
                await asyncio.wait(self._busy, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(_PAUSE)
        finally:
            for task in self._busy:
                task.cancel()
            await asyncio.gather(*self._busy, return_exceptions=True)
            self._busy.clear()
        return asked

    async def _begin(self) -> int:
        self._busy = {task for task in self._busy if not task.done()}
        room = self._flight.many - len(self._busy)
        if not room:
            return 0
        feeds = await self._polls.due(self._clock.now(), LEASE, room)
        for feed in feeds:
            self._busy.add(asyncio.create_task(self._one(feed)))
            # Begun all at once, they would also do every later step at once, and hold up the loop with each.
            await asyncio.sleep(0)
        return len(feeds)

    async def _one(self, feed: Feed) -> None:
        after = feed
        try:
            after = await self._asked(feed)
        finally:
            # One that was cut off is kept as it was, and so is due for whoever polls next.
            await self._keep(after)

    async def _keep(self, feed: Feed) -> None:
        try:
            await self._polls.settle(feed)
        except Exception:
            logger.exception("How source %s went could not be kept; it will be asked again", feed.id)

    async def _asked(self, feed: Feed) -> Feed:
        # A large body counts as one for as long as it is held, so until it has been taken in.
        async with AsyncExitStack() as held:
            try:
                ask = Ask(feed.url, feed.etag, feed.modified, await self._polls.login(feed))
                fetched = await self._fetch(ask, partial(_hold, held, self._large))
                new = bool(fetched.hash) and fetched.hash != feed.hash
                taken = await self._take(feed, fetched) if new else None
            except FeedError as error:
                return failed(feed, error, self._clock.now())
            except Exception:
                logger.exception("Source %s could not be read", feed.id)
                return failed(feed, FeedError("", Health.OURS), self._clock.now())
            return answered(feed, fetched, taken, self._clock.now())


async def _hold(held: AsyncExitStack, large: asyncio.Semaphore) -> None:
    await held.enter_async_context(large)
