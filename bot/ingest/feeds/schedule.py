"""When to ask a source again, and what its answers say of it: from how it stands and an answer, how it stands next."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from bot.domain.feed import Feed
from bot.errors import FeedError, Health
from bot.ingest.feeds.fetch import Fetched, Taken

SHORTEST, LONGEST = 600, 86_400
"""Seconds between two polls of a source that asks for nothing else."""

PATIENCE = 7 * LONGEST
"""Seconds of a Retry-After that are believed; what is more is a mistake."""

MOVES = 3
"""So many times in a row a source says that it is elsewhere for good before that is believed."""

STEADY = 3
"""After so many failures in a row, what may pass by itself has not."""

_RECENT = 10
_QUARTER = 4
_SPREAD, _WIDE_SPREAD = 0.1, 0.25
"""What part of a wait is taken off at most, so that sources that began together do not stay together."""

_LASTING = {Health.GONE, Health.LOCKED, Health.FORBIDDEN, Health.MOVED, Health.EMPTY, Health.SILENT}
_WELL = {Health.NEW, Health.FINE, Health.MOVED}
_OF_CONTENT = {Health.FINE, Health.EMPTY, Health.SILENT}
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


def answered(feed: Feed, fetched: Fetched, taken: Taken | None, now: dt.datetime) -> Feed:
    """Return how a source stands that answered; `taken` is None where there was nothing new."""
    after = _located(feed, fetched)
    adopted = after.url != feed.url
    etag, modified, digest = _marks(feed, fetched, taken)
    interval = _interval(feed, taken, now)
    wait = max(_spread(feed, interval, _SPREAD), _fresh_for(fetched.headers, now))
    return _telling(
        replace(
            after,
            etag=etag,
            modified=modified,
            hash=digest,
            title=(taken and taken.title) or feed.title,
            interval=interval,
            failures=0,
            health=Health.MOVED if adopted else _health(feed, taken),
            detail=after.url if adopted else taken.detail if taken else "",
            due=now + dt.timedelta(seconds=wait),
            polled=now,
            catalogue=feed.catalogue or bool(taken and taken.whole),
        )
    )


def failed(feed: Feed, error: FeedError, now: dt.datetime) -> Feed:
    """Return how a source stands that gave no answer, or none that could be read; one that is gone is left alone."""
    failures = feed.failures + 1
    backed = min(LONGEST, SHORTEST * 2 ** min(failures, _RECENT))
    wait = max(_spread(replace(feed, failures=failures), backed, _WIDE_SPREAD), retry_after(error.retry_after, now))
    return _telling(
        replace(
            feed,
            failures=failures,
            health=error.health,
            detail=str(error),
            due=now + dt.timedelta(seconds=wait),
            polled=now,
            paused=feed.paused or error.health is Health.GONE,
        )
    )


def rhythm(dates: Sequence[dt.datetime], now: dt.datetime) -> int | None:
    """Return a quarter of what lies between a source's items, or of how long it has been quiet; None without dates."""
    past = sorted((date for date in dates if date <= now), reverse=True)[:_RECENT]
    if not past:
        return None
    between = (past[0] - past[-1]) / max(1, len(past) - 1)
    return int(max(between, now - past[0]).total_seconds() / _QUARTER)


def retry_after(written: str, now: dt.datetime) -> int:
    """Return the seconds that a Retry-After asks for, written as a number or a date; 0 for neither."""
    if written.strip().isdecimal():
        return min(PATIENCE, int(written.strip()[:12]))
    return min(PATIENCE, _seconds_until(written, now))


def _interval(feed: Feed, taken: Taken | None, now: dt.datetime) -> int:
    if taken is None:
        wanted = feed.interval * 5 // 4
    else:
        own = rhythm(taken.dates, now)
        wanted = max(feed.interval // 2 if own is None else own, taken.ttl)
    return max(SHORTEST, min(LONGEST, wanted))


def _spread(feed: Feed, seconds: int, part: float) -> int:
    """Take something off a wait, always the same for the same source and count of failures."""
    chance = zlib.crc32(f"{feed.id}/{feed.failures}".encode()) / 2**32
    return max(SHORTEST, int(seconds * (1 - part * chance)))


def _fresh_for(headers: Mapping[str, str], now: dt.datetime) -> int:
    control = _MAX_AGE.search(headers.get("cache-control", ""))
    seconds = int(control[1]) if control else _seconds_until(headers.get("expires", ""), now)
    return min(LONGEST, seconds)


def _seconds_until(written: str, now: dt.datetime) -> int:
    try:
        moment = parsedate_to_datetime(written)
        until = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return max(0, int((until - now).total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return 0


def _marks(feed: Feed, fetched: Fetched, taken: Taken | None) -> tuple[str, str, str]:
    """Return what the next request carries, letter by letter, and the hash; nothing where the same is wanted again."""
    if taken and not taken.whole:
        return "", "", ""
    etag, modified = (_sendable(fetched.headers.get(name, "")) for name in ("etag", "last-modified"))
    if fetched.hash:
        return etag, modified, fetched.hash
    return etag or feed.etag, modified or feed.modified, feed.hash


def _sendable(value: str) -> str:
    return value if value.isprintable() else ""


def _located(feed: Feed, fetched: Fetched) -> Feed:
    """Count how often a source says that it is elsewhere, and believe it in the end."""
    if not fetched.moved or fetched.moved == feed.url:
        return replace(feed, moved_to="", moved_count=0)
    count = feed.moved_count + 1 if fetched.moved == feed.moved_to else 1
    # A login is for where it was given; a source that leaves with one is to be added anew.
    if count < MOVES or (feed.locked and _origin(fetched.moved) != _origin(feed.url)):
        return replace(feed, moved_to=fetched.moved, moved_count=min(count, MOVES))
    return replace(feed, url=fetched.moved, moved_to="", moved_count=0)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _health(feed: Feed, taken: Taken | None) -> Health:
    if taken:
        return taken.health
    return feed.health if feed.health in _OF_CONTENT else Health.FINE


def _telling(feed: Feed) -> Feed:
    """Mark whether whoever added it is to hear of its health: of each change once, and of no passing trouble."""
    steady = feed.health in _LASTING or feed.failures >= STEADY
    news = feed.told not in _WELL if feed.health in _WELL - {Health.MOVED} else steady and feed.health is not feed.told
    return replace(feed, tell=news)
