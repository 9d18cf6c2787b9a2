"""Two voices on one thing that do not say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Self

from bot.claims.context import subjects
from bot.domain import Claim, Figure
from bot.nlp.tokens import content

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


@dataclass(frozen=True, slots=True)
class Measured:
    """A sentence, its figures, and the stems of the names in it."""

    text: str
    figures: tuple[Figure, ...]
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, claim: Claim) -> Self:
        """Return what a claim measures."""
        named = (stem for mention in claim.entities for stem in content(mention.name))
        return cls(claim.text, claim.figures, frozenset(named))


def objection(claims: Sequence[Claim]) -> tuple[Claim, Claim] | None:
    """Return the first two claims, by different speakers, of which the later objects to the earlier."""
    for one, other in combinations(claims, 2):
        if one.speaker != other.speaker and _shared(one.text, other.text) >= _SHARED:
            if objects(other.text):
                return one, other
            if objects(one.text):
                return other, one
    return None


def objects(sentence: str) -> bool:
    """Return whether a sentence objects to something that somebody says."""
    return _OBJECTS.search(sentence) is not None


def differing(claims: Sequence[Claim]) -> tuple[tuple[Claim, Figure], tuple[Claim, Figure]] | None:
    """Return two figures by different speakers that measure one thing in one unit, and are not the same.

    A number that moved, or that somebody corrects, is no dispute.
    """
    for one, other in combinations(claims, 2):
        moved = moves(one.text) or moves(other.text)
        if one.speaker != other.speaker and not moved and _same_subject(one, other):
            for mine, theirs in comparable(Measured.of(one), Measured.of(other)):
                if apart(mine, theirs):
                    return (one, mine), (other, theirs)
    return None


def moves(sentence: str) -> bool:
    """Return whether a sentence tells that a number moved, or corrects one."""
    return _MOVED.search(sentence) is not None


def comparable(one: Measured, other: Measured) -> Iterator[tuple[Figure, Figure]]:
    """Yield figures of two sentences that measure one thing in one unit."""
    shared = _shared(one.text, other.text)
    for mine, theirs in product(_alone(one), _alone(other)):
        needed = _SHARED_STRICT if _MONEY_OR_SHARE.match(mine.unit) else _SHARED
        alike = _measure(mine) == _measure(theirs) and _near(one, mine) & _near(other, theirs)
        if shared >= needed and alike:
            yield mine, theirs


def apart(one: Figure, other: Figure) -> bool:
    """Return whether two values differ by more than people round; a hedge, such as "nearly", leaves more room."""
    if one.value is None or other.value is None:
        return False
    rough = _APART_ROUGHLY if one.hedge or other.hedge else _APART
    return abs(one.value - other.value) > rough * max(abs(one.value), abs(other.value))


def _near(said: Measured, figure: Figure) -> set[str]:
    """Return what stands beside a figure, which tells what it measures, without the names."""
    at = said.text.find(figure.text)
    around = said.text[max(0, at - _BESIDE) : at] + said.text[at + len(figure.text) :][:_BESIDE]
    return {stem for stem in content(around) if not stem[0].isdigit()} - said.names


def _alone(said: Measured) -> list[Figure]:
    """Return figures in digits that are the only one of their measure; "from 61 to 52 percent" is no single number."""
    measures = [_measure(figure) for figure in said.figures]
    return [
        figure
        for figure in said.figures
        if measures.count(_measure(figure)) == 1 and any(_measure(figure)) and any(map(str.isdigit, figure.text))
    ]


def _measure(figure: Figure) -> tuple[str, str]:
    return (figure.unit, figure.currency)


def _same_subject(one: Claim, other: Claim) -> bool:
    return bool({mention.name for mention in subjects(one)} & {mention.name for mention in subjects(other)})


def _shared(one: str, other: str) -> int:
    common = set(content(one)) & set(content(other))
    return sum(not stem[0].isdigit() for stem in common)
