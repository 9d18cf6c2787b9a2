"""What a brief is made of: statements, stories, signals and stat cards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.claim import Claim, Mention
from bot.domain.conversation import Origin
from bot.domain.decision import Decision


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of ours with the ids of the claims it rests on; `ours` marks wording that is derived, not quoted."""

    text: str
    claims: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Claims about one thing, the clearest first; `key` stays the same from day to day."""

    key: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class StatCard:
    """A stat card of a brief: a label, the value as it was said, its hedge, and the id of the claim it rests on."""

    label: str
    value: str
    hedge: str
    claim: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A story in a brief; `update` marks one that an earlier brief had and that has something new."""

    key: str
    headline: str
    said: tuple[Statement, ...]
    matters: Statement
    watch: Statement
    claims: tuple[Claim, ...]
    entity: Mention | None = None
    update: bool = False

    @property
    def sentences(self) -> tuple[Statement, ...]:
        """Its sentences in order, empty ones included."""
        return (*self.said, self.matters, self.watch)


@dataclass(frozen=True, slots=True)
class Brief:
    """A dated edition for a topic (empty for everything).

    `quiet` says in one line why there is nothing to report; then there are no signals. It tells what was said from the
    day `since` on: `read` conversations were read for it and `failed` sources could not be. `supported` of its
    `statements` rest on evidence; `dropped` sentences of a model did not, and were left out. `note` says what the
    reader should know of how it was made, and `decisions` what became of each claim.
    """

    topic: str
    date: dt.date
    headline: str = ""
    dek: Statement = Statement("")
    argument: tuple[Statement, ...] = ()
    cards: tuple[StatCard, ...] = ()
    signals: tuple[Signal, ...] = ()
    closing: Statement = Statement("")
    quiet: str = ""
    read: int = 0
    failed: int = 0
    statements: int = 0
    supported: int = 0
    space: str | None = None
    dropped: int = 0
    note: str = ""
    decisions: tuple[Decision, ...] = ()
    since: dt.date | None = None

    @property
    def claims_by_id(self) -> dict[str, Claim]:
        """Every claim the brief rests on, by id."""
        return {claim.id: claim for signal in self.signals for claim in signal.claims}

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The conversations it draws on, each once."""
        return tuple(dict.fromkeys(claim.origin for claim in self.claims_by_id.values()))


@dataclass(frozen=True, slots=True)
class PublishedStory:
    """A story in an earlier brief: its key, the date, and the claims it rested on then."""

    key: str
    date: dt.date
    claim_ids: frozenset[str]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """All that a brief may be made from.

    `read` counts the conversations of the window, which begins with the day `since`, by their day. `follows` is the
    date of the brief before, None if this is the first in a week; `seen` is the newest claim there was.
    """

    topic: str
    date: dt.date
    claims: tuple[Claim, ...]
    published: tuple[PublishedStory, ...] = ()
    read: Mapping[dt.date, int] = field(default_factory=dict)
    failed: int = 0
    space: str | None = None
    since: dt.date | None = None
    follows: dt.date | None = None
    seen: int = 0
