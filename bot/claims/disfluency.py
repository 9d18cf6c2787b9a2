"""A quote made readable: fillers and false starts out, never a word in, no figure, hedge or negation lost."""

from __future__ import annotations

import re

from bot.claims.filters import spoken
from bot.nlp.lexicons import listed

_LEAD = re.compile(
    r"^(?:(?:and|so|but|well|yeah|yes|okay|ok|alright|right|now|look|um|uh|er|ah|oh|you know|i mean|like|anyway|"
    r"anyways|basically|obviously|actually|plus|"
    r"because|again|also|then|cause|'cause|see|sure|exactly|no|honestly|of course|or|because)(?:,\s+|\s+(?=(?:and|"
    r"so|but|yeah|you know|i mean|well|um|uh)[, ])|\s*(?:--|—|\.\.\.|…)\s*)|(?:and|so|but|um|uh) (?!much|far|that|"
    r"many|forth|on |long|few|little|called))+",
    re.IGNORECASE,
)
_FILLER = re.compile(r",? ?\b(?:you know|i mean|um+|uh+|er+m?)\b(?:,| --| —|(?=[ .]))(?! what)", re.IGNORECASE)
_LIKE = re.compile(r", like,")
_AGAIN = re.compile(r"\b([A-Za-z]+(?: [a-z]+)?)(?:,| --|--|—|-|\.\.\.)? \1\b(?![-'’])", re.IGNORECASE)
_KEPT = listed("had that very really so no far many long much never more")
_SPACES = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r" +([,.;:!?])")
_END = re.compile(r"\s*(?:\.\.\.|…|--|—|,|;|:|-)+$")
_LEAST = 3


def tidy(quote: str) -> str:
    """Return the quote as a reader wants it: same words, fewer of them."""
    words = _SPACES.sub(" ", spoken(quote)).strip()
    words = _LIKE.sub(",", _FILLER.sub("", _lead(words)))
    words = _BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", _AGAIN.sub(_once, words))).strip(" ,")
    words = _END.sub(".", words)
    if len(words.split()) < _LEAST:
        return _SPACES.sub(" ", quote).strip()
    return words[0].upper() + words[1:] if _plain(words) else words


def _lead(words: str) -> str:
    return _LEAD.sub("", words, count=1).lstrip(" ,")


def _once(found: re.Match[str]) -> str:
    return found[0] if found[1].lower() in _KEPT else found[1]


def _plain(words: str) -> bool:
    """Tell whether the first word may take a capital: `iPhone` and `npm install` may not."""
    first = words.split(" ", 1)[0]
    return first.islower() and not any(mark in first for mark in "._/@")
