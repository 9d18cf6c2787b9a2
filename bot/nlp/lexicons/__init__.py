"""Word lists: as prose in the code where they are short, else in files, one phrase a line."""

from __future__ import annotations

from importlib.resources import files


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(words.split())


def cue_pattern(file: str) -> str:
    """Return the phrases of a file in `lexicons` as the alternatives of a regular expression, in their order.

    Each line is an expression of its own; `[ ]` stands for a space at the end, and `#` begins a comment.
    """
    text = files("bot.nlp").joinpath("lexicons", f"{file}.txt").read_text(encoding="utf-8")
    return "|".join(line for line in text.splitlines() if line and not line.startswith("#"))
