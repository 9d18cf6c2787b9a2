"""Antecedents: which of the sentences before it says what a sentence is about that a stranger cannot understand."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from bot.domain import EntityKind
from bot.nlp.annotate import AnnotatedSentence
from bot.nlp.embeddings import Floats
from bot.nlp.gazetteer import NameMatch
from bot.nlp.tokens import content_stems

REACH = 6
"""How many sentences back are looked at, in the same turn and in the one before it."""

_OPENING = 12
_THINGS = frozenset({EntityKind.COMPANY, EntityKind.PRODUCT, EntityKind.PLACE})
_WORD = re.compile(r"\w+")
_ANIMATE = frozenset("he she his her him himself herself".split())
_NEUTRAL = frozenset("it its they their them itself themselves".split())
_WE = frozenset("we our us ours".split())
_POINTER = re.compile(r"^(?:\w+,? ){0,2}(?:this|that|these|those|that's|such)\b", re.IGNORECASE)
_DEFINITE = re.compile(r"\b(?:the|this|that|these|those|both|such) (?:[a-z]+ ){0,1}([a-z]{4,})", re.IGNORECASE)


def find_antecedent(
    sentences: Sequence[AnnotatedSentence], number: int, topic: frozenset[str], weights: Floats
) -> tuple[int, float] | None:
    """Return which sentence says what a sentence is about, and how probably; None if there is none before it."""
    earlier = candidates(sentences, number)
    if not earlier:
        return None
    odds = pair_features(sentences, number, earlier, topic) @ weights
    best = int(odds.argmax())
    return earlier[best], float(1 / (1 + np.exp(-odds[best])))


def candidates(sentences: Sequence[AnnotatedSentence], number: int) -> list[int]:
    """Return the numbers of the sentences that may say what a sentence is about, nearest first."""
    turn = sentences[number].turn
    return [
        earlier
        for earlier in range(number - 1, max(-1, number - 1 - REACH), -1)
        if sentences[earlier].turn >= turn - 1 and not sentences[earlier].is_advert
    ]


def pair_features(
    sentences: Sequence[AnnotatedSentence], number: int, earlier: Sequence[int], topic: frozenset[str]
) -> Floats:
    """Return features of a sentence with each of its candidates; `topic` are the stems of the conversation's title."""
    sentence = _Leaning(sentences[number])
    rows: list[tuple[float, ...]] = []
    named_before = 0
    for place in earlier:
        rows.append(
            (
                *(number - place == distance for distance in range(1, REACH + 1)),
                *sentence.features_with(sentences[place], topic, named_before),
                number - place == 1 and sentence.points_at_words,
                1.0,
            )
        )
        named_before += bool(_named(sentences[place]))
    return np.array(rows, np.float32).reshape(len(rows), -1)


class _Leaning:
    """A sentence that leans on others: how it points back, and at what."""

    def __init__(self, sentence: AnnotatedSentence) -> None:
        text = sentence.text
        self._turn = sentence.turn
        self._names = {name.name for name in sentence.names}
        self._stems, self._definite = sentence.stems, set(content_stems(" ".join(_DEFINITE.findall(text))))
        words = set(_WORD.findall(text.lower()))
        self._points_at_person, self._points_at_thing, self._points_at_us = (
            not pronouns.isdisjoint(words) for pronouns in (_ANIMATE, _NEUTRAL, _WE)
        )
        self.points_at_words = bool(_POINTER.search(text))

    def features_with(self, other: AnnotatedSentence, topic: frozenset[str], named_before: int) -> tuple[float, ...]:
        """Return features of the pair; `named_before` sentences between them have names."""
        names, stems = _named(other), other.stems
        kinds = {name.kind for name in names}
        has_thing, has_person = bool(kinds & _THINGS), EntityKind.PERSON in kinds
        return (
            other.turn == self._turn,
            other.text.endswith("?"),
            bool(names),
            has_thing,
            has_person,
            EntityKind.TOPIC in kinds,
            bool(names) and named_before == 0,
            min(named_before, 3) / 3,
            bool(names) and names[0].start < _OPENING,
            min(len(kinds), 3) / 3,
            bool(self._names & {name.name for name in names}),
            has_person and self._points_at_person,
            has_thing and self._points_at_thing,
            has_thing and self._points_at_us,
            bool(self._definite & stems),
            min(len(self._stems & stems), 4) / 4,
            min(len(topic & stems), 3) / 3,
            other.scores.claim,
            other.scores.needs_context,
            min(other.text.count(" "), 40) / 40,
        )


def _named(sentence: AnnotatedSentence) -> list[NameMatch]:
    return [name for name in sentence.names if name.kind is not EntityKind.TICKER]
