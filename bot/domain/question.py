"""What is asked: searches, answers and what a thread is about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
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
    """A passage found; scores compare within one search only.

    `coverage` (0 to 1) is the share of the question's rare words that this passage
    has; `similarity` its cosine to the question, 0 where search by meaning is off.
    `among` is how many passages there are, 0 if unknown: the more, the likelier a near miss.
    """

    passage: Passage
    score: float
    coverage: float = 0.0
    similarity: float = 0.0
    collection_size: int = 0


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
    thing found. `searched` counts the conversations looked through. `note` says what the reader should know of how
    it was made, and `growing` that more of it is on its way.
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


@dataclass(frozen=True, slots=True)
class ThreadContext:
    """What a thread is about: its last questions, oldest first, and the names it settled on."""

    questions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: their space, who they are in it, and the English name of the language they want; empty for theirs."""

    space: str = ""
    user: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedQuestion:
    """A question that stands by itself, what its thread is about from now on, and the language it was asked in.

    `language` is the English name, empty where it is English or not known.
    """

    question: str
    context: ThreadContext
    language: str = ""


@dataclass(frozen=True, slots=True)
class StanceReport:
    """A statement, with the claims that say the same, those that say otherwise, and what else is near; nearest first.

    It tells who said what, never whether the statement is true.
    """

    statement: str
    supporting: tuple[Claim, ...] = ()
    opposing: tuple[Claim, ...] = ()
    related: tuple[Claim, ...] = ()


class SearchUnit(StrEnum):
    """What a search goes through."""

    PASSAGES = "passages"
    CLAIMS = "claims"


@dataclass(frozen=True, slots=True)
class SearchCandidate:
    """A row that a search is weighing: its words, whose they are, and how well it matches them.

    `rank` is BM25, more is better; 0 for a row that was not found by its words.
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
    """Return the language of that English name as it is written, or "" for a name that is not known."""
    written = name.strip().title()
    return written if written in LANGUAGES else ""
