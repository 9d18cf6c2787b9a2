"""Feeds and their items."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.address import NOBODY, Member
from bot.errors import FeedHealth


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials for a source: a user with a password, or a bearer token without a user."""

    user: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Feed:
    """A source on the web, whose it is, and how polling it goes.

    `space` may read what comes of it; None means everybody. `alert_pending` is set while its owner has yet to hear of
    `health`, and `reported_health` is what they heard last: LISTED for a line of a list that has never worked.
    `is_backfilled` is set once all it had at first is read. `user_name` is how others saw whoever added it, and
    `changed` is who paused or resumed it last.
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
    user_name: str = ""
    changed: Member = NOBODY


@dataclass(frozen=True, slots=True)
class FeedPreview:
    """A feed as it was found: how many items, transcripts and recordings it has, and when the newest appeared.

    `reason` says why it isn't a feed; `is_retryable` that this may pass. One that `is_unchecked` is a line of a list
    that is too long to be looked at while somebody waits.
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
    is_unchecked: bool = False


MAX_UNCHECKED = 5_000
"""How many lines of lists wait to be checked in a space: an hour and a half, if one host has them all."""


@dataclass(frozen=True, slots=True)
class NotedList:
    """What came of a long list: how many of its lines are new, were there already, and found no room."""

    new: int = 0
    known: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Show:
    """A show to start with: its name, its topic, and its feed."""

    name: str
    topic: str
    url: str


class TextKind(StrEnum):
    """What an item's text is, the best kind first."""

    TRANSCRIPT = "transcript"
    ARTICLE = "article"
    TRANSCRIPTION = "transcription"
    NOTES = "notes"


class ItemChange(StrEnum):
    """What seeing an item led to: a new conversation, another source of a known one, an edit, or nothing."""

    NEW = "new"
    JOINED = "joined"
    EDITED = "edited"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ItemSnapshot:
    """An item as its feed shows it now: what identifies it, and `payload`, which the reader gets later.

    `page` and `recording` are normalised addresses, `fold` is the normalised title, `hash` covers all of the item, and
    `lasts` is in seconds.
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
    """What a snapshot matched: the item's number, its conversation, and what is new about it."""

    item: int
    conversation: str
    change: ItemChange


@dataclass(frozen=True, slots=True)
class PendingItem:
    """An item to be read; `first_seen` dates it if it has no date of its own."""

    item: int
    feed: str
    conversation: str
    first_seen: dt.datetime
    space: str | None
    payload: str


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """How reading an item went: what kind of text it has, why no better, and when to look again.

    `kind` is None if nothing could be read; `is_gone` says that its address answered that it no longer exists.
    """

    kind: TextKind | None
    reason: str = ""
    retry_at: dt.datetime | None = None
    is_gone: bool = False


class Silence(StrEnum):
    """Why a conversation that was read gave no claims."""

    LANGUAGE = "language"
    SHORT = "short"
    ADVERTS = "adverts"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ConversationSource:
    """One place where a conversation was published; its id and how many claims it gave, if that was asked for."""

    feed: str
    url: str
    title: str
    day: dt.date | None
    kind: TextKind | None
    reason: str
    gone_at: dt.datetime | None
    conversation: str = ""
    claims: int = 0


@dataclass(frozen=True, slots=True)
class AudioPiece:
    """A piece of a recording: a file name that shows its format, its bytes, and its length."""

    name: str
    body: bytes = field(repr=False)
    seconds: float
