"""How well each sentence answers a question."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.claims.adverts import find_adverts
from bot.claims.filters import is_noise
from bot.domain import UNKNOWN_SPEAKER
from bot.nlp.question_words import LOW_WEIGHT, stem_weight, topic_stems
from bot.qa.answer_types import answer_type_boost
from bot.qa.evidence import CandidateSentence, Evidence
from bot.qa.question import ParsedQuestion

_MAX_CANDIDATES = 14
_CONTEXT_WEIGHT = 0.5
_RARITY_WEIGHT = 0.6
_FULL_LENGTH_STEMS = 10
_OFF_TOPIC_FACTOR = 0.6
_TITLE_WEIGHT = 0.5
_ASKED_SPEAKER_BOOST = 1.6
_OTHER_SPEAKER_FACTORS = {True: 0.2, False: 0.9}
_NOISE_FACTOR = 0.4


@dataclass(frozen=True, slots=True)
class ScoredCandidate:
    """A line and how well it answers; scores compare within one question only."""

    candidate: CandidateSentence
    score: float


@dataclass(frozen=True, slots=True)
class _ScoringContext:
    """What makes one sentence better than another for a question."""

    stem_weights: Mapping[str, float]
    asked_speakers: frozenset[str]
    other_speaker_factor: float
    boost: Callable[[str], float]
    top_score: float


def rerank(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> list[ScoredCandidate]:
    """Return the lines nearest to the question, best first, each once."""
    wish = _scoring_context(parsed, evidence)
    lines = {
        (line.passage.origin.conversation, line.turn, line.quote): (one, line)
        for one in evidence
        for line in one.candidates
    }
    rated = (ScoredCandidate(line, _score(wish, one, line)) for one, line in lines.values())
    near = sorted(rated, key=lambda one: -one.score)[:_MAX_CANDIDATES]
    sold = _advert_sentences(evidence, near)
    return sorted((_demote_noise(one, sold) for one in near), key=lambda one: -one.score)


def _scoring_context(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> _ScoringContext:
    top = max((one.hit.score for one in evidence), default=0.0) or 1.0
    meant = _named_speakers(parsed, evidence)
    return _ScoringContext(
        _stem_weights(parsed, evidence),
        meant,
        _OTHER_SPEAKER_FACTORS[parsed.asks_for_views],
        answer_type_boost(parsed),
        top,
    )


def _stem_weights(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> dict[str, float]:
    """Weigh the words of a question; one that most sentences found have tells them apart the least."""
    lines = [line.stems for one in evidence for line in one.candidates]
    counts = {stem: sum(stem in own for own in lines) for stem in parsed.topic}
    most = math.log(len(lines) + 1) or 1.0
    return {
        stem: stem_weight(stem)
        * (1 - _RARITY_WEIGHT + _RARITY_WEIGHT * math.log((len(lines) + 1) / (count + 1)) / most)
        for stem, count in counts.items()
    }


def _score(context: _ScoringContext, one: Evidence, line: CandidateSentence) -> float:
    said = sum(worth for stem, worth in context.stem_weights.items() if stem in line.stems)
    around = sum(
        worth
        for stem, worth in context.stem_weights.items()
        if stem not in line.stems and (stem in one.source_stems or stem in line.previous_stems)
    )
    score = said + _CONTEXT_WEIGHT * min(around, said + _CONTEXT_WEIGHT) + line.hit.similarity
    score *= context.boost(line.quote)
    if context.asked_speakers:
        score *= _ASKED_SPEAKER_BOOST if line.speaker in context.asked_speakers else context.other_speaker_factor
    score *= min(1.0, len(line.stems) / _FULL_LENGTH_STEMS) * (1.0 if said > LOW_WEIGHT else _OFF_TOPIC_FACTOR)
    return score * (0.6 + 0.4 * max(0.0, line.hit.score) / context.top_score) / math.sqrt(1 + line.rank / 10)


def _advert_sentences(evidence: Sequence[Evidence], near: Sequence[ScoredCandidate]) -> frozenset[tuple[int, str]]:
    """Return rank and words of the lines, in the hits that matter, that belong to an advertisement."""
    ranks = {one.candidate.rank for one in near}
    lines = [one.candidates for rank, one in enumerate(evidence) if rank in ranks]
    marked = ((said, find_adverts([(line.turn, line.quote) for line in said])) for said in lines)
    return frozenset((said[index].rank, said[index].quote) for said, marks in marked for index in marks)


def _demote_noise(one: ScoredCandidate, advert_sentences: frozenset[tuple[int, str]]) -> ScoredCandidate:
    hushed = (one.candidate.rank, one.candidate.quote) in advert_sentences or is_noise(one.candidate.quote)
    return ScoredCandidate(one.candidate, one.score * _NOISE_FACTOR) if hushed else one


def _named_speakers(parsed: ParsedQuestion, evidence: Iterable[Evidence]) -> frozenset[str]:
    question = frozenset(parsed.topic)
    speakers = {line.speaker for one in evidence for line in one.candidates} - {UNKNOWN_SPEAKER}
    return frozenset(speaker for speaker in speakers if _is_named(speaker, question))


def _is_named(speaker: str, question: frozenset[str]) -> bool:
    *first, last = topic_stems(speaker) or ("",)
    return last in question or any(part in question for part in first if stem_weight(part) > _TITLE_WEIGHT)
