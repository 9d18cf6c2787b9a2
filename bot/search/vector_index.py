"""One encoder's vectors of a store's rows: saved by the store, compared in memory. Needs numpy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bot.domain.question import SearchUnit
from bot.nlp.embeddings import Encoder, Floats, Quantized, quantize, stack_rows
from bot.search.fusion import VectorStore

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class VectorMatrix:
    """The vectors of rows by id, as they are stored, with their lengths, and the part that a scan reads.

    A number takes one byte, each of the leading ones four more; good for some 100,000 rows.
    """

    ids: Ids
    quantized: Quantized
    norms: Floats
    leading: Floats
    """The first numbers of unit vectors, a column for each row: a pass over columns takes half as long as over rows."""

    @classmethod
    def from_rows(cls, stored: Sequence[tuple[int, bytes]], size: int, leading: int) -> Self:
        """Take in stored vectors of `size` numbers, of which the first `leading` are scanned."""
        ids = np.array([row for row, _ in stored], np.int64)
        return cls._sorted_by_id(ids, stack_rows([vector for _, vector in stored], size), leading)

    def merged(self, more: VectorMatrix) -> Self:
        """Return both together; a row that is in both has its newer vector."""
        current = ~np.isin(self.ids, more.ids)
        ids = np.concatenate([self.ids[current], more.ids])
        return self._sorted_by_id(ids, np.concatenate([self.quantized[current], more.quantized]), len(self.leading))

    def cosines(self, rows: Ids, query: Floats) -> Floats:
        """Return how near rows are to a question; NaN for those without a vector."""
        near = np.full(len(rows), np.nan, np.float32)
        if len(self.ids):
            places = np.minimum(np.searchsorted(self.ids, rows), len(self.ids) - 1)
            known = self.ids[places] == rows
            places = places[known]
            near[known] = similarities(self.quantized[places].astype(np.float32).T, query) / self.norms[places]
        return near

    @classmethod
    def _sorted_by_id(cls, ids: Ids, quantized: Quantized, leading: int) -> Self:
        order = np.argsort(ids, kind="stable")
        quantized = quantized[order]
        lengths = np.sqrt(np.einsum("ij,ij->i", quantized, quantized, dtype=np.float32))
        lengths[lengths == 0] = 1
        return cls(ids[order], quantized, lengths, np.divide(quantized[:, :leading].T, lengths, order="C"))


class VectorIndex:
    """One encoder's vectors of one store, loaded when first asked for."""

    def __init__(self, vectors: VectorStore, encoder: Encoder, leading: int = 0) -> None:
        self.encoder = encoder
        self._vectors = vectors
        self._leading = leading
        self._matrices: dict[SearchUnit, VectorMatrix] = {}
        self._loaded_up_to: dict[SearchUnit, int] = {}
        self._encoded_up_to: dict[SearchUnit, int] = {}

    async def pending(self, unit: SearchUnit, limit: int) -> list[tuple[int, str]]:
        """Return rows without a vector, those of the newest conversations first."""
        newest = await self._vectors.newest_id(unit)
        if newest <= self._encoded_up_to.get(unit, -1):
            return []
        rows = await self._vectors.pending(unit, self.encoder.name, limit)
        if not rows:
            self._encoded_up_to[unit] = newest
        return rows

    async def count_pending(self, unit: SearchUnit) -> int:
        """Return how many rows have no vector yet."""
        return await self._vectors.count_pending(unit, self.encoder.name)

    def embed(self, rows: Sequence[tuple[int, str]]) -> list[tuple[int, bytes]]:
        """Return the vectors of rows as they are stored; slow."""
        vectors = quantize(self.encoder.embed([text for _, text in rows]))
        return [(row, vector) for (row, _), vector in zip(rows, vectors, strict=True)]

    async def put(self, unit: SearchUnit, vectors: Sequence[tuple[int, bytes]]) -> None:
        """Save vectors."""
        await self._vectors.put(unit, self.encoder.name, vectors)

    async def matrix(self, unit: SearchUnit) -> VectorMatrix:
        """Return the vectors as of the first call or the last refresh."""
        if unit not in self._matrices:
            await self._load(unit)
        return self._matrices[unit]

    async def refresh(self, unit: SearchUnit) -> bool:
        """Load what was saved since the last time, by any process; return whether that changed anything."""
        return unit in self._matrices and await self._load(unit)

    async def _load(self, unit: SearchUnit) -> bool:
        stored = await self._vectors.vectors_after(unit, self.encoder.name, self._loaded_up_to.get(unit, 0))
        if stored or unit not in self._matrices:
            self._matrices[unit] = await asyncio.to_thread(self._merged, self._matrices.get(unit), stored)
            self._loaded_up_to[unit] = stored[-1][0] if stored else 0
        return bool(stored)

    def _merged(self, matrix: VectorMatrix | None, stored: Sequence[tuple[int, int, bytes]]) -> VectorMatrix:
        more = VectorMatrix.from_rows(
            [(row, vector) for _, row, vector in stored], self.encoder.dimensions, self._leading
        )
        return matrix.merged(more) if matrix else more


def similarities(columns: Floats, query: Floats) -> Floats:
    """Return how near each column is to a question, followed by its parts: the nearest part counts half."""
    # One part at a time: all together would take twice as long.
    whole, *parts = [part @ columns for part in query]
    return np.asarray((whole + np.max(parts, axis=0)) / 2 if parts else whole, np.float32)
