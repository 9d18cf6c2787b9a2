"""Disfluencies: fillers and false starts go; no word is added to a quote, and no figure, hedge or denial is lost."""

from __future__ import annotations

import re
from operator import eq

from bot.claims.filters import strip_stage_directions
from bot.nlp.lexicons import cue_pattern, word_list
from bot.nlp.numbers import parse_number

_LEAD_IN = re.compile(
    rf"^(?:(?:{cue_pattern('disfluent_opening')})(?:,\s+|\s+(?=(?:and|so|but|yeah|you know|i mean|well|um|uh)[,"
    r" ])|\s*(?:--|—|\.\.\.|…)\s*)|(?:and|so|but|um|uh) (?!much|far|that|many|forth|on |long|few|little|called"
    "))+",
    re.IGNORECASE,
)
_HESITATION = re.compile(r",? ?\b(?:[Uu]m+|[Uu]h+|er+m?)\b(?:,| --| —|(?=[ .]))")
_HESITATION_CUE = re.compile(r"[Uue](?<!\w.)[mhr]")
# Without a comma or a dash on both sides it may be the sentence's own: "if you know the name".
_FILLER = re.compile(r"(?:, ?|(?<=[^\w\s]) ?|^)\b(?:[Yy]ou know|I mean)\b(?:,| --| —|(?=\.))")
_LIKE = re.compile(rf", like,(?! (?:an? )?(?:[^\w\s]?\d|{cue_pattern('figure_hint')}))")
_REPETITION = re.compile(r"\b((I|[a-z]+(?:['’][a-z]+)?)(?: ([a-z]+))?)(?:,| --|--|—|-|\.\.\.)? \1\b(?![-'’])")
_STUTTERED = word_list("stutter")
_LETTERS = re.compile("[A-Za-z]+")
_SPACE_BEFORE_MARK = re.compile(r" +([,.;:!?])")
_MARKS_AT_END = ("...", "…", "—", ",", ";", ":", "-")
_TRAILING_MARKS = re.compile(r"\s*(?:\.\.\.|…|--|—|,|;|:|-)+$")
_MIN_WORDS = 3


def remove_disfluencies(quote: str) -> str:
    """Return the quote as a reader wants it: the same words, but fewer."""
    words = _strip_lead_in(_with_single_spaces(strip_stage_directions(quote)))
    if _HESITATION_CUE.search(words):
        words = _HESITATION.sub("", words)
    if "ou know" in words or "I mean" in words:
        words = _FILLER.sub("", words)
    if ", like," in words:
        words = _LIKE.sub(",", words)
    if _may_repeat(words):
        words = _REPETITION.sub(_drop_repetition, words)
    words = _SPACE_BEFORE_MARK.sub(r"\1", _with_single_spaces(words)).strip(" ,")
    if words.endswith(_MARKS_AT_END):
        words = _TRAILING_MARKS.sub(".", words)
    if len(words.split()) < _MIN_WORDS:
        return _with_single_spaces(quote)
    return words[0].upper() + words[1:] if _can_take_capital(words) else words


def _with_single_spaces(words: str) -> str:
    return " ".join(words.split())


def _may_repeat(words: str) -> bool:
    """Return whether one to three runs of letters stand twice in a row; without that nothing is repeated."""
    runs = _LETTERS.findall(words)
    return any(any(map(eq, runs, runs[count:])) for count in (1, 2, 3))


def _strip_lead_in(words: str) -> str:
    return _LEAD_IN.sub("", words, count=1).lstrip(" ,")


def _drop_repetition(match: re.Match[str]) -> str:
    is_stutter = match[2].lower().replace("’", "'") in _STUTTERED and parse_number(match[3] or "") is None
    return match[1] if is_stutter else match[0]


def _can_take_capital(words: str) -> bool:
    """Return whether the first word may take a capital: `iPhone` and `npm install` may not."""
    first = words.split(" ", 1)[0]
    return first.islower() and not any(mark in first for mark in "._/@")
