"""Fuses what was found by words with what was found by meaning. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.search import Found
from bot.search.query import content_words, dates, held, names, stem

MEANING = 0.8
"""Weight of the cosine beside words that cover the whole question; this and what follows: `bench/search.py`."""
SHOW = 0.3
"""What a row gains when the question names its show,"""
TURN = 0.15
"""and what the best row of each show that is named gains above that,"""
NEXT = 0.7
"""of which each row after it gains this share of the one before: no show asked for crowds out another."""
DAY = 0.2
"""What a row gains when the question names its day."""
CHANCE = 0.2
"""A row has this share of a question's words by chance; as little counts for nothing."""
TOP = 10
"""How many of the best by words are asked how much of the question they cover."""
AT_ONCE = 6
"""A question asks one row for as many rare words; a longer one asks several things."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and how rare each of its words is (inverse document frequency) among all `rows`."""

    text: str
    rarity: Mapping[str, float]
    rows: int = 0

    @classmethod
    def of(cls, text: str, counts: Mapping[str, int]) -> Question:
        """Weigh the words of a question by how many of all rows have them."""
        rows = counts.get("", 0)
        weights: dict[str, float] = {}
        for word in content_words(text):
            weight = math.log(1 + (rows + 0.5) / (counts.get(word, 0) + 0.5))
            weights[stem(word)] = max(weight, weights.get(stem(word), 0))
        return cls(text, weights, rows)

    def coverage(self, found: Found) -> float:
        """Return the share of the question's words, weighed by rarity, that a row has."""
        return self._held(found) / (sum(self.rarity.values()) or 1)

    def gate(self, found: Sequence[Found]) -> float:
        """Return how far words can be trusted (0 to 1): how much of what one row can be asked for the best row has."""
        asked = sum(sorted(self.rarity.values(), reverse=True)[:AT_ONCE]) or 1
        share = min(1.0, max(map(self._held, found), default=0.0) / asked)
        return max(0.0, (share - CHANCE) / (1 - CHANCE))

    def _held(self, found: Found) -> float:
        words = held(tuple(self.rarity), f"{found.text} {found.title} {found.show} {found.speaker}")
        return sum(weight for word, weight in self.rarity.items() if word in words)


@dataclass(frozen=True, slots=True)
class Scored:
    """A row and how well it answers the question."""

    found: Found
    score: float
    similarity: float


def fuse(question: Question, found: Sequence[Found], cosines: Mapping[int, float]) -> list[Scored]:
    """Return rows best first: `gate x bm25 / best + 0.8 x cosine`, and more for the shows and the day asked for.

    Words count only as far as they are found together in one row; where they are not, meaning decides.
    """
    by_words = sorted((row for row in found if row.rank > 0), key=lambda row: -row.rank)
    gate = question.gate(by_words[:TOP]) / (by_words[0].rank if by_words else 1.0)
    days = dates(question.text)
    scored = [
        Scored(row, gate * row.rank + MEANING * near + DAY * (row.date in days), near)
        for row in found
        for near in [cosines.get(row.id, 0.0)]
    ]
    return _favour_shows(question.text, _sorted(scored))


def _favour_shows(question: str, scored: list[Scored]) -> list[Scored]:
    turns = {show: TURN for show in {one.found.show for one in scored} if names(question, show)}
    return _sorted(_taking_turns(scored, turns)) if turns else scored


def _taking_turns(scored: Iterable[Scored], turns: dict[str, float]) -> Iterator[Scored]:
    for one in scored:
        turn = turns.get(one.found.show)
        if turn is None:
            yield one
        else:
            yield replace(one, score=one.score + SHOW + turn)
            turns[one.found.show] = turn * NEXT


def _sorted(scored: Iterable[Scored]) -> list[Scored]:
    return sorted(scored, key=lambda one: (-one.score, one.found.id))
