"""What a sentence may say that its evidence does not, and what counts as that evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import Claim

WORDS = re.compile(r"[^\W_]+(?:[’'][a-z]+)?")
"""Words, with what an apostrophe adds to them."""


class Fault(StrEnum):
    """What a sentence says that its evidence does not."""

    EVIDENCE = "no evidence"
    QUOTE = "not their words"
    FIGURE = "figure"
    HEDGE = "lost hedge"
    DATE = "date"
    NAME = "name"
    SPEAKER = "speaker"
    CAUSE = "cause"
    MODALITY = "modality"
    HEARSAY = "hearsay"
    COUNT = "count"
    NEGATION = "negation"
    ADDRESS = "address or markup"
    ECHO = "words of the prompt"
    UNBORNE = "words without evidence"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a sentence does not go out: the sort of fault and the words at fault."""

    fault: Fault
    words: str


def evidence(claim: Claim) -> str:
    """Return the words a claim stands on, exact and tidied."""
    return f"{claim.quote}\n{claim.text}"


def bare(word: str) -> str:
    """Return a word in lower case without its possessive ending."""
    return re.sub(r"[’']s?$", "", word.lower())


def bare_words(text: str) -> set[str]:
    """Return the words of a text, bare."""
    return {bare(word) for word in WORDS.findall(text)}
