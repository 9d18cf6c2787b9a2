"""Stance: which claims are for a statement, which are against it, and which are merely related."""

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
    """A sentence of a statement: its words, its names, what it says besides them, and its figures."""

    text: str
    subject_stems: frozenset[str]
    names: tuple[str, ...]
    content_stems: frozenset[str]
    figures: tuple[Figure, ...]

    @classmethod
    def parse(cls, text: str, known: Iterable[str]) -> Self:
        own = (*_proper_names(text), *(name for name in known if re.search(rf"\b{re.escape(name)}(?!\w)", text)))
        named = {each for name in own for each in stems(name)}
        words = frozenset(word for word in subject_stems(text) if word not in _AMOUNTS and not word[0].isdigit())
        return cls(text, words, own, words - named, find_figures(text))


def classify_stances(statement: str, claims: Sequence[Claim]) -> StanceReport:
    """Compare claims, the nearest first, with each sentence of a statement; unrelated ones are left out.

    Careful rather than complete: what is not surely for or against is merely related.
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
    """Return the stance to the whole; a claim that is for one part and against another is merely related."""
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
    denied = any(_is_contradicted(part, clauses, measured=measured) for clauses in _CONTRAST_BREAK.split(claim.text))
    if denied or _has_conflicting_figure(part, claim):
        return _Stance.OPPOSES
    same = is_objection(part.text) == is_objection(claim.text) and (measured or not part.figures)
    clauses = (claim.text, *_CLAUSE_BREAK.split(claim.text))
    return (
        _Stance.SUPPORTS
        if same and any(_is_restated(part, words, measured=measured) for words in clauses)
        else _Stance.RELATED
    )


def _weighted_overlap(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return sum(map(stem_weight, mine & theirs)) / (sum(map(stem_weight, mine)) or 1.0)


def _claim_text(claim: Claim) -> str:
    """Return a claim's words and the names it is about, which it may only refer to."""
    return " ".join((claim.text, *(mention.name for mention in claim.entities)))


def _proper_names(sentence: str) -> Iterator[str]:
    """Yield capitalised names; a lone first word is none, since any word may open a sentence."""
    for match in _NAME.finditer(sentence):
        named = [word for word in match[0].split() if not _TITLES.issuperset(tokenize(word))]
        if match.start() == 0 and named and (len(named) == 1 or FUNCTION_WORDS.issuperset(tokenize(named[0]))):
            named = named[1:]
        if named and tokenize(named[-1]):
            yield " ".join(named)


def _has_same_subject(part: _StatementSentence, claim: Claim) -> bool:
    """Return whether a claim has every name of a statement and is about the same year, its own if none is given."""
    words, now = set(stems(_claim_text(claim))), {str(claim.origin.date.year)}
    mine, theirs = (set(_YEAR.findall(text)) or now for text in (part.text, claim.text))
    if not mine & theirs or (_PAST_STATE.search(claim.text) and not _PAST_STATE.search(part.text)):
        return False
    return all(set(stems(name)) <= words for name in part.names)


def _is_contradicted(part: _StatementSentence, text: str, *, measured: bool) -> bool:
    theirs = subject_stems(text)
    enough = _weighted_overlap(part.content_stems, theirs) >= _CONTRARY_SHARE and _is_mostly_about(
        part, theirs, measured=measured
    )
    return enough and is_contradiction(part.text, text)


def _is_restated(part: _StatementSentence, text: str, *, measured: bool) -> bool:
    """Return whether words say what a statement says, in the same direction; `measured` if its figures agree, too."""
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
    return {match.lastgroup for match in _ABOVE_OR_BELOW.finditer(sentence)}


def _is_mostly_about(part: _StatementSentence, theirs: frozenset[str], *, measured: bool) -> bool:
    return _weighted_overlap(theirs, part.subject_stems) >= (
        _MIN_CLAIM_SHARE_WITH_FIGURES if measured else _MIN_CLAIM_SHARE
    )


def _has_conflicting_figure(part: _StatementSentence, claim: Claim) -> bool:
    """Return whether a claim gives another figure for the same thing."""
    subject = any(surface_form(each.name, part.text) for each in subject_mentions(claim))
    if not subject or reports_change(part.text) or reports_change(claim.text) or _has_all_figures(part, claim):
        return False
    pairs = comparable_figures(MeasuredSentence(part.text, part.figures), MeasuredSentence.from_claim(claim))
    return any(values_differ(*pair) and not _is_within_hedge(*pair) for pair in pairs)


def _has_all_figures(part: _StatementSentence, claim: Claim) -> bool:
    return bool(part.figures) and all(any(_is_equal(left, right) for right in claim.figures) for left in part.figures)


def _is_equal(left: Figure, right: Figure) -> bool:
    measures = (left.currency, left.unit == "%") == (right.currency, right.unit == "%")
    if not measures or left.value is None or right.value is None:
        return False
    return abs(left.value - right.value) <= _FIGURE_TOLERANCE * max(abs(left.value), abs(right.value))


def _is_within_hedge(left: Figure, right: Figure) -> bool:
    """Return whether one value is within the other's hedge, as 29 is "over 20"."""
    return _allows(left, right) or _allows(right, left)


def _allows(hedged: Figure, right: Figure) -> bool:
    more = (right.value or 0.0) > (hedged.value or 0.0)
    return (_AT_LEAST if more else _AT_MOST).search(hedged.hedge) is not None


_UP = re.compile(cue_pattern("stance_up"))
_DOWN = re.compile(cue_pattern("stance_down"))
_NEGATED_WORDS = re.compile(r"(?:\b(?:not(?!-)|never|cannot)|n['’]t)((?:\W+[\w'’]+){1,2})", re.IGNORECASE)
_NEGATION = re.compile(rf"n['’]t\b|\b(?:{cue_pattern('stance_negation')})\b", re.IGNORECASE)
_DEGREE = re.compile(r"\b(?:more|less) (?=[a-z]+(?:[ai]ble|[ei]nt|ant|ive|ful|ous|ic|al|ly)\b)", re.IGNORECASE)
_MIN_SHARED_STEMS = 3
_MIN_SHARED_PART = 0.5
_WINDOW_WORDS = 3


def is_opposed(left: CandidateSentence, right: CandidateSentence) -> bool:
    """Return whether two speakers or shows contradict each other."""
    if (left.speaker, left.passage.origin.show) == (right.speaker, right.passage.origin.show):
        return False
    return is_contradiction(left.quote, right.quote)


def is_contradiction(left: str, right: str) -> bool:
    """Return whether two sentences say opposite things of one subject, or one denies what the other says.

    Careful rather than complete: a contradiction that nobody voiced would be an invention.
    """
    first, second = subject_stems(left), subject_stems(right)
    shared = first & second
    if len(shared) < max(_MIN_SHARED_STEMS, _MIN_SHARED_PART * min(len(first), len(second))):
        return False
    denied = _is_negated(left, shared) != _is_negated(right, shared)
    return denied != (_direction(left, shared) * _direction(right, shared) < 0)


def is_aligned(left: str, right: str) -> bool:
    """Return whether two sentences go the same way in what they share, and both deny it or neither does."""
    shared = subject_stems(left) & subject_stems(right)
    same = _direction(left, shared) == _direction(right, shared) and _is_negated(left, shared) == _is_negated(
        right, shared
    )
    return same and bool(_NEGATION.search(left)) == bool(_NEGATION.search(right))


def subject_stems(sentence: str) -> frozenset[str]:
    """Return the stems that show what a sentence is about."""
    return frozenset(word for word in topic_stems(sentence) if stem_weight(word) > LOW_WEIGHT)


def _direction(sentence: str, shared: frozenset[str]) -> int:
    """Return 1 if something that both mention goes up, -1 if it goes down, 0 if neither."""
    words = tokenize(_DEGREE.sub("", sentence))
    near = [
        word
        for at, word in enumerate(words)
        if any(stem(beside) in shared for beside in words[max(0, at - _WINDOW_WORDS) : at + _WINDOW_WORDS + 1])
    ]
    return any(map(_UP.fullmatch, near)) - any(map(_DOWN.fullmatch, near))


def _is_negated(sentence: str, shared: frozenset[str]) -> bool:
    """Return whether a sentence negates a word that both have."""
    return any(word in shared for denial in _NEGATED_WORDS.finditer(sentence) for word in stems(denial[1]))
