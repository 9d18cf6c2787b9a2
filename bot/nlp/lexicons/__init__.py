"""Lexicons: lists of words and phrases, one text file each, so that a new one needs no change of code.

A file's first lines begin with `#`: what the list is, and where its entries come from if they are not our own.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def read_lines(path: str) -> tuple[str, ...]:
    """Return the lines of a text file under `bot/nlp`, without comments and blank lines."""
    text = files("bot.nlp").joinpath(path).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def word_list(*names: str) -> frozenset[str]:
    """Return the words of lexicons, which stand one or several a line, as a set."""
    return frozenset(word for name in names for line in read_lines(f"lexicons/{name}.txt") for word in line.split())


def word_pairs(name: str) -> list[tuple[str, str]]:
    """Return what stands before and after the colon in each line of a lexicon."""
    return [(left, right) for left, _, right in (line.partition(": ") for line in read_lines(f"lexicons/{name}.txt"))]


def cue_pattern(*names: str) -> str:
    """Return the phrases of lexicons as the alternatives of a regular expression, in their order.

    Each line is an expression of its own; `[ ]` stands for a space at the end.
    """
    return "|".join(line for name in names for line in read_lines(f"lexicons/{name}.txt"))


def opening_pattern(*words: str) -> str:
    """Return an expression for what begins with one of the words.

    Each letter is looked at once, whatever number of words share it, which is twice as fast as their alternatives.
    """
    if "" in words:
        return ""
    tails: dict[str, list[str]] = {}
    for word in words:
        tails.setdefault(word[0], []).append(word[1:])
    return f"(?:{'|'.join(re.escape(letter) + opening_pattern(*rest) for letter, rest in tails.items())})"


def compile_cues(*names: str, ignore_case: bool = True) -> re.Pattern[str]:
    """Return an expression that finds the phrases of lexicons as whole words.

    Lists that are matched against lower case leave `ignore_case` off, which is several times faster.
    """
    return re.compile(rf"\b(?:{cue_pattern(*names)})\b", re.IGNORECASE if ignore_case else 0)


CAUSAL_MARKERS = compile_cues("causal_marker")
ALLEGATION_MARKERS = compile_cues("allegation_marker")
FORECAST_MARKERS = re.compile(rf"\b({cue_pattern('forecast_marker')})\b|[’']ll\b", re.IGNORECASE)
NEGATION_MARKERS = re.compile(rf"\b(?:{cue_pattern('negation_marker')})\b|n[’']t\b")
UNCERTAINTY_MARKERS = compile_cues("uncertainty_marker")
HEDGE_MARKERS = compile_cues("hedge_marker")
