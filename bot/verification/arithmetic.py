"""Figures that follow from two others by arithmetic that is named: sum, difference, ratio, share and change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import permutations

from bot.nlp.facts import Amount

_EXACT = 0.005
_SHARE = 0.5

_SUMMED = re.compile(
    r"\b(?:together|combined|in total|altogether|in all|between them|sum of|adds? up to)\b", re.IGNORECASE
)
_APART = re.compile(
    r"\b(?:difference|gap|apart|more than (?:the|that|its|his|her|their)|fewer than (?:the|that)|"
    r"less than (?:the|that|its|his|her|their)|higher than|lower than|ahead of|short of)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(r"\b(?:times|-?fold|doubl\w+|tripl\w+|quadrupl\w+|halv\w+|twice|half)\b", re.IGNORECASE)
_MOVED = re.compile(
    r"\b(?:up|down|rise|rose|risen|rising|fall|fell|fallen|falling|grew|grow\w*|increase\w*|decrease\w*|declin\w*|"
    r"drop\w*|jump\w*|cut|gain\w*|lost|loss|change\w*)\b",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(?:share|of the|out of|percent of|% of)\b", re.IGNORECASE)


def derived(amount: Amount, known: Sequence[Amount], statement: str) -> bool:
    """Return whether the amount follows from two that are known, by a step that the statement names.

    Sums and differences must be exact to half a percent, and of one sort; shares and changes to half a point.
    """
    return any(_follows(amount, one, other, statement) for one, other in permutations(known, 2))


def _follows(amount: Amount, one: Amount, other: Amount, statement: str) -> bool:
    if one.sort != other.sort:
        return False
    return any(
        sort == amount.sort and abs(value - amount.value) <= slack
        for value, sort, slack in _steps(one, other, statement)
    )


def _steps(one: Amount, other: Amount, statement: str) -> Iterator[tuple[float, str, float]]:
    """Yield what comes of two amounts by each step that the statement names, its sort, and how far off it may be."""
    if _SUMMED.search(statement):
        total = one.value + other.value
        yield total, one.sort, _EXACT * total
    if _APART.search(statement):
        between = one.value - other.value
        yield between, "%" if one.sort == "%" else one.sort, _EXACT * abs(between)
    if other.value and one.sort != "%":
        if _TIMES.search(statement):
            yield one.value / other.value, "x", _EXACT * one.value / other.value
            yield one.value / other.value, "", _EXACT * one.value / other.value
        if _MOVED.search(statement):
            yield 100 * abs(one.value - other.value) / other.value, "%", _SHARE
        if _PART.search(statement) and one.value <= other.value:
            yield 100 * one.value / other.value, "%", _SHARE
