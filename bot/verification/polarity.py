"""Polarity: how sure a reworded sentence is, what it denies and which way it says that things go.

Its evidence says the same in other words, so what counts is whether a kind of marker is there, not which.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

from bot.domain import Claim, Modality
from bot.nlp.dates import find_dates
from bot.nlp.lexicons import ALLEGATION_MARKERS, FORECAST_MARKERS, compile_cues, cue_pattern
from bot.nlp.numbers import CURRENCY_SIGNS, Amount, find_amounts
from bot.nlp.tokens import content_stems
from bot.verification.issues import Violation, ViolationKind, normalized_words

T = TypeVar("T")

_DOUBTFUL = compile_cues("hedge")
_DOUBTFUL_IN_WRITING = compile_cues("hedge", "hedge_loose")
_PARTIAL = compile_cues("partial_quantifier")
_PARTIAL_IN_WRITING = compile_cues("partial_quantifier", "partial_quantifier_loose")
_FUTURE = re.compile(rf"{FORECAST_MARKERS.pattern}|\b(?:{cue_pattern('future')})\b", re.IGNORECASE)
_NEGATED = re.compile(rf"\b(?:{cue_pattern('negation')})\b|n[’']t\b", re.IGNORECASE)
_LOOSELY_NEGATED = re.compile(rf"\b(?:{cue_pattern('negation', 'negation_loose')})\b|n[’']t\b", re.IGNORECASE)
_UP = compile_cues("increase")
_DOWN = compile_cues("decrease")
_APPROXIMATE_BEFORE = re.compile(
    r"(?:\b(?:likely|probably|perhaps|maybe|possibly)\W+(?:\w+\W+){0,4}?|"
    rf"\b(?:{cue_pattern('approximator')})\W+(?:\w+\W+){{0,2}}?|"
    rf"\b(?:{cue_pattern('approximator_adjacent')})\W+(?:a )?)$",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\w (?:or|to|and) $|[-–]$")
_CERTAINTY = compile_cues("certainty")
_CERTAINTY_IN_SPEECH = re.compile(
    rf"{_CERTAINTY.pattern}|\b(?:found|find|know\w*|sure|certain\w*|confirm\w*|exact\w*)\b", re.IGNORECASE
)
_OPINION = re.compile(r"\b(?:I|we) (?:\w+ )?(?:think|believe|guess|suspect|feel|reckon|suppose|assume|imagine)\b")
_HEDGED_NUMBER = re.compile(rf"\b(?:{cue_pattern('hedge')})\W+(?:\w+\W+){{0,2}}?[$€£]?\d", re.IGNORECASE)
_APPROXIMATE_AFTER = re.compile(
    r"^\W*(?:\w+\W+){0,3}?(?:or so|or more|or less|or thereabouts|at least|at most|ish|plus)\b|^\+|^-?ish",
    re.IGNORECASE,
)
_BUCKS = re.compile(r"\bbucks?\b", re.IGNORECASE)
_CONTEXT_CHARS, _SCOPE_STEMS, _SCOPE_STEM_PREFIX = 40, 3, 5


def polarity_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    """Yield doubts, limits, forecasts, denials and directions that differ from those of the evidence as a whole."""
    evidence = " ".join(claim.quote for claim in claims)
    yield from _lost_marker(
        statement, _HEDGED_NUMBER.sub(" ", evidence), _DOUBTFUL, _DOUBTFUL_IN_WRITING, ViolationKind.HEDGE
    )
    yield from _lost_marker(statement, evidence, _PARTIAL, _PARTIAL_IN_WRITING, ViolationKind.HEDGE)
    yield from _modality_violations(statement, claims)
    yield from _lost_marker(statement, evidence, _NEGATED, _LOOSELY_NEGATED, ViolationKind.NEGATION)
    yield from _lost_marker(evidence, statement, _NEGATED, _LOOSELY_NEGATED, ViolationKind.NEGATION)
    yield from _overconfidence(statement, claims)
    yield from _reversed_direction(statement, evidence)
    yield from figure_violations(statement, claims)


def figure_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    """Yield figures that are exact, in another currency or in another's place, unlike those of the evidence."""
    evidence = " ".join(claim.quote for claim in claims)
    yield from _lost_hedges(statement, evidence)
    yield from _currency_violations(statement, evidence)
    yield from _substituted_figures(statement, evidence)


def _lost_marker(
    statement: str, source: str, source_marker: re.Pattern[str], statement_marker: re.Pattern[str], kind: ViolationKind
) -> Iterator[Violation]:
    """Yield the first marker that the statement lacks; a denial counts only if the statement has what it denies."""
    if statement_marker.search(statement):
        return
    words = {stem[:_SCOPE_STEM_PREFIX] for stem in content_stems(statement)}
    for match in source_marker.finditer(source):
        clause = re.split(r"[,;:.!?—–]\s", source[match.end() : match.end() + 2 * _CONTEXT_CHARS])[0]
        about = content_stems(clause)[:_SCOPE_STEMS] if kind is ViolationKind.NEGATION else ()
        if not about or any(stem[:_SCOPE_STEM_PREFIX] in words for stem in about):
            yield Violation(kind, match.group())
            return


def _modality_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    needed = {Modality.FORECAST: _FUTURE, Modality.ALLEGED: ALLEGATION_MARKERS}
    for claim in claims:
        marker = needed.get(claim.modality)
        if marker and not marker.search(statement):
            yield Violation(ViolationKind.MODALITY, claim.modality.value)


def _overconfidence(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    """Yield certainty that nobody voiced, and opinions that are stated as if they were nobody's."""
    evidence = " ".join(claim.quote for claim in claims)
    if (sure := _CERTAINTY.search(statement)) and not _CERTAINTY_IN_SPEECH.search(evidence):
        yield Violation(ViolationKind.HEDGE, sure.group())
    named = normalized_words(" ".join(f"{claim.speaker} {claim.claimant}" for claim in claims))
    held = all(_OPINION.search(claim.quote) for claim in claims)
    if held and not (named & normalized_words(statement)) and not _DOUBTFUL_IN_WRITING.search(statement):
        yield Violation(ViolationKind.HEDGE, "opinion")


def _reversed_direction(statement: str, evidence: str) -> Iterator[Violation]:
    """Yield the direction if more rises and less falls than anybody said, or the other way round."""
    up, down = (len(way.findall(statement)) - len(way.findall(evidence)) for way in (_UP, _DOWN))
    if up * down < 0:
        yield Violation(ViolationKind.FIGURE, (_UP if up > 0 else _DOWN).findall(statement)[0])


def _lost_hedges(statement: str, evidence: str) -> Iterator[Violation]:
    """Yield amounts that are exact here and were hedged wherever they were said."""
    known = list(_amounts_with_hedges(evidence))
    for amount, hedged in _amounts_with_hedges(statement):
        same = [is_hedged for other, is_hedged in known if amount.matches(other)]
        if same and all(same) and not hedged:
            yield Violation(ViolationKind.HEDGE, amount.text)


def _currency_violations(statement: str, evidence: str) -> Iterator[Violation]:
    """Yield money in a currency that nobody named."""
    known = {amount.unit for amount in find_amounts(_BUCKS.sub("dollars", evidence))} | set(evidence).intersection(
        CURRENCY_SIGNS
    )
    for amount in find_amounts(statement):
        if amount.unit and amount.unit in CURRENCY_SIGNS and amount.unit not in known:
            yield Violation(ViolationKind.FIGURE, amount.text)


def _substituted_figures(statement: str, evidence: str) -> Iterator[Violation]:
    """Yield figures given more often than they were said while another is missing: they stand in its place."""
    stated, known = (Counter(amount.value for amount in find_amounts(text)) for text in (statement, evidence))
    years, said_years = (Counter(day.year for day in find_dates(text) if day.year) for text in (statement, evidence))
    yield from (Violation(ViolationKind.FIGURE, f"{value:g}") for value in _substituted(stated, known))
    yield from (Violation(ViolationKind.DATE, year) for year in _substituted(years, said_years))


def _substituted(stated: Counter[T], known: Counter[T]) -> list[T]:
    missing = known.keys() - stated.keys()
    return [value for value, times in stated.items() if missing and times > known[value] > 0]


def _amounts_with_hedges(text: str) -> Iterator[tuple[Amount, bool]]:
    known = False
    for amount in sorted(find_amounts(text), key=lambda amount: amount.start):
        before = re.split(r"[,;:.!?]\s", text[max(0, amount.start - _CONTEXT_CHARS) : amount.start])[-1]
        after = text[amount.start :].lstrip()[len(amount.text) :][:_CONTEXT_CHARS]
        range_of = known and _RANGE.search(before) is not None
        known = (
            bool(_APPROXIMATE_BEFORE.search(before) or _APPROXIMATE_AFTER.search(re.split(r"[,;:.!?]\s", after)[0]))
            or range_of
        )
        yield amount, known
