"""Two voices on one thing that do not say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, product

from bot.analysis.telling import subjects
from bot.analysis.terms import content
from bot.model import Claim, Figure

_OBJECTS = re.compile(
    r"\b(?:disagree\w*|not true|isn['’]t true|wrong|don['’]t (?:buy|believe|think)|doesn['’]t add up|on the contrary|"
    r"stand by|overstated|exaggerat\w+|disput\w+|den(?:y|ies|ied)|contradict\w*|push back)\b",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"\b(?:now|again|correct(?:ion|ed|ing)?|we said|I said|misspoke|earlier|previously|used to|no longer|up from|"
    r"down from|instead of|rather than|not the|since|"
    r"(?:in|within|over) (?:an?|one|two|three|\d+) (?:day|week|month|year)s?)\b",
    re.IGNORECASE,
)
_MONEY_OR_SHARE = re.compile(r"^(?:%|percent\w*|x|[A-Z]{3})$")
_SHARED, _SHARED_STRICT = 2, 4
_APART, _APART_ROUGHLY = 0.05, 0.25
_BESIDE = 36


def objection(claims: Sequence[Claim]) -> tuple[Claim, Claim] | None:
    """Return the first two claims, by different speakers, of which the later objects to the earlier."""
    for one, other in combinations(claims, 2):
        if one.speaker != other.speaker and _shared(one, other) >= _SHARED:
            if _OBJECTS.search(other.text):
                return one, other
            if _OBJECTS.search(one.text):
                return other, one
    return None


def differing(claims: Sequence[Claim]) -> tuple[tuple[Claim, Figure], tuple[Claim, Figure]] | None:
    """Return two figures by different speakers that measure one thing in one unit, and are not the same.

    A number that moved, or that somebody corrects, is no dispute.
    """
    for one, other in combinations(claims, 2):
        moved = _MOVED.search(one.text) or _MOVED.search(other.text)
        if one.speaker != other.speaker and not moved and _same_subject(one, other):
            for mine, theirs in _comparable(one, other):
                return (one, mine), (other, theirs)
    return None


def _comparable(one: Claim, other: Claim) -> Iterator[tuple[Figure, Figure]]:
    shared = _shared(one, other)
    for mine, theirs in product(_alone(one), _alone(other)):
        needed = _SHARED_STRICT if _MONEY_OR_SHARE.match(mine.unit) else _SHARED
        alike = _measure(mine) == _measure(theirs) and _near(one, mine) & _near(other, theirs)
        if shared >= needed and alike and _apart(mine, theirs):
            yield mine, theirs


def _near(claim: Claim, figure: Figure) -> set[str]:
    """Return what stands beside a figure, which tells what it measures, without the names."""
    at = claim.text.find(figure.text)
    around = claim.text[max(0, at - _BESIDE) : at] + claim.text[at + len(figure.text) :][:_BESIDE]
    named = {stem for mention in claim.entities for stem in content(mention.name)}
    return {stem for stem in content(around) if not stem[0].isdigit()} - named


def _alone(claim: Claim) -> list[Figure]:
    """Return figures in digits that are the only one of their measure; "from 61 to 52 percent" is no single number."""
    measures = [_measure(figure) for figure in claim.figures]
    return [
        figure
        for figure in claim.figures
        if measures.count(_measure(figure)) == 1 and any(_measure(figure)) and any(map(str.isdigit, figure.text))
    ]


def _measure(figure: Figure) -> tuple[str, str]:
    return (figure.unit, figure.currency)


def _apart(one: Figure, other: Figure) -> bool:
    if one.value is None or other.value is None:
        return False
    rough = _APART_ROUGHLY if one.hedge or other.hedge else _APART
    return abs(one.value - other.value) > rough * max(abs(one.value), abs(other.value))


def _same_subject(one: Claim, other: Claim) -> bool:
    return bool({mention.name for mention in subjects(one)} & {mention.name for mention in subjects(other)})


def _shared(one: Claim, other: Claim) -> int:
    common = set(content(one.text)) & set(content(other.text))
    return sum(not stem[0].isdigit() for stem in common)
