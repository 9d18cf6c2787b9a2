"""Whether the evidence answers a question, as one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.nlp.question_words import stems, topical
from bot.qa.coverage import PLENTY, strength
from bot.qa.evidence import Held
from bot.qa.question import Asked

SURE = 0.6
"""Confidence from which a question is answered; see `bench/answers.py` for the curve and how it was chosen."""

_FULL_NAME = 2
_SURNAME_ALONE = 0.9
_MENTIONED_ONLY = 0.5
_FIGURE = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well the hits support a question.

    `confidence` (0 to 1) is what the decision stands on: the share of the question's names, sources and figures
    that the hits know, times how much of its topic the best of them has. `missing` are names that none knows.
    """

    confidence: float
    missing: tuple[str, ...]


def judge(asked: Asked, found: Sequence[Held]) -> Verdict:
    """Return how well the evidence supports the question; nothing found supports nothing."""
    known = {name: _known(name, found) for name in asked.names}
    known |= {source: _published(source, found) for source in asked.sources}
    confidence = _support(asked, known, found) * min(PLENTY, strength(asked, found)) / PLENTY
    return Verdict(confidence, tuple(name for name, share in known.items() if share == 0))


def _support(asked: Asked, known: Mapping[str, float], found: Sequence[Held]) -> float:
    figures = [any(figure in one.words for one in found) for figure in asked.figures]
    total = len(known) + _FIGURE * len(figures)
    return (sum(known.values()) + _FIGURE * sum(figures)) / total if total else 1.0


def _known(name: str, found: Sequence[Held]) -> float:
    parts = _parts(name)
    return max((_share(parts, one.words) for one in found), default=0.0)


def _published(source: str, found: Sequence[Held]) -> float:
    parts = _parts(source)
    if any(one.place.issuperset(parts) for one in found):
        return 1.0
    return _MENTIONED_ONLY * _known(source, found)


def _parts(name: str) -> Sequence[str]:
    return topical(name) or stems(name)


def _share(parts: Sequence[str], words: frozenset[str]) -> float:
    surname = len(parts) == _FULL_NAME and parts[-1] in words
    return max(sum(part in words for part in parts) / len(parts), _SURNAME_ALONE * surname)
