"""Violations: what a sentence says that its evidence does not, and what counts as evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import Claim

WORD_PATTERN = re.compile(r"[^\W_]+(?:[’'][a-z]+)?")
"""Words, with what an apostrophe adds to them."""


class ViolationKind(StrEnum):
    """What a sentence has that its evidence has not."""

    NO_EVIDENCE = "no evidence"
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
    LINK_OR_MARKUP = "address or markup"
    PROMPT_ECHO = "words of the prompt"
    UNSUPPORTED = "words without evidence"


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a sentence is stopped: the kind of violation, and the words at fault."""

    kind: ViolationKind
    text: str


def evidence_text(claim: Claim) -> str:
    """Return the words a claim rests on, exact and tidied."""
    return f"{claim.quote}\n{claim.text}"


def normalize_word(word: str) -> str:
    """Return a word in lower case without its possessive ending."""
    return re.sub(r"[’']s?$", "", word.lower())


def normalized_words(text: str) -> set[str]:
    """Return the normalised words of a text."""
    return {normalize_word(word) for word in WORD_PATTERN.findall(text)}
