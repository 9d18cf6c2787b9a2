"""Whether two sentences about one thing say opposite things."""

from __future__ import annotations

import re

from bot.analysis.evidence import Line
from bot.analysis.wording import topical

_NEGATED = re.compile(r"\b(?:not|never|no|nobody|none|neither|nor|hardly|cannot)\b|n['’]t\b", re.IGNORECASE)
_UP = re.compile(
    r"\b(?:up|ris(?:e|es|en|ing)|rose|gr(?:ow|ows|ew|own|owing)|increas(?:e|es|ed|ing)|higher|more|faster|soar\w*|surg\w+"
    r"|doubl(?:e|es|ed|ing)|expand(?:s|ed|ing)?|accelerat\w+|better|overrated|agrees?|bullish|shortage|scarce"
    r"|too little)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:down|falls?|fell|fallen|falling|drop(?:s|ped|ping)?|declin\w+|decreas\w+|lower|less|fewer|slower|halv(?:e|es|ed)"
    r"|plung\w+|shrinks?|shrank|shrinking|worse|underrated|disagrees?|bearish|glut|crash(?:es|ed)?|too much)\b",
    re.IGNORECASE,
)
_SHARED = 3
_ALIKE = 0.6


def opposed(one: Line, other: Line) -> bool:
    """Return whether two speakers or shows speak of the same thing in opposite directions.

    Careful rather than complete: a contradiction shown where there is none would be an invention.
    """
    if (one.speaker, one.passage.origin.show) == (other.speaker, other.passage.origin.show):
        return False
    first, second = set(topical(one.quote)), set(topical(other.quote))
    shared = len(first & second)
    if shared < _SHARED:
        return False
    if _direction(one.quote) and _direction(other.quote):
        return _direction(one.quote) * _turned(one.quote) != _direction(other.quote) * _turned(other.quote)
    return shared > _ALIKE * min(len(first), len(second)) and _turned(one.quote) != _turned(other.quote)


def _direction(sentence: str) -> int:
    return bool(_UP.search(sentence)) - bool(_DOWN.search(sentence))


def _turned(sentence: str) -> int:
    return -1 if len(_NEGATED.findall(sentence)) % 2 else 1
