"""Whether two sentences about one thing say opposite things."""

from __future__ import annotations

import re

from bot.nlp.question_words import LOW_WEIGHT, stem_weight, stem_with_irregulars, stems, tokenize, topic_stems
from bot.qa.evidence import CandidateSentence

_UP = re.compile(
    r"up|ris(?:e|es|en|ing)|rose|gr(?:ow|ows|ew|own|owing)|increas(?:e|es|ed|ing)|higher|more|faster|soar\w*|surg\w+"
    r"|doubl(?:e|es|ed|ing)|expand(?:s|ed|ing)?|accelerat\w+|better|overrated|agrees?|bullish|shortage"
)
_DOWN = re.compile(
    r"down|falls?|fell|fallen|falling|drop(?:s|ped|ping)?|declin\w+|decreas\w+|lower|less|fewer|slower|halv(?:e|es|ed)"
    r"|plung\w+|shrinks?|shrank|shrinking|worse|underrated|disagrees?|bearish|glut|crash(?:es|ed)?"
)
_NEGATED_WORDS = re.compile(r"(?:\b(?:not(?!-)|never|cannot)|n['’]t)((?:\W+[\w'’]+){1,2})", re.IGNORECASE)
_NEGATION = re.compile(
    r"n['’]t\b|\b(?:not|never|no|none|nobody|nothing|cannot|without|neither|nor|hardly|barely|den(?:y|ies|ied)|"
    r"fail(?:s|ed)?|refus(?:es|ed))\b",
    re.IGNORECASE,
)
_DEGREE = re.compile(r"\b(?:more|less) (?=[a-z]+(?:[ai]ble|[ei]nt|ant|ive|ful|ous|ic|al|ly)\b)", re.IGNORECASE)
_MIN_SHARED_STEMS = 3
_MIN_SHARED_PART = 0.5
_WINDOW_WORDS = 3


def is_opposed(one: CandidateSentence, other: CandidateSentence) -> bool:
    """Return whether two speakers or shows speak of the same thing in opposite directions."""
    if (one.speaker, one.passage.origin.show) == (other.speaker, other.passage.origin.show):
        return False
    return is_contradiction(one.quote, other.quote)


def is_contradiction(one: str, other: str) -> bool:
    """Return whether two sentences speak of the same thing in opposite directions, or one denies it.

    Careful rather than complete: a contradiction shown where there is none would be an invention.
    """
    first, second = subject_stems(one), subject_stems(other)
    shared = first & second
    if len(shared) < max(_MIN_SHARED_STEMS, _MIN_SHARED_PART * min(len(first), len(second))):
        return False
    denied = _is_negated(one, shared) != _is_negated(other, shared)
    return denied != (_direction(one, shared) * _direction(other, shared) < 0)


def is_aligned(one: str, other: str) -> bool:
    """Return whether two sentences go the same way in what they share, and both deny it or neither does."""
    shared = subject_stems(one) & subject_stems(other)
    same = _direction(one, shared) == _direction(other, shared) and _is_negated(one, shared) == _is_negated(
        other, shared
    )
    return same and bool(_NEGATION.search(one)) == bool(_NEGATION.search(other))


def subject_stems(sentence: str) -> frozenset[str]:
    """Return the stems that tell what a sentence is about."""
    return frozenset(word for word in topic_stems(sentence) if stem_weight(word) > LOW_WEIGHT)


def _direction(sentence: str, shared: frozenset[str]) -> int:
    """Return 1 where something both speak of goes up, -1 where it goes down, 0 where it does neither."""
    said = tokenize(_DEGREE.sub("", sentence))
    near = [
        word
        for at, word in enumerate(said)
        if any(
            stem_with_irregulars(beside) in shared
            for beside in said[max(0, at - _WINDOW_WORDS) : at + _WINDOW_WORDS + 1]
        )
    ]
    return any(map(_UP.fullmatch, near)) - any(map(_DOWN.fullmatch, near))


def _is_negated(sentence: str, shared: frozenset[str]) -> bool:
    """Return whether a sentence says "not" of a word that both have."""
    return any(word in shared for denial in _NEGATED_WORDS.finditer(sentence) for word in stems(denial[1]))
