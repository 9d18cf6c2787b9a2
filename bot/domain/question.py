"""Questions: what a search is limited to, what it finds, and the answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.claim import Claim
from bot.domain.conversation import Origin, Passage


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
    """A passage that a search found; scores compare within one search only.

    `coverage` (0 to 1) is the share of the question's rare words that the passage has; `similarity` is its cosine to
    the question, 0 if search by meaning is off. `collection_size` is how many passages there are, 0 if unknown: the
    more, the likelier a near miss. `rarity` is how rare in all of them the root of each word of the question is, as
    inverse document frequency; the same for every hit of a search.
    """

    passage: Passage
    score: float
    coverage: float = 0.0
    similarity: float = 0.0
    collection_size: int = 0
    rarity: Mapping[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words behind an answer: `speaker` said `quote` in `origin`."""

    origin: Origin
    quote: str
    speaker: str
    t: float | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and its evidence; `text` refers to its citations as [1] and [2].

    If `answered` is False, `text` says that the evidence doesn't answer the question and `nearest` is the closest
    passage; `is_premise_false` says that it takes something for granted that the evidence doesn't bear out. `note` says
    what the reader should know of how it was made, and `is_partial` that more of it is on its way.
    """

    question: str
    answered: bool
    text: str
    citations: tuple[Citation, ...] = ()
    nearest: Citation | None = None
    confidence: float = 0.0
    conversations_searched: int = 0
    note: str = ""
    is_partial: bool = False
    is_premise_false: bool = False


@dataclass(frozen=True, slots=True)
class ThreadContext:
    """What a thread is about: its last questions, oldest first, and the names it settled on.

    `citations` are those of its last answer, `told` those of all its answers to the last question and to "more".
    """

    questions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    told: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: their space, their id in it, and the English name of the language they want, empty for their own."""

    space: str = ""
    user: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedQuestion:
    """A question that makes sense by itself, what its thread is about from now on, and the language it was asked in.

    `language` is the English name, empty if it is English or unknown.
    """

    question: str
    context: ThreadContext
    language: str = ""


@dataclass(frozen=True, slots=True)
class StanceReport:
    """A statement with the claims for it, those against it, and those merely related; the nearest first.

    It reports who said what, never whether the statement is true.
    """

    statement: str
    supporting: tuple[Claim, ...] = ()
    opposing: tuple[Claim, ...] = ()
    related: tuple[Claim, ...] = ()


class SearchUnit(StrEnum):
    """What a search looks through."""

    PASSAGES = "passages"
    CLAIMS = "claims"


@dataclass(frozen=True, slots=True)
class SearchCandidate:
    """A row that a search considers: its words, whose they are, and how well they match.

    `bm25` is 0 for a row that was not found by its words; more is better.
    """

    id: int
    text: str
    speaker: str
    title: str
    show: str
    date: dt.date
    bm25: float = 0.0


LANGUAGES = frozenset(
    """
    Afrikaans Albanian Arabic Armenian Azerbaijani Basque Belarusian Bengali Bosnian Bulgarian Catalan Chinese Croatian
    Czech Danish Dutch English Estonian Filipino Finnish French Galician Georgian German Greek Gujarati Hebrew Hindi
    Hungarian Icelandic Indonesian Irish Italian Japanese Kannada Kazakh Korean Latvian Lithuanian Macedonian Malay
    Malayalam Marathi Mongolian Nepali Norwegian Persian Polish Portuguese Punjabi Romanian Russian Serbian Slovak
    Slovenian Somali Spanish Swahili Swedish Tamil Telugu Thai Turkish Ukrainian Urdu Uzbek Vietnamese Welsh
    """.split()
)


def is_english(language: str) -> bool:
    """Return whether a chosen language is English, as it is if none was chosen."""
    return language in {"", "English"}


def canonical_language(name: str) -> str:
    """Return an English name of a language in its usual spelling, or "" if it is unknown."""
    written = name.strip().title()
    return written if written in LANGUAGES else ""
