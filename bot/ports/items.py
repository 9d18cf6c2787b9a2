"""What feeds have shown: which items are one, which are one conversation, and which are still to be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


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


class Items(Protocol):
    """The items of feeds. What belongs to a space is never one with what others may read."""

    async def note(
        self, feed: str, seen: Sequence[Sighting], now: dt.datetime, *, backlog: bool, space: str | None
    ) -> list[Noted]:
        """Note what a feed shows, one answer for each sighting.

        With `backlog`, conversations that it opens are no news: no alert and no brief tells of them.
        """

    async def waiting(self, now: dt.datetime, limit: int) -> list[Waiting]:
        """Return items that are to be read, news before back catalogues and the newest first."""

    async def place(self, item: int, kind: TextKind, shingles: Sequence[str]) -> str | None:
        """Return the conversation that an item's words are kept as; None where another tells it as well or better.

        An item that was never read joins a conversation whose words are nearly the same.
        """

    async def settle(self, item: int, outcome: Outcome, now: dt.datetime) -> None:
        """Keep how the reading of an item went."""

    async def tellings(self, conversation: str, *, space: str | None) -> list[Telling]:
        """Return every place where a conversation stands, the first one seen first."""
