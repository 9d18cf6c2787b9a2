"""Asks the sources whose time has come: many at once, one of a host at a time, and never more than memory holds."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
import zlib
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urlsplit

from bot.domain.feed import Feed
from bot.due_times import Clock
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import FeedUpdate, Fetch, FetchRequest, FetchResponse, HandleFeed
from bot.retry import RetryPolicy
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


MIN_INTERVAL, MAX_INTERVAL = 600, 86_400
"""Seconds between two polls of a source that asks for nothing else."""

MAX_RETRY_AFTER = 7 * MAX_INTERVAL
"""Seconds of a Retry-After that are believed; what is more is a mistake."""

MOVES_TO_ADOPT = 3
"""So many times in a row a source says that it is elsewhere for good before that is believed."""

PERSISTENT_FAILURES = 3
"""After so many failures in a row, what may pass by itself has not."""

BACKOFF = RetryPolicy(first=2 * MIN_INTERVAL, longest=MAX_INTERVAL, jitter=0.25)
"""When a source that failed is asked again."""

_RECENT_ITEMS = 10
_POLLS_PER_ITEM = 4
_JITTER = 0.1
"""What part of a wait is taken off at most, so that sources that began together do not stay together."""

_PERMANENT = {
    FeedHealth.GONE,
    FeedHealth.LOGIN_REQUIRED,
    FeedHealth.ADDRESS_BLOCKED,
    FeedHealth.MOVED,
    FeedHealth.EMPTY,
    FeedHealth.NO_TRANSCRIPTS,
}
_HEALTHY = {FeedHealth.NEW, FeedHealth.OK, FeedHealth.MOVED}
_CONTENT_HEALTH = {FeedHealth.OK, FeedHealth.EMPTY, FeedHealth.NO_TRANSCRIPTS}
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


def after_response(feed: Feed, response: FetchResponse, update: FeedUpdate | None, now: dt.datetime) -> Feed:
    """Return how a source stands that answered; `taken` is None where there was nothing new."""
    after = _track_move(feed, response)
    adopted = after.url != feed.url
    etag, modified, digest = _cache_validators(feed, response, update)
    interval = _next_interval(feed, update, now)
    jittered = int(interval * (1 - _JITTER * _draw(feed, feed.failures)))
    wait = max(MIN_INTERVAL, jittered, _cache_lifetime(response.headers, now))
    return _flag_health_news(
        replace(
            after,
            etag=etag,
            last_modified=modified,
            hash=digest,
            title=(update and update.title) or feed.title,
            interval=interval,
            failures=0,
            health=FeedHealth.MOVED if adopted else _next_health(feed, update),
            detail=after.url if adopted else update.detail if update else "",
            due=now + dt.timedelta(seconds=wait),
            polled_at=now,
            is_backfilled=feed.is_backfilled or bool(update and update.is_complete),
        )
    )


def after_failure(feed: Feed, error: FeedError, now: dt.datetime) -> Feed:
    """Return how a source stands that gave no answer, or none that could be read; one that is gone is left alone."""
    failures = feed.failures + 1
    backoff = int(BACKOFF.backoff(feed.failures, draw=_draw(feed, failures)))
    wait = max(MIN_INTERVAL, backoff, parse_retry_after(error.retry_after, now))
    return _flag_health_news(
        replace(
            feed,
            failures=failures,
            health=error.health,
            detail=str(error),
            due=now + dt.timedelta(seconds=wait),
            polled_at=now,
            is_paused=feed.is_paused or error.health is FeedHealth.GONE,
        )
    )


def publishing_interval(dates: Sequence[dt.datetime], now: dt.datetime) -> int | None:
    """Return a quarter of what lies between a source's items, or of how long it has been quiet; None without dates."""
    past = sorted((date for date in dates if date <= now), reverse=True)[:_RECENT_ITEMS]
    if not past:
        return None
    between = (past[0] - past[-1]) / max(1, len(past) - 1)
    return int(max(between, now - past[0]).total_seconds() / _POLLS_PER_ITEM)


def parse_retry_after(header: str, now: dt.datetime) -> int:
    """Return the seconds that a Retry-After asks for, written as a number or a date; 0 for neither."""
    if header.strip().isdecimal():
        return min(MAX_RETRY_AFTER, int(header.strip()[:12]))
    return min(MAX_RETRY_AFTER, _seconds_until(header, now))


def _next_interval(feed: Feed, update: FeedUpdate | None, now: dt.datetime) -> int:
    if update is None:
        wanted = feed.interval * 5 // 4
    else:
        own = publishing_interval(update.dates, now)
        wanted = max(feed.interval // 2 if own is None else own, update.ttl)
    return max(MIN_INTERVAL, min(MAX_INTERVAL, wanted))


def _draw(feed: Feed, failures: int) -> float:
    """Return a number from 0 to 1, always the same for the same source and count of failures."""
    return zlib.crc32(f"{feed.id}/{failures}".encode()) / 2**32


def _cache_lifetime(headers: Mapping[str, str], now: dt.datetime) -> int:
    control = _MAX_AGE.search(headers.get("cache-control", ""))
    seconds = int(control[1]) if control else _seconds_until(headers.get("expires", ""), now)
    return min(MAX_INTERVAL, seconds)


def _seconds_until(http_date: str, now: dt.datetime) -> int:
    try:
        moment = parsedate_to_datetime(http_date)
        until = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return max(0, int((until - now).total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return 0


def _cache_validators(feed: Feed, response: FetchResponse, update: FeedUpdate | None) -> tuple[str, str, str]:
    """Return what the next request carries, letter by letter, and the hash; nothing where the same is wanted again."""
    if update and not update.is_complete:
        return "", "", ""
    etag, modified = (_printable_or_empty(response.headers.get(name, "")) for name in ("etag", "last-modified"))
    if response.hash:
        return etag, modified, response.hash
    return etag or feed.etag, modified or feed.last_modified, feed.hash


def _printable_or_empty(value: str) -> str:
    return value if value.isprintable() else ""


def _track_move(feed: Feed, response: FetchResponse) -> Feed:
    """Count how often a source says that it is elsewhere, and believe it in the end."""
    if not response.moved_to or response.moved_to == feed.url:
        return replace(feed, moved_to="", moved_count=0)
    count = feed.moved_count + 1 if response.moved_to == feed.moved_to else 1
    # A login is for where it was given; a source that leaves with one is to be added anew.
    if count < MOVES_TO_ADOPT or (feed.has_login and _origin(response.moved_to) != _origin(feed.url)):
        return replace(feed, moved_to=response.moved_to, moved_count=min(count, MOVES_TO_ADOPT))
    return replace(feed, url=response.moved_to, moved_to="", moved_count=0)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _next_health(feed: Feed, update: FeedUpdate | None) -> FeedHealth:
    if update:
        return update.health
    return feed.health if feed.health in _CONTENT_HEALTH else FeedHealth.OK


def _flag_health_news(feed: Feed) -> Feed:
    """Mark whether whoever added it is to hear of its health: of each change once, and of no passing trouble."""
    steady = feed.health in _PERMANENT or feed.failures >= PERSISTENT_FAILURES
    news = (
        feed.reported_health not in _HEALTHY
        if feed.health in _HEALTHY - {FeedHealth.MOVED}
        else steady and feed.health is not feed.reported_health
    )
    return replace(feed, alert_pending=news)
