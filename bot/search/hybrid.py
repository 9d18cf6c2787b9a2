"""Search by words and by meaning, fused."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate
from typing import Protocol

from bot.chat.request import ProgressCallback
from bot.domain import Claim, Filters, Hit
from bot.domain.question import SearchCandidate, SearchUnit
from bot.search.fusion import COVERAGE_ROWS, ScoredRow, WeightedQuery, fuse
from bot.search.index import FullTextIndex, VectorStore
from bot.search.query import content_words

CANDIDATES = 50
"""How many rows each way of searching proposes."""
MAX_RANKED_ROWS = 400
"""So many rows are ranked for having a single word; the question's commoner words must come in pairs."""
CONFIDENT = 0.8
"""Where words can be trusted so far (0 to 1), meaning need not be exact, which takes as long as all the rest."""
MAX_POSTINGS = 8_000
"""So many entries of the full-text index are read; the words that would take more are left to meaning."""


class Neighbours(Protocol):
    """The rows nearest to a question, nearest first, and how near each row is."""

    rows: list[int]

    def cosines(self, rows: Sequence[int]) -> Mapping[int, float]:
        """Return the cosines of rows; those without a vector are left out."""


class CoarseScan(Protocol):
    """A first look at every row, for a question."""

    async def nearest(self, limit: int, *, exact: bool) -> Neighbours:
        """Return the rows nearest to the question; `exact` takes longer and is worth it if words are not sure."""


class SemanticSearch(Protocol):
    """Search by meaning."""

    async def scan(self, unit: SearchUnit, question: str, within: Filters) -> CoarseScan:
        """Look at every row, roughly."""

    async def refresh(self, report: ProgressCallback | None = None) -> None:
        """Take in what was kept since the last time."""

    async def encode_pending(self, report: ProgressCallback | None = None, *, background: bool = True) -> None:
        """Make exact what was taken in."""

    async def count_pending(self) -> int:
        """Return how many rows are still to be made exact."""


class HybridSearch:
    """The Search over an index, by words alone where there is no `meaning`, which is loaded when first needed."""

    def __init__(self, index: FullTextIndex, load_semantic: Callable[[], SemanticSearch] | None = None) -> None:
        self._index = index
        self._load_semantic = load_semantic
        self._semantic: SemanticSearch | None = None
        self._frequencies: dict[tuple[SearchUnit, str], int] = {}

    async def find(self, query: str, within: Filters, limit: int = 10) -> list[Hit]:
        """Return the best passages, best first; a query without words finds nothing."""
        question, scored = await self._rank(SearchUnit.PASSAGES, query, within)
        whole = await self._index.passages([each.row.id for each in scored[:limit]], within)
        return [
            Hit(whole[each.row.id], each.score, question.coverage(each.row), each.similarity, question.rows)
            for each in scored[:limit]
            if each.row.id in whole
        ]

    async def claims(self, query: str, within: Filters, limit: int = 10) -> list[Claim]:
        """Return the claims nearest to the query, or the newest ones for a query without words."""
        if content_words(query):
            _, scored = await self._rank(SearchUnit.CLAIMS, query, within)
            ids = [each.row.id for each in scored[:limit]]
        else:
            ids = [row.id for row in await self._index.match(SearchUnit.CLAIMS, [], [], within, limit)]
        whole = await self._index.claims(ids, within)
        return [whole[row] for row in ids if row in whole]

    async def refresh(self, report: ProgressCallback | None = None) -> None:
        """Take in what was kept since the last time; resumable, and never needed for search by words."""
        for unit in SearchUnit:
            # How often words stand in the rows are weights; they are counted again when there are more rows.
            if await self._index.document_frequencies(unit, []) != {"": self._frequencies.get((unit, ""))}:
                self._frequencies = {known: count for known, count in self._frequencies.items() if known[0] != unit}
        if meaning := await self._get_semantic():
            await meaning.refresh(report)

    async def encode_pending(self, report: ProgressCallback | None = None, *, background: bool = True) -> None:
        """Make exact what search by meaning took in, newest first; may be cancelled at any time and gone on with.

        Aside, it takes one thread that steps back for everything else, otherwise every core.
        """
        if meaning := await self._get_semantic():
            await meaning.encode_pending(report, background=background)

    async def count_pending(self) -> int:
        """Return how many rows are still to be made exact."""
        meaning = await self._get_semantic()
        return await meaning.count_pending() if meaning else 0

    async def _rank(self, unit: SearchUnit, query: str, within: Filters) -> tuple[WeightedQuery, list[ScoredRow]]:
        if not content_words(query):
            return WeightedQuery(query, {}), []
        look, (question, candidates) = await asyncio.gather(
            self._scan(unit, query, within), self._match_words(unit, query, within)
        )
        if not look:
            return question, fuse(question, candidates, {})
        near = await look.nearest(CANDIDATES, exact=question.lexical_confidence(candidates[:COVERAGE_ROWS]) < CONFIDENT)
        known = {row.id for row in candidates}
        candidates += await self._index.fetch(unit, [row for row in near.rows if row not in known], within)
        return question, fuse(question, candidates, near.cosines([row.id for row in candidates]))

    async def _match_words(
        self, unit: SearchUnit, query: str, within: Filters
    ) -> tuple[WeightedQuery, list[SearchCandidate]]:
        words = content_words(query)
        counts = await self._document_frequencies(unit, words)
        candidates = await self._index.match(unit, *_split_by_cost(words, counts), within, CANDIDATES)
        return WeightedQuery.from_counts(query, counts), candidates

    async def _scan(self, unit: SearchUnit, query: str, within: Filters) -> CoarseScan | None:
        meaning = await self._get_semantic()
        return await meaning.scan(unit, query, within) if meaning else None

    async def _get_semantic(self) -> SemanticSearch | None:
        if self._semantic is None and self._load_semantic:
            self._semantic, self._load_semantic = await asyncio.to_thread(self._load_semantic), None
        return self._semantic

    async def _document_frequencies(self, unit: SearchUnit, words: Sequence[str]) -> Mapping[str, int]:
        unknown = [word for word in words if (unit, word) not in self._frequencies]
        if unknown or (unit, "") not in self._frequencies:
            counted = await self._index.document_frequencies(unit, unknown)
            self._frequencies.update({(unit, word): count for word, count in counted.items()})
        return {word: self._frequencies[unit, word] for word in ["", *words]}


def open_search(index: FullTextIndex, vectors: VectorStore) -> HybridSearch:
    """Return the search: by meaning as well where numpy is there (the extra `semantic`), else by words alone.

    With the extra `minilm`, an exact encoder corrects what the table of meaning finds.
    """
    if find_spec("numpy") is None:
        return HybridSearch(index)

    def load() -> SemanticSearch:
        # Importing numpy takes a third of a second, which nobody should wait for who does not search. Its threads
        # wait for each other by spinning, which costs more than they save where the bot has other work to do.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        return_freed_memory()
        meaning: SemanticSearch = import_module("bot.search.semantic").SemanticSearch(
            vectors, import_module("bot.search.minilm").load()
        )
        return meaning

    return HybridSearch(index, load)


def _split_by_cost(words: Sequence[str], counts: Mapping[str, int]) -> tuple[list[str], list[str]]:
    ordered = sorted(words, key=lambda word: (counts[word], word))
    read = list(accumulate(counts[word] for word in ordered))
    # The rarest word is looked for whatever it takes.
    rare = [word for word, cost in zip(ordered, read, strict=True) if cost <= MAX_RANKED_ROWS] or ordered[:1]
    common = [
        word
        for word, cost in zip(ordered, read, strict=True)
        if MAX_RANKED_ROWS < cost <= MAX_POSTINGS and word not in rare
    ]
    return rare, common


_MMAP_THRESHOLD = -3
"""What glibc calls M_MMAP_THRESHOLD; see mallopt(3)."""

MMAP_BYTES = 256 * 1024
"""Bytes of a block that is taken from the system by itself, and given back as soon as it is free."""


def return_freed_memory() -> None:
    """Have the C library keep no large blocks for later, which it does more of the larger they were.

    That is 60 MB once the encoder is loaded, as much again after questions, and no time that can be measured. Other
    systems than Linux with glibc do as they do.
    """
    if sys.platform == "linux" and (setting := getattr(ctypes.CDLL(None), "mallopt", None)):
        setting(_MMAP_THRESHOLD, MMAP_BYTES)
