"""Search by meaning: vectors made behind the reading, kept by the store, compared in memory. Needs numpy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bot.model import Filters
from bot.ports import Progress, Report, Unit, Vectors
from bot.search.meaning import Floats, pack, table, unpack
from bot.search.words import clauses

BATCH = 512
"""Rows embedded at a time; what is done stays done when the next batch is interrupted."""
_MOST_MASKS = 32


@dataclass(frozen=True, slots=True)
class Matrix:
    """The vectors of all rows by id, 1 kB each: exact, and fast to about 100,000 rows."""

    ids: NDArray[np.int64]
    vectors: Floats

    @classmethod
    def of(cls, stored: Sequence[tuple[int, bytes]]) -> Self:
        """Unpack stored vectors, which come by id; those of another table are left out."""
        size = table().size
        kept = [(row, vector) for row, vector in stored if len(vector) == size]
        ids = np.array([row for row, _ in kept], np.int64)
        return cls(ids, unpack([vector for _, vector in kept], size))

    def joined(self, more: Matrix) -> Matrix:
        """Return both together; a row that is in both has its newer vector."""
        kept = ~np.isin(self.ids, more.ids)
        ids = np.concatenate([self.ids[kept], more.ids])
        order = np.argsort(ids, kind="stable")
        return Matrix(ids[order], np.concatenate([self.vectors[kept], more.vectors])[order])


@dataclass(frozen=True, slots=True)
class Near:
    """The rows nearest to a question, nearest first, and how near each row is."""

    best: list[int]
    _ids: NDArray[np.int64]
    _cosines: Floats

    @classmethod
    def to(cls, question: str, matrix: Matrix, mask: NDArray[np.bool_], limit: int) -> Self:
        """Compare with every row; where a question asks several things, half by the one that is nearest."""
        vectors = table().embed([question, *clauses(question)])
        each = matrix.vectors @ vectors.T
        cosines = (each[:, 0] + each[:, 1:].max(axis=1)) / 2 if len(vectors) > 1 else each[:, 0]
        shown = np.where(mask, cosines, -1)
        at = np.argpartition(-shown, limit)[:limit] if shown.size > limit else np.arange(shown.size)
        at = at[np.argsort(-shown[at], kind="stable")]
        return cls([int(row) for row in matrix.ids[at[shown[at] > 0]]], matrix.ids, cosines)

    def cosines(self, rows: Sequence[int]) -> dict[int, float]:
        """Return the cosines of rows; those without a vector are left out."""
        if not self._ids.size:
            return {}
        places = np.minimum(np.searchsorted(self._ids, rows), self._ids.size - 1)
        near = zip(rows, places.tolist(), strict=True)
        return {row: float(self._cosines[place]) for row, place in near if self._ids[place] == row}


class Semantic:
    """Vectors of one store, loaded when first asked for."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._matrices: dict[Unit, Matrix] = {}
        self._masks: dict[tuple[Unit, Filters], NDArray[np.bool_]] = {}
        self._lock = asyncio.Lock()

    async def near(self, unit: Unit, question: str, within: Filters, limit: int) -> Near:
        """Return the rows nearest to a question; every number comes from a worker thread."""
        async with self._lock:
            matrix = await self._matrix(unit)
            mask = await self._mask(unit, within, matrix)
        return await asyncio.to_thread(Near.to, question, matrix, mask, limit)

    async def refresh(self, report: Report | None = None) -> None:
        """Embed what has no vector yet, in batches, then take in every vector that is new."""
        for unit in Unit:
            done = 0
            while rows := await self._vectors.pending(unit, BATCH):
                await self._vectors.put(unit, await asyncio.to_thread(_embed, rows))
                done += len(rows)
                if report:
                    report(Progress(done, done, f"{unit} by meaning"))
            async with self._lock:
                await self._take_in(unit)

    async def _matrix(self, unit: Unit) -> Matrix:
        if unit not in self._matrices:
            self._matrices[unit] = await asyncio.to_thread(Matrix.of, await self._vectors.stored(unit, after=0))
        return self._matrices[unit]

    async def _take_in(self, unit: Unit) -> None:
        if unit not in self._matrices:
            return
        matrix = self._matrices[unit]
        newest = int(matrix.ids[-1]) if matrix.ids.size else 0
        if stored := await self._vectors.stored(unit, after=newest):
            self._matrices[unit] = await asyncio.to_thread(lambda: matrix.joined(Matrix.of(stored)))
            self._masks.clear()

    async def _mask(self, unit: Unit, within: Filters, matrix: Matrix) -> NDArray[np.bool_]:
        if (unit, within) not in self._masks:
            rows = await self._vectors.rows(unit, within)
            if len(self._masks) >= _MOST_MASKS:
                self._masks.clear()
            self._masks[unit, within] = await asyncio.to_thread(np.isin, matrix.ids, rows)
        return self._masks[unit, within]


def _embed(rows: Sequence[tuple[int, str]]) -> list[tuple[int, bytes]]:
    vectors = pack(table().embed([text for _, text in rows]))
    return [(row, vector) for (row, _), vector in zip(rows, vectors, strict=True)]
