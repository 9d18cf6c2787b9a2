"""Statistics of the library, and the profile of an entity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain import Entity, Origin


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """How much there is; `newest` is the date of the newest conversation.

    `shows_by_date` has each show with its number of conversations and newest date, the newest first.
    """

    conversations: int = 0
    claims: int = 0
    entities: int = 0
    shows: int = 0
    newest: dt.date | None = None
    shows_by_date: tuple[tuple[str, int, dt.date], ...] = ()


@dataclass(frozen=True, slots=True)
class EntityProfile:
    """The profile of an entity: who talks about it, how often, and since when.

    `heard_as` has the words of transcripts that were taken for its name, the most frequent first.
    """

    entity: Entity
    claim_count: int
    claims_this_week: int
    speakers: tuple[tuple[str, int], ...]
    timeline: tuple[tuple[dt.date, int], ...]
    heard_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """A file or folder that is read, how the last reading went, in words, and when that was."""

    target: str
    state: str
    read_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class NoteSummary:
    """A note: who saved it and when, its title and date, and how many claims were found in it."""

    user: str
    created_at: dt.datetime
    title: str
    date: dt.date
    claim_count: int


@dataclass(frozen=True, slots=True)
class NotedFile:
    """What is saved of a file: who sent it, its conversations in order, and how many claims were found in them."""

    user: str = ""
    origins: tuple[Origin, ...] = ()
    claim_count: int = 0


@dataclass(frozen=True, slots=True)
class StoreStats:
    """How much the database holds.

    `deliveries` counts by platform and state; `unfinished_events` counts the events of each platform still to be dealt
    with; `overdue_seconds` is how long ago the oldest delivery that nobody has taken up fell due.
    """

    conversations: int = 0
    deliveries: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unfinished_events: Mapping[str, int] = field(default_factory=dict)
    overdue_seconds: float = 0.0
