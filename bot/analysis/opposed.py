"""Whether two sentences about one thing say opposite things."""

from __future__ import annotations

import re

from bot.analysis.evidence import Line
from bot.analysis.wording import PLAIN_WEIGHT, stems, topical, weight

_UP = re.compile(
    r"\b(?:up|ris(?:e|es|en|ing)|rose|gr(?:ow|ows|ew|own|owing)|increas(?:e|es|ed|ing)|higher|more|faster|soar\w*|surg\w+"
    r"|doubl(?:e|es|ed|ing)|expand(?:s|ed|ing)?|accelerat\w+|better|overrated|agrees?|bullish|shortage|too little)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:down|falls?|fell|fallen|falling|drop(?:s|ped|ping)?|declin\w+|decreas\w+|lower|less|fewer|slower|halv(?:e|es|ed)"
    r"|plung\w+|shrinks?|shrank|shrinking|worse|underrated|disagrees?|bearish|glut|crash(?:es|ed)?|too much)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"(?:\b(?:not|never|cannot)|n['’]t)((?:\W+[\w'’]+){1,2})", re.IGNORECASE)
_SHARED = 3
_ALIKE = 0.5


def opposed(one: Line, other: Line) -> bool:
    """Return whether two speakers or shows speak of the same thing in opposite directions.

    Careful rather than complete: a contradiction shown where there is none would be an invention.
    """
    if (one.speaker, one.passage.origin.show) == (other.speaker, other.passage.origin.show):
        return False
    first, second = _telling(one.quote), _telling(other.quote)
    shared = first & second
    if len(shared) < max(_SHARED, _ALIKE * min(len(first), len(second))):
        return False
    denied = _denied(one.quote, shared) != _denied(other.quote, shared)
    return denied != (_direction(one.quote) * _direction(other.quote) < 0)


def _telling(sentence: str) -> frozenset[str]:
    return frozenset(stem for stem in topical(sentence) if weight(stem) > PLAIN_WEIGHT)


def _direction(sentence: str) -> int:
    return bool(_UP.search(sentence)) - bool(_DOWN.search(sentence))


def _denied(sentence: str, shared: frozenset[str]) -> bool:
    """Return whether a sentence says "not" of a word that both have."""
    return any(stem in shared for denial in _DENIED.finditer(sentence) for stem in stems(denial[1]))
