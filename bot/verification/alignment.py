"""What a sentence leaves out of somebody's words, or slips into them, where it otherwise follows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from bot.domain import Claim
from bot.nlp import facts
from bot.verification.issues import Fault, Problem

_WORD = re.compile(r"[$€£]?[\w.,]*\w%?(?:[’'][a-z]+)?")
_FOLLOWS = 0.6
_BLOCK = 2
_NEAR = 3
_KINDS = ((facts.NEGATIONS, Fault.NEGATION), (facts.DOUBTS, Fault.HEDGE), (facts.CAUSES, Fault.CAUSE))
_DIGITS = re.compile(r"\d+")


def altered(statement: str, told: Sequence[Claim]) -> Iterator[Problem]:
    """Find a denial, a doubt, a cause or a hedge that differs between a sentence and the words it follows.

    A sentence follows a claim when most of its words stand there in the same order; one in other words is left to
    the other checks.
    """
    mine = _words(statement)
    for claim in told:
        found = [list(_differences(mine, _words(text))) for text in (claim.text, claim.quote)]
        yield from min(found, key=len)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _differences(mine: list[str], theirs: list[str]) -> Iterator[Problem]:
    matcher = SequenceMatcher(None, theirs, mine, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size >= _BLOCK]
    if sum(block.size for block in blocks) < _FOLLOWS * min(len(mine), len(theirs)):
        return
    for one, after in pairwise(blocks):
        lost = theirs[one.a + one.size : after.a]
        added = mine[one.b + one.size : after.b]
        yield from _changed(" ".join(lost), " ".join(added))
        if _hedged(lost, theirs[after.a : after.a + _NEAR]) and not facts.HEDGES.search(" ".join(added)):
            yield Problem(Fault.HEDGE, " ".join(lost))


def _changed(lost: str, added: str) -> Iterator[Problem]:
    for pattern, fault in _KINDS:
        if bool(pattern.search(lost)) != bool(pattern.search(added)):
            yield Problem(fault, added or lost)
    if lost and _DIGITS.search(added) and not _same_amounts(lost, added):
        yield Problem(Fault.FIGURE, added)
    if lost and (moved := [day for day in facts.dates(_titled(added)) if day not in facts.dates(_titled(lost))]):
        yield Problem(Fault.DATE, moved[0].text)


def _same_amounts(lost: str, added: str) -> bool:
    if set(_DIGITS.findall(added)) <= set(_DIGITS.findall(lost)):
        return True
    known, mine = facts.amounts(lost), facts.amounts(added)
    return bool(mine) and all(any(amount.same(other) for other in known) for amount in mine)


def _titled(words: str) -> str:
    return re.sub(r"\b[a-z]", lambda match: match.group().upper(), words)


def _hedged(lost: Sequence[str], after: Sequence[str]) -> bool:
    return bool(facts.HEDGES.search(" ".join(lost))) and any(mark.isdigit() for word in after for mark in word)
