"""Whether the evidence answers a question, as one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.nlp.question_words import stems, topic_stems
from bot.qa.coverage import MAX_STRENGTH, evidence_strength
from bot.qa.evidence import Evidence
from bot.qa.question import ParsedQuestion

ANSWER_THRESHOLD = 0.6
"""Confidence from which a question is answered; see `bench/answers.py` for the curve and how it was chosen."""

_FULL_NAME_WORDS = 2
_SURNAME_WEIGHT = 0.9
_MENTION_WEIGHT = 0.5
_FIGURE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Answerability:
    """How well the hits support a question.

    `confidence` (0 to 1) is what the decision stands on: the share of the question's names, sources and figures
    that the hits know, times how much of its topic the best of them has. `missing` are names that none knows.
    """

    confidence: float
    missing_names: tuple[str, ...]


def assess_answerability(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> Answerability:
    """Return how well the evidence supports the question; nothing found supports nothing."""
    known = {name: _name_support(name, evidence) for name in parsed.names}
    known |= {source: _source_support(source, evidence) for source in parsed.sources}
    confidence = (
        _support(parsed, known, evidence) * min(MAX_STRENGTH, evidence_strength(parsed, evidence)) / MAX_STRENGTH
    )
    return Answerability(confidence, tuple(name for name, share in known.items() if share == 0))


def _support(parsed: ParsedQuestion, known: Mapping[str, float], evidence: Sequence[Evidence]) -> float:
    figures = [any(figure in one.stems for one in evidence) for figure in parsed.figures]
    total = len(known) + _FIGURE_WEIGHT * len(figures)
    return (sum(known.values()) + _FIGURE_WEIGHT * sum(figures)) / total if total else 1.0


def _name_support(name: str, evidence: Sequence[Evidence]) -> float:
    parts = _name_stems(name)
    return max((_matched_share(parts, one.stems) for one in evidence), default=0.0)


def _source_support(source: str, evidence: Sequence[Evidence]) -> float:
    parts = _name_stems(source)
    if any(one.source_stems.issuperset(parts) for one in evidence):
        return 1.0
    return _MENTION_WEIGHT * _name_support(source, evidence)


def _name_stems(name: str) -> Sequence[str]:
    return topic_stems(name) or stems(name)


def _matched_share(parts: Sequence[str], words: frozenset[str]) -> float:
    surname = len(parts) == _FULL_NAME_WORDS and parts[-1] in words
    return max(sum(part in words for part in parts) / len(parts), _SURNAME_WEIGHT * surname)
