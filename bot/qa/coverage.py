"""How much of a question's topic the evidence has, by words and by meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from bot.nlp.question_words import stem_weight, stems, topic_stems
from bot.qa.evidence import Evidence
from bot.qa.question import ParsedQuestion

MAX_STRENGTH = 1.5
"""Strength beyond which more adds nothing; 1 is what an answer usually needs."""

_MIN_SEMANTIC_TOPIC = 3
_LONG_TOPIC = 8
_MAX_SEMANTIC_TOPIC = 13
_SEMANTIC_ONLY_FACTOR = 0.65


def evidence_strength(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> float:
    """Return how much of the topic the best passage has, where 1 is what an answer usually needs.

    What that is was fitted on questions with and without an answer, in libraries of 125 to 37,000 passages.
    """
    among = max((one.hit.collection_size for one in evidence), default=0)
    whole = max((_topic_coverage(parsed, one) for one in evidence), default=0.0) / _expected_coverage(
        len(parsed.topic), among
    )
    about = _names_coverage(parsed, evidence, among)
    words = min(MAX_STRENGTH, whole) if about is None else (min(MAX_STRENGTH, whole) + min(MAX_STRENGTH, about)) / 2
    meaning = max((one.hit.similarity for one in evidence), default=0.0) / _expected_similarity(among)
    told = whole > 0 and about != 0 and _MIN_SEMANTIC_TOPIC <= len(parsed.topic) < _MAX_SEMANTIC_TOPIC
    if told:
        return max(words, meaning)
    # Where not one word is shared, nearness is no answer: nonsense is near to something as well.
    return max(words, _SEMANTIC_ONLY_FACTOR * (meaning if whole > 0 else min(meaning, 1)))


def _names_coverage(parsed: ParsedQuestion, evidence: Sequence[Evidence], collection_size: int) -> float | None:
    """Look for what a short question asks about its names in the passages that have one.

    The name here and the rest there prove little. None where a question names nobody, asks nothing more, or is long.
    """
    of_names = {stem for name in parsed.names for stem in stems(name)}
    rest = [stem for stem in parsed.topic if stem not in of_names]
    if not (parsed.names and rest) or len(parsed.topic) >= _LONG_TOPIC:
        return None
    last = {topic_stems(name)[-1] for name in parsed.names if topic_stems(name)}
    return max(
        (_weighted_overlap(rest, one) for one in evidence if last & one.stems), default=0.0
    ) / _expected_coverage(len(rest), collection_size)


def _topic_coverage(parsed: ParsedQuestion, passage: Evidence) -> float:
    """Weigh a passage's words by our own weights and by their rarity in the library; a surname stands for a name."""
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
