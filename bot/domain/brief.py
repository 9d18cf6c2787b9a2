"""What is told: stories, signals and briefs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.domain.claim import Claim, Mention
from bot.domain.conversation import Origin
from bot.domain.decision import Decision


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of ours with the ids of the claims it stands on; `ours` marks derived wording."""

    text: str
    claims: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Claims about one thing, the most telling first; `key` stays the same from day to day."""

    key: str
    claims: tuple[Claim, ...]

    @property
    def shows(self) -> tuple[str, ...]:
        """The distinct shows that told it."""
        return tuple(dict.fromkeys(claim.origin.show for claim in self.claims))


@dataclass(frozen=True, slots=True)
class StatCard:
    """A stat card of a brief: label, the value as said, hedge, and the claim it stands on."""

    label: str
    value: str
    hedge: str
    claim: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A story told in a brief; `update` marks what was told before and has something new."""

    key: str
    headline: str
    said: tuple[Statement, ...]
    matters: Statement
    watch: Statement
    claims: tuple[Claim, ...]
    entity: Mention | None = None
    update: bool = False


@dataclass(frozen=True, slots=True)
class Brief:
    """A dated edition for a topic (empty for everything).

    `quiet` says in one line why there is nothing to tell; then there are no signals. `read` conversations
    were read for it and `failed` sources could not be; `supported` of `statements` stand on evidence. `dropped`
    sentences of a model did not, and were left out; `note` says what the reader should know of how it was made, and
    `decisions` what became of each claim that was looked at.
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

    @property
    def claims_by_id(self) -> dict[str, Claim]:
        """Every claim the brief stands on, by id."""
        return {claim.id: claim for signal in self.signals for claim in signal.claims}

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The conversations it was made from, each once."""
        return tuple(dict.fromkeys(claim.origin for claim in self.claims_by_id.values()))


@dataclass(frozen=True, slots=True)
class PublishedStory:
    """A story an earlier brief told: its key, when, and the claims it stood on then."""

    key: str
    date: dt.date
    claim_ids: frozenset[str]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """All that a brief may be made from."""

    topic: str
    date: dt.date
    claims: tuple[Claim, ...]
    published: tuple[PublishedStory, ...] = ()
    read: int = 0
    failed: int = 0
    space: str | None = None
