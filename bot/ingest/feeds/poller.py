"""Polls the feeds that are due: many at once, one of a host at a time, and no more than memory holds."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

from bot.domain.feed import Feed
from bot.due_times import Clock
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.document import parse_http_date
from bot.ingest.feeds.fetch import TRANSIENT, FeedUpdate, Fetch, FetchRequest, FetchResponse, HandleFeed
from bot.retry import RetryPolicy
from bot.store.feeds import Feeds

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=10)
"""How long a feed is ours, and its host with it: what would take longer must be taken in part by part."""

_MAX_WAIT_SECONDS, _MIN_WAIT_SECONDS = 1.0, 0.05
"""Seconds between two looks for what is due: at most, and at least, so that polls that end together count once."""


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    """How much is under way at once.

    Of `polls` feeds, each may hold half a megabyte in memory; `large_bodies` of them may hold more, and the others
    wait.
    """

    polls: int = 100
    large_bodies: int = 3


class Poller:
    """Polls until nothing is due; a feed that fails, in whatever way, doesn't affect the others."""

    def __init__(
        self, feeds: Feeds, fetch: Fetch, handle: HandleFeed, clock: Clock, limits: ConcurrencyLimits | None = None
    ) -> None:
        self._feeds, self._fetch, self._handle, self._clock = feeds, fetch, handle, clock
        self._limits = limits or ConcurrencyLimits()
        self._large_bodies = asyncio.Semaphore(self._limits.large_bodies)
        self._tasks: set[asyncio.Task[None]] = set()

    async def poll(self, report: Callable[[Feed], None] | None = None) -> int:
        """Poll what is due, and what falls due meanwhile, reporting each feed; return how many polls there were.

        If cancelled, it cuts off what is under way, and leaves it to whoever polls next.
        """
        polls = 0
        try:
            while (new := await self._start_due(report)) or self._tasks:
                polls += new
                await asyncio.wait(self._tasks, timeout=_MAX_WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(_MIN_WAIT_SECONDS)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._tasks.clear()
        return polls

    async def _start_due(self, report: Callable[[Feed], None] | None) -> int:
        self._tasks = {task for task in self._tasks if not task.done()}
        room = self._limits.polls - len(self._tasks)
        if not room:
            return 0
        feeds = await self._feeds.claim_due(self._clock.now(), LEASE, room)
        for feed in feeds:
            self._tasks.add(asyncio.create_task(self._poll_feed(feed, report)))
            # Started all at once, they would also take every later step at once, and block the loop each time.
            await asyncio.sleep(0)
        return len(feeds)

    async def _poll_feed(self, feed: Feed, report: Callable[[Feed], None] | None) -> None:
        polled = feed
        try:
            polled = await self._fetch_feed(feed)
            if report:
                report(polled)
        finally:
            # A feed that was cut off is saved as it was, and so is due for whoever polls next.
            await self._save(polled)

    async def _save(self, feed: Feed) -> None:
        try:
            await self._feeds.settle(feed)
        except Exception:
            logger.exception("The poll of feed %s could not be saved; it will be polled again", feed.id)

    async def _fetch_feed(self, feed: Feed) -> Feed:
        # A large body counts until it has been taken in.
        async with AsyncExitStack() as held:
            try:
                request = FetchRequest(feed.url, feed.etag, feed.last_modified, await self._feeds.login(feed))
                response = await self._fetch(request, partial(_acquire, held, self._large_bodies))
                is_new = bool(response.hash) and response.hash != feed.hash
                update = await self._handle(feed, response) if is_new else None
            except FeedError as error:
                return after_failure(feed, error, self._clock.now())
            except Exception:
                logger.exception("Feed %s could not be read", feed.id)
                return after_failure(feed, FeedError("", FeedHealth.INTERNAL_ERROR), self._clock.now())
            return after_response(feed, response, update, self._clock.now())


async def _acquire(stack: AsyncExitStack, semaphore: asyncio.Semaphore) -> None:
    await stack.enter_async_context(semaphore)


MIN_INTERVAL, MAX_INTERVAL = 600, 86_400
"""Seconds between two polls of a feed that asks for nothing else."""

MAX_RETRY_AFTER = 7 * MAX_INTERVAL
"""Seconds of a Retry-After that are believed; more is a mistake."""

MOVES_TO_ADOPT = 3
"""How many times in a row a feed must say that it has moved for good before it is believed."""

PERSISTENT_FAILURES = 3
"""After so many failures in a row, a problem is no longer a passing one."""

BACKOFF = RetryPolicy(first=2 * MIN_INTERVAL, longest=MAX_INTERVAL, jitter=0.25)
"""When a feed that failed is polled again."""

NEW_FOR, NEW_INTERVAL = dt.timedelta(days=7), 3_600
"""How long a feed is new, and the most seconds between two polls of one that is, until its rhythm is known."""

_MIN_RHYTHM_ITEMS = 3
_RECENT_ITEMS = 10
_POLLS_PER_ITEM = 4
_JITTER = 0.1
"""The largest share taken off a wait, so that feeds that were added together drift apart."""

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
    """Return a feed as it stands after a response; `update` is None if there was nothing new."""
    moved = _track_move(feed, response)
    has_moved = moved.url != feed.url
    etag, modified, digest = _cache_validators(feed, response, update)
    interval = _next_interval(feed, update, now)
    jittered = int(interval * (1 - _JITTER * _draw(feed, feed.failures)))
    wait = max(MIN_INTERVAL, jittered, _cache_lifetime(response.headers, now))
    return _flag_health_news(
        replace(
            moved,
            etag=etag,
            last_modified=modified,
            hash=digest,
            title=(update and update.title) or feed.title,
            interval=interval,
            failures=0,
            health=FeedHealth.MOVED if has_moved else _next_health(feed, update),
            detail=moved.url if has_moved else update.detail if update else "",
            due=now + dt.timedelta(seconds=wait),
            polled_at=now,
            is_backfilled=feed.is_backfilled or bool(update and update.is_complete),
        )
    )


def after_failure(feed: Feed, error: FeedError, now: dt.datetime) -> Feed:
    """Return a feed as it stands after a poll that failed; one that is gone, or never was one, is paused."""
    never_was = feed.reported_health is FeedHealth.LISTED and error.health not in TRANSIENT
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
            is_paused=feed.is_paused or never_was or error.health is FeedHealth.GONE,
        )
    )


def publishing_interval(dates: Sequence[dt.datetime], now: dt.datetime) -> int | None:
    """Return a quarter of the time between a feed's items, or since the last one if longer; None without dates."""
    past = sorted((date for date in dates if date <= now), reverse=True)[:_RECENT_ITEMS]
    if not past:
        return None
    between = (past[0] - past[-1]) / max(1, len(past) - 1)
    return int(max(between, now - past[0]).total_seconds() / _POLLS_PER_ITEM)


def parse_retry_after(header: str, now: dt.datetime) -> int:
    """Return the seconds that a Retry-After asks for, as a number or a date; 0 if it is neither."""
    if header.strip().isdecimal():
        return min(MAX_RETRY_AFTER, int(header.strip()[:12]))
    return min(MAX_RETRY_AFTER, _seconds_until(header, now))


def _next_interval(feed: Feed, update: FeedUpdate | None, now: dt.datetime) -> int:
    if update is None:
        wanted = feed.interval * 5 // 4
    else:
        own = publishing_interval(update.dates, now)
        wanted = max(feed.interval // 2 if own is None else own, update.ttl)
    # What was learnt from dates before shows in a longer interval.
    knows_rhythm = len(update.dates) >= _MIN_RHYTHM_ITEMS if update else feed.interval > NEW_INTERVAL
    if now - feed.added < NEW_FOR and not knows_rhythm:
        wanted = min(wanted, NEW_INTERVAL)
    return max(MIN_INTERVAL, min(MAX_INTERVAL, wanted))


def _draw(feed: Feed, failures: int) -> float:
    """Return a number from 0 to 1, always the same for the same feed and count of failures."""
    return zlib.crc32(f"{feed.id}/{failures}".encode()) / 2**32


def _cache_lifetime(headers: Mapping[str, str], now: dt.datetime) -> int:
    control = _MAX_AGE.search(headers.get("cache-control", ""))
    seconds = int(control[1]) if control else _seconds_until(headers.get("expires", ""), now)
    return min(MAX_INTERVAL, seconds)


def _seconds_until(http_date: str, now: dt.datetime) -> int:
    moment = parse_http_date(http_date)
    return max(0, int((moment - now).total_seconds())) if moment else 0


def _cache_validators(feed: Feed, response: FetchResponse, update: FeedUpdate | None) -> tuple[str, str, str]:
    """Return the validators and hash for the next request; nothing if the same body is wanted again."""
    if update and not update.is_complete:
        return "", "", ""
    values = (response.headers.get(name, "") for name in ("etag", "last-modified"))
    etag, modified = (value if value.isprintable() else "" for value in values)
    if response.hash:
        return etag, modified, response.hash
    return etag or feed.etag, modified or feed.last_modified, feed.hash


def _track_move(feed: Feed, response: FetchResponse) -> Feed:
    """Count how often a feed says that it has moved for good, and believe it in the end."""
    if not response.moved_to or response.moved_to == feed.url:
        return replace(feed, moved_to="", moved_count=0)
    count = feed.moved_count + 1 if response.moved_to == feed.moved_to else 1
    # A login is for the site it was given for; a feed that takes one elsewhere must be added anew.
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
    """Mark whether the person who added it should hear of its health: each change once, no passing trouble.

    Nobody hears of each line of a list how it is at first.
    """
    if feed.reported_health is FeedHealth.LISTED:
        return replace(feed, alert_pending=False)
    is_lasting = feed.health in _PERMANENT or feed.failures >= PERSISTENT_FAILURES
    news = (
        feed.reported_health not in _HEALTHY
        if feed.health in _HEALTHY - {FeedHealth.MOVED}
        else is_lasting and feed.health is not feed.reported_health
    )
    return replace(feed, alert_pending=news)
