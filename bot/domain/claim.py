"""Claims, with their figures and the names they are about."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.conversation import Conversation, Origin, Passage


class EntityKind(StrEnum):
    """What a name stands for; organisations of all kinds are companies, models are products."""

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
class Claim:
    """One checkable statement by one speaker, resting on `quote == turns[turn].text[start:end]`.

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
    kind: EntityKind
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in one conversation."""

    conversation: Conversation
    claims: tuple[Claim, ...]
    entities: tuple[Entity, ...]
    passages: tuple[Passage, ...] = ()
