"""The nouns: what was said, by whom, where and when, and what is made of it. No I/O here."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

UNKNOWN_SPEAKER = "Unknown speaker"
"""Shown where a transcript names nobody; a speaker is never guessed."""


class Kind(StrEnum):
    """What a name stands for; organisations of every sort are companies, models are products."""

    PERSON = "person"
    COMPANY = "company"
    PRODUCT = "product"
    TICKER = "ticker"
    PLACE = "place"
    TOPIC = "topic"


class Modality(StrEnum):
    """How a claim is put forward."""

    ASSERTED = "asserted"
    ALLEGED = "alleged"
    FORECAST = "forecast"
    OPINION = "opinion"


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
    """One speaker's uninterrupted words; `t` in seconds from the start, where the transcript has it."""

    text: str
    speaker: str | None = None
    t: float | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A titled part of an episode, from `t` seconds on."""

    t: float
    title: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """One episode, article or post. `space` is the one space that may read it; None means open to all."""

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

    @property
    def origin(self) -> Origin:
        """Where its claims and passages come from."""
        return Origin(self.id, self.show, self.title, self.date, self.url)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names in order of first turn."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns if turn.speaker))

    @property
    def hash(self) -> str:
        """SHA-256 over its id, show, title, date and turns: another value means it was edited."""
        said = [[turn.speaker, turn.t, turn.text] for turn in self.turns]
        facts = [self.id, self.show, self.title, self.date.isoformat(), said]
        return hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was said: the conversation's id, show, title, date and link."""

    conversation: str
    show: str
    title: str
    date: dt.date
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as somebody said it.

    `text` is a substring of the quote, from `start` to `end` (characters in the quote). `value` has the
    magnitude applied (29 million is 29e6; "doubled" is 2 with unit "x"); None where words give no number.
    `unit` is a noun, "%", "x" or a currency code; `hedge` is the speaker's own word, such as "nearly".
    """

    text: str
    value: float | None
    unit: str = ""
    currency: str = ""
    magnitude: str = ""
    period: str = ""
    hedge: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Mention:
    """A name as the registry knows it; `about` is False for a mention in passing."""

    name: str
    kind: Kind
    about: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable statement by one speaker, standing on `quote == turns[turn].text[start:end]`.

    `id` is short, stable over edits elsewhere in the conversation, and the same on every reading.
    `claimant` is whose claim it is; `relayers` pass it on, the speaker first, and are empty when the
    speaker speaks for themselves. `t` is in seconds, None where the transcript has no times.
    """

    id: str
    origin: Origin
    turn: int
    start: int
    end: int
    text: str
    quote: str
    speaker: str
    claimant: str
    modality: Modality
    relayers: tuple[str, ...] = ()
    t: float | None = None
    figures: tuple[Figure, ...] = ()
    entities: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A canonical name, what it stands for, and what else it is called."""

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Reading:
    """What an analyst found in one conversation."""

    conversation: Conversation
    claims: tuple[Claim, ...]
    entities: tuple[Entity, ...]
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to; dates are inclusive, and `space` is the reader's own."""

    space: str | None = None
    speaker: str | None = None
    show: str | None = None
    entity: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found; scores compare within one search only.

    `coverage` (0 to 1) is the share of the question's rare words that this passage
    has; `similarity` its cosine to the question, 0 where search by meaning is off.
    `among` is how many passages there are, 0 if unknown: the more, the likelier a near miss.
    """

    passage: Passage
    score: float
    coverage: float = 0.0
    similarity: float = 0.0
    among: int = 0


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
class Card:
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
    were read for it and `failed` sources could not be; `supported` of `statements` stand on evidence.
    """

    topic: str
    date: dt.date
    headline: str = ""
    dek: Statement = Statement("")
    argument: tuple[Statement, ...] = ()
    cards: tuple[Card, ...] = ()
    signals: tuple[Signal, ...] = ()
    closing: Statement = Statement("")
    quiet: str = ""
    read: int = 0
    failed: int = 0
    statements: int = 0
    supported: int = 0
    space: str | None = None

    @property
    def claims(self) -> dict[str, Claim]:
        """Every claim the brief stands on, by id."""
        return {claim.id: claim for signal in self.signals for claim in signal.claims}

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The conversations it was made from, each once."""
        return tuple(dict.fromkeys(claim.origin for claim in self.claims.values()))


@dataclass(frozen=True, slots=True)
class Told:
    """A story an earlier brief told: its key, when, and the claims it stood on then."""

    key: str
    date: dt.date
    claims: frozenset[str]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """All that a brief may be made from."""

    topic: str
    date: dt.date
    claims: tuple[Claim, ...]
    told: tuple[Told, ...] = ()
    read: int = 0
    failed: int = 0
    space: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Exact words behind an answer: `quote` stands in `origin`, said by `speaker`."""

    origin: Origin
    quote: str
    speaker: str
    t: float | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and what it stands on; `text` refers to its citations as [1] and [2].

    When `answered` is False, `text` says that the evidence does not answer and `nearest` is the closest
    thing found. `searched` counts the conversations looked through.
    """

    question: str
    answered: bool
    text: str
    citations: tuple[Citation, ...] = ()
    nearest: Citation | None = None
    confidence: float = 0.0
    searched: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """What a thread is about: its last questions, oldest first, and the names it settled on."""

    questions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
