"""The heads: linear models over the features of a sentence. They are small, and the same everywhere."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from bot.domain import Conversation, Modality
from bot.nlp.embeddings import Floats
from bot.nlp.model.features import Features, Sentence, measure_sentences

WEIGHTS_FILE = "heads.npz"
"""Made by `bench/train_heads.py`."""

HEADS = (
    "claim",
    "useful",
    "headline",
    "needs_context",
    "question",
    "hypothetical",
    "joke",
    "small_talk",
    "fragment",
    "biography",
    "old_news",
    "advert",
)
"""What is decided by itself, each with a probability of its own; modality is one choice of several."""

MODALITIES = tuple(Modality)


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """What the heads make of a sentence, each value a probability unless it says otherwise.

    `claim` is that it says something checkable that a reader of a brief or a page could want; `importance` how much,
    from 0 to 3, as readers rate it. `kinds` are those of what is no claim: "question", "joke" and so on.
    """

    claim: float
    importance: float
    needs_context: float
    old_news: float
    advert: float
    modality: Modality
    kinds: dict[str, float]


class Heads:
    """The weights: of the buckets of words and pairs (int8, with a scale a head), of vectors and of shapes."""

    def __init__(self, stored: dict[str, NDArray[np.float32]], version: str) -> None:
        self.version = version
        self._words, self._pairs = (
            stored[f"{part}"].astype(np.float32) * stored[f"{part}_scale"] for part in ("words", "pairs")
        )
        self._vectors, self._shapes, self._bias = (stored[part] for part in ("vectors", "shapes", "bias"))

    def logits(self, features: Features) -> Floats:
        """Return the log-odds that each head gives each sentence: n × (heads + modalities)."""
        hashed = self._words[features.word_buckets] + self._pairs[features.pair_buckets]
        meaning = (features.vectors @ self._vectors)[features.words]
        lengths = features.lengths
        return np.asarray(
            np.add.reduceat(hashed, features.starts) / np.sqrt(lengths)
            + np.add.reduceat(meaning, features.starts) / lengths
            + features.shapes @ self._shapes
            + self._bias,
            np.float32,
        )

    def score(self, sentences: Sequence[Sentence], conversation: Conversation) -> list[SentenceScores]:
        """Return what the heads make of sentences of a conversation, which stand in its order."""
        if not sentences:
            return []
        logits = self.logits(measure_sentences(sentences, conversation))
        chances = 1 / (1 + np.exp(-logits[:, : len(HEADS)]))
        choices = logits[:, len(HEADS) :].argmax(axis=1)
        return [_to_scores(row, choice) for row, choice in zip(chances.tolist(), choices.tolist(), strict=True)]


def _to_scores(chances: Sequence[float], choice: int) -> SentenceScores:
    by_head = dict(zip(HEADS, chances, strict=True))
    return SentenceScores(
        claim=by_head.pop("claim"),
        importance=chances[0] + by_head.pop("useful") + by_head.pop("headline"),
        needs_context=by_head.pop("needs_context"),
        old_news=by_head.pop("old_news"),
        advert=by_head.pop("advert"),
        modality=MODALITIES[choice],
        kinds=by_head,
    )


@cache
def load_heads() -> Heads:
    """Return the heads whose weights ship with the bot."""
    content = (files("bot.nlp.model") / WEIGHTS_FILE).read_bytes()
    with np.load(BytesIO(content)) as stored:
        return Heads(dict(stored), version=f"{zlib.crc32(content):08x}")
