"""What a feed says: its document, items, and what they link to, as values that travel between processes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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
