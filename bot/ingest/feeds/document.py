"""What a feed says: its document, items, and what they link to, as values that travel between processes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from bot.domain import Person


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A recording: `length` in bytes, 0 where the feed does not say."""

    url: str
    type: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class TranscriptLink:
    """A transcript the feed offers; `captions` says that it is timed for display beside the recording."""

    url: str
    type: str = ""
    language: str = ""
    captions: bool = False


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One entry of a feed. What the feed does not say is empty; `content` is HTML, nothing else is.

    `published` and `updated` are None where the feed gives no date or one that cannot be; `duration` is in seconds.
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


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as it was fetched once: `ttl` in minutes, `next_page` with older items, `moved_to` its new address."""

    kind: str
    title: str = ""
    link: str = ""
    language: str = ""
    description: str = ""
    ttl: int = 0
    people: tuple[Person, ...] = ()
    items: tuple[FeedItem, ...] = ()
    next_page: str = ""
    moved_to: str = ""


EARLIEST_DATETIME = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
MAX_AHEAD = dt.timedelta(days=2)
"""So far in the future is a zone or a clock that is wrong; beyond it, a date is made up."""

MAX_DATE_CHARS = 80
_ISO = re.compile(
    r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]\s*(\d\d?):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?\s*(Z|[+-]\d\d:?(?:\d\d)?)?)?)?)?",
    re.IGNORECASE,
)
_DURATION = re.compile(r"(?:(?:\d{1,3}:)?\d{1,4}:)?\d{1,6}(?:\.\d{1,6})?")
_DATE_FORMATS = ("%d %B %Y", "%B %d, %Y", "%a %b %d %H:%M:%S %Y", "%Y/%m/%d", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S")


def parse_datetime(text: str, now: dt.datetime) -> dt.datetime | None:
    """Return a date in UTC; None where it is none, before 1990, or more than two days ahead of `now`."""
    words = " ".join(text.split())
    if not words or len(words) > MAX_DATE_CHARS:
        return None
    found = _parse_iso(words) or _parse_rfc2822(words) or _parse_formats(words)
    return found if found and EARLIEST_DATETIME <= found <= now + MAX_AHEAD else None


def parse_duration(text: str) -> float | None:
    """Return a duration such as 3723 or 1:02:03 in seconds."""
    if not _DURATION.fullmatch(text.strip()):
        return None
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + float(part)
    return total or None


def _parse_iso(words: str) -> dt.datetime | None:
    found = _ISO.fullmatch(words)
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        local = dt.datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), tzinfo=dt.UTC)
        return local + dt.timedelta(seconds=int(second or 0)) - _offset(zone or "Z")
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> dt.timedelta:
    if zone in {"Z", "z"}:
        return dt.timedelta()
    ahead = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].lstrip(":") or 0))
    return ahead if zone[0] == "+" else -ahead


def _parse_rfc2822(words: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(words)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # Without a zone it is taken for UTC, as the zone "-0000" says.
    return _to_utc(found)


def _parse_formats(words: str) -> dt.datetime | None:
    for pattern in _DATE_FORMATS:
        try:
            return dt.datetime.strptime(words, pattern).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    return None


def _to_utc(found: dt.datetime) -> dt.datetime | None:
    try:
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except OverflowError:
        return None
