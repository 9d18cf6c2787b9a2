"""What was said: conversations with their turns, and passages of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

UNKNOWN_SPEAKER = "Unknown speaker"
"""Shown if a transcript names nobody; a speaker is never guessed."""

PASTED = "Pasted posts"
"""The show of posts pasted in from elsewhere. Nobody knows who wrote them, so together they are one source."""


UNDATED = dt.date(1900, 1, 1)
"""The date of a conversation of which nobody knows when it was held: before all others, so it is never news."""


class Role(StrEnum):
    """What a person does on a show."""

    HOST = "host"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a show's own description names."""

    name: str
    role: Role = Role.GUEST


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's uninterrupted words; `t` is in seconds from the start, if the transcript has times."""

    text: str
    speaker: str | None = None
    t: float | None = None


TurnSpan: TypeAlias = tuple[int, int, int]
"""A part of a conversation: the number of a turn, and where in its text it starts and ends."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A titled part of an episode, from `t` seconds on."""

    t: float
    title: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was said: the conversation's id, show, title, date and link."""

    conversation: str
    show: str
    title: str
    date: dt.date
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One episode, article or post. `space` is the one space that may read it; None means open to all.

    `description` is what its makers write about it, such as show notes: no part of what was said.
    """

    id: str
    show: str
    title: str
    date: dt.date
    turns: tuple[Turn, ...]
    url: str | None = None
    lang: str = "en"
    people: tuple[Person, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    licence: str = ""
    source: str = ""
    space: str | None = None
    description: str = ""

    @property
    def origin(self) -> Origin:
        """Where its claims and passages come from."""
        return Origin(self.id, self.show, self.title, self.date, self.url)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names in order of first turn."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns if turn.speaker))

    @property
    def content_hash(self) -> str:
        """SHA-256 over its id, show, title, date, turns and description: another value means it was edited."""
        said = [[turn.speaker, turn.t, turn.text] for turn in self.turns]
        facts = [self.id, self.show, self.title, self.date.isoformat(), said]
        facts += [self.description] if self.description else []
        return hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """What search finds: consecutive turns or a part of one, `turns[turn..last]`, as they were said.

    `text` joins the turns with line breaks; `speaker` is the first one's and `speakers`, where several
    turns are joined, names the speaker of each.
    """

    origin: Origin
    turn: int
    last: int
    text: str
    speaker: str
    t: float | None = None
    speakers: tuple[str, ...] = ()
