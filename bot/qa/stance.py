"""Claims for and against a statement: who says the same, who says otherwise, and what else is near."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from bot.claims.context import spoken, subjects
from bot.claims.disagreement import Measured, apart, comparable, moves, objects
from bot.domain import Claim, Figure, Weighed
from bot.nlp.quantities import figures
from bot.nlp.question_words import GRAMMAR, stem, stems, topical, weight, words
from bot.nlp.sentences import sentences
from bot.qa.contradiction import aligned, contrary, subject_words

_NEAR_SHARE, _NEAR_WORDS = 0.4, 2
"""What share of a statement's words, by weight, a claim that is near it has, and how many of them at least."""
_SAME_SHARE, _SAME_FIGURES_SHARE = 0.8, 0.45
"""How much of what a statement tells, beside names and numbers, a claim that says the same has."""
_OTHER_SHARE = 0.5
"""And one that says otherwise."""
_WHOLE, _WHOLE_WITH_FIGURES = 0.4, 0.25
"""How much of a claim is about the statement; a long one that touches it in passing is only near."""
_SAME_WORDS = 3
_EQUAL = 0.05
_NAME = re.compile(r"(?<![\w'’])[A-Z][\w&’'.+-]*(?: (?:[A-Z][\w&’'.+-]*|\d[\w.]*))*")
_TITLES = frozenset({"ceo", "cto", "cfo", "coo", "dr", "mr", "ms", "mrs", "prof", "president", "i"})
_AMOUNTS = frozenset(map(stem, words("hundred thousand million billion trillion percent dollars euros pounds cents")))
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SUPPOSES = re.compile(
    r"\?\W*$|^(?:if|imagine|suppose|let['’]s say)\b|\b(?:as long as|whether|focus\w* (?:is|on)|in order to|"
    r"(?:try|tries|trying|aim|aims|aiming|want|wants|wanted|hope|hopes|hoping|seek|seeks|seeking|committed) to)\b|"
    r"\bif\b.*\b(?:would|could)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r";\s+|,\s+(?:and|with|so)\s+|,?\s+which\s+")
_TURN = re.compile(rf"{_CLAUSE.pattern}|,?\s+(?:but|because|though|although|while)\s+")
_ABOVE_OR_BELOW = re.compile(r"\b(?P<above>above|exceed\w*)\b|\b(?P<below>below|short of)\b", re.IGNORECASE)
_FORMER = re.compile(r"\b(?:was|were|had been)\b[^.]{0,40}\bago\b", re.IGNORECASE)
_AT_LEAST = re.compile(r"over|more|least|above|north|upward|\+|>", re.IGNORECASE)
_AT_MOST = re.compile(r"under|less|fewer|most|below|south|up to|<", re.IGNORECASE)


class _Stance(Enum):
    FOR = auto()
    AGAINST = auto()
    NEAR = auto()


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence of a statement: its words, its names, what it tells beside them, and its figures."""

    text: str
    words: frozenset[str]
    names: tuple[str, ...]
    told: frozenset[str]
    figures: tuple[Figure, ...]

    @classmethod
    def of(cls, text: str, known: Iterable[str]) -> Self:
        own = (*_names(text), *(name for name in known if re.search(rf"\b{re.escape(name)}(?!\w)", text)))
        named = {each for name in own for each in stems(name)}
        said = frozenset(word for word in subject_words(text) if word not in _AMOUNTS and not word[0].isdigit())
        return cls(text, said, own, said - named, figures(text))


def weigh(statement: str, claims: Sequence[Claim]) -> Weighed:
    """Weigh claims, the nearest first, against each sentence of a statement; what is not near is left out.

    Careful rather than complete: what is not surely for or against is only near.
    """
    known = dict.fromkeys(mention.name for claim in claims for mention in claim.entities)
    parts = [_Part.of(statement[start:end], known) for start, end in sentences(statement)]
    stances = [(_together({stance for part in parts if (stance := _stance(part, claim))}), claim) for claim in claims]
    agreeing, opposing, near = (
        tuple(claim for stance, claim in stances if stance is wanted)
        for wanted in (_Stance.FOR, _Stance.AGAINST, _Stance.NEAR)
    )
    return Weighed(statement, agreeing, opposing, near)


def _together(stances: set[_Stance]) -> _Stance | None:
    """Return how a claim stands to the whole; one that is for a part and against another is only near."""
    sides = stances - {_Stance.NEAR}
    return next(iter(sides)) if len(sides) == 1 else _Stance.NEAR if stances else None


def _stance(part: _Part, claim: Claim) -> _Stance | None:
    everything = subject_words(_all_of(claim))
    if len(part.words & everything) < _NEAR_WORDS or _share(part.words, everything) < _NEAR_SHARE:
        return None
    if _SUPPOSES.search(part.text) or _SUPPOSES.search(claim.text) or not _about_the_same(part, claim):
        return _Stance.NEAR
    measured = _has_figures(part, claim)
    denied = any(_contrary(part, told, measured=measured) for told in _TURN.split(claim.text))
    if denied or _other_figure(part, claim):
        return _Stance.AGAINST
    same = objects(part.text) == objects(claim.text) and (measured or not part.figures)
    told = (claim.text, *_CLAUSE.split(claim.text))
    return _Stance.FOR if same and any(_same(part, words, measured=measured) for words in told) else _Stance.NEAR


def _share(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return sum(map(weight, mine & theirs)) / (sum(map(weight, mine)) or 1.0)


def _all_of(claim: Claim) -> str:
    """Return a claim's words and the names it is about, which it may only point to."""
    return " ".join((claim.text, *(mention.name for mention in claim.entities)))


def _names(sentence: str) -> Iterator[str]:
    """Yield names in capitals; a first word alone is none, as any word may open a sentence."""
    for found in _NAME.finditer(sentence):
        named = [word for word in found[0].split() if not _TITLES.issuperset(words(word))]
        if found.start() == 0 and named and (len(named) == 1 or GRAMMAR.issuperset(words(named[0]))):
            named = named[1:]
        if named and words(named[-1]):
            yield " ".join(named)


def _about_the_same(part: _Part, claim: Claim) -> bool:
    """Return whether a claim has every name of a statement and speaks of the same time; a year unsaid is its own."""
    said, now = set(stems(_all_of(claim))), {str(claim.origin.date.year)}
    mine, theirs = (set(_YEAR.findall(text)) or now for text in (part.text, claim.text))
    if not mine & theirs or (_FORMER.search(claim.text) and not _FORMER.search(part.text)):
        return False
    return all(set(stems(name)) <= said for name in part.names)


def _contrary(part: _Part, told: str, *, measured: bool) -> bool:
    theirs = subject_words(told)
    enough = _share(part.told, theirs) >= _OTHER_SHARE and _whole(part, theirs, measured=measured)
    return enough and contrary(part.text, told)


def _same(part: _Part, told: str, *, measured: bool) -> bool:
    """Return whether words tell what a statement tells, in the same direction; `measured` where figures agree too."""
    theirs = subject_words(told)
    enough = _share(part.told, theirs) >= (_SAME_FIGURES_SHARE if measured else _SAME_SHARE)
    words_too = measured or set(topical(part.text)) <= set(topical(told)) or len(part.words & theirs) >= _SAME_WORDS
    same_way = aligned(part.text, told) and _above_or_below(part.text) == _above_or_below(told)
    return enough and words_too and same_way and _whole(part, theirs, measured=measured)


def _above_or_below(sentence: str) -> set[str | None]:
    return {found.lastgroup for found in _ABOVE_OR_BELOW.finditer(sentence)}


def _whole(part: _Part, theirs: frozenset[str], *, measured: bool) -> bool:
    return _share(theirs, part.words) >= (_WHOLE_WITH_FIGURES if measured else _WHOLE)


def _other_figure(part: _Part, claim: Claim) -> bool:
    """Return whether a claim measures the same with another result."""
    subject = any(spoken(each.name, part.text) for each in subjects(claim))
    if not subject or moves(part.text) or moves(claim.text) or _has_figures(part, claim):
        return False
    pairs = comparable(Measured(part.text, part.figures), Measured.of(claim))
    return any(apart(*pair) and not _bounded(*pair) for pair in pairs)


def _has_figures(part: _Part, claim: Claim) -> bool:
    return bool(part.figures) and all(any(_equal(one, other) for other in claim.figures) for one in part.figures)


def _equal(one: Figure, other: Figure) -> bool:
    measures = (one.currency, one.unit == "%") == (other.currency, other.unit == "%")
    if not measures or one.value is None or other.value is None:
        return False
    return abs(one.value - other.value) <= _EQUAL * max(abs(one.value), abs(other.value))


def _bounded(one: Figure, other: Figure) -> bool:
    """Return whether one value lies where the other's hedge puts it, as 29 is "over 20"."""
    return _admits(one, other) or _admits(other, one)


def _admits(hedged: Figure, other: Figure) -> bool:
    more = (other.value or 0.0) > (hedged.value or 0.0)
    return (_AT_LEAST if more else _AT_MOST).search(hedged.hedge) is not None
