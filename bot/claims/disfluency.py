"""Disfluencies: fillers and false starts go; no word is added to a quote, and no figure, hedge or denial is lost."""

from __future__ import annotations

import re

from bot.claims.filters import strip_stage_directions
from bot.nlp.lexicons import cue_pattern

_LEAD_IN = re.compile(
    rf"^(?:(?:{cue_pattern('disfluent_opening')})(?:,\s+|\s+(?=(?:and|so|but|yeah|you know|i mean|well|um|uh)[,"
    r" ])|\s*(?:--|—|\.\.\.|…)\s*)|(?:and|so|but|um|uh) (?!much|far|that|many|forth|on |long|few|little|called"
    "))+",
    re.IGNORECASE,
)
_FILLER = re.compile(r",? ?\b(?:you know|i mean|um+|uh+|er+m?)\b(?:,| --| —|(?=[ .]))(?! what)", re.IGNORECASE)
_LIKE = re.compile(r", like,")
_REPETITION = re.compile(r"\b([A-Za-z]+(?: [a-z]+)?)(?:,| --|--|—|-|\.\.\.)? \1\b(?![-'’])", re.IGNORECASE)
_MEANT_TWICE = frozenset("had that very really so no far many long much never more".split())
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE_MARK = re.compile(r" +([,.;:!?])")
_TRAILING_MARKS = re.compile(r"\s*(?:\.\.\.|…|--|—|,|;|:|-)+$")
_MIN_WORDS = 3


def remove_disfluencies(quote: str) -> str:
    """Return the quote as a reader wants it: the same words, but fewer."""
    words = _SPACES.sub(" ", strip_stage_directions(quote)).strip()
    words = _LIKE.sub(",", _FILLER.sub("", _strip_lead_in(words)))
    words = _SPACE_BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", _REPETITION.sub(_drop_repetition, words))).strip(" ,")
    words = _TRAILING_MARKS.sub(".", words)
    if len(words.split()) < _MIN_WORDS:
        return _SPACES.sub(" ", quote).strip()
    return words[0].upper() + words[1:] if _can_take_capital(words) else words


def _strip_lead_in(words: str) -> str:
    return _LEAD_IN.sub("", words, count=1).lstrip(" ,")


def _drop_repetition(match: re.Match[str]) -> str:
    return match[0] if match[1].lower() in _MEANT_TWICE else match[1]


def _can_take_capital(words: str) -> bool:
    """Return whether the first word may take a capital: `iPhone` and `npm install` may not."""
    first = words.split(" ", 1)[0]
    return first.islower() and not any(mark in first for mark in "._/@")
