"""The words, clauses and dates of a question that are worth looking for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

MAX_QUERY_WORDS = 64
"""A question is searched by this many different words at most; a pasted page isn't a question any more."""

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b")
_CLAUSE_BREAK = re.compile(r"[,;:?]|\b(?:while|and|but|or|whether|before|after)\b", re.IGNORECASE)
_MONTHS = _WORD.findall("january february march april may june july august september october november december")
_WRITTEN_DATE = re.compile(
    rf"\b(?P<month>{'|'.join(_MONTHS)})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE
)
_ISO_DATE = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b")

# Function words, and words with which people ask rather than what they ask about.
_STOP_WORDS = frozenset(
    _WORD.findall(
        """
    a about above after again against ain all also am an and any are aren as at be because been before being below
    between both but by can cannot could couldn d did didn do does doesn doing don down during each either else ever
    few for from further had hadn has hasn have haven having he her here hers herself him himself his how however i
    if in into is isn it its itself just let ll m may me might mine more most must my myself neither no nor not now
    of off on once one only onto or other our ours ourselves out over own per quite rather re s same shall she should
    shouldn since so some such t than that the their theirs them themselves then there these they this those through
    to too toward towards under until up upon us ve very was wasn we were weren what when where whether which while
    who whom whose why will with within without won would wouldn yet you your yours yourself yourselves
    according anybody anyone anything article articles ask asked asking asks claim claimed claims comment comments
    conversation conversations describe described describes discuss discussed discusses discussing discussion
    episode episodes everybody everyone explain explained explains feel felt find give got happen happened happens
    individual information mention mentioned mentions opinion opinions please podcast podcasts report reported
    reporting reports said say saying says show shows somebody someone something speak speaker speakers suggest
    suggested suggests summarise summarize talk talked talking talks tell telling tells think thinking thinks thought
    thoughts told view views want wanted wants
    """
    )
)
_ENDINGS = _WORD.findall(
    "ational ations ation ments ment ingly edly ings ing ions ion ies ied ers er ors or ness ive ity ally al ed es ly"
)
_MIN_STEM_CHARS = 4
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


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the part of a lower-case word that its inflections share, roughly."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM_CHARS:
            return word[: -len(ending)]
    short = word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) >= _MIN_STEM_CHARS else word
    return short[:-1] if short.endswith(("e", "y")) and len(short) > _MIN_STEM_CHARS else short


@lru_cache(maxsize=256)
def stems_in(stems: tuple[str, ...], text: str) -> frozenset[str]:
    """Return those of the stems that the words of a text have."""
    # A word begins with its stem; cutting out all words and stemming them would take four times as long.
    return frozenset(stems).intersection(map(stem, _stem_pattern(stems).findall(_normalize(text))))


@lru_cache(maxsize=64)
def _stem_pattern(stems: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, stems))})[^\W_]*")


def _normalize(text: str) -> str:
    return _POSSESSIVE.sub("", text.casefold())


def _parse_dates(question: str) -> Iterator[dt.date]:
    for match in [*_WRITTEN_DATE.finditer(question), *_ISO_DATE.finditer(question)]:
        month = match["month"]
        number = int(month) if month.isdecimal() else _MONTHS.index(month.casefold()) + 1
        with suppress(ValueError):
            yield dt.date(int(match["year"]), number, int(match["day"]))


def _is_distinctive(name: str) -> bool:
    return sum(word not in _STOP_WORDS for word in tokenize(name)) > 1
