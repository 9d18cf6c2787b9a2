"""The sentences that answer best, each adding something to those before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.nlp.question_words import stems, weight
from bot.qa.contradiction import opposed
from bot.qa.evidence import Line, place
from bot.qa.question import Asked, Wanted
from bot.qa.reranking import Rated

_MOST = 3
_MOST_COMPARED = 4
_WORTH_ADDING = 0.4
_AGAIN = 0.65
_SAME = 0.7


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lines of an answer, best first, and whether two of them contradict each other."""

    lines: tuple[Line, ...]
    opposed: bool = False


def choose(asked: Asked, rated: Sequence[Rated]) -> Chosen:
    """Return one to four lines; each source the question names has its say, and so has the other side."""
    if not rated:
        return Chosen(())
    best = rated[0]
    other = next((one.line for one in rated[1:] if one.score >= best.score / 2 and opposed(best.line, one.line)), None)
    kept = [best.line, *([other] if other else [])]
    for line in _voices(asked, rated):
        if not _repeats(line, kept):
            kept.append(line)
    return Chosen(tuple(_extended(asked, kept, rated)[:_MOST_COMPARED]), opposed=other is not None)


def _voices(asked: Asked, rated: Sequence[Rated]) -> list[Line]:
    said: dict[str, Line] = {}
    for source in asked.sources:
        parts = frozenset(stems(source))
        line = next((one.line for one in rated if one.score > 0 and parts <= place(one.line.passage)), None)
        if line:
            said.setdefault(source, line)
    return list(said.values())[:_MOST_COMPARED]


def _extended(asked: Asked, first: Sequence[Line], rated: Sequence[Rated]) -> list[Line]:
    kept = list(first)
    most = _MOST_COMPARED if asked.wanted is Wanted.COMPARISON else _MOST
    floor = _WORTH_ADDING * rated[0].score
    while len(kept) < most:
        covered = frozenset().union(*(line.stems for line in kept))
        gains = [
            (one.score * _news(asked, one.line, covered), one.line)
            for one in rated
            if one.score >= floor and not _repeats(one.line, kept)
        ]
        gain, line = max(gains, key=lambda pair: pair[0], default=(0.0, kept[0]))
        if gain < floor or not gains:
            break
        kept.append(line)
    return kept


def _news(asked: Asked, line: Line, covered: frozenset[str]) -> float:
    """Prefer what tells of the topic what nothing has told so far; the same from somebody else is worth less."""
    missing = frozenset(asked.topic) - covered
    total = sum(map(weight, missing))
    return _AGAIN + (sum(map(weight, missing & line.stems)) / total if total else 0.0)


def _repeats(line: Line, kept: Iterable[Line]) -> bool:
    return any(
        line.quote in other.quote
        or other.quote in line.quote
        or len(line.stems & other.stems) > _SAME * len(line.stems)
        for other in kept
    )
