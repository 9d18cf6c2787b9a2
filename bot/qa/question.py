"""Questions taken apart: the type of answer, the topic, and the names and sources in them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.nlp.dates import MONTHS, WEEKDAYS
from bot.nlp.gazetteer import TOKEN as _TOKEN
from bot.nlp.gazetteer import common_words, given_names
from bot.nlp.lexicons import cue_pattern, word_list
from bot.nlp.tokens import topic_stems
from bot.qa.periods import asks_for_latest, find_period, without_period

_CAPITALISED_RUN = re.compile(
    r"(?<!\w)[A-Z][\w&’'.+-]*"
    r"(?:(?:\s+(?:of|de|the|&)\s+(?=[A-Z])|\s+[|–-]\s+(?=[A-Z])|\s+(?=[A-Z0-9]))[A-Z0-9][\w&’'.+-]*)*"
)
_POSSESSIVE = re.compile(r"['’]s\b")
_NON_NAME_OPENERS = word_list("question_opener")
_CALENDAR_WORDS = frozenset(map(str.lower, (*MONTHS, *WEEKDAYS)))
_SOURCE_AFTER = re.compile(
    r"\s*['\"’”]?s?['\"’”]?\s+(?:\w+\s+)?(?:articles?|reports?|reported|pieces?|stor(?:y|ies)|podcast|episode|show)\b"
)
_SOURCE_BEFORE = re.compile(
    r"(?:\b(?:according to|reported by|reports? (?:from|by)|covered by|(?:as )?per|published (?:in|by)|presented by"
    r"|(?:articles?|pieces?|stor(?:y|ies)|information|coverage|episodes?) (?:from|by|in|on|of|published in))"
    r"\s+(?:both\s+|an?\s+|the\s+|articles? (?:from|by|in)\s+)*['\"‘“]?)$",
    re.IGNORECASE,
)


class AnswerType(StrEnum):
    """The type of answer that a question wants."""

    WHO = "who"
    FIGURE = "figure"
    WHEN = "when"
    WHY = "why"
    YES_NO = "whether"
    COMPARISON = "comparison"
    DEFINITION = "meaning"
    EVENT = "event"
    OPEN = "anything"


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """A question taken apart: `topic` stems without those of `sources`, and the names as written.

    `timeless` is the question without the words that say of which time it asks. `asks_for_views` is set if it asks for
    somebody's own words or opinion.
    """

    text: str
    timeless: str
    answer_type: AnswerType
    topic: tuple[str, ...]
    names: tuple[str, ...]
    sources: tuple[str, ...]
    asks_for_views: bool = False
    wants_latest: bool = False

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers and years in it."""
        return tuple(stem for stem in self.topic if stem[0].isdigit() and len(stem) > 1)


_VIEW_QUESTION = re.compile(
    rf"\b(?:what|how|why|when|whether|where|which|does|did|do)\b.{{1,60}}?\b(?:{cue_pattern('view_verb')})\b",
    re.IGNORECASE,
)
_TYPE_PATTERNS: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
    (
        AnswerType.COMPARISON,
        re.compile(
            r"\b(?:both|compar\w+|differ\w*|disagree\w*|whereas|versus|vs|consisten\w+|inconsisten\w+|unlike|similar\w*)\b",
            re.IGNORECASE,
        ),
    ),
    (
        AnswerType.FIGURE,
        re.compile(
            r"\bhow (?:many|much|big|large|long|far|old|high|tall|deep|wide|heavy|hot|cold|often|fast)\b"
            r"|\bwhat (?:percent\w*|share|number|price|amount|fraction)\b"
            r"|^\W*what\b.*\b(?:costs?|price|charges?|worth|revenue|margins?|valuation)\b",
            re.IGNORECASE,
        ),
    ),
    (AnswerType.WHEN, re.compile(r"\b(?:when|what (?:year|date|day|month)|how soon)\b", re.IGNORECASE)),
    (AnswerType.WHY, re.compile(r"\b(?:why|what (?:caused|causes)|how come|reasons?)\b", re.IGNORECASE)),
    (AnswerType.WHO, re.compile(r"\b(?:who|whom|whose|which (?:person|individual|people|company))\b", re.IGNORECASE)),
    (
        AnswerType.EVENT,
        re.compile(r"\b(?:what(?:['’]s| is| has| was)? (?:happen\w*|new)|latest|news)\b", re.IGNORECASE),
    ),
    (AnswerType.DEFINITION, re.compile(r"^\W*(?:what|who)(?:['’]s| is| are| was| were)\b", re.IGNORECASE)),
    (
        AnswerType.YES_NO,
        re.compile(
            r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b",
            re.IGNORECASE,
        ),
    ),
)


def parse_question(question: str) -> ParsedQuestion:
    """Return what a question asks; any text is a legal question."""
    timeless = without_period(question, find_period(question, _ANY_DAY))
    names, sources = _names(timeless)
    attributed = {stem for source in sources for stem in topic_stems(source)}
    topic = tuple(stem for stem in topic_stems(timeless) if stem not in attributed)
    return ParsedQuestion(
        question,
        timeless,
        _answer_type(question),
        topic,
        names,
        sources,
        asks_for_views=bool(_VIEW_QUESTION.search(question)),
        wants_latest=asks_for_latest(question),
    )


_ANY_DAY = dt.date(2000, 1, 1)
"""Which words name a time depends on no day."""


def _answer_type(question: str) -> AnswerType:
    return next((kind for kind, pattern in _TYPE_PATTERNS if pattern.search(question)), AnswerType.OPEN)


def _names(question: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names: dict[str, None] = {}
    sources: dict[str, None] = {}
    for run in _CAPITALISED_RUN.finditer(question):
        name = _clean_name(run.group())
        if not name:
            continue
        before, after = question[: run.start()], question[run.end() :]
        if not before.strip() and " " not in name and is_familiar(name.lower()):
            continue  # the capital is only that of a sentence
        attributed = _SOURCE_BEFORE.search(before) or _SOURCE_AFTER.match(after)
        (sources if attributed else names)[name] = None
    written = {word for name in (*names, *sources) for word in _TOKEN.findall(name.lower())}
    own = tuple(name for name in names if name not in sources)
    return (*own, *dict.fromkeys(_unfamiliar_names(question, written))), tuple(sources)


def _unfamiliar_names(question: str, written: Container[str]) -> Iterator[str]:
    """Yield the runs of words in lower case that are no English words, with the given names before them."""
    run: list[str] = []
    for token in [*_TOKEN.findall(question.lower().replace("’", "'")), ""]:
        word = _POSSESSIVE.sub("", token)
        is_part = bool(word) and word not in written and (word in given_names() or _is_strange(word))
        if is_part:
            run.append(word)
        if run and (not is_part or word != token):
            if any(map(_is_strange, run)):
                yield " ".join(run)
            run = []


_DERIVED = re.compile(r"\w{3,}(?:ed|ing|ly|ness|able|ible|tions?|ive|ity|ous|less|ful)")


def _is_strange(word: str) -> bool:
    """Return whether a lower-case word is neither an ordinary one nor looks derived from one."""
    return not is_familiar(word) and not _DERIVED.fullmatch(word)


def is_familiar(word: str) -> bool:
    """Return whether a lower-case word is an ordinary one, or a form of one; numbers are."""
    if (
        word in common_words()
        or word in _CALENDAR_WORDS
        or not any(map(str.isalpha, word))
        or word[0].isdigit()
        or len(word) < _MIN_NAME
    ):
        return True
    return any(word.endswith(end) and word.removesuffix(end) + more in common_words() for end, more in _ENDINGS)


_MIN_NAME = 3
_ENDINGS = tuple(
    (ending, instead)
    for ending, *ways in (
        ("s", ""), ("es", ""), ("ed", "", "e"), ("ing", "", "e"), ("er", ""), ("ers", ""), ("ly", ""), ("ies", "y"),
        ("n't", "n", ""), ("'re", ""), ("'ve", ""), ("'ll", ""), ("'d", ""), ("'m", ""), ("ness", ""), ("able", ""),
    )
    for instead in ways
)  # fmt: skip
"""Endings of forms, and what stands instead in the word itself."""


def _clean_name(run: str) -> str:
    parts = _POSSESSIVE.sub("", run).split()
    while parts and parts[0].strip(".,'’").lower() in _NON_NAME_OPENERS:
        parts = parts[1:]
    kept = [part.strip(".,'’-|") for part in parts]
    name = " ".join(part for part in kept if part)
    return name if name[1:] and kept[0].lower() not in _CALENDAR_WORDS else ""
