"""Fuses what was found by words with what was found by meaning. Pure arithmetic."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.ports import Found
from bot.search.words import content_words, dates, names, stem, stems

MEANING = 0.4
"""Weight of the cosine beside words that cover the whole question; fitted by `bench/search.py`."""
SHOW = 0.2
"""What a passage gains when the question names its show."""
DAY = 0.2
"""What a passage gains when the question names its day."""
TOP = 10
"""How many of the best by words are asked how much of the question they cover."""


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
        held = stems(f"{found.text} {found.title} {found.show} {found.speaker}")
        return sum(weight for word, weight in self.rarity.items() if word in held) / (sum(self.rarity.values()) or 1)


@dataclass(frozen=True, slots=True)
class Scored:
    """A row and how well it answers the question."""

    found: Found
    score: float
    similarity: float


def fuse(question: Question, found: Sequence[Found], cosines: Mapping[int, float]) -> list[Scored]:
    """Return rows best first: `coverage x bm25 / best + 0.4 x cosine`, and more for the show and day asked for.

    Coverage is that of the best-covering of the top rows by words, so that words count only as far as
    they are found at all; then meaning decides.
    """
    by_words = sorted((row for row in found if row.rank > 0), key=lambda row: -row.rank)
    best = by_words[0].rank if by_words else 1.0
    gate = max((question.coverage(row) for row in by_words[:TOP]), default=0.0)
    days = dates(question.text)
    shows = {show for show in {row.show for row in found} if names(question.text, show)}
    scored = [
        Scored(row, gate * row.rank / best + _beyond_words(row, cosines, shows, days), cosines.get(row.id, 0.0))
        for row in found
    ]
    return sorted(scored, key=lambda one: (-one.score, one.found.id))


def _beyond_words(row: Found, cosines: Mapping[int, float], shows: set[str], days: frozenset[dt.date]) -> float:
    return MEANING * cosines.get(row.id, 0.0) + SHOW * (row.show in shows) + DAY * (row.date in days)
