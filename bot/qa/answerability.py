"""Answerability: how sure it is that the evidence answers a question, as one number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.nlp.tokens import stem_weight, stems, topic_stems
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

    `confidence` (0 to 1) decides. It is the share of the question's names, sources and figures that the hits have,
    times how much of its topic the best of them has. `missing_names` are those that no hit has.
    """

    confidence: float
    missing_names: tuple[str, ...]


def assess_answerability(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> Answerability:
    """Return how well the evidence supports the question; no evidence supports nothing."""
    known = {name: _name_support(name, evidence) for name in parsed.names}
    known |= {source: _source_support(source, evidence) for source in parsed.sources}
    confidence = (
        _support(parsed, known, evidence) * min(MAX_STRENGTH, evidence_strength(parsed, evidence)) / MAX_STRENGTH
    )
    return Answerability(confidence, tuple(name for name, share in known.items() if share == 0))


def _support(parsed: ParsedQuestion, known: Mapping[str, float], evidence: Sequence[Evidence]) -> float:
    figures = [any(figure in passage.stems for passage in evidence) for figure in parsed.figures]
    total = len(known) + _FIGURE_WEIGHT * len(figures)
    return (sum(known.values()) + _FIGURE_WEIGHT * sum(figures)) / total if total else 1.0


def _name_support(name: str, evidence: Sequence[Evidence]) -> float:
    parts = _name_stems(name)
    return max((_matched_share(parts, passage.stems) for passage in evidence), default=0.0)


def _source_support(source: str, evidence: Sequence[Evidence]) -> float:
    parts = _name_stems(source)
    if any(passage.source_stems.issuperset(parts) for passage in evidence):
        return 1.0
    return _MENTION_WEIGHT * _name_support(source, evidence)


def _name_stems(name: str) -> Sequence[str]:
    return topic_stems(name) or stems(name)


def _matched_share(parts: Sequence[str], words: frozenset[str]) -> float:
    surname = len(parts) == _FULL_NAME_WORDS and parts[-1] in words
    return max(sum(part in words for part in parts) / len(parts), _SURNAME_WEIGHT * surname)


MAX_STRENGTH = 1.5
"""Strength beyond which more adds nothing; 1 is what an answer usually needs."""

_MIN_SEMANTIC_TOPIC = 3
_LONG_TOPIC = 8
_MAX_SEMANTIC_TOPIC = 13
_SEMANTIC_ONLY_FACTOR = 0.65


def evidence_strength(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> float:
    """Return how much of the topic the best passage has, where 1 is what an answer usually needs.

    The scale was fitted on questions with and without an answer, in libraries of 125 to 37,000 passages.
    """
    size = max((passage.hit.collection_size for passage in evidence), default=0)
    whole = max((_topic_coverage(parsed, passage) for passage in evidence), default=0.0) / _expected_coverage(
        len(parsed.topic), size
    )
    about = _names_coverage(parsed, evidence, size)
    words = min(MAX_STRENGTH, whole) if about is None else (min(MAX_STRENGTH, whole) + min(MAX_STRENGTH, about)) / 2
    meaning = max((passage.hit.similarity for passage in evidence), default=0.0) / _expected_similarity(size)
    comparable = whole > 0 and about != 0 and _MIN_SEMANTIC_TOPIC <= len(parsed.topic) < _MAX_SEMANTIC_TOPIC
    if comparable:
        return max(words, meaning)
    # If not one word is shared, similarity is no answer: nonsense is similar to something, too.
    return max(words, _SEMANTIC_ONLY_FACTOR * (meaning if whole > 0 else min(meaning, 1)))


def _names_coverage(parsed: ParsedQuestion, evidence: Sequence[Evidence], collection_size: int) -> float | None:
    """Return how much of what a short question asks about its names is in the passages that have one of them.

    The name in one place and the rest in another prove little. None if the question has no name or only names, or is
    long.
    """
    of_names = {stem for name in parsed.names for stem in stems(name)}
    rest = [stem for stem in parsed.topic if stem not in of_names]
    if not (parsed.names and rest) or len(parsed.topic) >= _LONG_TOPIC:
        return None
    last = {topic_stems(name)[-1] for name in parsed.names if topic_stems(name)}
    return max(
        (_weighted_overlap(rest, passage) for passage in evidence if last & passage.stems), default=0.0
    ) / _expected_coverage(len(rest), collection_size)


def _topic_coverage(parsed: ParsedQuestion, passage: Evidence) -> float:
    """Return how much of a topic a passage has, by our weights and by rarity in the library; a surname is enough."""
    surnamed = [stem for name in parsed.names if (parts := stems(name))[-1] in passage.stems for stem in parts]
    own = _weighted_overlap(parsed.topic, replace(passage, stems=passage.stems.union(surnamed)))
    return (own + passage.hit.coverage) / 2 if passage.hit.coverage else own


def _weighted_overlap(topic: Sequence[str], passage: Evidence) -> float:
    total = sum(map(stem_weight, topic))
    return sum(stem_weight(stem) for stem in topic if stem in passage.stems) / total if total else 0.0


def _expected_coverage(topics: int, collection_size: int) -> float:
    """Long questions tell more than anybody says in one place; large libraries have more near misses."""
    return 0.62 * math.pow(max(topics, 2) / 2, -0.6) * (1 + 0.08 * math.log(max(collection_size, 400) / 400))


def _expected_similarity(collection_size: int) -> float:
    return 0.3 + 0.07 * math.log(max(collection_size, 100) / 100)
