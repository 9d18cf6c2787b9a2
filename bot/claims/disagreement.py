"""Two voices on one thing that do not say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Self

from bot.claims.context import subject_mentions
from bot.domain import Claim, Figure
from bot.nlp.lexicons import compile_cues
from bot.nlp.tokens import content_stems, shared_stems

_OBJECTION_CUE = compile_cues("objection")
_CHANGE_CUE = compile_cues("change")
_MONEY_OR_SHARE = re.compile(r"^(?:%|percent\w*|x|[A-Z]{3})$")
_MIN_SHARED, _MIN_SHARED_STRICT = 2, 4
_TOLERANCE, _HEDGED_TOLERANCE = 0.05, 0.25
_CONTEXT_CHARS = 36


@dataclass(frozen=True, slots=True)
class MeasuredSentence:
    """A sentence, its figures, and the stems of the names in it."""

    text: str
    figures: tuple[Figure, ...]
    names: frozenset[str] = frozenset()

    @classmethod
    def from_claim(cls, claim: Claim) -> Self:
        """Return what a claim measures."""
        named = (stem for mention in claim.entities for stem in content_stems(mention.name))
        return cls(claim.text, claim.figures, frozenset(named))


def find_objection(claims: Sequence[Claim]) -> tuple[Claim, Claim] | None:
    """Return the first two claims, by different speakers, of which the later objects to the earlier."""
    for one, other in combinations(claims, 2):
        if one.speaker != other.speaker and _shared_stem_count(one.text, other.text) >= _MIN_SHARED:
            if is_objection(other.text):
                return one, other
            if is_objection(one.text):
                return other, one
    return None


def is_objection(sentence: str) -> bool:
    """Return whether a sentence objects to something that somebody says."""
    return _OBJECTION_CUE.search(sentence) is not None


def find_conflicting_figures(claims: Sequence[Claim]) -> tuple[tuple[Claim, Figure], tuple[Claim, Figure]] | None:
    """Return two figures by different speakers that measure one thing in one unit, and are not the same.

    A number that moved, or that somebody corrects, is no dispute.
    """
    for one, other in combinations(claims, 2):
        moved = reports_change(one.text) or reports_change(other.text)
        if one.speaker != other.speaker and not moved and _share_subject(one, other):
            for mine, theirs in comparable_figures(
                MeasuredSentence.from_claim(one), MeasuredSentence.from_claim(other)
            ):
                if values_differ(mine, theirs):
                    return (one, mine), (other, theirs)
    return None


def reports_change(sentence: str) -> bool:
    """Return whether a sentence tells that a number moved, or corrects one."""
    return _CHANGE_CUE.search(sentence) is not None


def comparable_figures(one: MeasuredSentence, other: MeasuredSentence) -> Iterator[tuple[Figure, Figure]]:
    """Yield figures of two sentences that measure one thing in one unit."""
    shared = _shared_stem_count(one.text, other.text)
    for mine, theirs in product(_unique_figures(one), _unique_figures(other)):
        needed = _MIN_SHARED_STRICT if _MONEY_OR_SHARE.match(mine.unit) else _MIN_SHARED
        alike = _unit_key(mine) == _unit_key(theirs) and _context_stems(one, mine) & _context_stems(other, theirs)
        if shared >= needed and alike:
            yield mine, theirs


def values_differ(one: Figure, other: Figure) -> bool:
    """Return whether two values differ by more than people round; a hedge, such as "nearly", leaves more room."""
    if one.value is None or other.value is None:
        return False
    rough = _HEDGED_TOLERANCE if one.hedge or other.hedge else _TOLERANCE
    return abs(one.value - other.value) > rough * max(abs(one.value), abs(other.value))


def _context_stems(sentence: MeasuredSentence, figure: Figure) -> set[str]:
    """Return what stands beside a figure, which tells what it measures, without the names."""
    at = sentence.text.find(figure.text)
    around = sentence.text[max(0, at - _CONTEXT_CHARS) : at] + sentence.text[at + len(figure.text) :][:_CONTEXT_CHARS]
    return {stem for stem in content_stems(around) if not stem[0].isdigit()} - sentence.names


def _unique_figures(sentence: MeasuredSentence) -> list[Figure]:
    """Return figures in digits that are the only one of their measure; "from 61 to 52 percent" is no single number."""
    measures = [_unit_key(figure) for figure in sentence.figures]
    return [
        figure
        for figure in sentence.figures
        if measures.count(_unit_key(figure)) == 1 and any(_unit_key(figure)) and any(map(str.isdigit, figure.text))
    ]


def _unit_key(figure: Figure) -> tuple[str, str]:
    return (figure.unit, figure.currency)


def _share_subject(one: Claim, other: Claim) -> bool:
    return bool(
        {mention.name for mention in subject_mentions(one)} & {mention.name for mention in subject_mentions(other)}
    )


def _shared_stem_count(one: str, other: str) -> int:
    return sum(not stem[0].isdigit() for stem in shared_stems(one, other))
