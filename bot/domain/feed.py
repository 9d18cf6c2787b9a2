"""Feeds, their items, and what was found behind an address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import FeedHealth


@dataclass(frozen=True, slots=True)
class Login:
    """What a source wants to know of us: a user with a password, or without a user a bearer token."""

    user: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Feed:
    """A source on the web, whose it is, and how polling it stands.

    `space` may read what comes of it, everybody if it is None. `alert_pending` is set while its owner is to hear of
    `health`, and `reported_health` is what they heard last. `is_backfilled` is whether all that it had from the start
    has been read.
    """

    id: str
    tenant: str
    user: str
    url: str
    added: dt.datetime
    due: dt.datetime
    space: str | None = None
    title: str = ""
    has_login: bool = False
    etag: str = ""
    last_modified: str = ""
    hash: str = ""
    interval: int = 3600
    failures: int = 0
    moved_to: str = ""
    moved_count: int = 0
    health: FeedHealth = FeedHealth.NEW
    detail: str = ""
    reported_health: FeedHealth = FeedHealth.NEW
    alert_pending: bool = False
    is_paused: bool = False
    polled_at: dt.datetime | None = None
    is_backfilled: bool = False
    token: int = 0


@dataclass(frozen=True, slots=True)
class FeedPreview:
    """A feed as it was found: how much there is in it, how much is recorded and has transcripts, and its newest.

    `reason` says why it is none, `is_temporary` that this may pass.
    """

    url: str
    title: str = ""
    items: int = 0
    transcripts: int = 0
    recordings: int = 0
    languages: tuple[str, ...] = ()
    newest: dt.datetime | None = None
    reason: str = ""
    is_retryable: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """A show to begin with: what it is called, what it is about, and its feed."""

    name: str
    topic: str
    url: str


class TextKind(StrEnum):
    """What the words of an item are, the best first."""

    TRANSCRIPT = "transcript"
    ARTICLE = "article"
    TRANSCRIPTION = "transcription"
    NOTES = "notes"


class ItemChange(StrEnum):
    """What came of seeing an item: it opens a conversation, tells a known one too, was edited, or is as it was."""

    NEW = "new"
    JOINED = "joined"
    EDITED = "edited"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ItemSnapshot:
    """An item as its feed shows it now: what it is known by, and `payload`, which is whatever reads it later.

    `page` and `recording` are addresses in the form that is the same however they are written, `fold` is the title in
    such a form, `hash` is of all that is told, and `lasts` is in seconds.
    """

    guid: str
    page: str
    recording: str
    title: str
    fold: str
    day: dt.date | None
    lasts: float | None
    hash: str
    url: str
    payload: str


@dataclass(frozen=True, slots=True)
class ItemMatch:
    """What a sighting is: the item's number, the conversation it tells, and what is new about it."""

    item: int
    conversation: str
    change: ItemChange


@dataclass(frozen=True, slots=True)
class PendingItem:
    """An item to be read; `first_seen` dates it where it has no date of its own."""

    item: int
    feed: str
    conversation: str
    first_seen: dt.datetime
    space: str | None
    payload: str


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """How the reading of an item went: what its words are, why they are no better, and when to look again.

    `kind` is None if nothing could be read; `is_gone` says that its address answered that it is no more.
    """

    kind: TextKind | None
    reason: str = ""
    retry_at: dt.datetime | None = None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class ConversationSource:
    """One place where a conversation stands."""

    feed: str
    url: str
    title: str
    day: dt.date | None
    kind: TextKind | None
    reason: str
    gone_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class AudioPiece:
    """A piece of a recording: a file name that says its form, its bytes, and how long it lasts."""

    name: str
    body: bytes = field(repr=False)
    seconds: float
