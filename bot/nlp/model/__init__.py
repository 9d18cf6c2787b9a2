"""The learned heads: what a sentence is worth, how it is put forward, what it leans on. CARD.md has their figures."""

import os
from importlib.resources import files

# Its threads spin while they wait for one another, which costs more than they save; it reads this when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

WEIGHTS_FILE = "heads.npz"
"""Made by `bench/train_heads.py`."""
ANSWERS_FILE = "answers.npz"
"""What chooses the sentences of an answer; made by `bench/train_answers.py`."""


def weights(file: str = WEIGHTS_FILE) -> bytes:
    """Return weights that ship with the bot, as NumPy's archive."""
    return (files("bot.nlp.model") / file).read_bytes()
