"""A feed as parsed: its document, items and their links, as values that travel between processes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from bot.domain import Person
from bot.ingest.formats.moments import parse_moment
from bot.ingest.formats.parsed import clock_seconds


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A recording; `length` is in bytes, 0 if the feed does not say."""

    url: str
    type: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class TranscriptLink:
    """A transcript that the feed offers."""

    url: str
    type: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One entry of a feed. What the feed does not say is empty; only `content` is HTML.

    `published` and `updated` are None if the feed gives no date or an impossible one; `has_unread_date` says that it
    gave one. `duration` is in seconds.
    """

    guid: str = ""
    url: str = ""
    title: str = ""
    published: dt.datetime | None = None
    updated: dt.datetime | None = None
    language: str = ""
    summary: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    transcripts: tuple[TranscriptLink, ...] = ()
    chapters_url: str = ""
    people: tuple[Person, ...] = ()
    duration: float | None = None
    has_unread_date: bool = False


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as fetched once: `ttl` in minutes, `moved_to` its new address."""

    title: str = ""
    link: str = ""
    language: str = ""
    ttl: int = 0
    people: tuple[Person, ...] = ()
    items: tuple[FeedItem, ...] = ()
    moved_to: str = ""


EARLIEST_DATETIME = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
MAX_AHEAD = dt.timedelta(days=2)
"""So far ahead, a time zone or a clock is wrong; a date beyond that is made up."""

_DURATION = re.compile(r"(?:(?:\d{1,3}:)?\d{1,4}:)?\d{1,6}(?:\.\d{1,6})?")


def parse_datetime(text: str, now: dt.datetime) -> dt.datetime | None:
    """Return a date in UTC; None if any part of it is unknown, or it's before 1990 or over two days ahead of `now`."""
    found = parse_moment(text, now)
    return found if found and EARLIEST_DATETIME <= found <= now + MAX_AHEAD else None


def parse_duration(text: str) -> float | None:
    """Return a duration such as 3723 or 1:02:03 in seconds."""
    return clock_seconds(text) or None if _DURATION.fullmatch(text.strip()) else None


def parse_http_date(text: str) -> dt.datetime | None:
    """Return a date as mail and HTTP write it, in UTC; without a zone, or with "-0000", it is taken for UTC."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
