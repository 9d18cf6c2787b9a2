"""Alignment: what a sentence that follows somebody's words leaves out of them, or slips in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from bot.domain import Claim
from bot.nlp.dates import find_dates
from bot.nlp.lexicons import CAUSAL_MARKERS, HEDGE_MARKERS, NEGATION_MARKERS, UNCERTAINTY_MARKERS
from bot.nlp.numbers import find_amounts
from bot.verification.issues import Violation, ViolationKind

_WORD = re.compile(r"[$€£]?[\w.,]*\w%?(?:[’'][a-z]+)?")
_MIN_ALIGNED_SHARE = 0.6
_MIN_BLOCK_WORDS = 2
_LOOKAHEAD_WORDS = 3
_MARKERS = (
    (NEGATION_MARKERS, ViolationKind.NEGATION),
    (UNCERTAINTY_MARKERS, ViolationKind.HEDGE),
    (CAUSAL_MARKERS, ViolationKind.CAUSE),
)
_DIGITS = re.compile(r"\d+")


def alignment_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    """Yield denials, doubts, causes and hedges that differ between a sentence and the words it follows.

    A sentence follows a claim if most of its words are there in the same order; one in other words is left to the
    other checks.
    """
    own = _words(statement)
    for claim in claims:
        yield from min((list(_difference_violations(own, _words(text))) for text in (claim.text, claim.quote)), key=len)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _difference_violations(statement_words: list[str], claim_words: list[str]) -> Iterator[Violation]:
    matcher = SequenceMatcher(None, claim_words, statement_words, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size >= _MIN_BLOCK_WORDS]
    if sum(block.size for block in blocks) < _MIN_ALIGNED_SHARE * min(len(statement_words), len(claim_words)):
        return
    for before, after in pairwise(blocks):
        lost = claim_words[before.a + before.size : after.a]
        added = statement_words[before.b + before.size : after.b]
        yield from _replacement_violations(" ".join(lost), " ".join(added))
        if _has_hedged_number(lost, claim_words[after.a : after.a + _LOOKAHEAD_WORDS]) and not HEDGE_MARKERS.search(
            " ".join(added)
        ):
            yield Violation(ViolationKind.HEDGE, " ".join(lost))


def _replacement_violations(removed: str, added: str) -> Iterator[Violation]:
    for pattern, fault in _MARKERS:
        if bool(pattern.search(removed)) != bool(pattern.search(added)):
            yield Violation(fault, added or removed)
    if removed and _DIGITS.search(added) and not _has_same_amounts(removed, added):
        yield Violation(ViolationKind.FIGURE, added)
    if removed and (
        moved := [day for day in find_dates(_title_case(added)) if day not in find_dates(_title_case(removed))]
    ):
        yield Violation(ViolationKind.DATE, moved[0].text)


def _has_same_amounts(removed: str, added: str) -> bool:
    if set(_DIGITS.findall(added)) <= set(_DIGITS.findall(removed)):
        return True
    known, own = find_amounts(removed), find_amounts(added)
    return bool(own) and all(any(amount.matches(other) for other in known) for amount in own)


def _title_case(words: str) -> str:
    return re.sub(r"\b[a-z]", lambda match: match.group().upper(), words)


def _has_hedged_number(removed: Sequence[str], after: Sequence[str]) -> bool:
    return bool(HEDGE_MARKERS.search(" ".join(removed))) and any(mark.isdigit() for word in after for mark in word)
