"""How much of a question's topic the evidence has, by words and by meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from bot.nlp.question_words import stems, topical, weight
from bot.qa.evidence import Held
from bot.qa.question import Asked

PLENTY = 1.5
"""Strength beyond which more adds nothing; 1 is what an answer usually needs."""

_FEW = 3
_MANY = 8
_TOO_MANY_FOR_MEANING = 13
_MEANING_ALONE = 0.65


def strength(asked: Asked, found: Sequence[Held]) -> float:
    """Return how much of the topic the best passage has, where 1 is what an answer usually needs.

    What that is was fitted on questions with and without an answer, in libraries of 125 to 37,000 passages.
    """
    among = max((one.hit.among for one in found), default=0)
    whole = max((_share(asked, one) for one in found), default=0.0) / _needed(len(asked.topic), among)
    about = _about_names(asked, found, among)
    words = min(PLENTY, whole) if about is None else (min(PLENTY, whole) + min(PLENTY, about)) / 2
    meaning = max((one.hit.similarity for one in found), default=0.0) / _near(among)
    told = whole > 0 and about != 0 and _FEW <= len(asked.topic) < _TOO_MANY_FOR_MEANING
    if told:
        return max(words, meaning)
    # Where not one word is shared, nearness is no answer: nonsense is near to something as well.
    return max(words, _MEANING_ALONE * (meaning if whole > 0 else min(meaning, 1)))


def _about_names(asked: Asked, found: Sequence[Held], among: int) -> float | None:
    """Look for what a short question asks about its names in the passages that have one.

    The name here and the rest there prove little. None where a question names nobody, asks nothing more, or is long.
    """
    of_names = {stem for name in asked.names for stem in stems(name)}
    rest = [stem for stem in asked.topic if stem not in of_names]
    if not (asked.names and rest) or len(asked.topic) >= _MANY:
        return None
    last = {topical(name)[-1] for name in asked.names if topical(name)}
    return max((_own(rest, one) for one in found if last & one.words), default=0.0) / _needed(len(rest), among)


def _share(asked: Asked, one: Held) -> float:
    """Weigh a passage's words by our own weights and by their rarity in the library; a surname stands for a name."""
    surnamed = [stem for name in asked.names if (parts := stems(name))[-1] in one.words for stem in parts]
    own = _own(asked.topic, replace(one, words=one.words.union(surnamed)))
    return (own + one.hit.coverage) / 2 if one.hit.coverage else own


def _own(topic: Sequence[str], one: Held) -> float:
    total = sum(map(weight, topic))
    return sum(weight(stem) for stem in topic if stem in one.words) / total if total else 0.0


def _needed(topics: int, among: int) -> float:
    """Long questions tell more than anybody says in one place; large libraries have more near misses."""
    return 0.62 * math.pow(max(topics, 2) / 2, -0.6) * (1 + 0.08 * math.log(max(among, 400) / 400))


def _near(among: int) -> float:
    return 0.3 + 0.07 * math.log(max(among, 100) / 100)
