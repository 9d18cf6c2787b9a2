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
_MONEY_OR_SHARE = re.compile(r"^(?:%|percent\w*|x|[A-Z]{3}|)$")
_SHARED, _SHARED_STRICT = 2, 4
_APART = 0.05


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
    """Return two figures by different speakers that measure one thing in one unit, and are not the same."""
    for one, other in combinations(claims, 2):
        if one.speaker != other.speaker and _same_subject(one, other):
            for mine, theirs in _comparable(one, other):
                return (one, mine), (other, theirs)
    return None


def _comparable(one: Claim, other: Claim) -> Iterator[tuple[Figure, Figure]]:
    shared = _shared(one, other)
    for mine, theirs in product(_alone(one), _alone(other)):
        needed = _SHARED_STRICT if _MONEY_OR_SHARE.match(mine.unit) else _SHARED
        if shared >= needed and _measure(mine) == _measure(theirs) and _apart(mine.value, theirs.value):
            yield mine, theirs


def _alone(claim: Claim) -> list[Figure]:
    """Return the figures that are the only one of their measure; "from 61 to 52 percent" is no single number."""
    measures = [_measure(figure) for figure in claim.figures]
    return [figure for figure in claim.figures if measures.count(_measure(figure)) == 1]


def _measure(figure: Figure) -> tuple[str, str]:
    return (figure.unit, figure.currency)


def _apart(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) > _APART * max(abs(one), abs(other))


def _same_subject(one: Claim, other: Claim) -> bool:
    return bool({mention.name for mention in subjects(one)} & {mention.name for mention in subjects(other)})


def _shared(one: Claim, other: Claim) -> int:
    common = set(content(one.text)) & set(content(other.text))
    return sum(not stem[0].isdigit() for stem in common)
