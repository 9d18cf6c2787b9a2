"""What a search goes through and weighs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class SearchUnit(StrEnum):
    """What a search goes through."""

    PASSAGES = "passages"
    CLAIMS = "claims"


@dataclass(frozen=True, slots=True)
class SearchCandidate:
    """A row that a search is weighing: its words, whose they are, and how well it matches them.

    `rank` is BM25, more is better; 0 for a row that was not found by its words.
    """

    id: int
    text: str
    speaker: str
    title: str
    show: str
    date: dt.date
    bm25: float = 0.0
