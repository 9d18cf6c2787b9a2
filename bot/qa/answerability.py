"""Answerability: how sure it is that the sentences found answer a question, as one probability."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlp.embeddings import Floats
from bot.nlp.lexicons import compile_cues
from bot.nlp.tokens import stem_weight, stems, topic_stems
from bot.qa.evidence import Evidence
from bot.qa.features import MeasuredSentences
from bot.qa.question import AnswerType, ParsedQuestion
from bot.qa.reranking import Ranking, load_answer_weights

ANSWER_THRESHOLD = 0.4
"""Probability from which a question is answered; docs/measured.md says how well it is calibrated."""

_FULL_NAME_WORDS = 2
_SURNAME_WEIGHT = 0.9
_MENTION_WEIGHT = 0.5
_FIGURE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Answerability:
    """How well the sentences support an answer.

    `confidence` is the probability that they answer the question, and decides. `missing_names` are those names of the
    question that no passage has.
    """

    confidence: float
    missing_names: tuple[str, ...]


def assess_answerability(parsed: ParsedQuestion, evidence: Sequence[Evidence], ranking: Ranking) -> Answerability:
    """Return how sure it is that the nearest sentences answer the question; without any, it is sure that none does."""
    evidence = evidence[:_COMPARED_PASSAGES]
    known = {name: _name_support(name, evidence) for name in parsed.names}
    known |= {source: _source_support(source, evidence) for source in parsed.sources}
    missing = tuple(name for name, share in known.items() if share == 0)
    written = [name for name in known if name[0].isupper()]
    is_foreign = (bool(written) and not any(known[name] for name in written)) or (
        bool(parsed.sources) and all(known[source] < _MENTION_WEIGHT for source in parsed.sources)
    )
    # If not one word is shared, meaning proves nothing: nonsense is near to something, too.
    if ranking.measured is None or is_foreign or not ranking.measured.around.any():
        return Answerability(0.0, missing)
    signs = answer_signs(parsed, evidence, ranking, ranking.measured)
    odds = float(load_answer_weights().sureness(signs)[0])
    return Answerability(1 / (1 + math.exp(-odds)), missing)


_LOOKED_AT = 3
_NEGATION = compile_cues("negation")
_PRESUPPOSING = {AnswerType.WHY, AnswerType.WHEN, AnswerType.FIGURE, AnswerType.OPEN, AnswerType.WHO}
"""Questions that take what they ask about for granted."""


def answer_signs(
    parsed: ParsedQuestion, evidence: Sequence[Evidence], ranking: Ranking, measured: MeasuredSentences
) -> Floats:
    """Return what tells how sure an answer is, as one row, by the kind of question.

    One may ask several things, one be in other words than any sentence, and most are plain. The more of each sign, the
    surer; those of the other kinds are zero, and the last, `CONSTANTS` in number, say which kind it is.
    """
    evidence = evidence[:_COMPARED_PASSAGES]
    known = {name: _name_support(name, evidence) for name in parsed.names}
    known |= {source: _source_support(source, evidence) for source in parsed.sources}
    support = _support(parsed, known, evidence)
    strength = min(MAX_STRENGTH, evidence_strength(parsed, evidence)) / MAX_STRENGTH
    terms, nearest = measured.terms, [each.row for each in ranking.nearest]
    several, plain, other_words = [0.0] * 3, [0.0] * _PLAIN_SIGNS, [0.0] * 2
    if len(terms.words) >= _SEVERAL_THINGS:
        kind, several = [1.0, 0.0, 0.0], [support, strength, support * strength]
    elif terms.share(measured.voiced[nearest]).max() < _FEW_WORDS:
        kind, other_words = [0.0, 1.0, 0.0], [_meaning(evidence, evidence[0].hit.collection_size), strength]
    else:
        kind, plain = [0.0, 0.0, 1.0], _plain_signs(parsed, ranking, measured, support, strength)
    return np.array([[*several, *other_words, *plain, *kind]], np.float32)


def _plain_signs(
    parsed: ParsedQuestion, ranking: Ranking, measured: MeasuredSentences, support: float, strength: float
) -> list[float]:
    best, terms = ranking.nearest[:_LOOKED_AT], measured.terms
    rows, first = [each.row for each in best], best[0].candidate.text
    denies = len(first) <= _SHORT and _NEGATION.search(first) is not None and not _NEGATION.search(parsed.text)
    return [
        max(each.merit for each in best),
        support,
        strength,
        float(terms.named_share(measured.voiced[rows]).max()),
        float(terms.named_share(measured.voiced[[each.row for each in ranking.nearest]]).max()),
        float(terms.share(measured.voiced[rows[:1]])[0]),
        *(float(measured.column(name)[rows].max()) for name in ("similarity", "alike", "cosine_near", "fits")),
        -float(denies and parsed.answer_type in _PRESUPPOSING),
        math.log(_LARGE / max(1, best[0].candidate.hit.collection_size or _LARGE)),
    ]


_COMPARED_PASSAGES = 20
"""So many of the best passages are compared with the question word by word."""
_LARGE = 100_000
"""Passages of a large library: the fewer there are, the fewer are near by chance."""
_PLAIN_SIGNS = 12
_SEVERAL_THINGS = 11
"""Words of a topic from which a question asks more than any sentence tells."""
CONSTANTS = 3
"""Kinds of questions."""
_FEW_WORDS = 0.22
"""Share of the topic that the nearest sentences have of a question in other words: its meaning must do."""
_SHORT = 120
"""Characters of a sentence in which a denial denies all of it."""


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
    meaning = _meaning(evidence, size)
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
        (_weighted_overlap(rest, passage.stems) for passage in evidence if last & passage.stems), default=0.0
    ) / _expected_coverage(len(rest), collection_size)


def _topic_coverage(parsed: ParsedQuestion, passage: Evidence) -> float:
    """Return how much of a topic a passage has, by our weights and by rarity in the library; a surname is enough."""
    surnamed = [stem for name in parsed.names if (parts := stems(name))[-1] in passage.stems for stem in parts]
    own = _weighted_overlap(parsed.topic, passage.stems.union(surnamed))
    return (own + passage.hit.coverage) / 2 if passage.hit.coverage else own


def _weighted_overlap(topic: Sequence[str], words: frozenset[str]) -> float:
    total = sum(map(stem_weight, topic))
    return sum(stem_weight(stem) for stem in topic if stem in words) / total if total else 0.0


def _expected_coverage(topics: int, collection_size: int) -> float:
    """Long questions tell more than anybody says in one place; large libraries have more near misses."""
    return 0.62 * math.pow(max(topics, 2) / 2, -0.6) * (1 + 0.08 * math.log(max(collection_size, 400) / 400))


def _meaning(evidence: Sequence[Evidence], collection_size: int) -> float:
    """Return how near the nearest passage means, where 1 is what an answer usually needs."""
    nearest = max((passage.hit.similarity for passage in evidence), default=0.0)
    return nearest / _expected_similarity(collection_size)


def _expected_similarity(collection_size: int) -> float:
    return 0.3 + 0.07 * math.log(max(collection_size, 100) / 100)
