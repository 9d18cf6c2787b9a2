"""Search by words and by meaning, fused."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from bot.chat.request import ProgressCallback
from bot.domain import Claim, Filters, Hit, Passage
from bot.domain.question import SearchCandidate, SearchUnit
from bot.search.fusion import COVERAGE_ROWS, FullTextIndex, ScoredRow, VectorStore, WeightedQuery, fuse
from bot.search.query import content_words

if TYPE_CHECKING:
    from bot.search.semantic import CoarseScan, Neighbours, SemanticSearch

CANDIDATES = 50
"""How many rows each way of searching proposes."""
MAX_RANKED_ROWS = 400
"""So many rows are ranked for a single word; the question's commoner words must come in pairs."""
CONFIDENT = 0.8
"""If words can be trusted this far (0 to 1), meaning need not be exact, which takes as long as all the rest."""
MAX_POSTINGS = 8_000
"""So many entries of the full-text index are read; words that would take more are left to meaning."""

FOLLOWING_SHARE = 0.7
"""Which share of a passage's score the one after it has; the exact rank matters little to what chooses sentences."""


class HybridSearch:
    """Search by words and, if it can be loaded, by meaning; that is loaded when first needed."""

    def __init__(self, index: FullTextIndex, load_semantic: Callable[[], SemanticSearch] | None = None) -> None:
        self._index = index
        self._load_semantic = load_semantic
        self._semantic: SemanticSearch | None = None
        self._frequencies: dict[tuple[SearchUnit, str], int] = {}

    async def find(self, query: str, within: Filters, limit: int = 10, *, following: int = 0) -> list[Hit]:
        """Return the best passages, best first; a query without words finds nothing.

        After them come the passages that follow the best `following` ones: what answers a question comes after it.
        """
        question, ranked, near = await self._rank(SearchUnit.PASSAGES, query, within)
        best = ranked[:limit]
        ids = [scored.row.id for scored in best]
        next_ids = [row + 1 for row in ids[:following] if row + 1 not in ids]
        rows = await self._index.fetch(SearchUnit.PASSAGES, next_ids, within) if next_ids else []
        cosines = near.cosines([row.id for row in rows]) if near else {}
        scores = {scored.row.id + 1: scored.score * FOLLOWING_SHARE for scored in best[:following]}
        best += [ScoredRow(row, scores[row.id], cosines.get(row.id, 0.0)) for row in rows]
        passages = await self._index.passages([scored.row.id for scored in best], within)
        hits = {
            row.id: Hit(
                passages[row.id], scored.score, question.coverage(row), scored.similarity, question.rows, question.idf
            )
            for scored in best
            if (row := scored.row).id in passages
        }
        strays = [id_ for id_ in next_ids if id_ in hits and not _is_same_talk(passages, id_)]
        return [hit for id_, hit in hits.items() if id_ not in strays]

    async def claims(self, query: str, within: Filters, limit: int = 10) -> list[Claim]:
        """Return the claims nearest to the query, or the newest ones for a query without words."""
        if content_words(query):
            _, ranked, _ = await self._rank(SearchUnit.CLAIMS, query, within)
            ids = [scored.row.id for scored in ranked[:limit]]
        else:
            ids = [row.id for row in await self._index.match(SearchUnit.CLAIMS, [], [], within, limit)]
        claims = await self._index.claims(ids, within)
        return [claims[row] for row in ids if row in claims]

    async def names(self, space: str | None) -> Sequence[str]:
        """Return the names and speakers that a space may read of, each in every known spelling; takes a while."""
        return await self._index.names(space)

    async def has_turn(self, conversation: str, turn: int, space: str | None) -> bool:
        """Return whether the library has a turn that a space may read."""
        return await self._index.has_turn(conversation, turn, space)

    async def spoken_at(self, conversation: str, turn: int, words: str, space: str | None) -> float | None:
        """Return the second at which words of a turn begin, None if the transcript has no times."""
        return await self._index.spoken_at(conversation, turn, words, space)

    async def counts(self, words: Sequence[str]) -> Mapping[str, int]:
        """Return how many passages have each word, and under the empty string how many there are."""
        return await self._document_frequencies(SearchUnit.PASSAGES, words)

    async def refresh(self, report: ProgressCallback | None = None) -> None:
        """Take in what was saved since the last time; resumable, and never needed for search by words."""
        for unit in SearchUnit:
            # Word frequencies are counted again once there are more rows.
            if await self._index.document_frequencies(unit, [""]) != {"": self._frequencies.get((unit, ""))}:
                self._frequencies = {known: count for known, count in self._frequencies.items() if known[0] != unit}
        if semantic := await self._get_semantic():
            await semantic.refresh(report)

    async def encode_pending(self, report: ProgressCallback | None = None, *, background: bool = True) -> None:
        """Make exact what search by meaning took in, newest first; may be cancelled at any time and resumed.

        In the background, it takes one low-priority thread, otherwise every core.
        """
        if semantic := await self._get_semantic():
            await semantic.encode_pending(report, background=background)

    async def count_pending(self) -> int:
        """Return how many rows are still to be made exact."""
        semantic = await self._get_semantic()
        return await semantic.count_pending() if semantic else 0

    async def _rank(
        self, unit: SearchUnit, query: str, within: Filters
    ) -> tuple[WeightedQuery, list[ScoredRow], Neighbours | None]:
        if not content_words(query):
            return WeightedQuery(query, {}), [], None
        scan, (question, rows) = await asyncio.gather(
            self._scan(unit, query, within), self._match_words(unit, query, within)
        )
        if not scan:
            return question, fuse(question, rows, {}), None
        near = await scan.nearest(CANDIDATES, exact=question.lexical_confidence(rows[:COVERAGE_ROWS]) < CONFIDENT)
        known = {row.id for row in rows}
        rows += await self._index.fetch(unit, [row for row in near.rows if row not in known], within)
        return question, fuse(question, rows, near.cosines([row.id for row in rows])), near

    async def _match_words(
        self, unit: SearchUnit, query: str, within: Filters
    ) -> tuple[WeightedQuery, list[SearchCandidate]]:
        words = content_words(query)
        counts = await self._document_frequencies(unit, words)
        rows = await self._index.match(unit, *_split_by_cost(words, counts), within, CANDIDATES)
        return WeightedQuery.from_counts(query, counts), rows

    async def _scan(self, unit: SearchUnit, query: str, within: Filters) -> CoarseScan | None:
        semantic = await self._get_semantic()
        return await semantic.scan(unit, query, within) if semantic else None

    async def _get_semantic(self) -> SemanticSearch | None:
        if self._semantic is None and self._load_semantic:
            self._semantic, self._load_semantic = await asyncio.to_thread(self._load_semantic), None
        return self._semantic

    async def _document_frequencies(self, unit: SearchUnit, words: Sequence[str]) -> Mapping[str, int]:
        asked = ["", *words]
        if unknown := [word for word in asked if (unit, word) not in self._frequencies]:
            counted = await self._index.document_frequencies(unit, unknown)
            self._frequencies.update({(unit, word): count for word, count in counted.items()})
        return {word: self._frequencies[unit, word] for word in asked}


def open_search(index: FullTextIndex, vectors: VectorStore) -> HybridSearch:
    """Return the search by words and meaning; with the extra `minilm`, an exact encoder corrects the quick one."""

    def load() -> SemanticSearch:
        # Importing numpy takes a third of a second, which nobody should wait for without a search. Its threads spin
        # while they wait for one another, which costs more than they save if the bot has other work to do.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        return_freed_memory()
        from bot.search.minilm import load as load_encoder
        from bot.search.semantic import SemanticSearch

        return SemanticSearch(vectors, load_encoder())

    return HybridSearch(index, load)


def _is_same_talk(passages: Mapping[int, Passage], row: int) -> bool:
    before = passages.get(row - 1)
    return before is not None and before.origin.conversation == passages[row].origin.conversation


def _split_by_cost(words: Sequence[str], counts: Mapping[str, int]) -> tuple[list[str], list[str]]:
    ordered = sorted(words, key=lambda word: (counts[word], word))
    costs = dict(zip(ordered, accumulate(counts[word] for word in ordered), strict=True))
    # The rarest word is looked for whatever it takes.
    rare = [word for word in ordered if costs[word] <= MAX_RANKED_ROWS] or ordered[:1]
    return rare, [word for word in ordered if costs[word] <= MAX_POSTINGS and word not in rare]


_MMAP_THRESHOLD = -3
"""glibc's M_MMAP_THRESHOLD; see mallopt(3)."""

MMAP_BYTES = 256 * 1024
"""Blocks from this size in bytes are mapped on their own, and given back as soon as they are free."""


def return_freed_memory() -> None:
    """Stop glibc from keeping large blocks for later, of which it keeps more the larger they were.

    That saves 60 MB once the encoder is loaded, as much again after questions, and costs no measurable time. It does
    nothing on systems without glibc.
    """
    if sys.platform == "linux" and (setting := getattr(ctypes.CDLL(None), "mallopt", None)):
        setting(_MMAP_THRESHOLD, MMAP_BYTES)
