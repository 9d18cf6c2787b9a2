"""How sure a sentence in words of its own is, what it denies and which way it says that things go.

Its evidence says the same in other words, so what is compared is whether a kind of marker is there, not which.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

from bot.domain import Claim, Modality
from bot.nlp import facts
from bot.nlp.lexicons import cues
from bot.nlp.tokens import content
from bot.verification.issues import Fault, Problem, bare_words

T = TypeVar("T")

_IN_ANY_CASE = re.IGNORECASE
_DOUBTFUL = re.compile(rf"\b(?:{cues('doubtful')})\b", _IN_ANY_CASE)
_DOUBTFULLY_TOLD = re.compile(rf"\b(?:{cues('doubtful')}|{cues('doubtfully_told')})\b", _IN_ANY_CASE)
_PARTIAL = re.compile(rf"\b(?:{cues('partial')})\b", _IN_ANY_CASE)
_PARTIALLY_TOLD = re.compile(rf"\b(?:{cues('partial')}|{cues('partially_told')})\b", _IN_ANY_CASE)
_AHEAD = re.compile(rf"{facts.FORECAST.pattern}|\b(?:{cues('ahead')})\b", _IN_ANY_CASE)
_DENIED = re.compile(rf"\b(?:{cues('denied')})\b|n[’']t\b", _IN_ANY_CASE)
_DENIED_SOMEHOW = re.compile(rf"\b(?:{cues('denied')}|{cues('denied_somehow')})\b|n[’']t\b", _IN_ANY_CASE)
_UP = re.compile(rf"\b(?:{cues('upward')})\b", _IN_ANY_CASE)
_DOWN = re.compile(rf"\b(?:{cues('downward')})\b", _IN_ANY_CASE)
_ABOUT = re.compile(
    r"(?:\b(?:likely|probably|perhaps|maybe|possibly)\W+(?:\w+\W+){0,4}?|"
    rf"\b(?:{cues('about')})\W+(?:\w+\W+){{0,2}}?|\b(?:{cues('about_next')})\W+(?:a )?)$",
    _IN_ANY_CASE,
)
_RANGE = re.compile(r"\w (?:or|to|and) $|[-–]$")
_SURE = re.compile(rf"\b(?:{cues('sure')})\b", _IN_ANY_CASE)
_SURE_SAID = re.compile(
    rf"{_SURE.pattern}|\b(?:found|find|know\w*|sure|certain\w*|confirm\w*|exact\w*)\b", _IN_ANY_CASE
)
_OPINION = re.compile(r"\b(?:I|we) (?:\w+ )?(?:think|believe|guess|suspect|feel|reckon|suppose|assume|imagine)\b")
_COUNTED = re.compile(rf"\b(?:{cues('doubtful')})\W+(?:\w+\W+){{0,2}}?[$€£]?\d", _IN_ANY_CASE)
_ABOUT_AFTER = re.compile(
    r"^\W*(?:\w+\W+){0,3}?(?:or so|or more|or less|or thereabouts|at least|at most|ish|plus)\b|^\+|^-?ish", _IN_ANY_CASE
)
_BUCKS = re.compile(r"\bbucks?\b", _IN_ANY_CASE)
_CURRENCIES = frozenset("$€£¥")
_SIGNS = re.compile("[$€£¥]")
_NEAR, _SCOPE, _STEM = 40, 3, 5


def altered(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Find a doubt, a limit, a forecast, a denial or a direction that differs from what all that is cited says."""
    said = " ".join(claim.quote for claim in claims)
    yield from _lost(statement, _COUNTED.sub(" ", said), _DOUBTFUL, _DOUBTFULLY_TOLD, Fault.HEDGE)
    yield from _lost(statement, said, _PARTIAL, _PARTIALLY_TOLD, Fault.HEDGE)
    yield from _foretold(statement, claims)
    yield from _lost(statement, said, _DENIED, _DENIED_SOMEHOW, Fault.NEGATION)
    yield from _lost(said, statement, _DENIED, _DENIED_SOMEHOW, Fault.NEGATION)
    yield from _assured(statement, claims)
    yield from _turned(statement, said)
    yield from figured(statement, claims)


def figured(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Find figures that stand otherwise than what all that is cited says: exact, in other money, or for others."""
    said = " ".join(claim.quote for claim in claims)
    yield from _exact(statement, said)
    yield from _exchanged(statement, said)
    yield from _repeated(statement, said)


def _lost(statement: str, said: str, marked: re.Pattern[str], told: re.Pattern[str], fault: Fault) -> Iterator[Problem]:
    """Find the first marker that the statement lacks; denials count only of something that it tells."""
    if told.search(statement):
        return
    words = {stem[:_STEM] for stem in content(statement)}
    for match in marked.finditer(said):
        clause = re.split(r"[,;:.!?—–]\s", said[match.end() : match.end() + 2 * _NEAR])[0]
        about = content(clause)[:_SCOPE] if fault is Fault.NEGATION else ()
        if not about or any(stem[:_STEM] in words for stem in about):
            yield Problem(fault, match.group())
            return


def _foretold(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    needed = {Modality.FORECAST: _AHEAD, Modality.ALLEGED: facts.ALLEGED}
    for claim in claims:
        marker = needed.get(claim.modality)
        if marker and not marker.search(statement):
            yield Problem(Fault.MODALITY, claim.modality.value)


def _assured(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Find certainty that nobody voiced, and an opinion told as if it were nobody's."""
    said = " ".join(claim.quote for claim in claims)
    if (sure := _SURE.search(statement)) and not _SURE_SAID.search(said):
        yield Problem(Fault.HEDGE, sure.group())
    named = bare_words(" ".join(f"{claim.speaker} {claim.claimant}" for claim in claims))
    held = all(_OPINION.search(claim.quote) for claim in claims)
    if held and not (named & bare_words(statement)) and not _DOUBTFULLY_TOLD.search(statement):
        yield Problem(Fault.HEDGE, "opinion")


def _turned(statement: str, said: str) -> Iterator[Problem]:
    """Find more that rises and less that falls than anybody said, or the other way round."""
    up, down = (len(way.findall(statement)) - len(way.findall(said)) for way in (_UP, _DOWN))
    if up * down < 0:
        yield Problem(Fault.FIGURE, (_UP if up > 0 else _DOWN).findall(statement)[0])


def _exact(statement: str, said: str) -> Iterator[Problem]:
    """Find an amount told exactly that was only ever said to be about so much."""
    known = [(amount, hedged) for amount, hedged in _hedged(said)]
    for amount, hedged in _hedged(statement):
        same = [other for one, other in known if amount.same(one)]
        if same and all(same) and not hedged:
            yield Problem(Fault.HEDGE, amount.text)


def _exchanged(statement: str, said: str) -> Iterator[Problem]:
    """Find money of a currency that nobody named."""
    known = {amount.sort for amount in facts.amounts(_BUCKS.sub("dollars", said))} | set(_SIGNS.findall(said))
    for amount in facts.amounts(statement):
        if amount.sort in _CURRENCIES and amount.sort not in known:
            yield Problem(Fault.FIGURE, amount.text)


def _repeated(statement: str, said: str) -> Iterator[Problem]:
    """Find a figure told more often than it was said, where one that was said is missing: it stands in its place."""
    mine, theirs = (Counter(amount.value for amount in facts.amounts(text)) for text in (statement, said))
    years, said_years = (Counter(day.year for day in facts.dates(text) if day.year) for text in (statement, said))
    yield from (Problem(Fault.FIGURE, f"{value:g}") for value in _in_place(mine, theirs))
    yield from (Problem(Fault.DATE, year) for year in _in_place(years, said_years))


def _in_place(told: Counter[T], known: Counter[T]) -> list[T]:
    missing = known.keys() - told.keys()
    return [value for value, times in told.items() if missing and times > known[value] > 0]


def _hedged(text: str) -> Iterator[tuple[facts.Amount, bool]]:
    known = False
    for amount in sorted(facts.amounts(text), key=lambda one: one.start):
        before = re.split(r"[,;:.!?]\s", text[max(0, amount.start - _NEAR) : amount.start])[-1]
        after = text[amount.start :].lstrip()[len(amount.text) :][:_NEAR]
        range_of = known and _RANGE.search(before) is not None
        known = bool(_ABOUT.search(before) or _ABOUT_AFTER.search(re.split(r"[,;:.!?]\s", after)[0])) or range_of
        yield amount, known
