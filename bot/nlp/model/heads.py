"""The heads: linear models over the features of a sentence. They are small, and the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from bot.domain import Conversation, Modality
from bot.nlp.annotate import SentenceScores
from bot.nlp.embeddings import Floats, load_static_encoder
from bot.nlp.model import weights
from bot.nlp.model.features import Features, Sentence, measure_sentences
from bot.nlp.model.smoothing import neighbourhood

_KINDS = ("question", "hypothetical", "joke", "small_talk", "fragment", "biography")
HEADS = ("claim", "useful", "headline", "needs_context", "old_news", "advert", *_KINDS)
"""What is decided by itself, in the order of the weights; modality, one choice of several, comes after them."""

MODALITIES = tuple(Modality)
_MAX_WORDS = 50_000


class _Meanings(dict[str, Floats]):
    """What a word's vector gives each head, by word."""

    def __init__(self, vectors: Floats) -> None:
        super().__init__()
        self._vectors = vectors

    def __missing__(self, word: str) -> Floats:
        if len(self) >= _MAX_WORDS:
            self.clear()
        meaning = self[word] = load_static_encoder().word_vector(word) @ self._vectors
        return meaning


class Heads:
    """The weights: of the buckets of words and of pairs, of the mean word vector, of the shapes, and of neighbours."""

    def __init__(self, stored: Mapping[str, NDArray[np.float32]]) -> None:
        self._words, self._word_scale = stored["words"], stored["words_scale"]
        self._pairs, self._pair_scale = stored["pairs"], stored["pairs_scale"]
        self._shapes, self._bias = stored["shapes"], stored["bias"]
        self._advert, self.antecedent = stored["advert"], stored["antecedent"]
        self._meanings = _Meanings(stored["vectors"])

    def judge(self, sentences: Sequence[Sentence], conversation: Conversation) -> list[tuple[SentenceScores, bool]]:
        """Return what the heads make of each sentence of a conversation, and whether it is in an advertisement."""
        if not sentences:
            return []
        logits = self._logits(measure_sentences(sentences, conversation))
        chances = (1 / (1 + np.exp(-logits[:, : len(HEADS)]))).tolist()
        modalities = logits[:, len(HEADS) :].argmax(axis=1).tolist()
        adverts = (neighbourhood(logits[:, HEADS.index("advert")]) @ self._advert[:-1] + self._advert[-1] > 0).tolist()
        scores = [_to_scores(row, MODALITIES[choice]) for row, choice in zip(chances, modalities, strict=True)]
        return list(zip(scores, adverts, strict=True))

    def _logits(self, features: Features) -> Floats:
        """Return the log-odds that each head gives each sentence: n × (heads + modalities)."""
        hashed = self._words[features.word_buckets] * self._word_scale
        hashed += self._pairs[features.pair_buckets] * self._pair_scale
        meanings = np.concatenate(list(map(self._meanings.__getitem__, features.known)))
        meaning = meanings.reshape(len(features.known), -1)[features.words]
        lengths = features.lengths
        return np.asarray(
            np.add.reduceat(hashed, features.starts) / np.sqrt(lengths)
            + np.add.reduceat(meaning, features.starts) / lengths
            + features.shapes @ self._shapes
            + self._bias,
            np.float32,
        )


def _to_scores(chances: Sequence[float], modality: Modality) -> SentenceScores:
    claim, useful, headline, needs_context, old_news, _, *kinds = chances
    importance = claim + useful + headline
    return SentenceScores(claim, importance, needs_context, old_news, modality, *kinds)


@cache
def load_heads() -> Heads:
    """Return the heads whose weights ship with the bot."""
    with np.load(BytesIO(weights())) as stored:
        return Heads(dict(stored))
