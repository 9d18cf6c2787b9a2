"""Search by meaning: a quick encoder scans every row, and an exact one, if there is one, judges the nearest.

Rows that the exact encoder has not reached yet are judged by the quick one. Needs numpy.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.chat.request import Progress, ProgressCallback
from bot.domain import Filters
from bot.domain.question import SearchUnit
from bot.nlp.embeddings import Encoder, Floats, load_static_encoder
from bot.search import minilm
from bot.search.fusion import VectorStore
from bot.search.query import split_clauses
from bot.search.vector_index import Ids, VectorIndex, VectorMatrix, similarities

BATCH = 2_048
"""Rows that the quick encoder embeds at a time; each batch is saved, so an interruption costs one."""
ENCODER_CHUNK = 256
"""Rows that the exact encoder takes in the order of their length, so that few pieces are padding;"""
ENCODER_SLICE = 4
"""so many at a time on each thread, so that it can stop at once; four times as many take 150 MB more."""
COARSE_DIMENSIONS = 96
"""How many numbers of each quick vector a scan reads; they hold three quarters of its length."""
RERANKED_ROWS = 1_000
"""How many rows are looked at closely: 99.5 % of the ten nearest of all are among them."""
_MAX_MASKS = 32
_KEPT_SCANS, _KEPT_QUESTIONS = 4, 64
"""One question is looked for several times: within its time, by its speaker, for a side of it. A scan takes four bytes
a row."""
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """A question as one encoder sees it, with its vectors of the rows."""

    matrix: VectorMatrix
    vectors: Floats

    def scan(self) -> Floats:
        """Return how near every row seems."""
        return similarities(self.matrix.leading, self.vectors[:, :COARSE_DIMENSIONS])


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The rows nearest to a question, nearest first, and how near each row is."""

    rows: list[int]
    _coarse: EncodedQuery
    _exact: EncodedQuery | None

    @classmethod
    def from_candidates(cls, rows: Ids, coarse: EncodedQuery, exact: EncodedQuery | None, limit: int) -> Neighbours:
        """Look closely at rows that seem near."""
        cosines = _best_cosines(rows, coarse, exact)
        order = _top_indices(cosines, limit)
        order = order[np.argsort(-cosines[order], kind="stable")]
        return cls(rows[order[cosines[order] > 0]].tolist(), coarse, exact)

    def cosines(self, rows: Sequence[int]) -> dict[int, float]:
        """Return the cosines of rows; those without a vector are left out."""
        near = _best_cosines(np.array(rows, np.int64), self._coarse, self._exact)
        return {row: float(cosine) for row, cosine in zip(rows, near, strict=True) if not np.isnan(cosine)}


@dataclass(frozen=True, slots=True)
class CoarseScan:
    """A scan of every row by the quick encoder, for a question that the exact encoder may see, too."""

    _rows: Ids
    _coarse: EncodedQuery
    _encode_exactly: Callable[[], Awaitable[EncodedQuery | None]]

    async def nearest(self, limit: int, *, exact: bool) -> Neighbours:
        """Return the rows nearest to the question; `exact` takes longer, and pays if words can't be trusted."""
        return Neighbours.from_candidates(
            self._rows, self._coarse, await self._encode_exactly() if exact else None, limit
        )


class SemanticSearch:
    """Search over the vectors of one store, by a quick encoder and, if there is one, an exact one."""

    def __init__(self, vectors: VectorStore, exact: Encoder | None = None) -> None:
        self._vectors = vectors
        self._coarse = VectorIndex(vectors, load_static_encoder(), COARSE_DIMENSIONS)
        self._exact = VectorIndex(vectors, exact) if exact else None
        self._masks: dict[tuple[SearchUnit, Filters], NDArray[np.bool_]] = {}
        self._lock = asyncio.Lock()
        self._has_pruned = False
        self._scanned = lru_cache(_KEPT_SCANS)(self._scan_matrix)
        self._encoded = lru_cache(_KEPT_QUESTIONS)(exact.embed) if exact else None

    async def scan(self, unit: SearchUnit, question: str, within: Filters) -> CoarseScan:
        """Scan every row, on another thread."""
        await self._drop_foreign_vectors()
        parts = (question, *split_clauses(question))
        quick, rows = await self._scan_coarsely(unit, parts, within)
        return CoarseScan(rows, quick, lambda: self._encode_exactly(unit, parts))

    async def refresh(self, report: ProgressCallback | None = None) -> None:
        """Let the quick encoder embed what it has not seen, then take in every vector that is new."""
        await self._drop_foreign_vectors()
        for unit in SearchUnit:
            done = 0
            while rows := await self._coarse.pending(unit, BATCH):
                await self._coarse.put(unit, await asyncio.to_thread(self._coarse.embed, rows))
                done += len(rows)
                if report:
                    report(Progress(done, done, f"{unit} by meaning"))
            await self._refresh_indexes(unit)

    async def encode_pending(self, report: ProgressCallback | None = None, *, background: bool = True) -> None:
        """Let the exact encoder embed what it has not seen, newest first; may be cancelled at any time and resumed.

        In the background, it takes one low-priority thread, otherwise every core.
        """
        if self._exact is None:
            return
        await self._drop_foreign_vectors()
        threads = 1 if background else os.cpu_count() or 1
        executor = ThreadPoolExecutor(threads, initializer=_lower_priority if background else None)
        try:
            await self._embed(self._exact, executor, threads, report)
        finally:
            executor.shutdown(wait=False, cancel_futures=True)

    async def count_pending(self) -> int:
        """Return how many rows the exact encoder has still to embed."""
        return sum([await self._exact.count_pending(unit) for unit in SearchUnit]) if self._exact else 0

    async def _embed(
        self, exact: VectorIndex, executor: Executor, threads: int, report: ProgressCallback | None
    ) -> None:
        total, done = await self.count_pending(), 0
        for unit in SearchUnit:
            while rows := await exact.pending(unit, ENCODER_CHUNK):
                rows.sort(key=lambda row: len(row[1]))
                for start in range(0, len(rows), ENCODER_SLICE * threads):
                    some = rows[start : start + ENCODER_SLICE * threads]
                    await exact.put(unit, await _embed_in_threads(exact, executor, some))
                    done += len(some)
                    if report:
                        report(Progress(done, max(done, total), unit.value))
                await self._refresh_indexes(unit)

    async def _drop_foreign_vectors(self) -> None:
        if not self._has_pruned:
            # The exact encoder's vectors stay even if it is not installed just now: they took long to make.
            exact = self._exact.encoder.name if self._exact else minilm.ENCODER_NAME
            await self._vectors.keep_only([self._coarse.encoder.name, exact])
            self._has_pruned = True

    async def _encode_exactly(self, unit: SearchUnit, parts: tuple[str, ...]) -> EncodedQuery | None:
        if self._exact is None or self._encoded is None:
            return None
        vectors = await asyncio.to_thread(self._encoded, parts)
        async with self._lock:
            return EncodedQuery(await self._exact.matrix(unit), vectors)

    async def _scan_coarsely(
        self, unit: SearchUnit, parts: tuple[str, ...], within: Filters
    ) -> tuple[EncodedQuery, Ids]:
        async with self._lock:
            matrix = await self._coarse.matrix(unit)
            mask = await self._mask(unit, within, matrix)
        quick, near = await asyncio.to_thread(self._scanned, matrix, parts)
        return quick, await asyncio.to_thread(_likely_rows, matrix.ids, near, mask)

    def _scan_matrix(self, matrix: VectorMatrix, parts: tuple[str, ...]) -> tuple[EncodedQuery, Floats]:
        quick = EncodedQuery(matrix, self._coarse.encoder.embed(parts))
        return quick, quick.scan()

    async def _refresh_indexes(self, unit: SearchUnit) -> None:
        async with self._lock:
            if any([await index.refresh(unit) for index in (self._coarse, self._exact) if index]):
                self._masks.clear()
                self._scanned.cache_clear()

    async def _mask(self, unit: SearchUnit, within: Filters, matrix: VectorMatrix) -> NDArray[np.bool_]:
        if (unit, within) not in self._masks:
            rows = await self._vectors.row_ids(unit, within)
            if len(self._masks) >= _MAX_MASKS:
                self._masks.clear()
            self._masks[unit, within] = await asyncio.to_thread(np.isin, matrix.ids, rows)
        return self._masks[unit, within]


async def _embed_in_threads(
    exact: VectorIndex, executor: Executor, rows: Sequence[tuple[int, str]]
) -> list[tuple[int, bytes]]:
    loop = asyncio.get_running_loop()
    slices = [rows[start : start + ENCODER_SLICE] for start in range(0, len(rows), ENCODER_SLICE)]
    made = await asyncio.gather(*(loop.run_in_executor(executor, exact.embed, some) for some in slices))
    return [vector for vectors in made for vector in vectors]


def _likely_rows(ids: Ids, near: Floats, mask: NDArray[np.bool_]) -> Ids:
    """Return the rows within a mask that seem near."""
    within = np.flatnonzero(mask)
    return ids[within[_top_indices(near[within], RERANKED_ROWS)]]


def _best_cosines(rows: Ids, coarse: EncodedQuery, exact: EncodedQuery | None) -> Floats:
    near = coarse.matrix.cosines(rows, coarse.vectors)
    if exact is None:
        return near
    # The quick encoder was fitted to the exact one: their cosines compare, within the accuracy of either.
    better = exact.matrix.cosines(rows, exact.vectors)
    return np.where(np.isnan(better), near, better)


def _top_indices(values: Floats, limit: int) -> NDArray[np.intp]:
    return np.argpartition(values, -limit)[-limit:] if values.size > limit else np.arange(values.size)


def _lower_priority() -> None:
    # On Linux a thread has a niceness of its own; elsewhere it would be that of the whole bot.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
