"""Search by words and by meaning, fused."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate
from typing import Protocol

from bot.chat.request import Report
from bot.domain import Claim, Filters, Hit
from bot.domain.search import Found, Unit
from bot.search.fusion import TOP, Question, Scored, fuse
from bot.search.index import Index, Vectors
from bot.search.memory import give_back
from bot.search.query import content_words

CANDIDATES = 50
"""How many rows each way of searching proposes."""
RANKED = 400
"""So many rows are ranked for having a single word; the question's commoner words must come in pairs."""
SURE = 0.8
"""Where words can be trusted so far (0 to 1), meaning need not be exact, which takes as long as all the rest."""
READ = 8_000
"""So many entries of the full-text index are read; the words that would take more are left to meaning."""


class Nearest(Protocol):
    """The rows nearest to a question, nearest first, and how near each row is."""

    best: list[int]

    def cosines(self, rows: Sequence[int]) -> Mapping[int, float]:
        """Return the cosines of rows; those without a vector are left out."""


class Look(Protocol):
    """A first look at every row, for a question."""

    async def near(self, limit: int, *, exactly: bool) -> Nearest:
        """Return the rows nearest to the question; `exactly` takes longer and is worth it where words are not sure."""


class Meaning(Protocol):
    """Search by meaning."""

    async def look(self, unit: Unit, question: str, within: Filters) -> Look:
        """Look at every row, roughly."""

    async def refresh(self, report: Report | None = None) -> None:
        """Take in what was kept since the last time."""

    async def sharpen(self, report: Report | None = None, *, aside: bool = True) -> None:
        """Make exact what was taken in; see `HybridSearch.sharpen`."""

    async def count_pending(self) -> int:
        """Return how many rows are still to be made exact."""


class HybridSearch:
    """The Search over an index, by words alone where there is no `meaning`, which is loaded when first needed."""

    def __init__(self, index: Index, meaning: Callable[[], Meaning] | None = None) -> None:
        self._index = index
        self._load = meaning
        self._loaded: Meaning | None = None
        self._counts: dict[tuple[Unit, str], int] = {}

    async def find(self, query: str, within: Filters, limit: int = 10) -> list[Hit]:
        """Return the best passages, best first; a query without words finds nothing."""
        question, scored = await self._ranked(Unit.PASSAGES, query, within)
        whole = await self._index.passages([one.found.id for one in scored[:limit]], within)
        return [
            Hit(whole[one.found.id], one.score, question.coverage(one.found), one.similarity, question.rows)
            for one in scored[:limit]
            if one.found.id in whole
        ]

    async def claims(self, query: str, within: Filters, limit: int = 10) -> list[Claim]:
        """Return the claims nearest to the query, or the newest ones for a query without words."""
        if content_words(query):
            _, scored = await self._ranked(Unit.CLAIMS, query, within)
            ids = [one.found.id for one in scored[:limit]]
        else:
            ids = [found.id for found in await self._index.match(Unit.CLAIMS, [], [], within, limit)]
        whole = await self._index.claims(ids, within)
        return [whole[row] for row in ids if row in whole]

    async def refresh(self, report: Report | None = None) -> None:
        """Take in what was kept since the last time; resumable, and never needed for search by words."""
        for unit in Unit:
            # How often words stand in the rows are weights; they are counted again when there are more rows.
            if await self._index.counts(unit, []) != {"": self._counts.get((unit, ""))}:
                self._counts = {known: count for known, count in self._counts.items() if known[0] != unit}
        if meaning := await self._meaning():
            await meaning.refresh(report)

    async def sharpen(self, report: Report | None = None, *, aside: bool = True) -> None:
        """Make exact what search by meaning took in, newest first; may be cancelled at any time and gone on with.

        Aside, it takes one thread that steps back for everything else, otherwise every core.
        """
        if meaning := await self._meaning():
            await meaning.sharpen(report, aside=aside)

    async def count_pending(self) -> int:
        """Return how many rows are still to be made exact."""
        meaning = await self._meaning()
        return await meaning.count_pending() if meaning else 0

    async def _ranked(self, unit: Unit, query: str, within: Filters) -> tuple[Question, list[Scored]]:
        if not content_words(query):
            return Question(query, {}), []
        look, (question, found) = await asyncio.gather(
            self._look(unit, query, within), self._by_words(unit, query, within)
        )
        if not look:
            return question, fuse(question, found, {})
        near = await look.near(CANDIDATES, exactly=question.gate(found[:TOP]) < SURE)
        known = {row.id for row in found}
        found += await self._index.look(unit, [row for row in near.best if row not in known], within)
        return question, fuse(question, found, near.cosines([row.id for row in found]))

    async def _by_words(self, unit: Unit, query: str, within: Filters) -> tuple[Question, list[Found]]:
        words = content_words(query)
        counts = await self._count(unit, words)
        found = await self._index.match(unit, *_by_cost(words, counts), within, CANDIDATES)
        return Question.of(query, counts), found

    async def _look(self, unit: Unit, query: str, within: Filters) -> Look | None:
        meaning = await self._meaning()
        return await meaning.look(unit, query, within) if meaning else None

    async def _meaning(self) -> Meaning | None:
        if self._loaded is None and self._load:
            self._loaded, self._load = await asyncio.to_thread(self._load), None
        return self._loaded

    async def _count(self, unit: Unit, words: Sequence[str]) -> Mapping[str, int]:
        unknown = [word for word in words if (unit, word) not in self._counts]
        if unknown or (unit, "") not in self._counts:
            counted = await self._index.counts(unit, unknown)
            self._counts.update({(unit, word): count for word, count in counted.items()})
        return {word: self._counts[unit, word] for word in ["", *words]}


def open_search(index: Index, vectors: Vectors) -> HybridSearch:
    """Return the search: by meaning as well where numpy is there (the extra `semantic`), else by words alone.

    With the extra `minilm`, an exact encoder corrects what the table of meaning finds.
    """
    if find_spec("numpy") is None:
        return HybridSearch(index)

    def load() -> Meaning:
        # Importing numpy takes a third of a second, which nobody should wait for who does not search. Its threads
        # wait for each other by spinning, which costs more than they save where the bot has other work to do.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        give_back()
        meaning: Meaning = import_module("bot.search.semantic").Semantic(
            vectors, import_module("bot.search.minilm").load()
        )
        return meaning

    return HybridSearch(index, load)


def _by_cost(words: Sequence[str], counts: Mapping[str, int]) -> tuple[list[str], list[str]]:
    ordered = sorted(words, key=lambda word: (counts[word], word))
    read = list(accumulate(counts[word] for word in ordered))
    # The rarest word is looked for whatever it takes.
    rare = [word for word, cost in zip(ordered, read, strict=True) if cost <= RANKED] or ordered[:1]
    common = [word for word, cost in zip(ordered, read, strict=True) if RANKED < cost <= READ and word not in rare]
    return rare, common
