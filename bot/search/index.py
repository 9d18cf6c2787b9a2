"""What search needs of a store of passages, claims and vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain import Claim, Filters, Passage
from bot.domain.question import SearchCandidate, SearchUnit


class FullTextIndex(Protocol):
    """The words of passages and claims. Every method leaves out what the reader may not read."""

    async def document_frequencies(self, unit: SearchUnit, words: Sequence[str]) -> Mapping[str, int]:
        """Return how many rows of all have each word, and under the empty string how many rows there are."""

    async def match(
        self, unit: SearchUnit, rare: Sequence[str], common: Sequence[str], within: Filters, limit: int
    ) -> list[SearchCandidate]:
        """Return rows with a rare word or two common ones, best first; without words, the newest rows."""

    async def fetch(self, unit: SearchUnit, ids: Sequence[int], within: Filters) -> list[SearchCandidate]:
        """Return those of the rows that pass the filters."""

    async def passages(self, ids: Sequence[int], within: Filters) -> Mapping[int, Passage]:
        """Return whole passages by row."""

    async def claims(self, ids: Sequence[int], within: Filters) -> Mapping[int, Claim]:
        """Return whole claims by row."""


class VectorStore(Protocol):
    """The vectors of passages and claims, each the bytes that an encoder made of the row's text.

    Vectors of different encoders are kept side by side, and never compared with one another.
    """

    async def keep_only(self, encoders: Sequence[str]) -> None:
        """Delete every vector of other encoders; must be called first."""

    async def newest_id(self, unit: SearchUnit) -> int:
        """Return the id of the newest row, 0 if there is none; ids only rise."""

    async def pending(self, unit: SearchUnit, encoder: str, limit: int) -> list[tuple[int, str]]:
        """Return id and text of rows without a vector of this encoder, those of the newest conversations first."""

    async def count_pending(self, unit: SearchUnit, encoder: str) -> int:
        """Return how many rows have no vector of this encoder."""

    async def put(self, unit: SearchUnit, encoder: str, vectors: Sequence[tuple[int, bytes]]) -> None:
        """Save vectors by row, except for rows that are gone by now."""

    async def vectors_after(self, unit: SearchUnit, encoder: str, after: int) -> list[tuple[int, int, bytes]]:
        """Return all that this encoder made after the vector numbered `after`: number, row id, vector."""

    async def row_ids(self, unit: SearchUnit, within: Filters) -> list[int]:
        """Return the ids of all rows that pass the filters, in order."""
