"""Reranking: how well each sentence answers a question, and which of them make the answer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain import UNKNOWN_SPEAKER
from bot.nlp.annotate import annotate_lines
from bot.nlp.dates import MONTHS, WEEKDAYS
from bot.nlp.lexicons import compile_cues
from bot.nlp.people import parse_label
from bot.nlp.tokens import LOW_WEIGHT, stem_weight, stems, topic_stems
from bot.qa.evidence import CandidateSentence, Evidence, source_stems
from bot.qa.question import AnswerType, ParsedQuestion
from bot.qa.stance import is_opposed

_MAX_CANDIDATES = 14
_CONTEXT_WEIGHT = 0.5
_RARITY_WEIGHT = 0.6
_FULL_LENGTH_STEMS = 10
_OFF_TOPIC_FACTOR = 0.6
_TITLE_WEIGHT = 0.5
_ASKED_SPEAKER_BOOST = 1.6
_OTHER_SPEAKER_FACTORS = {True: 0.2, False: 0.9}
_NOISE_FACTOR = 0.4
_MIN_IMPORTANCE = 0.4


@dataclass(frozen=True, slots=True)
class ScoredCandidate:
    """A sentence and how well it answers; scores compare within one question only."""

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
    """Return the sentences nearest to the question, best first, each once."""
    context = _scoring_context(parsed, evidence)
    lines = {
        (line.passage.origin.conversation, line.turn, line.quote): (source, line)
        for source in evidence
        for line in source.candidates
    }
    scored = (ScoredCandidate(line, _score(context, source, line)) for source, line in lines.values())
    nearest = sorted(scored, key=_by_score)[:_MAX_CANDIDATES]
    return sorted(_demote_idle(nearest), key=_by_score)


def _by_score(scored: ScoredCandidate) -> float:
    return -scored.score


def _scoring_context(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> _ScoringContext:
    return _ScoringContext(
        _stem_weights(parsed, evidence),
        _named_speakers(parsed, evidence),
        _OTHER_SPEAKER_FACTORS[parsed.asks_for_views],
        answer_type_boost(parsed),
        max((source.hit.score for source in evidence), default=0.0) or 1.0,
    )


def _stem_weights(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> dict[str, float]:
    """Weigh the words of a question; one that most of the sentences have tells them apart the least."""
    lines = [line.stems for each in evidence for line in each.candidates]
    counts = {stem: sum(stem in own for own in lines) for stem in parsed.topic}
    most = math.log(len(lines) + 1) or 1.0
    return {
        stem: stem_weight(stem)
        * (1 - _RARITY_WEIGHT + _RARITY_WEIGHT * math.log((len(lines) + 1) / (count + 1)) / most)
        for stem, count in counts.items()
    }


def _score(context: _ScoringContext, source: Evidence, line: CandidateSentence) -> float:
    own = sum(worth for stem, worth in context.stem_weights.items() if stem in line.stems)
    around = sum(
        worth
        for stem, worth in context.stem_weights.items()
        if stem not in line.stems and (stem in source.source_stems or stem in line.previous_stems)
    )
    score = own + _CONTEXT_WEIGHT * min(around, own + _CONTEXT_WEIGHT) + line.hit.similarity
    score *= context.boost(line.quote)
    if context.asked_speakers:
        score *= _ASKED_SPEAKER_BOOST if line.speaker in context.asked_speakers else context.other_speaker_factor
    score *= min(1.0, len(line.stems) / _FULL_LENGTH_STEMS) * (1.0 if own > LOW_WEIGHT else _OFF_TOPIC_FACTOR)
    return score * (0.6 + 0.4 * max(0.0, line.hit.score) / context.top_score) / math.sqrt(1 + line.rank / 10)


def _demote_idle(nearest: Sequence[ScoredCandidate]) -> list[ScoredCandidate]:
    """Lower the scores of sentences that tell nothing: questions, chat, introductions, adverts."""
    if not nearest:
        return []
    judged = annotate_lines([each.candidate.quote for each in nearest], nearest[0].candidate.passage.origin)
    told = {each.turn for each in judged if each.scores.importance >= _MIN_IMPORTANCE and not each.is_chat}
    return [
        each if place in told else ScoredCandidate(each.candidate, each.score * _NOISE_FACTOR)
        for place, each in enumerate(nearest)
    ]


def _named_speakers(parsed: ParsedQuestion, evidence: Iterable[Evidence]) -> frozenset[str]:
    question = frozenset(parsed.topic)
    speakers = {line.speaker for each in evidence for line in each.candidates} - {UNKNOWN_SPEAKER}
    return frozenset(speaker for speaker in speakers if _is_named(speaker, question))


def _is_named(speaker: str, question: frozenset[str]) -> bool:
    *first, last = topic_stems(parse_label(speaker).name) or ("",)
    return last in question or any(part in question for part in first if stem_weight(part) > _TITLE_WEIGHT)


_UNIT_BOOST = 1.3
_NUMERAL = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|[mb]illion|trillion)s?"
)

_FIGURE = re.compile(
    rf"\d|\b(?:{_NUMERAL}|half|third|quarter|percent|per cent|double[ds]?|tripled?|twice|none|nobody)\b",
    re.IGNORECASE,
)
_TIME_EXPRESSION = re.compile(
    rf"\b(?:1[89]\d\d|20\d\d|{'|'.join((*MONTHS, *WEEKDAYS))}|today|yesterday|tomorrow|tonight|ago|quarter|months?|"
    r"(?:last|next|this) (?:week|year|spring|summer|autumn|fall|winter)|by the end of|in (?:the )?spring)\b",
    re.IGNORECASE,
)
_REASON = compile_cues("reason")
_MEANING = re.compile(
    r"\b(?:(?:is|are|was|makes?|means?|stands for)(?: basically| just| kind of| sort of)? (?:an?|the|like|when|where"
    r"|how|what)|refers? to|called|which is)\b",
    re.IGNORECASE,
)
_POLARITY = re.compile(r"\b(?:yes|no|not|never|nobody|none|indeed|cannot)\b|n['’]t\b", re.IGNORECASE)
_PAST_EVENT = re.compile(
    r"\b(?:\w{3,}ed|fell|rose|grew|cut|shut|hit|broke|began|won|lost|sold|bought|went|made|said|told)\b",
    re.IGNORECASE,
)
_CAPITALISED_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_DURATION = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|decades?)\b", re.IGNORECASE
)
_MONEY = re.compile(r"[$€£¥]\s?\d|\b(?:dollars?|euros?|pounds?|cents?)\b", re.IGNORECASE)
_SHARE = re.compile(r"\d\s?%|\bper ?cent\b|\b(?:half|third|quarter|tenth)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow many (?:\w+ )?(\w+)", re.IGNORECASE)
_EXPECTED_UNITS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"\bhow (?:long|soon|old)\b", re.IGNORECASE), _DURATION),
    (
        re.compile(
            r"\b(?:how much|what)\b.*\b(?:costs?|pays?|paid|spen[dt]\w*|earn\w*|price\w*|worth|rais\w+|charges?)\b",
            re.IGNORECASE,
        ),
        _MONEY,
    ),
    (re.compile(r"\b(?:what|which) (?:share|percent\w*|fraction|part)\b|\bby how much\b", re.IGNORECASE), _SHARE),
)
_BOOSTS: dict[AnswerType, tuple[re.Pattern[str], float]] = {
    AnswerType.FIGURE: (_FIGURE, 1.8),
    AnswerType.WHEN: (_TIME_EXPRESSION, 1.5),
    AnswerType.WHY: (_REASON, 1.5),
    AnswerType.WHO: (_CAPITALISED_NAME, 1.15),
    AnswerType.DEFINITION: (_MEANING, 1.4),
    AnswerType.YES_NO: (_POLARITY, 1.25),
    AnswerType.EVENT: (_PAST_EVENT, 1.6),
}


def answer_type_boost(parsed: ParsedQuestion) -> Callable[[str], float]:
    """Return a function that gives the factor by which a sentence is preferred; 1 is not at all."""
    kind, factor = _BOOSTS.get(parsed.answer_type, (None, 1.0))
    unit = _expected_unit(parsed)

    def of(quote: str) -> float:
        if kind is None or not kind.search(quote):
            return 1.0
        return factor * _UNIT_BOOST if unit and unit.search(quote) else factor

    return of


def _expected_unit(parsed: ParsedQuestion) -> re.Pattern[str] | None:
    counted = _HOW_MANY.search(parsed.text)
    if counted:
        return re.compile(rf"(?:\d|\b{_NUMERAL})\W+(?:\w+\W+){{0,2}}{re.escape(counted[1][:-1])}", re.IGNORECASE)
    return next((unit for question, unit in _EXPECTED_UNITS if question.search(parsed.text)), None)


_MAX_SELECTED = 3
_MAX_COMPARED = 4
_MIN_RELATIVE_SCORE = 0.4
_BASE_NOVELTY = 0.65
_REDUNDANT_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Selection:
    """The sentences of an answer, best first, and whether two of them contradict each other."""

    candidates: tuple[CandidateSentence, ...]
    has_contradiction: bool = False


def select_candidates(parsed: ParsedQuestion, scored: Sequence[ScoredCandidate]) -> Selection:
    """Return one to four sentences; each source that the question names has its say, and so has the other side."""
    if not scored:
        return Selection(())
    best = scored[0]
    other = next(
        (
            each.candidate
            for each in scored[1:]
            if each.score >= best.score / 2 and is_opposed(best.candidate, each.candidate)
        ),
        None,
    )
    kept = [best.candidate, *([other] if other else [])]
    for line in _best_by_source(parsed, scored):
        if not _is_redundant(line, kept):
            kept.append(line)
    return Selection(
        tuple(_extend_by_novelty(parsed, kept, scored)[:_MAX_COMPARED]), has_contradiction=other is not None
    )


def _best_by_source(parsed: ParsedQuestion, scored: Sequence[ScoredCandidate]) -> list[CandidateSentence]:
    said: dict[str, CandidateSentence] = {}
    for source in parsed.sources:
        parts = frozenset(stems(source))
        line = next(
            (each.candidate for each in scored if each.score > 0 and parts <= source_stems(each.candidate.passage)),
            None,
        )
        if line:
            said.setdefault(source, line)
    return list(said.values())[:_MAX_COMPARED]


def _extend_by_novelty(
    parsed: ParsedQuestion, first: Sequence[CandidateSentence], scored: Sequence[ScoredCandidate]
) -> list[CandidateSentence]:
    kept = list(first)
    most = _MAX_COMPARED if parsed.answer_type is AnswerType.COMPARISON else _MAX_SELECTED
    floor = _MIN_RELATIVE_SCORE * scored[0].score
    while len(kept) < most:
        covered = frozenset().union(*(line.stems for line in kept))
        gains = [
            (each.score * _novelty(parsed, each.candidate, covered), each.candidate)
            for each in scored
            if each.score >= floor and not _is_redundant(each.candidate, kept)
        ]
        gain, line = max(gains, key=lambda pair: pair[0], default=(0.0, kept[0]))
        if gain < floor or not gains:
            break
        kept.append(line)
    return kept


def _novelty(parsed: ParsedQuestion, line: CandidateSentence, covered: frozenset[str]) -> float:
    """Return a factor for how much of the topic a sentence adds to what is covered already."""
    missing = frozenset(parsed.topic) - covered
    total = sum(map(stem_weight, missing))
    return _BASE_NOVELTY + (sum(map(stem_weight, missing & line.stems)) / total if total else 0.0)


def _is_redundant(line: CandidateSentence, kept: Iterable[CandidateSentence]) -> bool:
    return any(
        line.quote in other.quote
        or other.quote in line.quote
        or len(line.stems & other.stems) > _REDUNDANT_SHARE * len(line.stems)
        for other in kept
    )
