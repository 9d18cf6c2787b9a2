"""What search needs of whoever keeps passages, claims and vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain import Claim, Filters, Passage
from bot.domain.search import Found, Unit


class Index(Protocol):
    """The words of passages and claims. Every method leaves out what the reader may not read."""

    async def counts(self, unit: Unit, words: Sequence[str]) -> Mapping[str, int]:
        """Return how many rows of all have each word, and under the empty string how many rows there are."""

    async def match(
        self, unit: Unit, rare: Sequence[str], common: Sequence[str], within: Filters, limit: int
    ) -> list[Found]:
        """Return rows that have a rare word or two common ones, best first; without words the newest rows."""

    async def look(self, unit: Unit, ids: Sequence[int], within: Filters) -> list[Found]:
        """Return those of the rows that lie within the filters."""

    async def passages(self, ids: Sequence[int], within: Filters) -> Mapping[int, Passage]:
        """Return whole passages by row."""

    async def claims(self, ids: Sequence[int], within: Filters) -> Mapping[int, Claim]:
        """Return whole claims by row."""


class Vectors(Protocol):
    """The vectors of passages and claims, each the bytes that a maker made of the row's text.

    Vectors of different makers lie side by side, and are never compared with one another.
    """

    async def made_by(self, makers: Sequence[str]) -> None:
        """Forget every vector that something else made; to be called before anything else."""

    async def newest(self, unit: Unit) -> int:
        """Return the id of the newest row, 0 where there is none; ids only rise."""

    async def pending(self, unit: Unit, maker: str, limit: int) -> list[tuple[int, str]]:
        """Return id and text of rows without a vector of this maker, those of the newest conversations first."""

    async def count_pending(self, unit: Unit, maker: str) -> int:
        """Return how many rows have no vector of this maker."""

    async def put(self, unit: Unit, maker: str, vectors: Sequence[tuple[int, bytes]]) -> None:
        """Keep vectors by row; a row that is gone meanwhile keeps none."""

    async def stored(self, unit: Unit, maker: str, after: int) -> list[tuple[int, int, bytes]]:
        """Return all that this maker made after the vector numbered `after`: number, id of the row, vector."""

    async def rows(self, unit: Unit, within: Filters) -> list[int]:
        """Return the ids of all rows within the filters, by id."""
