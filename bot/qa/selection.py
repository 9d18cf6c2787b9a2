"""The sentences that answer best, each adding something to those before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.nlp.question_words import stem_weight, stems
from bot.qa.contradiction import is_opposed
from bot.qa.evidence import CandidateSentence, source_stems
from bot.qa.question import AnswerType, ParsedQuestion
from bot.qa.reranking import ScoredCandidate

_MAX_SELECTED = 3
_MAX_COMPARED = 4
_MIN_RELATIVE_SCORE = 0.4
_BASE_NOVELTY = 0.65
_REDUNDANT_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Selection:
    """The lines of an answer, best first, and whether two of them contradict each other."""

    candidates: tuple[CandidateSentence, ...]
    has_contradiction: bool = False


def select_candidates(parsed: ParsedQuestion, scored: Sequence[ScoredCandidate]) -> Selection:
    """Return one to four lines; each source the question names has its say, and so has the other side."""
    if not scored:
        return Selection(())
    best = scored[0]
    other = next(
        (
            one.candidate
            for one in scored[1:]
            if one.score >= best.score / 2 and is_opposed(best.candidate, one.candidate)
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
            (one.candidate for one in scored if one.score > 0 and parts <= source_stems(one.candidate.passage)), None
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
            (one.score * _novelty(parsed, one.candidate, covered), one.candidate)
            for one in scored
            if one.score >= floor and not _is_redundant(one.candidate, kept)
        ]
        gain, line = max(gains, key=lambda pair: pair[0], default=(0.0, kept[0]))
        if gain < floor or not gains:
            break
        kept.append(line)
    return kept


def _novelty(parsed: ParsedQuestion, line: CandidateSentence, covered: frozenset[str]) -> float:
    """Prefer what tells of the topic what nothing has told so far; the same from somebody else is worth less."""
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
