"""Claims, with their figures and the names they are about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.conversation import Conversation, Origin, Passage


class EntityKind(StrEnum):
    """What a name stands for; organisations of all kinds are companies, models are products."""

    # An enumeration hashes in Python, and every name that is read is looked up by its kind.
    __hash__ = str.__hash__

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
    DENIED = "denied"
    """It says that something isn't so: an accusation, or what others hold."""


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
    """A name as the registry knows it; `about` is False for a mention in passing.

    `heard_as` has the transcript's own words if they only sound like the name: "Kwillon" for Quillon.
    """

    name: str
    kind: EntityKind
    about: bool = True
    heard_as: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class LeadIn:
    """The words before a quote that say what it leans on: `turns[turn].text[start:end] == text`."""

    turn: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class EventDate:
    """When something happened or is due, as far as the words tell: from the first to the last day, both included.

    A day is both; a month, quarter or year is the span of its days.
    """

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable statement by one speaker, resting on `quote == turns[turn].text[start:end]`.

    `id` is short, stable over edits elsewhere in the conversation, and the same on every reading.
    `claimant` is whose claim it is; `relayers` pass it on, the speaker first, and are empty when the
    speaker speaks for themselves. `t` is in seconds, None where the transcript has no times.

    `importance` is how important a reader is expected to find it, from 0 (nobody cares) to 3 (news); `needs_context`
    is the probability that a stranger can't tell from the quote alone what it is about. `about` is what a leaning claim
    is about, resolved from the words before it, which are its `lead_in`; it is empty if the claim stands alone or
    nothing is sure. `happened` is when the event took place or is due, None if the words don't tell.
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
    importance: float = 1.0
    needs_context: float = 0.0
    about: str = ""
    lead_in: LeadIn | None = None
    happened: EventDate | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A canonical name, what it stands for, and what else it is called."""

    name: str
    kind: EntityKind
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in one conversation.

    `proposed` are the ids of claims at which a model pointed. `reader` is the version that read it, "" if nobody knows.
    """

    conversation: Conversation
    claims: tuple[Claim, ...]
    entities: tuple[Entity, ...]
    passages: tuple[Passage, ...] = ()
    proposed: frozenset[str] = frozenset()
    reader: str = ""
