"""The words, clauses and dates of a question that are worth looking for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from bot.nlp.dates import MONTHS
from bot.nlp.lexicons import word_list
from bot.nlp.tokens import root

MAX_QUERY_WORDS = 64
"""A question is searched by this many different words at most; a pasted page isn't a question any more."""

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b")
_CLAUSE_BREAK = re.compile(r"[,;:?]|\b(?:while|and|but|or|whether|before|after)\b", re.IGNORECASE)
_WRITTEN_DATE = re.compile(
    rf"\b(?P<month>{'|'.join(MONTHS)})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE
)
_ISO_DATE = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b")

_STOP_WORDS = word_list("query_stopword")
_MIN_CLAUSE_WORDS = 4
_MAX_CLAUSES = 8


def tokenize(text: str) -> list[str]:
    """Return every word of a text in lower case."""
    return _WORD.findall(_normalize(text))


def content_words(question: str) -> list[str]:
    """Return the different words to look for, in order; all words if there are only function words."""
    words = dict.fromkeys(tokenize(question))
    content = [word for word in words if word not in _STOP_WORDS]
    return (content or list(words))[:MAX_QUERY_WORDS]


def split_clauses(question: str) -> list[str]:
    """Return the clauses of a question that asks several things, at least four content words each; else nothing."""
    parts: list[str] = []
    clause = ""
    for piece in _CLAUSE_BREAK.split(question):
        clause = f"{clause} {piece}"
        if len(content_words(clause)) >= _MIN_CLAUSE_WORDS:
            parts.append(clause)
            clause = ""
    return parts[:_MAX_CLAUSES] if len(parts) > 1 else []


def dates_in(question: str) -> frozenset[dt.date]:
    """Return the days that a question names, such as "October 31, 2023" or 2023-10-31."""
    return frozenset(_parse_dates(question))


def is_show_named(question: str, show: str) -> bool:
    """Return whether a question names a show: in its own capitals, or in any if it has several content words."""
    return bool(show) and show.casefold() in question.casefold() and (show in question or _is_distinctive(show))


@lru_cache(maxsize=256)
def roots_in(roots: tuple[str, ...], text: str) -> frozenset[str]:
    """Return those of the roots that the words of a text have."""
    # A word begins with its root; cutting every word down to its root would take four times as long.
    return frozenset(roots).intersection(map(root, _root_pattern(roots).findall(_normalize(text))))


@lru_cache(maxsize=64)
def _root_pattern(roots: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, roots))})[^\W_]*")


def _normalize(text: str) -> str:
    return _POSSESSIVE.sub("", text.casefold())


def _parse_dates(question: str) -> Iterator[dt.date]:
    for match in [*_WRITTEN_DATE.finditer(question), *_ISO_DATE.finditer(question)]:
        month = match["month"]
        number = int(month) if month.isdecimal() else MONTHS.index(month.title()) + 1
        with suppress(ValueError):
            yield dt.date(int(match["year"]), number, int(match["day"]))


def _is_distinctive(name: str) -> bool:
    return sum(word not in _STOP_WORDS for word in tokenize(name)) > 1
