"""Encodes texts quickly, as sums of a table's vectors of word pieces. Needs only numpy."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Container, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Quantized: TypeAlias = NDArray[np.int8]

TABLE_FILE = "pieces.npz"
"""Made by `bench/distil.py`."""

_WORD = re.compile(r"[^\W_]+|[$%€£+#&-]")
MAX_WORD_CHARS = 100
_MAX_WORDS = 512
_MAX_CACHED_WORDS = 40_000
_MAX_INT8 = 127


class Encoder(Protocol):
    """Makes vectors of texts; those of encoders with different names do not compare."""

    @property
    def name(self) -> str:
        """The name that is kept with each vector."""

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return a unit vector for each text, zeros for a text without a known word."""


class StaticEncoder:
    """Vectors of word pieces; a text's vector is the normalised sum of its pieces'.

    Words are cut greedily into the longest known pieces; a word that cannot be cut counts for nothing.
    """

    def __init__(self, pieces: Sequence[str], quantized: Quantized, scales: Floats, name: str = "") -> None:
        self.name = name
        self._rows = {piece: row for row, piece in enumerate(pieces)}
        self._quantized = quantized
        self._scales = scales
        self._word_vectors: dict[str, Floats] = {}

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        return int(self._quantized.shape[1])

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return a unit vector for each text, zeros for a text without a known word."""
        made = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            words = [self.word_vector(word) for word in _WORD.findall(strip_accents(text))[:_MAX_WORDS]]
            if words:
                np.sum(words, axis=0, out=made[row])
        return normalize(made)

    def word_vectors(self, words: Sequence[str]) -> Floats:
        """Return the vector of each word as it counts in a text, not normalised; zeros for an unknown one."""
        return np.stack([self.word_vector(word) for word in words])

    def word_vector(self, word: str) -> Floats:
        """Return the vector of one word."""
        known = self._word_vectors.get(word)
        if known is None:
            if len(self._word_vectors) >= _MAX_CACHED_WORDS:
                self._word_vectors.clear()
            rows = self._split_word(word)
            known = self._word_vectors[word] = self._scales[rows] @ self._quantized[rows].astype(np.float32)
        return known

    def piece_rows(self, text: str) -> list[int]:
        """Return the rows of the table whose sum is the text."""
        return [row for word in _WORD.findall(strip_accents(text)) for row in self._split_word(word)]

    def _split_word(self, word: str) -> list[int]:
        return [self._rows[piece] for piece in split_word(word, self._rows)]


@cache
def load_static_encoder() -> StaticEncoder:
    """Return the encoder whose table ships with the bot."""
    content = (files("bot.nlp") / TABLE_FILE).read_bytes()
    stored = np.load(BytesIO(content))
    pieces = stored["pieces"].tobytes().decode().split("\n")
    return StaticEncoder(pieces, stored["vectors"], stored["scales"], name=f"{zlib.crc32(content):08x}")


def normalize(vectors: Floats) -> Floats:
    """Return the vectors with length one; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), np.float32)


def quantize(vectors: Floats) -> list[bytes]:
    """Return each vector as bytes, one for each number."""
    peaks = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    steps = vectors * (_MAX_INT8 / np.where(peaks == 0, 1, peaks))
    return [row.tobytes() for row in np.rint(steps).astype(np.int8)]


def stack_rows(rows: Sequence[bytes], size: int) -> Quantized:
    """Return quantized vectors as one matrix."""
    return np.frombuffer(b"".join(rows), np.int8).reshape(len(rows), size)


def split_word(word: str, known: Container[str]) -> list[str]:
    """Return the longest known pieces of a word, from its start; nothing if the word cannot be cut into them."""
    pieces: list[str] = []
    start = 0
    while start < len(word) <= MAX_WORD_CHARS:
        tails = (("##" if start else "") + word[start:end] for end in range(len(word), start, -1))
        piece = next((tail for tail in tails if tail in known), "")
        if not piece:
            return []
        pieces.append(piece)
        start += len(piece.removeprefix("##")) if start else len(piece)
    return pieces


def strip_accents(text: str) -> str:
    """Return a text in lower case, without accents."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return decomposed if decomposed.isascii() else "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
