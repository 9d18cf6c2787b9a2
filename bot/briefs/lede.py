"""What holds a brief together: the lines above and below its signals."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from bot.briefs.headline import headline
from bot.claims.context import firsthand, repeats, same_event, subjects, telling
from bot.claims.statements import last_word, told
from bot.domain import Claim, Modality, Signal, Statement

_VIEWS = frozenset({Modality.OPINION, Modality.FORECAST})
_SHORT = 170
_DEK = 150
_ARGUED = 4
_OPENS_LOWER = re.compile(r"(?:The|An?|All|Most|Many|Some|About|Nearly|No|More|Prices|Revenue|Sales|After|Since) ")
_FEWEST = 3


def dek(signals: Sequence[Signal]) -> Iterator[Statement]:
    """Offer one line on the second story, in the words of a show that its signal does not quote; else its headline."""
    for signal in signals[1:_ARGUED]:
        quoted = {cited for part in signal.said for cited in part.claims}
        for claim in signal.claims[1:]:
            told_by_others = claim.id not in quoted and same_event(claim, signal.claims[0])
            if told_by_others and not firsthand(claim.text) and (words := headline(claim, _DEK)):
                yield Statement(f"{words}.", (claim.id,), ours=True)
        yield Statement(f"{signal.headline}.", (signal.claims[0].id,), ours=True)


def argument(signals: Sequence[Signal], used: Container[str]) -> Iterator[Statement]:
    """Offer the sentences of the argument, at most one a story from the lead on, and none that stands elsewhere.

    What joins two sentences says only whether they speak of one name; never that one thing led to another.
    """
    before: Claim | None = None
    for signal in signals if len(signals) >= _FEWEST else ():
        free = [claim for claim in _untold(signal) if claim.id not in used]
        if claim := next((claim for claim in free if told(claim, before, _SHORT).text), None):
            yield _joined(told(claim, before, _SHORT), claim, before)
            before = claim


def _joined(statement: Statement, claim: Claim, before: Claim | None) -> Statement:
    """Begin a sentence with how it stands to the one before: on the same name, or elsewhere."""
    if before is None or not _OPENS_LOWER.match(statement.text):
        return statement
    shared = {mention.name for mention in subjects(claim)} & {mention.name for mention in subjects(before)}
    opening = f"On {min(shared)}, too, " if shared else "Elsewhere, "
    return replace(statement, text=opening + statement.text[0].lower() + statement.text[1:])


def closing(signals: Sequence[Signal]) -> Iterator[Statement]:
    """Offer somebody's own view as the last word."""
    for signal in signals:
        for claim in _untold(signal)[1:]:
            if claim.modality in _VIEWS:
                yield last_word(claim)


def _untold(signal: Signal) -> list[Claim]:
    done = {cited for part in (*signal.said, signal.matters, signal.watch) for cited in part.claims}
    heard = [claim for claim in signal.claims if claim.id in done]
    left = [
        claim for claim in signal.claims if claim.id not in done and telling(claim) > 1 and not repeats(claim, heard)
    ]
    return sorted(left, key=lambda claim: (claim.modality not in _VIEWS, -telling(claim), claim.id))
