"""How well each sentence answers a question."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.claims.adverts import adverts
from bot.claims.filters import quiet
from bot.domain import UNKNOWN_SPEAKER
from bot.nlp.question_words import PLAIN_WEIGHT, topical, weight
from bot.qa.answer_types import favour
from bot.qa.evidence import Held, Line
from bot.qa.question import Asked

_NEAREST = 14
_AROUND = 0.5
_COMMON = 0.6
_SHORTEST = 10
_ASIDE = 0.6
_TITLE = 0.5
_THEIR_OWN = 1.6
_OTHERS = {True: 0.2, False: 0.9}
_QUIET = 0.4


@dataclass(frozen=True, slots=True)
class Rated:
    """A line and how well it answers; scores compare within one question only."""

    line: Line
    score: float


@dataclass(frozen=True, slots=True)
class _Wish:
    """What makes one sentence better than another for a question."""

    worth: Mapping[str, float]
    meant: frozenset[str]
    others: float
    favour: Callable[[str], float]
    top: float


def rate(asked: Asked, found: Sequence[Held]) -> list[Rated]:
    """Return the lines nearest to the question, best first, each once."""
    wish = _wish(asked, found)
    lines = {
        (line.passage.origin.conversation, line.turn, line.quote): (one, line) for one in found for line in one.lines
    }
    rated = (Rated(line, _score(wish, one, line)) for one, line in lines.values())
    near = sorted(rated, key=lambda one: -one.score)[:_NEAREST]
    sold = _adverts(found, near)
    return sorted((_hushed(one, sold) for one in near), key=lambda one: -one.score)


def _wish(asked: Asked, found: Sequence[Held]) -> _Wish:
    top = max((one.hit.score for one in found), default=0.0) or 1.0
    meant = _named_speakers(asked, found)
    return _Wish(_worth(asked, found), meant, _OTHERS[asked.attributed], favour(asked), top)


def _worth(asked: Asked, found: Sequence[Held]) -> dict[str, float]:
    """Weigh the words of a question; one that most sentences found have tells them apart the least."""
    lines = [line.stems for one in found for line in one.lines]
    counts = {stem: sum(stem in own for own in lines) for stem in asked.topic}
    most = math.log(len(lines) + 1) or 1.0
    return {
        stem: weight(stem) * (1 - _COMMON + _COMMON * math.log((len(lines) + 1) / (count + 1)) / most)
        for stem, count in counts.items()
    }


def _score(wish: _Wish, one: Held, line: Line) -> float:
    said = sum(worth for stem, worth in wish.worth.items() if stem in line.stems)
    around = sum(
        worth
        for stem, worth in wish.worth.items()
        if stem not in line.stems and (stem in one.place or stem in line.before)
    )
    score = said + _AROUND * min(around, said + _AROUND) + line.hit.similarity
    score *= wish.favour(line.quote)
    if wish.meant:
        score *= _THEIR_OWN if line.speaker in wish.meant else wish.others
    score *= min(1.0, len(line.stems) / _SHORTEST) * (1.0 if said > PLAIN_WEIGHT else _ASIDE)
    return score * (0.6 + 0.4 * max(0.0, line.hit.score) / wish.top) / math.sqrt(1 + line.rank / 10)


def _adverts(found: Sequence[Held], near: Sequence[Rated]) -> frozenset[tuple[int, str]]:
    """Return rank and words of the lines, in the hits that matter, that belong to an advertisement."""
    ranks = {one.line.rank for one in near}
    lines = [one.lines for rank, one in enumerate(found) if rank in ranks]
    marked = ((said, adverts([(line.turn, line.quote) for line in said])) for said in lines)
    return frozenset((said[index].rank, said[index].quote) for said, marks in marked for index in marks)


def _hushed(one: Rated, sold: frozenset[tuple[int, str]]) -> Rated:
    hushed = (one.line.rank, one.line.quote) in sold or quiet(one.line.quote)
    return Rated(one.line, one.score * _QUIET) if hushed else one


def _named_speakers(asked: Asked, found: Iterable[Held]) -> frozenset[str]:
    question = frozenset(asked.topic)
    speakers = {line.speaker for one in found for line in one.lines} - {UNKNOWN_SPEAKER}
    return frozenset(speaker for speaker in speakers if _named(speaker, question))


def _named(speaker: str, question: frozenset[str]) -> bool:
    *first, last = topical(speaker) or ("",)
    return last in question or any(part in question for part in first if weight(part) > _TITLE)
