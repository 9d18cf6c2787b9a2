"""Fuses what was found by words with what was found by meaning, by arithmetic alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.domain import Claim, Filters, Passage
from bot.domain.question import SearchCandidate, SearchUnit
from bot.nlp.tokens import root
from bot.search.query import content_words, dates_in, is_show_named, roots_in

SEMANTIC_WEIGHT = 0.8
"""Weight of the cosine beside words that cover the whole question; this and the rest are from `bench/search.py`."""
SHOW_BOOST = 0.3
"""What a row gains when the question names its show,"""
FIRST_OF_SHOW_BOOST = 0.15
"""and what the best row of each show that is named gains above that,"""
NEXT_OF_SHOW_DECAY = 0.7
"""of which each following row gains this share of the one before, so that no named show crowds out another."""
DATE_BOOST = 0.2
"""What a row gains when the question names its day."""
CHANCE_COVERAGE = 0.2
"""A row has this share of a question's words by chance; so little counts for nothing."""
COVERAGE_ROWS = 10
"""How many of the best rows by words show how much of the question they cover."""
MAX_RARE_WORDS = 6
"""A question expects so many rare words of one row; a longer one asks several things."""


@dataclass(frozen=True, slots=True)
class WeightedQuery:
    """A question, and how rare each of its words is (inverse document frequency) among all `rows`."""

    text: str
    idf: Mapping[str, float]
    rows: int = 0

    @classmethod
    def from_counts(cls, text: str, counts: Mapping[str, int]) -> WeightedQuery:
        """Weigh the words of a question by how many of all rows have them."""
        rows = counts.get("", 0)
        weights: dict[str, float] = {}
        for word in content_words(text):
            weight = math.log(1 + (rows + 0.5) / (counts.get(word, 0) + 0.5))
            weights[root(word)] = max(weight, weights.get(root(word), 0))
        return cls(text, weights, rows)

    def coverage(self, row: SearchCandidate) -> float:
        """Return the share of the question's words, weighed by rarity, that a row has."""
        return self._covered_weight(row) / (sum(self.idf.values()) or 1)

    def lexical_confidence(self, rows: Sequence[SearchCandidate]) -> float:
        """Return how far words can be trusted (0 to 1): how much of what one row could have the best row has."""
        expected = sum(sorted(self.idf.values(), reverse=True)[:MAX_RARE_WORDS]) or 1
        share = min(1.0, max(map(self._covered_weight, rows), default=0.0) / expected)
        return max(0.0, (share - CHANCE_COVERAGE) / (1 - CHANCE_COVERAGE))

    def _covered_weight(self, row: SearchCandidate) -> float:
        words = roots_in(tuple(self.idf), f"{row.text} {row.title} {row.show} {row.speaker}")
        return sum(weight for word, weight in self.idf.items() if word in words)


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A row and how well it answers the question."""

    row: SearchCandidate
    score: float
    similarity: float


def fuse(question: WeightedQuery, rows: Sequence[SearchCandidate], cosines: Mapping[int, float]) -> list[ScoredRow]:
    """Return rows best first: `gate x bm25 / best + 0.8 x cosine`, and more for the shows and the day asked for.

    Words count only as far as one row has them together; otherwise meaning decides.
    """
    by_words = sorted((row for row in rows if row.bm25 > 0), key=lambda row: -row.bm25)
    gate = question.lexical_confidence(by_words[:COVERAGE_ROWS]) / (by_words[0].bm25 if by_words else 1.0)
    days = dates_in(question.text)
    scored = [
        ScoredRow(row, gate * row.bm25 + SEMANTIC_WEIGHT * near + DATE_BOOST * (row.date in days), near)
        for row in rows
        for near in [cosines.get(row.id, 0.0)]
    ]
    return _boost_named_shows(question.text, _best_first(scored))


def _boost_named_shows(question: str, scored: list[ScoredRow]) -> list[ScoredRow]:
    boosts = {show: FIRST_OF_SHOW_BOOST for show in {row.row.show for row in scored} if is_show_named(question, show)}
    return _best_first(_boosted(scored, boosts)) if boosts else scored


def _boosted(scored: Iterable[ScoredRow], boosts: dict[str, float]) -> Iterator[ScoredRow]:
    for row in scored:
        show = row.row.show
        if show not in boosts:
            yield row
        else:
            yield replace(row, score=row.score + SHOW_BOOST + boosts[show])
            boosts[show] *= NEXT_OF_SHOW_DECAY


def _best_first(scored: Iterable[ScoredRow]) -> list[ScoredRow]:
    return sorted(scored, key=lambda row: (-row.score, row.row.id))


class FullTextIndex(Protocol):
    """The words of passages and claims. Every method leaves out what the reader may not read."""

    async def document_frequencies(self, unit: SearchUnit, words: Sequence[str]) -> Mapping[str, int]:
        """Return how many rows of all have each word; under the empty string, how many rows there are."""

    async def match(
        self, unit: SearchUnit, rare: Sequence[str], common: Sequence[str], within: Filters, limit: int
    ) -> list[SearchCandidate]:
        """Return rows with a rare word or two common ones, best first; without words, the newest rows."""

    async def fetch(self, unit: SearchUnit, ids: Sequence[int], within: Filters) -> list[SearchCandidate]:
        """Return those of the rows that pass the filters."""

    async def passages(self, ids: Sequence[int], within: Filters) -> Mapping[int, Passage]:
        """Return whole passages by row."""

    async def claims(self, ids: Sequence[int], within: Filters) -> Mapping[int, Claim]:
        """Return whole claims by row."""

    async def names(self, space: str | None) -> Sequence[str]:
        """Return the names and speakers that a space may read of, each in every known spelling."""

    async def has_turn(self, conversation: str, turn: int, space: str | None) -> bool:
        """Return whether the library has a turn that a space may read."""

    async def spoken_at(self, conversation: str, turn: int, words: str, space: str | None) -> float | None:
        """Return the second at which words of a turn begin, None if the transcript has no times."""


class VectorStore(Protocol):
    """The vectors of passages and claims, each the bytes that an encoder made of the row's text.

    Vectors of different encoders are kept side by side, and never compared with one another.
    """

    async def keep_only(self, encoders: Sequence[str]) -> None:
        """Delete every vector of other encoders; must be called first."""

    async def newest_id(self, unit: SearchUnit) -> int:
        """Return the id of the newest row, 0 if there is none; ids only rise."""

    async def pending(self, unit: SearchUnit, encoder: str, limit: int) -> list[tuple[int, str]]:
        """Return id and text of rows without a vector of this encoder, those of the newest conversations first."""

    async def count_pending(self, unit: SearchUnit, encoder: str) -> int:
        """Return how many rows have no vector of this encoder."""

    async def put(self, unit: SearchUnit, encoder: str, vectors: Sequence[tuple[int, bytes]]) -> None:
        """Save vectors by row, except for rows that are gone by now."""

    async def vectors_after(self, unit: SearchUnit, encoder: str, after: int) -> list[tuple[int, int, bytes]]:
        """Return all that this encoder made after the vector numbered `after`: number, row id, vector."""

    async def row_ids(self, unit: SearchUnit, within: Filters) -> list[int]:
        """Return the ids of all rows that pass the filters."""
