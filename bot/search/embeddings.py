"""What a text means, as a vector: a table of word pieces, summed. Needs numpy, nothing else."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Packed: TypeAlias = NDArray[np.int8]

TABLE = "pieces.npz"
"""Made by `bench/distil.py`."""

_WORD = re.compile(r"[^\W_]+|[$%€£+#&-]")
_LONGEST_WORD = 100
_MOST_WORDS = 512
_MOST_CACHED = 40_000
_STEPS = 127


class Encoder(Protocol):
    """Something that makes vectors of texts; those of encoders with different names do not compare."""

    @property
    def name(self) -> str:
        """What made a vector, for as long as the vector is kept."""

    @property
    def size(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text, or zeros for a text that means nothing to it."""


class Table:
    """Vectors of word pieces; a text is the normalised sum of its pieces.

    Words are cut greedily into the longest known pieces; a word that cannot be cut counts for nothing. Vectors of
    tables with different names do not compare.
    """

    def __init__(self, pieces: Sequence[str], steps: Packed, scales: Floats, name: str = "") -> None:
        self.name = name
        self._rows = {piece: row for row, piece in enumerate(pieces)}
        self._steps = steps
        self._scales = scales
        self._words: dict[str, Floats] = {}

    @property
    def size(self) -> int:
        """How many numbers a vector has."""
        return int(self._steps.shape[1])

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text, or zeros for a text without a known word."""
        made = np.zeros((len(texts), self.size), np.float32)
        for row, text in enumerate(texts):
            words = [self._word(word) for word in _WORD.findall(_fold(text))[:_MOST_WORDS]]
            if words:
                np.sum(words, axis=0, out=made[row])
        return unit(made)

    def pieces(self, text: str) -> list[int]:
        """Return the rows of the table whose sum is the text."""
        return [row for word in _WORD.findall(_fold(text)) for row in self._cut(word)]

    def _word(self, word: str) -> Floats:
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= _MOST_CACHED:
                self._words.clear()
            rows = self._cut(word)
            known = self._words[word] = self._scales[rows] @ self._steps[rows].astype(np.float32)
        return known

    def _cut(self, word: str) -> list[int]:
        rows: list[int] = []
        at = 0
        while at < len(word) <= _LONGEST_WORD:
            ends = range(len(word), at, -1)
            prefix = "##" if at else ""
            end = next((end for end in ends if prefix + word[at:end] in self._rows), None)
            if end is None:
                return []
            rows.append(self._rows[prefix + word[at:end]])
            at = end
        return rows


@cache
def table() -> Table:
    """Return the table that ships with the bot."""
    kept = (files("bot.search") / TABLE).read_bytes()
    stored = np.load(BytesIO(kept))
    pieces = stored["pieces"].tobytes().decode().split("\n")
    return Table(pieces, stored["vectors"], stored["scales"], name=f"{zlib.crc32(kept):08x}")


def unit(vectors: Floats) -> Floats:
    """Return the vectors with length one; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), np.float32)


def pack(vectors: Floats) -> list[bytes]:
    """Return each vector as bytes, one for each number."""
    peaks = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    steps = vectors * (_STEPS / np.where(peaks == 0, 1, peaks))
    return [row.tobytes() for row in np.rint(steps).astype(np.int8)]


def join(rows: Sequence[bytes], size: int) -> Packed:
    """Return packed vectors as one matrix."""
    return np.frombuffer(b"".join(rows), np.int8).reshape(len(rows), size)


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return decomposed if decomposed.isascii() else "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
