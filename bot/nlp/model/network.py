"""The network: what the words of a sentence and of its neighbours say, in features that the heads weigh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.nlp.embeddings import Floats, load_static_encoder
from bot.nlp.model.features import Features, Words

_MAX_WORDS = 50_000


class Network:
    """A convolution over each three words, its greatest and summed values, and a layer over those of three sentences.

    A word is its static vector beside a short learnt one. What it gives each of its three places in a convolution is
    looked up once, so a sentence costs three sums a word.
    """

    def __init__(self, stored: Mapping[str, NDArray[np.float32]]) -> None:
        self._learnt, self._convolution, self._threshold = stored["learnt"], stored["convolution"], stored["threshold"]
        self._hidden, self._hidden_bias = stored["hidden"], stored["hidden_bias"]
        self._outer, self._own = stored["outer"], stored["own"]
        self._known: dict[str, Floats] = {}

    def weigh(self, features: Features, turns: Sequence[int]) -> Floats:
        """Return what n sentences in the order of a conversation give each head; `turns` are theirs: n × heads."""
        greatest, summed = self._pool(features)
        own = _side_by_side(greatest, summed, features.lengths)
        before = _shift(greatest, 1), _shift(greatest, 2)
        length = _shift(features.lengths, 1) + _shift(features.lengths, 2)
        earlier = _side_by_side(np.maximum(*before), _shift(summed, 1) + _shift(summed, 2), length)
        later = _shift(own, -1)
        opens = np.diff(np.array(turns), prepend=-1)[:, None] != 0
        around = np.hstack([own, earlier, later, opens, features.shapes], dtype=np.float32)
        hidden = np.maximum(around @ self._hidden + self._hidden_bias, 0)
        return np.asarray(hidden @ self._outer + own @ self._own, np.float32)

    def _pool(self, words: Words) -> tuple[Floats, Floats]:
        """Return the greatest and the summed values of each filter over each text: twice n × filters."""
        placed = np.stack([self._place(word, bucket) for word, bucket in zip(words.known, words.hashes, strict=True)])
        left, middle, right = np.split(placed, 3, axis=1)
        starts = words.starts
        ends = np.append(starts[1:], len(words.words)) - 1
        values = middle[words.words] + self._threshold
        before = left[words.words[:-1]]
        before[starts[1:] - 1] = 0
        values[1:] += before
        after = right[words.words[1:]]
        after[ends[:-1]] = 0
        values[:-1] += after
        np.maximum(values, 0, out=values)
        return np.maximum.reduceat(values, starts), np.add.reduceat(values, starts)

    def _place(self, word: str, hashed: np.uint32) -> Floats:
        """Return what a word gives the filters as the first, second and third of three words."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= _MAX_WORDS:
                self._known.clear()
            vector = load_static_encoder().word_vectors([word])[0]
            learnt = self._learnt[int(hashed) % len(self._learnt)]
            known = self._known[word] = np.concatenate([vector, learnt]) @ self._convolution
        return known


def _side_by_side(greatest: Floats, summed: Floats, lengths: Floats) -> Floats:
    return np.hstack([greatest, summed / np.sqrt(np.maximum(lengths, 1))], dtype=np.float32)


def _shift(rows: Floats, by: int) -> Floats:
    """Return rows moved down by so many places, or up; nothing stands before the first and after the last."""
    moved = np.zeros_like(rows)
    if by > 0:
        moved[by:] = rows[:-by]
    else:
        moved[:by] = rows[-by:]
    return moved
