"""The lines above and below a brief's signals: dek, argument and closing quote."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from bot.briefs.headline import write_headline
from bot.claims.context import (
    has_first_or_second_person,
    is_redundant,
    is_same_event,
    standalone_score,
    subject_mentions,
)
from bot.claims.statements import write_closing_quote, write_statement
from bot.domain import Claim, Modality, Signal, Statement

_VIEW_MODALITIES = frozenset({Modality.OPINION, Modality.FORECAST})
_MAX_SENTENCE_CHARS = 170
_MAX_DEK_CHARS = 150
_DEK_SIGNALS = 4
_OPENS_LOWER = re.compile(r"(?:The|An?|All|Most|Many|Some|About|Nearly|No|More|Prices|Revenue|Sales|After|Since) ")
_MIN_SIGNALS = 3


def dek_candidates(signals: Sequence[Signal]) -> Iterator[Statement]:
    """Offer a line on the second story, in the words of a show that its signal does not quote, or else its headline."""
    for signal in signals[1:_DEK_SIGNALS]:
        quoted = {cited for part in signal.said for cited in part.claims}
        for claim in signal.claims[1:]:
            is_unquoted_report = claim.id not in quoted and is_same_event(claim, signal.claims[0])
            if (
                is_unquoted_report
                and not has_first_or_second_person(claim.text)
                and (words := write_headline(claim, _MAX_DEK_CHARS))
            ):
                yield Statement(f"{words}.", (claim.id,), ours=True)
        yield Statement(f"{signal.headline}.", (signal.claims[0].id,), ours=True)


def argument_candidates(signals: Sequence[Signal], used: Container[str]) -> Iterator[Statement]:
    """Offer the sentences of the argument, at most one a story from the lead on, and none that is used elsewhere.

    What joins two sentences says only whether they are on one name, never that one thing led to another.
    """
    before: Claim | None = None
    for signal in signals if len(signals) >= _MIN_SIGNALS else ():
        free = [claim for claim in _unused_claims(signal) if claim.id not in used]
        if claim := next((claim for claim in free if write_statement(claim, before, _MAX_SENTENCE_CHARS).text), None):
            yield _with_transition(write_statement(claim, before, _MAX_SENTENCE_CHARS), claim, before)
            before = claim


def _with_transition(statement: Statement, claim: Claim, previous: Claim | None) -> Statement:
    """Begin a sentence with how it relates to the one before: on the same name, or elsewhere."""
    if previous is None or not _OPENS_LOWER.match(statement.text):
        return statement
    shared = {mention.name for mention in subject_mentions(claim)} & {
        mention.name for mention in subject_mentions(previous)
    }
    opening = f"On {min(shared)}, too, " if shared else "Elsewhere, "
    return replace(statement, text=opening + statement.text[0].lower() + statement.text[1:])


def closing_candidates(signals: Sequence[Signal]) -> Iterator[Statement]:
    """Offer somebody's own view as the last word."""
    for signal in signals:
        for claim in _unused_claims(signal)[1:]:
            if claim.modality in _VIEW_MODALITIES:
                yield write_closing_quote(claim)


def _unused_claims(signal: Signal) -> list[Claim]:
    done = {cited for part in signal.sentences for cited in part.claims}
    heard = [claim for claim in signal.claims if claim.id in done]
    left = [
        claim
        for claim in signal.claims
        if claim.id not in done and standalone_score(claim) > 1 and not is_redundant(claim, heard)
    ]
    return sorted(left, key=lambda claim: (claim.modality not in _VIEW_MODALITIES, -standalone_score(claim), claim.id))
