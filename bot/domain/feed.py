"""Feeds, their items, and what was found behind an address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import Health


@dataclass(frozen=True, slots=True)
class Login:
    """What a source wants to know of us: a user with a password, or without a user a bearer token."""

    user: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Feed:
    """A source on the web, whose it is, and how polling it stands.

    `space` may read what comes of it, all where it is None. `tell` is set while its owner is to hear of `health`, and
    `told` is what they heard last. `catalogue` is whether everything it had from the start has been read.
    """

    id: str
    tenant: str
    user: str
    url: str
    added: dt.datetime
    due: dt.datetime
    space: str | None = None
    title: str = ""
    locked: bool = False
    etag: str = ""
    modified: str = ""
    hash: str = ""
    interval: int = 3600
    failures: int = 0
    moved_to: str = ""
    moved_count: int = 0
    health: Health = Health.NEW
    detail: str = ""
    told: Health = Health.NEW
    tell: bool = False
    paused: bool = False
    polled: dt.datetime | None = None
    catalogue: bool = False
    token: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed as it was found: how much there is in it, how much is recorded and has transcripts, and its newest.

    `reason` says why it is none; `later` that this may pass.
    """

    url: str
    title: str = ""
    items: int = 0
    transcripts: int = 0
    recordings: int = 0
    languages: tuple[str, ...] = ()
    newest: dt.datetime | None = None
    reason: str = ""
    later: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """A show to begin with: what it is called, what it is about, and its feed."""

    name: str
    about: str
    url: str


class TextKind(StrEnum):
    """What the words of an item are, the best first."""

    TRANSCRIPT = "transcript"
    ARTICLE = "article"
    TRANSCRIPTION = "transcription"
    NOTES = "notes"


class Step(StrEnum):
    """What came of seeing an item: it opens a conversation, tells a known one too, was edited, or is as it was."""

    NEW = "new"
    JOINED = "joined"
    EDITED = "edited"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Sighting:
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
class Noted:
    """What a sighting is: the item's number, the conversation it tells, and what is new about it."""

    item: int
    conversation: str
    step: Step


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item to be read; `first_seen` dates it where it has no date of its own."""

    item: int
    feed: str
    conversation: str
    first_seen: dt.datetime
    space: str | None
    payload: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the reading of an item went: what its words are, why they are no better, and when to look again.

    `kind` is None where nothing could be read; `gone` says that its address answered that it is no more.
    """

    kind: TextKind | None
    why: str = ""
    again: dt.datetime | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """One place where a conversation stands."""

    feed: str
    url: str
    title: str
    day: dt.date | None
    kind: TextKind | None
    why: str
    gone: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of a recording: a file name that says its form, its bytes, and how long it lasts."""

    name: str
    body: bytes = field(repr=False)
    seconds: float
