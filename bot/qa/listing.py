"""Lists: "which companies …" and "list the …" are answered by one line an item, each item once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import dropwhile

import numpy as np

from bot.domain import UNKNOWN_SPEAKER
from bot.nlp.dates import MONTHS, WEEKDAYS
from bot.nlp.embeddings import Floats
from bot.nlp.entities import find_names
from bot.nlp.lexicons import compile_cues, cue_pattern
from bot.nlp.tokens import FUNCTION_WORDS
from bot.qa.evidence import CandidateSentence
from bot.qa.features import words_of
from bot.qa.question import ParsedQuestion, is_familiar
from bot.qa.reranking import Ranking, Selection

_MAX_ITEMS = 6
_LEAST_ODDS = 4.5
"""How far below the best, in log-odds, the line of an item may be."""
_LEAST_SHARE = 0.6
"""How much of the question, of what the best line has, each has in its own words."""
_SAME_SHARE = 0.5
"""A line that shares more of its words, beside those of the question, with one above it tells the same item."""
_LIST = re.compile(
    r"^\W*(?:(?:list|name|enumerate|give me a list of)\s+|(?:what|who|which) are\s+(?:all|some|the)\s+)"
    r"(?:(?:all|some|of|the|every)\s+)*(?:[\w-]+\s+){0,2}?[\w-]+s\b"
    rf"|^\W*(?:which|what)\s+(?:[\w-]+\s+){{0,3}}?(?:{cue_pattern('listed_noun')})\b",
    re.IGNORECASE,
)
_NAMED = compile_cues("listed_noun")
_SPEAKERS = re.compile(r"\b(?:guests|hosts|speakers)\b", re.IGNORECASE)
_CALENDAR = frozenset((*MONTHS, *WEEKDAYS))
_WE = re.compile(r"\b(?:[Ww]e|[Oo]ur)\b")


def select_items(parsed: ParsedQuestion, ranking: Ranking) -> Selection | None:
    """Return a line for each item of the list that a question asks for, best first.

    None if it asks for no list, or if fewer than two items are found.
    """
    if not ranking.nearest or not _LIST.search(parsed.text):
        return None
    are_named = _NAMED.search(parsed.text) is not None
    about = _about(ranking)
    floor = ranking.nearest[0].score - _LEAST_ODDS
    lines: list[CandidateSentence] = []
    items: list[frozenset[str]] = []
    for each in ranking.nearest:
        if each.score < floor or len(lines) == _MAX_ITEMS:
            break
        line = replace(each.candidate, before=each.candidate.start) if are_named else each.candidate
        if about[each.row] < _LEAST_SHARE * about[ranking.nearest[0].row]:
            continue
        # The first name is what the line is about, more often than not.
        own = frozenset([*_names(parsed, line)][:1]) if are_named else line.stems.difference(parsed.topic)
        if own and not _is_told(own, items) and not any(told.has(line) for told in lines):
            items.append(own)
            lines.append(line)
    return Selection(tuple(lines)) if len(lines) > 1 else None


def _about(ranking: Ranking) -> Floats:
    """Return the share of the question that each sentence has itself, but for the noun that says what is listed."""
    measured = ranking.measured
    if measured is None:
        return np.zeros(0, np.float32)
    noun = np.array([_NAMED.fullmatch(word) is not None for word in measured.terms.words], np.bool_)
    return measured.terms.share(measured.own & ~noun)


def _is_told(own: frozenset[str], told: list[frozenset[str]]) -> bool:
    return any(len(own & other) > _SAME_SHARE * len(own) for other in told)


def _names(parsed: ParsedQuestion, line: CandidateSentence) -> Iterator[str]:
    """Yield the names of a line that the question doesn't have; the speaker's, if they speak of their own."""
    asked = frozenset(words_of(parsed.text))
    if _SPEAKERS.search(parsed.text):
        yield " ".join(words_of(line.speaker))
        return
    found = False
    for run in find_names(line.text):
        words = list(dropwhile(lambda word: word.lower() in FUNCTION_WORDS, run.split()))
        starts = line.text.startswith(run)
        is_name = len(words) > 1 or (bool(words) and not (starts and is_familiar(words[0].lower())))
        is_name = is_name and words[0] not in _CALENDAR
        if is_name and not asked.issuperset(words_of(" ".join(words))):
            found = True
            yield " ".join(words_of(" ".join(words)))
    if not found and line.speaker != UNKNOWN_SPEAKER and _WE.search(line.text):
        yield " ".join(words_of(line.speaker))
