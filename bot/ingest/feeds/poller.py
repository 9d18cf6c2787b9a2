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
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import Fetch, FetchRequest, HandleFeed
from bot.ingest.feeds.schedule import after_failure, after_response
from bot.store.feeds import Feeds

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=10)
"""How long a source is ours, and its host with it: what takes longer to take in is to be taken in part by part."""

_MAX_WAIT_SECONDS, _MIN_WAIT_SECONDS = 1.0, 0.05
"""Seconds between two looks for what is due, at most and at least: those that end together are followed together."""


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    """How much is under way at once.

    Of `many` sources that are asked, each may hold half a megabyte; `large` of them the whole of what is read, and the
    others wait for that.
    """

    polls: int = 100
    large_bodies: int = 3


class Poller:
    """Polls until nothing is due; one source that fails, in whatever way, is nothing to the others."""

    def __init__(
        self, feeds: Feeds, fetch: Fetch, handle: HandleFeed, clock: Clock, limits: ConcurrencyLimits | None = None
    ) -> None:
        self._feeds, self._fetch, self._handle, self._clock = feeds, fetch, handle, clock
        self._limits = limits or ConcurrencyLimits()
        self._large_bodies = asyncio.Semaphore(self._limits.large_bodies)
        self._tasks: set[asyncio.Task[None]] = set()

    async def poll(self) -> int:
        """Ask what is due, and what falls due meanwhile; return how many were asked.

        Cancelled, it cuts off what is under way, and leaves it to whoever polls next.
        """
        asked = 0
        try:
            while (new := await self._start_due()) or self._tasks:
                asked += new
                await asyncio.wait(self._tasks, timeout=_MAX_WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(_MIN_WAIT_SECONDS)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._tasks.clear()
        return asked

    async def _start_due(self) -> int:
        self._tasks = {task for task in self._tasks if not task.done()}
        room = self._limits.polls - len(self._tasks)
        if not room:
            return 0
        feeds = await self._feeds.claim_due(self._clock.now(), LEASE, room)
        for feed in feeds:
            self._tasks.add(asyncio.create_task(self._poll_feed(feed)))
            # Begun all at once, they would also do every later step at once, and hold up the loop with each.
            await asyncio.sleep(0)
        return len(feeds)

    async def _poll_feed(self, feed: Feed) -> None:
        after = feed
        try:
            after = await self._fetch_feed(feed)
        finally:
            # One that was cut off is kept as it was, and so is due for whoever polls next.
            await self._save(after)

    async def _save(self, feed: Feed) -> None:
        try:
            await self._feeds.settle(feed)
        except Exception:
            logger.exception("How source %s went could not be kept; it will be asked again", feed.id)

    async def _fetch_feed(self, feed: Feed) -> Feed:
        # A large body counts as one for as long as it is held, so until it has been taken in.
        async with AsyncExitStack() as held:
            try:
                ask = FetchRequest(feed.url, feed.etag, feed.last_modified, await self._feeds.login(feed))
                fetched = await self._fetch(ask, partial(_acquire, held, self._large_bodies))
                new = bool(fetched.hash) and fetched.hash != feed.hash
                taken = await self._handle(feed, fetched) if new else None
            except FeedError as error:
                return after_failure(feed, error, self._clock.now())
            except Exception:
                logger.exception("Source %s could not be read", feed.id)
                return after_failure(feed, FeedError("", FeedHealth.INTERNAL_ERROR), self._clock.now())
            return after_response(feed, fetched, taken, self._clock.now())


async def _acquire(stack: AsyncExitStack, semaphore: asyncio.Semaphore) -> None:
    await stack.enter_async_context(semaphore)
