"""Search by meaning: a table sees every row at once, and an exact encoder, where there is one, behind it.

The table looks at all rows. On those that it finds near, the encoder has the last word; what the encoder has not come
to yet is judged by the table. Needs numpy.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.chat.request import Progress, Report
from bot.domain import Filters
from bot.domain.search import Unit
from bot.search import minilm
from bot.search.embeddings import Encoder, Floats, table
from bot.search.index import Vectors
from bot.search.query import clauses
from bot.search.vector_index import Ids, Layer, Matrix, nearness

BATCH = 2_048
"""Rows that the table embeds at a time; what is done stays done when the next batch is interrupted."""
CHUNK = 256
"""Rows that the encoder takes in the order of their length, so that few pieces are padding;"""
SLICE = 4
"""so many of them at a time on each thread, so that it can be left at once; four times as many take 150 MB more."""
ROUGH = 96
"""How many numbers of each of the table's vectors a rough look takes; they hold three quarters of its length."""
CLOSELY = 1_000
"""How many rows are looked at closely: of the table's nearest ten of all, 99.5 in a hundred are among them."""
_MOST_MASKS = 32
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """A question as one encoder sees it, beside its vectors of the rows."""

    matrix: Matrix
    asked: Floats

    def roughly(self, mask: NDArray[np.bool_]) -> Ids:
        """Return the rows within a mask that seem near."""
        near = nearness(self.matrix.rough, self.asked[:, :ROUGH])
        near[~mask] = -np.inf
        at = _largest(near, CLOSELY)
        return self.matrix.ids[at[mask[at]]]


@dataclass(frozen=True, slots=True)
class Near:
    """The rows nearest to a question, nearest first, and how near each row is."""

    best: list[int]
    _quick: Seen
    _exact: Seen | None

    @classmethod
    def among(cls, rows: Ids, quick: Seen, exact: Seen | None, limit: int) -> Near:
        """Look closely at rows that seem near."""
        closely = _closely(rows, quick, exact)
        order = _largest(closely, limit)
        order = order[np.argsort(-closely[order], kind="stable")]
        return cls(rows[order[closely[order] > 0]].tolist(), quick, exact)

    def cosines(self, rows: Sequence[int]) -> dict[int, float]:
        """Return the cosines of rows; those without a vector are left out."""
        near = _closely(np.array(rows, np.int64), self._quick, self._exact)
        return {row: float(cosine) for row, cosine in zip(rows, near, strict=True) if not np.isnan(cosine)}


@dataclass(frozen=True, slots=True)
class Look:
    """A first look at every row by the table, for a question; `_exactly` has the encoder see it, too."""

    _rows: Ids
    _quick: Seen
    _exactly: Callable[[], Awaitable[Seen | None]]

    async def near(self, limit: int, *, exactly: bool) -> Near:
        """Return the rows nearest to the question."""
        return Near.among(self._rows, self._quick, await self._exactly() if exactly else None, limit)


class Semantic:
    """The vectors of one store, by the table and by an exact encoder where there is one."""

    def __init__(self, vectors: Vectors, exact: Encoder | None = None) -> None:
        self._vectors = vectors
        self._quick = Layer(vectors, table(), ROUGH)
        self._exact = Layer(vectors, exact) if exact else None
        self._masks: dict[tuple[Unit, Filters], NDArray[np.bool_]] = {}
        self._lock = asyncio.Lock()
        self._checked = False

    async def look(self, unit: Unit, question: str, within: Filters) -> Look:
        """Look at every row, roughly, on another thread."""
        await self._check()
        parts = [question, *clauses(question)]
        quick, rows = await self._roughly(unit, parts, within)
        return Look(rows, quick, lambda: self._exactly(unit, parts))

    async def refresh(self, report: Report | None = None) -> None:
        """Let the table embed what it has not seen, in batches, then take in every vector that is new."""
        await self._check()
        for unit in Unit:
            done = 0
            while rows := await self._quick.pending(unit, BATCH):
                await self._quick.put(unit, await asyncio.to_thread(self._quick.embed, rows))
                done += len(rows)
                if report:
                    report(Progress(done, done, f"{unit} by meaning"))
            await self._take_in(unit)

    async def sharpen(self, report: Report | None = None, *, aside: bool = True) -> None:
        """Let the encoder embed what it has not seen, newest first; may be cancelled at any time and gone on with.

        Aside, it takes one thread that steps back for everything else, otherwise every core.
        """
        if self._exact is None:
            return
        await self._check()
        threads = 1 if aside else os.cpu_count() or 1
        behind = ThreadPoolExecutor(threads, initializer=_step_back if aside else None)
        try:
            await self._embed(self._exact, behind, threads, report)
        finally:
            behind.shutdown(wait=False, cancel_futures=True)

    async def count_pending(self) -> int:
        """Return how many rows the encoder has still to embed."""
        return sum([await self._exact.count_pending(unit) for unit in Unit]) if self._exact else 0

    async def _embed(self, exact: Layer, behind: Executor, threads: int, report: Report | None) -> None:
        total, done = await self.count_pending(), 0
        for unit in Unit:
            while rows := await exact.pending(unit, CHUNK):
                rows.sort(key=lambda row: len(row[1]))
                for start in range(0, len(rows), SLICE * threads):
                    some = rows[start : start + SLICE * threads]
                    await exact.put(unit, await _side_by_side(exact, behind, some))
                    done += len(some)
                    if report:
                        report(Progress(done, max(done, total), unit.value))
                await self._take_in(unit)

    async def _check(self) -> None:
        if not self._checked:
            # Those of the encoder stay where it is not at hand just now: they took long.
            exact = self._exact.encoder.name if self._exact else minilm.NAME
            await self._vectors.made_by([self._quick.encoder.name, exact])
            self._checked = True

    def _layers(self) -> list[Layer]:
        return [self._quick, self._exact] if self._exact else [self._quick]

    async def _exactly(self, unit: Unit, parts: Sequence[str]) -> Seen | None:
        if self._exact is None:
            return None
        asked = await asyncio.to_thread(self._exact.encoder.embed, parts)
        async with self._lock:
            return Seen(await self._exact.matrix(unit), asked)

    async def _roughly(self, unit: Unit, parts: Sequence[str], within: Filters) -> tuple[Seen, Ids]:
        async with self._lock:
            matrix = await self._quick.matrix(unit)
            mask = await self._mask(unit, within, matrix)
        return await asyncio.to_thread(self._look, parts, matrix, mask)

    def _look(self, parts: Sequence[str], matrix: Matrix, mask: NDArray[np.bool_]) -> tuple[Seen, Ids]:
        quick = Seen(matrix, self._quick.encoder.embed(parts))
        return quick, quick.roughly(mask)

    async def _take_in(self, unit: Unit) -> None:
        async with self._lock:
            if any([await layer.take_in(unit) for layer in self._layers()]):
                self._masks.clear()

    async def _mask(self, unit: Unit, within: Filters, matrix: Matrix) -> NDArray[np.bool_]:
        if (unit, within) not in self._masks:
            rows = await self._vectors.rows(unit, within)
            if len(self._masks) >= _MOST_MASKS:
                self._masks.clear()
            self._masks[unit, within] = await asyncio.to_thread(np.isin, matrix.ids, rows)
        return self._masks[unit, within]


async def _side_by_side(exact: Layer, behind: Executor, rows: Sequence[tuple[int, str]]) -> list[tuple[int, bytes]]:
    loop = asyncio.get_running_loop()
    slices = [rows[start : start + SLICE] for start in range(0, len(rows), SLICE)]
    made = await asyncio.gather(*(loop.run_in_executor(behind, exact.embed, some) for some in slices))
    return [vector for vectors in made for vector in vectors]


def _closely(rows: Ids, quick: Seen, exact: Seen | None) -> Floats:
    near = quick.matrix.cosines(rows, quick.asked)
    if exact is None:
        return near
    # The table was fitted to the encoder: both mean the same by a cosine, within what either is good for.
    better = exact.matrix.cosines(rows, exact.asked)
    return np.where(np.isnan(better), near, better)


def _largest(values: Floats, limit: int) -> NDArray[np.intp]:
    return np.argpartition(values, -limit)[-limit:] if values.size > limit else np.arange(values.size)


def _step_back() -> None:
    # On Linux a thread has a niceness of its own; elsewhere it would be the whole bot that steps back.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
