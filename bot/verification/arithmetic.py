"""Arithmetic: figures that follow from two others by a step that is named, such as a sum, a ratio or a share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import permutations

from bot.nlp.lexicons import compile_cues
from bot.nlp.numbers import Amount

_RELATIVE_TOLERANCE = 0.005
_PERCENTAGE_POINTS_TOLERANCE = 0.5

_SUM_CUES = compile_cues("sum_cue")
_DIFFERENCE_CUES = compile_cues("difference_cue")
_RATIO_CUES = compile_cues("ratio_cue")
_CHANGE_CUES = compile_cues("change_cue")
_SHARE_CUES = re.compile(r"\b(?:share|of the|out of|percent of|% of)\b", re.IGNORECASE)


def is_derivable(amount: Amount, known: Sequence[Amount], statement: str) -> bool:
    """Return whether the amount follows from two known ones by a step that the statement names.

    Sums and differences must be exact to half a percent, and of one unit; shares and changes to half a point.
    """
    return any(_follows_from(amount, left, right, statement) for left, right in permutations(known, 2))


def _follows_from(amount: Amount, left: Amount, right: Amount, statement: str) -> bool:
    if left.unit != right.unit:
        return False
    return any(
        unit == amount.unit and abs(value - amount.value) <= slack
        for value, unit, slack in _derivations(left, right, statement)
    )


def _derivations(left: Amount, right: Amount, statement: str) -> Iterator[tuple[float, str, float]]:
    """Yield the result of each step that the statement names, its unit, and how far off it may be."""
    if _SUM_CUES.search(statement):
        total = left.value + right.value
        yield total, left.unit, _RELATIVE_TOLERANCE * total
    if _DIFFERENCE_CUES.search(statement):
        between = left.value - right.value
        yield between, "%" if left.unit == "%" else left.unit, _RELATIVE_TOLERANCE * abs(between)
    if right.value and left.unit != "%":
        if _RATIO_CUES.search(statement):
            yield left.value / right.value, "x", _RELATIVE_TOLERANCE * left.value / right.value
            yield left.value / right.value, "", _RELATIVE_TOLERANCE * left.value / right.value
        if _CHANGE_CUES.search(statement):
            yield 100 * abs(left.value - right.value) / right.value, "%", _PERCENTAGE_POINTS_TOLERANCE
        if _SHARE_CUES.search(statement) and left.value <= right.value:
            yield 100 * left.value / right.value, "%", _PERCENTAGE_POINTS_TOLERANCE
