"""Whether the evidence answers a question, as one number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.analysis.asked import Asked
from bot.analysis.evidence import place
from bot.analysis.wording import stems, topical, weight
from bot.model import Hit

SURE = 0.5
"""Confidence from which a question is answered; chosen by cross-validation in bench/answers.py."""


_FULL_NAME = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well the hits support a question.

    `confidence` (0 to 1) is what the decision stands on: `support`, the share of the question's names and sources
    that the hits know, and `strength`, how much of its topic the best of them has (1 is plenty).
    `missing` names what none of them knows.
    """

    confidence: float
    support: float
    strength: float
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    words: frozenset[str]
    place: frozenset[str]


def judge(asked: Asked, hits: Sequence[Hit]) -> Verdict:
    """Return how well the hits support the question; nothing found supports nothing."""
    held = [_held(hit) for hit in hits]
    known = {name: _known(name, held) for name in asked.names}
    known |= {source: _published(source, held) for source in asked.sources}
    support = sum(known.values()) / len(known) if known else 1.0
    strength = _strength(asked, held, hits)
    missing = tuple(name for name, share in known.items() if share == 0)
    return Verdict(_confidence(support, strength), support, strength, missing)


def _held(hit: Hit) -> _Held:
    where = place(hit.passage)
    return _Held(where | frozenset(stems(hit.passage.text)), where)


def _known(name: str, held: Sequence[_Held]) -> float:
    parts = topical(name) or tuple(stems(name))
    return max((_share(parts, one.words) for one in held), default=0.0)


def _published(source: str, held: Sequence[_Held]) -> float:
    parts = topical(source) or tuple(stems(source))
    published = any(one.place.issuperset(parts) for one in held)
    return 1.0 if published else _known(source, held) / 2


def _share(parts: Sequence[str], words: frozenset[str]) -> float:
    found = sum(part in words for part in parts) / len(parts)
    surname = len(parts) == _FULL_NAME and parts[-1] in words
    return max(found, 0.8 * surname)


def _strength(asked: Asked, held: Sequence[_Held], hits: Sequence[Hit]) -> float:
    total = sum(map(weight, asked.topic))
    best = max((sum(weight(stem) for stem in asked.topic if stem in one.words) for one in held), default=0.0)
    by_words = best / math.sqrt(total) if total else 0.0
    by_meaning = max((hit.similarity for hit in hits), default=0.0)
    return max(by_words, by_meaning)


def _confidence(support: float, strength: float) -> float:
    return support * min(1.0, strength)
