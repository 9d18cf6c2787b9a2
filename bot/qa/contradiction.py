"""Whether two sentences about one thing say opposite things."""

from __future__ import annotations

import re

from bot.nlp.question_words import PLAIN_WEIGHT, stem, stems, topical, weight, words
from bot.qa.evidence import Line

_UP = re.compile(
    r"up|ris(?:e|es|en|ing)|rose|gr(?:ow|ows|ew|own|owing)|increas(?:e|es|ed|ing)|higher|more|faster|soar\w*|surg\w+"
    r"|doubl(?:e|es|ed|ing)|expand(?:s|ed|ing)?|accelerat\w+|better|overrated|agrees?|bullish|shortage"
)
_DOWN = re.compile(
    r"down|falls?|fell|fallen|falling|drop(?:s|ped|ping)?|declin\w+|decreas\w+|lower|less|fewer|slower|halv(?:e|es|ed)"
    r"|plung\w+|shrinks?|shrank|shrinking|worse|underrated|disagrees?|bearish|glut|crash(?:es|ed)?"
)
_DENIED = re.compile(r"(?:\b(?:not(?!-)|never|cannot)|n['’]t)((?:\W+[\w'’]+){1,2})", re.IGNORECASE)
_NEGATIVE = re.compile(
    r"n['’]t\b|\b(?:not|never|no|none|nobody|nothing|cannot|without|neither|nor|hardly|barely|den(?:y|ies|ied)|"
    r"fail(?:s|ed)?|refus(?:es|ed))\b",
    re.IGNORECASE,
)
_DEGREE = re.compile(r"\b(?:more|less) (?=[a-z]+(?:[ai]ble|[ei]nt|ant|ive|ful|ous|ic|al|ly)\b)", re.IGNORECASE)
_SHARED = 3
_ALIKE = 0.5
_BESIDE = 3


def opposed(one: Line, other: Line) -> bool:
    """Return whether two speakers or shows speak of the same thing in opposite directions."""
    if (one.speaker, one.passage.origin.show) == (other.speaker, other.passage.origin.show):
        return False
    return contrary(one.quote, other.quote)


def contrary(one: str, other: str) -> bool:
    """Return whether two sentences speak of the same thing in opposite directions, or one denies it.

    Careful rather than complete: a contradiction shown where there is none would be an invention.
    """
    first, second = subject_words(one), subject_words(other)
    shared = first & second
    if len(shared) < max(_SHARED, _ALIKE * min(len(first), len(second))):
        return False
    denied = _denied(one, shared) != _denied(other, shared)
    return denied != (_direction(one, shared) * _direction(other, shared) < 0)


def aligned(one: str, other: str) -> bool:
    """Return whether two sentences go the same way in what they share, and both deny it or neither does."""
    shared = subject_words(one) & subject_words(other)
    same = _direction(one, shared) == _direction(other, shared) and _denied(one, shared) == _denied(other, shared)
    return same and bool(_NEGATIVE.search(one)) == bool(_NEGATIVE.search(other))


def subject_words(sentence: str) -> frozenset[str]:
    """Return the stems that tell what a sentence is about."""
    return frozenset(word for word in topical(sentence) if weight(word) > PLAIN_WEIGHT)


def _direction(sentence: str, shared: frozenset[str]) -> int:
    """Return 1 where something both speak of goes up, -1 where it goes down, 0 where it does neither."""
    said = words(_DEGREE.sub("", sentence))
    near = [
        word
        for at, word in enumerate(said)
        if any(stem(beside) in shared for beside in said[max(0, at - _BESIDE) : at + _BESIDE + 1])
    ]
    return any(map(_UP.fullmatch, near)) - any(map(_DOWN.fullmatch, near))


def _denied(sentence: str, shared: frozenset[str]) -> bool:
    """Return whether a sentence says "not" of a word that both have."""
    return any(word in shared for denial in _DENIED.finditer(sentence) for word in stems(denial[1]))
