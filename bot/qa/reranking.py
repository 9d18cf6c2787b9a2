"""Reranking: how well each sentence answers a question, and which of them make the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.domain import Citation
from bot.nlp.annotate import annotate_lines
from bot.nlp.embeddings import Floats
from bot.nlp.model import ANSWERS_FILE, weights
from bot.nlp.tokens import stem_weight, stems
from bot.qa.evidence import MAX_QUOTE_CHARS, CandidateSentence, Evidence, source_stems
from bot.qa.features import MeasuredSentences, measure
from bot.qa.question import AnswerType, ParsedQuestion
from bot.qa.stance import is_opposed

Belongs: TypeAlias = Callable[[CandidateSentence], bool]
"""Tells whether a sentence belongs to a quote that it stands beside."""

NEAREST = 30
"""So many sentences are looked at again, by weights that were fitted to tell the nearest from one another."""
_MIN_IMPORTANCE = 0.4
_IDLE_PENALTY = 0.5
"""What a sentence loses, in log-odds, that asks, greets or tells nothing."""


@dataclass(frozen=True, slots=True)
class LinearScore:
    """A score that is linear in standardised features."""

    mean: Floats
    scale: Floats
    slope: Floats

    def __call__(self, features: Floats) -> Floats:
        """Return the score of each row of features."""
        return np.asarray((features - self.mean) / self.scale @ self.slope, np.float32)


@dataclass(frozen=True, slots=True)
class AnswerWeights:
    """What chooses sentences: of all, then of the nearest; and what tells how sure the answer is."""

    first: LinearScore
    second: LinearScore
    sureness: LinearScore

    @classmethod
    def read(cls, stored: Mapping[str, NDArray[np.float32]]) -> AnswerWeights:
        """Read the weights as they are stored: three rows each, of means, scales and slopes."""
        return cls(*(LinearScore(*stored[name]) for name in ("first", "second", "sureness")))


@cache
def load_answer_weights() -> AnswerWeights:
    """Return the weights that ship with the bot."""
    with np.load(BytesIO(weights(ANSWERS_FILE))) as stored:
        return AnswerWeights.read(dict(stored))


@dataclass(frozen=True, slots=True)
class ScoredCandidate:
    """A sentence and how well it answers, in log-odds; scores compare within one question only.

    `row` is its place among all the sentences that were measured, `merit` its score whatever its date.
    """

    candidate: CandidateSentence
    score: float
    row: int
    merit: float

    def lowered(self, by: float) -> ScoredCandidate:
        """Return it with a lower score."""
        return replace(self, score=self.score - by, merit=self.merit - by)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The sentences nearest to a question, best first, and all that were measured."""

    nearest: Sequence[ScoredCandidate]
    measured: MeasuredSentences | None = None


def rerank(parsed: ParsedQuestion, evidence: Sequence[Evidence], chosen: AnswerWeights | None = None) -> Ranking:
    """Return the sentences nearest to the question, best first, each once; by default with the weights that ship."""
    if not any(each.candidates for each in evidence):
        return Ranking(())
    measured = measure(parsed, evidence)
    return rank_measured(parsed, measured, chosen or load_answer_weights())


def rank_measured(parsed: ParsedQuestion, measured: MeasuredSentences, chosen: AnswerWeights) -> Ranking:
    """Return the best of the sentences that were measured."""
    voice, newness = _own_voice(parsed, measured), _newness(parsed, measured)
    rows = np.argsort(-(chosen.first(measured.features) + voice + newness), kind="stable")[:NEAREST]
    merits = chosen.second(measured.features[rows]) + voice[rows]
    scored: dict[tuple[str, int, str], ScoredCandidate] = {}
    for row, merit, extra in zip(rows.tolist(), merits.tolist(), newness[rows].tolist(), strict=True):
        line = measured.candidates[row]
        scored.setdefault(
            (line.passage.origin.conversation, line.turn, line.text), ScoredCandidate(line, merit + extra, row, merit)
        )
    return Ranking(sorted(_demote_idle(list(scored.values())), key=_by_score), measured)


def without(ranking: Ranking, told: Sequence[Citation]) -> Ranking:
    """Return a ranking without the sentences that were told already."""
    kept = [
        each
        for each in ranking.nearest
        if not any(
            each.candidate.text in citation.quote
            for citation in told
            if citation.origin.conversation == each.candidate.passage.origin.conversation
        )
    ]
    return replace(ranking, nearest=kept) if kept else Ranking(())


def _own_voice(parsed: ParsedQuestion, measured: MeasuredSentences) -> Floats:
    """Return what sentences lose if somebody's view is asked for, and others tell theirs."""
    return -_OTHER_VOICE_ODDS * parsed.asks_for_views * measured.column("another_voice")


def _newness(parsed: ParsedQuestion, measured: MeasuredSentences) -> Floats:
    """Return what sentences gain by their dates if the newest is asked for."""
    days = np.array([line.passage.origin.date.toordinal() for line in measured.candidates])
    known = np.unique(days)
    newer = np.searchsorted(known, days) / max(1, len(known) - 1)
    return np.asarray(_LATEST_ODDS * parsed.wants_latest * newer * measured.column("share_near"), np.float32)


_OTHER_VOICE_ODDS = 4.0
_LATEST_ODDS = 6.0


def _by_score(scored: ScoredCandidate) -> float:
    return -scored.score


_JUDGED = 5
"""How many of the best are judged by the heads, which takes a third of a millisecond each."""


def _demote_idle(nearest: Sequence[ScoredCandidate]) -> list[ScoredCandidate]:
    """Lower the scores of sentences that tell nothing: questions, chat, introductions, adverts."""
    best = sorted(nearest, key=_by_score)
    judged = annotate_lines([each.candidate.text for each in best[:_JUDGED]], best[0].candidate.passage.origin)
    told = {each.turn for each in judged if each.scores.importance >= _MIN_IMPORTANCE and not each.is_chat}
    return [
        each
        if place in told or place >= _JUDGED
        else replace(each, score=each.score - _IDLE_PENALTY, merit=each.merit - _IDLE_PENALTY)
        for place, each in enumerate(best)
    ]


MAX_SELECTED = 4
_MAX_FACTS = 3
"""How many sentences an answer has at most, and one that asks for a single fact."""
_FACTS = {AnswerType.FIGURE, AnswerType.WHEN, AnswerType.WHO}
_LEAST_ODDS = 3.0
"""How far below the best, in log-odds, a sentence of the answer may be;"""
_OPPOSED_ODDS = 3.0
"""one that contradicts the best;"""
_WIDENING_ODDS = 4.0
"""and a neighbour that is quoted with a sentence."""
_GOING_ON, _MAX_FIRST_CHARS = 3, 500
"""So many sentences after the best one are quoted with it at most, and so many characters in all."""
_REDUNDANT_SHARE = 0.7
_COVERED_PENALTY = 1.0
"""What a sentence loses, in log-odds, that has nothing of the question which the ones before it have not."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The sentences of an answer, best first, and whether two of them contradict each other."""

    candidates: tuple[CandidateSentence, ...]
    has_contradiction: bool = False


def select_candidates(parsed: ParsedQuestion, ranking: Ranking) -> Selection:
    """Return one to four sentences; each source that the question names has its say, and so has the other side.

    If the newest is asked for, they are in order of their dates, the newest first.
    """
    scored = _in_own_words(parsed, ranking)
    if not scored:
        return Selection(())
    best = scored[0]
    other = next(
        (
            each
            for each in scored[1:]
            if each.score >= best.score - _OPPOSED_ODDS and is_opposed(best.candidate, each.candidate)
        ),
        None,
    )
    kept = [best, *([other] if other else [])]
    for line in _best_by_source(parsed, scored):
        if not _is_redundant(line.candidate, kept):
            kept.append(line)
    kept = _extend(parsed, kept, scored)[:MAX_SELECTED]
    lines: list[CandidateSentence] = []
    for each in kept:
        if not any(told.has(each.candidate) for told in lines):
            quoted = widen(each, kept, ranking, lines)
            lines.append(quoted if lines else go_on(quoted, each.row, ranking))
    if parsed.wants_latest:
        lines.sort(key=lambda line: line.passage.origin.date, reverse=True)
    return Selection(tuple(lines), has_contradiction=other is not None)


def _in_own_words(parsed: ParsedQuestion, ranking: Ranking) -> Sequence[ScoredCandidate]:
    """Return the nearest sentences; if somebody's view is asked for and they give it, only theirs."""
    if not parsed.asks_for_views or ranking.measured is None:
        return ranking.nearest
    is_own = ranking.measured.column("speaker_asked")
    return [each for each in ranking.nearest if is_own[each.row] >= is_own[ranking.nearest[0].row]]


def _best_by_source(parsed: ParsedQuestion, scored: Sequence[ScoredCandidate]) -> list[ScoredCandidate]:
    said: dict[str, ScoredCandidate] = {}
    for source in parsed.sources:
        parts = frozenset(stems(source))
        line = next((each for each in scored if parts <= source_stems(each.candidate.passage)), None)
        if line:
            said.setdefault(source, line)
    return list(said.values())[:MAX_SELECTED]


def _extend(
    parsed: ParsedQuestion, first: Sequence[ScoredCandidate], scored: Sequence[ScoredCandidate]
) -> list[ScoredCandidate]:
    kept = list(first)
    most = _MAX_FACTS if parsed.answer_type in _FACTS else MAX_SELECTED
    floor = scored[0].score - _LEAST_ODDS
    while len(kept) < most:
        covered = frozenset().union(*(each.candidate.stems for each in kept))
        gains = [
            (each.score - _repetition(parsed, each.candidate, covered), each)
            for each in scored
            if each.score >= floor and not _is_redundant(each.candidate, kept)
        ]
        if not gains:
            break
        kept.append(max(gains, key=lambda pair: pair[0])[1])
    return kept


def _repetition(parsed: ParsedQuestion, line: CandidateSentence, covered: frozenset[str]) -> float:
    """Return a penalty for a sentence that adds nothing of the topic to what is covered already."""
    missing = frozenset(parsed.topic) - covered
    total = sum(map(stem_weight, missing))
    return _COVERED_PENALTY * (1 - sum(map(stem_weight, missing & line.stems)) / total) if total else 0.0


def _is_redundant(line: CandidateSentence, kept: Iterable[ScoredCandidate]) -> bool:
    return any(
        line.quote in other.candidate.quote
        or other.candidate.quote in line.quote
        or len(line.stems & other.candidate.stems) > _REDUNDANT_SHARE * len(line.stems)
        for other in kept
    )


def go_on(line: CandidateSentence, row: int, ranking: Ranking, belongs: Belongs = lambda _: True) -> CandidateSentence:
    """Return a sentence with the ones after it: what is said of a thing comes after its name, more often than not.

    It ends before one that doesn't belong to it.
    """
    if ranking.measured is None:
        return line
    for after in ranking.measured.candidates[row + 1 : row + 1 + _GOING_ON]:
        if not belongs(after):
            break
        if after.line is line.line and line.end <= after.start and after.end - line.opening <= _MAX_FIRST_CHARS:
            line = replace(line, end=after.end, before=line.opening)
    return line


def widen(
    one: ScoredCandidate,
    kept: Sequence[ScoredCandidate],
    ranking: Ranking,
    told: Sequence[CandidateSentence],
    belongs: Belongs = lambda _: True,
) -> CandidateSentence:
    """Return a sentence with those beside it that are nearly as good, or that it leans on, as one quote.

    What is `told` already is not quoted again, nor what doesn't belong to it.
    """
    scores = {each.row: each.score for each in ranking.nearest}
    taken = {each.row for each in kept} - {one.row}
    line = one.candidate
    if any(other.has(replace(line, start=line.before, end=line.start)) for other in told):
        line = replace(line, before=line.start)
    sides = sorted((one.row - 1, one.row + 1), key=lambda row: -scores.get(row, -np.inf))
    for row in sides:
        if row not in scores or row in taken or scores[row] < one.score - _WIDENING_ODDS or ranking.measured is None:
            continue
        beside = ranking.measured.candidates[row]
        start, end = min(line.opening, beside.start), max(line.end, beside.end)
        is_told = any(other.has(beside) for other in told)
        if beside.line is line.line and end - start <= MAX_QUOTE_CHARS and not is_told and belongs(beside):
            line = replace(line, start=start, end=end, before=start)
    return line
