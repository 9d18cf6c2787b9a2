"""Disagreement: two speakers on one subject who object to each other, or give different figures."""

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
        """Return a claim's text, figures and names."""
        named = (stem for mention in claim.entities for stem in content_stems(mention.name))
        return cls(claim.text, claim.figures, frozenset(named))


def find_objection(claims: Sequence[Claim]) -> tuple[Claim, Claim] | None:
    """Return the first two claims, by different speakers, of which the later objects to the earlier."""
    for left, right in combinations(claims, 2):
        if left.speaker != right.speaker and _shared_stem_count(left.text, right.text) >= _MIN_SHARED:
            if is_objection(right.text):
                return left, right
            if is_objection(left.text):
                return right, left
    return None


def is_objection(sentence: str) -> bool:
    """Return whether a sentence objects to something that somebody says."""
    return _OBJECTION_CUE.search(sentence) is not None


def find_conflicting_figures(claims: Sequence[Claim]) -> tuple[tuple[Claim, Figure], tuple[Claim, Figure]] | None:
    """Return two figures by different speakers that measure one thing in one unit, and are not the same.

    A number that moved, or that somebody corrects, is not in dispute.
    """
    for left, right in combinations(claims, 2):
        moved = reports_change(left.text) or reports_change(right.text)
        if left.speaker != right.speaker and not moved and _share_subject(left, right):
            for left_figure, right_figure in comparable_figures(
                MeasuredSentence.from_claim(left), MeasuredSentence.from_claim(right)
            ):
                if values_differ(left_figure, right_figure):
                    return (left, left_figure), (right, right_figure)
    return None


def reports_change(sentence: str) -> bool:
    """Return whether a sentence says that a number moved, or corrects one."""
    return _CHANGE_CUE.search(sentence) is not None


def comparable_figures(left: MeasuredSentence, right: MeasuredSentence) -> Iterator[tuple[Figure, Figure]]:
    """Yield figures of two sentences that measure one thing in one unit."""
    shared = _shared_stem_count(left.text, right.text)
    for left_figure, right_figure in product(_unique_figures(left), _unique_figures(right)):
        needed = _MIN_SHARED_STRICT if _MONEY_OR_SHARE.match(left_figure.unit) else _MIN_SHARED
        alike = _unit_key(left_figure) == _unit_key(right_figure) and _context_stems(
            left, left_figure
        ) & _context_stems(right, right_figure)
        if shared >= needed and alike:
            yield left_figure, right_figure


def values_differ(left: Figure, right: Figure) -> bool:
    """Return whether two values differ by more than people round; a hedge, such as "nearly", leaves more room."""
    if left.value is None or right.value is None:
        return False
    rough = _HEDGED_TOLERANCE if left.hedge or right.hedge else _TOLERANCE
    return abs(left.value - right.value) > rough * max(abs(left.value), abs(right.value))


def _context_stems(sentence: MeasuredSentence, figure: Figure) -> set[str]:
    """Return the stems beside a figure, which show what it measures, without those of names."""
    at = sentence.text.find(figure.text)
    around = sentence.text[max(0, at - _CONTEXT_CHARS) : at] + sentence.text[at + len(figure.text) :][:_CONTEXT_CHARS]
    return {stem for stem in content_stems(around) if not stem[0].isdigit()} - sentence.names


def _unique_figures(sentence: MeasuredSentence) -> list[Figure]:
    """Return figures in digits that are the only one of their unit; "from 61 to 52 percent" has no single value."""
    measures = [_unit_key(figure) for figure in sentence.figures]
    return [
        figure
        for figure in sentence.figures
        if measures.count(_unit_key(figure)) == 1 and any(_unit_key(figure)) and any(map(str.isdigit, figure.text))
    ]


def _unit_key(figure: Figure) -> tuple[str, str]:
    return (figure.unit, figure.currency)


def _share_subject(left: Claim, right: Claim) -> bool:
    return bool(
        {mention.name for mention in subject_mentions(left)} & {mention.name for mention in subject_mentions(right)}
    )


def _shared_stem_count(left: str, right: str) -> int:
    return sum(not stem[0].isdigit() for stem in shared_stems(left, right))
