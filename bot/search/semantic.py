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
from bot.search.meaning import Floats, Packed, join, pack, table, unpack
from bot.search.words import clauses

BATCH = 512
"""Rows embedded at a time; what is done stays done when the next batch is interrupted."""
ROUGH = 96
"""How many numbers of each vector a rough look takes; they hold three quarters of its length."""
CLOSELY = 1_000
"""How many rows are looked at closely: of the nearest ten of all, 99.5 in a hundred are among them."""
_AT_ONCE = 4_096
_MOST_MASKS = 32


@dataclass(frozen=True, slots=True)
class Matrix:
    """The vectors of all rows by id, as they are stored, and the first and weightiest numbers of each for a rough look.

    650 bytes a row; good to some 100,000 rows.
    """

    ids: NDArray[np.int64]
    packed: Packed
    rough: Floats

    @classmethod
    def of(cls, stored: Sequence[tuple[int, bytes]]) -> Self:
        """Take in stored vectors, which come by id."""
        packed = join([vector for _, vector in stored], table().size)
        parts = range(0, len(packed), _AT_ONCE)
        rough = [unpack(packed[start : start + _AT_ONCE])[:, :ROUGH] for start in parts]
        nothing = np.zeros((0, ROUGH), np.float32)
        return cls(np.array([row for row, _ in stored], np.int64), packed, np.concatenate([nothing, *rough]))

    def joined(self, more: Matrix) -> Matrix:
        """Return both together; a row that is in both has its newer vector."""
        kept = ~np.isin(self.ids, more.ids)
        ids = np.concatenate([self.ids[kept], more.ids])
        order = np.argsort(ids, kind="stable")
        packed = np.concatenate([self.packed[kept], more.packed])[order]
        return Matrix(ids[order], packed, np.concatenate([self.rough[kept], more.rough])[order])


@dataclass(frozen=True, slots=True)
class Near:
    """The rows nearest to a question, nearest first, and how near each row is."""

    best: list[int]
    _matrix: Matrix
    _asked: Floats

    @classmethod
    def to(cls, question: str, matrix: Matrix, mask: NDArray[np.bool_], limit: int) -> Self:
        """Look roughly at every row, then closely at those that seem near."""
        asked = table().embed([question, *clauses(question)])
        roughly = np.where(mask, _nearness(matrix.rough, asked[:, :ROUGH]), -np.inf)
        at = _largest(roughly, CLOSELY)
        at = at[mask[at]]
        closely = _nearness(unpack(matrix.packed[at]), asked)
        order = _largest(closely, limit)
        order = order[np.argsort(-closely[order], kind="stable")]
        return cls([int(row) for row in matrix.ids[at[order[closely[order] > 0]]]], matrix, asked)

    def cosines(self, rows: Sequence[int]) -> dict[int, float]:
        """Return the cosines of rows; those without a vector are left out."""
        known = np.array(rows, np.int64)
        known = known[np.isin(known, self._matrix.ids)]
        near = _nearness(unpack(self._matrix.packed[np.searchsorted(self._matrix.ids, known)]), self._asked)
        return dict(zip(known.tolist(), near.tolist(), strict=True))


class Semantic:
    """Vectors of one store, loaded when first asked for."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._matrices: dict[Unit, Matrix] = {}
        self._masks: dict[tuple[Unit, Filters], NDArray[np.bool_]] = {}
        self._lock = asyncio.Lock()
        self._checked = False

    async def near(self, unit: Unit, question: str, within: Filters, limit: int) -> Near:
        """Return the rows nearest to a question; every number comes from a worker thread."""
        await self._check()
        async with self._lock:
            matrix = await self._matrix(unit)
            mask = await self._mask(unit, within, matrix)
        return await asyncio.to_thread(Near.to, question, matrix, mask, limit)

    async def refresh(self, report: Report | None = None) -> None:
        """Embed what has no vector yet, in batches, then take in every vector that is new."""
        await self._check()
        for unit in Unit:
            done = 0
            while rows := await self._vectors.pending(unit, BATCH):
                await self._vectors.put(unit, await asyncio.to_thread(_embed, rows))
                done += len(rows)
                if report:
                    report(Progress(done, done, f"{unit} by meaning"))
            async with self._lock:
                await self._take_in(unit)

    async def _check(self) -> None:
        if not self._checked:
            await self._vectors.made_by(table().name)
            self._checked = True

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


def _nearness(vectors: Floats, asked: Floats) -> Floats:
    # Where a question asks several things, the part that is nearest counts half.
    each = vectors @ asked.T
    return np.asarray((each[:, 0] + each[:, 1:].max(axis=1)) / 2 if len(asked) > 1 else each[:, 0], np.float32)


def _largest(values: Floats, limit: int) -> NDArray[np.intp]:
    return np.argpartition(-values, limit)[:limit] if values.size > limit else np.arange(values.size)


def _embed(rows: Sequence[tuple[int, str]]) -> list[tuple[int, bytes]]:
    vectors = pack(table().embed([text for _, text in rows]))
    return [(row, vector) for (row, _), vector in zip(rows, vectors, strict=True)]
