"""Search by words and by meaning, fused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from bot.model import Claim, Filters, Hit
from bot.ports import Index, Report, Unit, Vectors
from bot.search.fusion import Question, Scored, fuse
from bot.search.words import content_words

CANDIDATES = 50
"""How many rows each way of searching proposes."""
READ_AT_MOST = 12_000
"""A search reads about so many entries of the full-text index: the rarest words first."""


class Nearest(Protocol):
    """The rows nearest to a question, nearest first, and how near each row is."""

    best: list[int]

    def cosines(self, rows: Sequence[int]) -> Mapping[int, float]:
        """Return the cosines of rows; those without a vector are left out."""


class Meaning(Protocol):
    """Search by meaning."""

    async def near(self, unit: Unit, question: str, within: Filters, limit: int) -> Nearest:
        """Return the rows nearest to a question."""

    async def refresh(self, report: Report | None = None) -> None:
        """Take in what was kept since the last time."""


class HybridSearch:
    """The Search over an index, by words alone where `meaning` is None."""

    def __init__(self, index: Index, meaning: Meaning | None) -> None:
        self._index = index
        self._meaning = meaning
        self._counts: dict[tuple[Unit, str], int] = {}

    async def find(self, query: str, within: Filters, limit: int = 10) -> list[Hit]:
        """Return the best passages, best first; see `Search.find`."""
        question, scored = await self._ranked(Unit.PASSAGES, query, within)
        whole = await self._index.passages([one.found.id for one in scored[:limit]], within)
        return [
            Hit(whole[one.found.id], one.score, question.coverage(one.found), one.similarity, question.rows)
            for one in scored[:limit]
            if one.found.id in whole
        ]

    async def claims(self, query: str, within: Filters, limit: int = 10) -> list[Claim]:
        """Return the nearest claims, or the newest; see `Search.claims`."""
        if content_words(query):
            _, scored = await self._ranked(Unit.CLAIMS, query, within)
            ids = [one.found.id for one in scored[:limit]]
        else:
            ids = [found.id for found in await self._index.match(Unit.CLAIMS, [], within, limit)]
        whole = await self._index.claims(ids, within)
        return [whole[row] for row in ids if row in whole]

    async def refresh(self, report: Report | None = None) -> None:
        """Take in what was kept since the last time."""
        self._counts.clear()
        if self._meaning:
            await self._meaning.refresh(report)

    async def _ranked(self, unit: Unit, query: str, within: Filters) -> tuple[Question, list[Scored]]:
        words = content_words(query)
        if not words:
            return Question(query, {}), []
        counts, near = await asyncio.gather(self._count(unit, words), self._near(unit, query, within))
        question = Question.of(query, counts)
        found = await self._index.match(unit, _affordable(words, counts), within, CANDIDATES)
        if not near:
            return question, fuse(question, found, {})
        known = {row.id for row in found}
        found += await self._index.look(unit, [row for row in near.best if row not in known], within)
        return question, fuse(question, found, near.cosines([row.id for row in found]))

    async def _near(self, unit: Unit, query: str, within: Filters) -> Nearest | None:
        return await self._meaning.near(unit, query, within, CANDIDATES) if self._meaning else None

    async def _count(self, unit: Unit, words: Sequence[str]) -> Mapping[str, int]:
        unknown = [word for word in words if (unit, word) not in self._counts]
        if unknown or (unit, "") not in self._counts:
            counted = await self._index.counts(unit, unknown)
            self._counts.update({(unit, word): count for word, count in counted.items()})
        return {word: self._counts[unit, word] for word in ["", *words]}


def open_search(index: Index, vectors: Vectors) -> HybridSearch:
    """Return the search: by meaning as well where numpy is there (the extra `semantic`), else by words alone."""
    if find_spec("numpy") is None:
        return HybridSearch(index, None)
    meaning: Meaning = import_module("bot.search.semantic").Semantic(vectors)
    return HybridSearch(index, meaning)


def _affordable(words: Sequence[str], counts: Mapping[str, int]) -> list[str]:
    chosen: list[str] = []
    read = 0
    for word in sorted(words, key=lambda word: (counts[word], word)):
        if len(chosen) > 1 and read + counts[word] > READ_AT_MOST:
            break
        read += counts[word]
        chosen.append(word)
    return chosen
