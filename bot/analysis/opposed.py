"""Whether two sentences about one thing say opposite things."""

from __future__ import annotations

import re

from bot.analysis.evidence import Line
from bot.analysis.wording import topical

_NEGATED = re.compile(r"\b(?:not|never|no|nobody|none|neither|nor|hardly|cannot|without)\b|n['’]t\b", re.IGNORECASE)
_UP = re.compile(
    r"\b(?:up|ris(?:e|es|en|ing)|rose|gr(?:ow|ows|ew|own|owing)|increas\w+|higher|more|faster|soar\w*|doubl\w+|surg\w+|gain\w*"
    r"|expand\w*|accelerat\w+|win|wins|winning|won|better|overrated|agree\w*|bull\w*|boom\w*)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:down|fall|falls|fell|fallen|falling|drop\w*|declin\w+|decreas\w+|lower|less|fewer|slow\w*|halv\w+|plung\w+|los[et]\w*"
    r"|shrink\w*|shrank|worse|underrated|disagree\w*|bear\w*|bust\w*|crash\w*|cheaper)\b",
    re.IGNORECASE,
)
_SHARED = 3


def opposed(one: Line, other: Line) -> bool:
    """Return whether two speakers or shows speak of the same thing in opposite directions."""
    if (one.speaker, one.passage.origin.show) == (other.speaker, other.passage.origin.show):
        return False
    shared = set(topical(one.quote)) & set(topical(other.quote))
    return len(shared) >= _SHARED and _leaning(one.quote) * _leaning(other.quote) < 0


def _leaning(sentence: str) -> int:
    direction = bool(_UP.search(sentence)) - bool(_DOWN.search(sentence))
    turned = len(_NEGATED.findall(sentence)) % 2
    return (direction or 1) * (-1 if turned else 1)
