"""Claims for and against a statement: who says the same, who says otherwise, and what else is near."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from bot.claims.context import subject_mentions, surface_form
from bot.claims.disagreement import MeasuredSentence, comparable_figures, is_objection, reports_change, values_differ
from bot.domain import Claim, Figure, StanceReport
from bot.nlp.lexicons import cue_pattern
from bot.nlp.quantities import find_figures
from bot.nlp.sentences import sentence_spans
from bot.nlp.tokens import FUNCTION_WORDS, LOW_WEIGHT, stem, stem_weight, stems, tokenize, topic_stems
from bot.qa.evidence import CandidateSentence

_RELATED_SHARE, _RELATED_WORDS = 0.4, 2
"""What share of a statement's words, by weight, a claim that is near it has, and how many of them at least."""
_SAME_SHARE, _SAME_FIGURES_SHARE = 0.8, 0.45
"""How much of what a statement tells, beside names and numbers, a claim that says the same has."""
_CONTRARY_SHARE = 0.5
"""And one that says otherwise."""
_MIN_CLAIM_SHARE, _MIN_CLAIM_SHARE_WITH_FIGURES = 0.4, 0.25
"""How much of a claim is about the statement; a long one that touches it in passing is only near."""
_SAME_WORDS = 3
_FIGURE_TOLERANCE = 0.05
_NAME = re.compile(r"(?<![\w'’])[A-Z][\w&’'.+-]*(?: (?:[A-Z][\w&’'.+-]*|\d[\w.]*))*")
_TITLES = frozenset({"ceo", "cto", "cfo", "coo", "dr", "mr", "ms", "mrs", "prof", "president", "i"})
_AMOUNTS = frozenset(
    map(stem, tokenize("hundred thousand million billion trillion percent dollars euros pounds cents"))
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_HYPOTHETICAL = re.compile(
    r"\?\W*$|^(?:if|imagine|suppose|let['’]s say)\b|\b(?:as long as|whether|focus\w* (?:is|on)|in order to|"
    r"(?:try|tries|trying|aim|aims|aiming|want|wants|wanted|hope|hopes|hoping|seek|seeks|seeking|committed) to)\b|"
    r"\bif\b.*\b(?:would|could)\b",
    re.IGNORECASE,
)
_CLAUSE_BREAK = re.compile(r";\s+|,\s+(?:and|with|so)\s+|,?\s+which\s+")
_CONTRAST_BREAK = re.compile(rf"{_CLAUSE_BREAK.pattern}|,?\s+(?:but|because|though|although|while)\s+")
_ABOVE_OR_BELOW = re.compile(r"\b(?P<above>above|exceed\w*)\b|\b(?P<below>below|short of)\b", re.IGNORECASE)
_PAST_STATE = re.compile(r"\b(?:was|were|had been)\b[^.]{0,40}\bago\b", re.IGNORECASE)
_AT_LEAST = re.compile(r"over|more|least|above|north|upward|\+|>", re.IGNORECASE)
_AT_MOST = re.compile(r"under|less|fewer|most|below|south|up to|<", re.IGNORECASE)


class _Stance(Enum):
    SUPPORTS = auto()
    OPPOSES = auto()
    RELATED = auto()


@dataclass(frozen=True, slots=True)
class _StatementSentence:
    """A sentence of a statement: its words, its names, what it tells beside them, and its figures."""

    text: str
    subject_stems: frozenset[str]
    names: tuple[str, ...]
    content_stems: frozenset[str]
    figures: tuple[Figure, ...]

    @classmethod
    def parse(cls, text: str, known: Iterable[str]) -> Self:
        own = (*_proper_names(text), *(name for name in known if re.search(rf"\b{re.escape(name)}(?!\w)", text)))
        named = {each for name in own for each in stems(name)}
        said = frozenset(word for word in subject_stems(text) if word not in _AMOUNTS and not word[0].isdigit())
        return cls(text, said, own, said - named, find_figures(text))


def classify_stances(statement: str, claims: Sequence[Claim]) -> StanceReport:
    """Weigh claims, the nearest first, against each sentence of a statement; what is not near is left out.

    Careful rather than complete: what is not surely for or against is only near.
    """
    known = dict.fromkeys(mention.name for claim in claims for mention in claim.entities)
    parts = [_StatementSentence.parse(statement[start:end], known) for start, end in sentence_spans(statement)]
    stances = [
        (_combine_stances({stance for part in parts if (stance := _classify_claim(part, claim))}), claim)
        for claim in claims
    ]
    agreeing, opposing, near = (
        tuple(claim for stance, claim in stances if stance is wanted)
        for wanted in (_Stance.SUPPORTS, _Stance.OPPOSES, _Stance.RELATED)
    )
    return StanceReport(statement, agreeing, opposing, near)


def _combine_stances(stances: set[_Stance]) -> _Stance | None:
    """Return how a claim stands to the whole; one that is for a part and against another is only near."""
    sides = stances - {_Stance.RELATED}
    return next(iter(sides)) if len(sides) == 1 else _Stance.RELATED if stances else None


def _classify_claim(part: _StatementSentence, claim: Claim) -> _Stance | None:
    everything = subject_stems(_claim_text(claim))
    if (
        len(part.subject_stems & everything) < _RELATED_WORDS
        or _weighted_overlap(part.subject_stems, everything) < _RELATED_SHARE
    ):
        return None
    if _HYPOTHETICAL.search(part.text) or _HYPOTHETICAL.search(claim.text) or not _has_same_subject(part, claim):
        return _Stance.RELATED
    measured = _has_all_figures(part, claim)
    denied = any(_is_contradicted(part, told, measured=measured) for told in _CONTRAST_BREAK.split(claim.text))
    if denied or _has_conflicting_figure(part, claim):
        return _Stance.OPPOSES
    same = is_objection(part.text) == is_objection(claim.text) and (measured or not part.figures)
    told = (claim.text, *_CLAUSE_BREAK.split(claim.text))
    return (
        _Stance.SUPPORTS
        if same and any(_is_restated(part, words, measured=measured) for words in told)
        else _Stance.RELATED
    )


def _weighted_overlap(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return sum(map(stem_weight, mine & theirs)) / (sum(map(stem_weight, mine)) or 1.0)


def _claim_text(claim: Claim) -> str:
    """Return a claim's words and the names it is about, which it may only point to."""
    return " ".join((claim.text, *(mention.name for mention in claim.entities)))


def _proper_names(sentence: str) -> Iterator[str]:
    """Yield names in capitals; a first word alone is none, as any word may open a sentence."""
    for found in _NAME.finditer(sentence):
        named = [word for word in found[0].split() if not _TITLES.issuperset(tokenize(word))]
        if found.start() == 0 and named and (len(named) == 1 or FUNCTION_WORDS.issuperset(tokenize(named[0]))):
            named = named[1:]
        if named and tokenize(named[-1]):
            yield " ".join(named)


def _has_same_subject(part: _StatementSentence, claim: Claim) -> bool:
    """Return whether a claim has every name of a statement and speaks of the same time; a year unsaid is its own."""
    said, now = set(stems(_claim_text(claim))), {str(claim.origin.date.year)}
    mine, theirs = (set(_YEAR.findall(text)) or now for text in (part.text, claim.text))
    if not mine & theirs or (_PAST_STATE.search(claim.text) and not _PAST_STATE.search(part.text)):
        return False
    return all(set(stems(name)) <= said for name in part.names)


def _is_contradicted(part: _StatementSentence, text: str, *, measured: bool) -> bool:
    theirs = subject_stems(text)
    enough = _weighted_overlap(part.content_stems, theirs) >= _CONTRARY_SHARE and _is_mostly_about(
        part, theirs, measured=measured
    )
    return enough and is_contradiction(part.text, text)


def _is_restated(part: _StatementSentence, text: str, *, measured: bool) -> bool:
    """Return whether words tell what a statement tells, in the same direction; `measured` where figures agree too."""
    theirs = subject_stems(text)
    enough = _weighted_overlap(part.content_stems, theirs) >= (_SAME_FIGURES_SHARE if measured else _SAME_SHARE)
    words_too = (
        measured
        or set(topic_stems(part.text)) <= set(topic_stems(text))
        or len(part.subject_stems & theirs) >= _SAME_WORDS
    )
    same_way = is_aligned(part.text, text) and _threshold_directions(part.text) == _threshold_directions(text)
    return enough and words_too and same_way and _is_mostly_about(part, theirs, measured=measured)


def _threshold_directions(sentence: str) -> set[str | None]:
    return {found.lastgroup for found in _ABOVE_OR_BELOW.finditer(sentence)}


def _is_mostly_about(part: _StatementSentence, theirs: frozenset[str], *, measured: bool) -> bool:
    return _weighted_overlap(theirs, part.subject_stems) >= (
        _MIN_CLAIM_SHARE_WITH_FIGURES if measured else _MIN_CLAIM_SHARE
    )


def _has_conflicting_figure(part: _StatementSentence, claim: Claim) -> bool:
    """Return whether a claim measures the same with another result."""
    subject = any(surface_form(each.name, part.text) for each in subject_mentions(claim))
    if not subject or reports_change(part.text) or reports_change(claim.text) or _has_all_figures(part, claim):
        return False
    pairs = comparable_figures(MeasuredSentence(part.text, part.figures), MeasuredSentence.from_claim(claim))
    return any(values_differ(*pair) and not _is_within_hedge(*pair) for pair in pairs)


def _has_all_figures(part: _StatementSentence, claim: Claim) -> bool:
    return bool(part.figures) and all(any(_is_equal(one, other) for other in claim.figures) for one in part.figures)


def _is_equal(one: Figure, other: Figure) -> bool:
    measures = (one.currency, one.unit == "%") == (other.currency, other.unit == "%")
    if not measures or one.value is None or other.value is None:
        return False
    return abs(one.value - other.value) <= _FIGURE_TOLERANCE * max(abs(one.value), abs(other.value))


def _is_within_hedge(one: Figure, other: Figure) -> bool:
    """Return whether one value lies where the other's hedge puts it, as 29 is "over 20"."""
    return _allows(one, other) or _allows(other, one)


def _allows(hedged: Figure, other: Figure) -> bool:
    more = (other.value or 0.0) > (hedged.value or 0.0)
    return (_AT_LEAST if more else _AT_MOST).search(hedged.hedge) is not None


_UP = re.compile(cue_pattern("stance_up"))
_DOWN = re.compile(cue_pattern("stance_down"))
_NEGATED_WORDS = re.compile(r"(?:\b(?:not(?!-)|never|cannot)|n['’]t)((?:\W+[\w'’]+){1,2})", re.IGNORECASE)
_NEGATION = re.compile(rf"n['’]t\b|\b(?:{cue_pattern('stance_negation')})\b", re.IGNORECASE)
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
        if any(stem(beside) in shared for beside in said[max(0, at - _WINDOW_WORDS) : at + _WINDOW_WORDS + 1])
    ]
    return any(map(_UP.fullmatch, near)) - any(map(_DOWN.fullmatch, near))


def _is_negated(sentence: str, shared: frozenset[str]) -> bool:
    """Return whether a sentence says "not" of a word that both have."""
    return any(word in shared for denial in _NEGATED_WORDS.finditer(sentence) for word in stems(denial[1]))
