"""Headlines: a claim's own words, cut at a clause, with whose they are where that matters."""

from __future__ import annotations

from bot.claims.context import firsthand, subjects
from bot.domain import UNKNOWN_SPEAKER, Claim, Modality
from bot.nlp import clauses, facts

LONGEST = 100
"""Characters of a headline."""

_LEAST = 0.3

_WHOSE = frozenset({Modality.OPINION, Modality.FORECAST})


def headline(claim: Claim, limit: int = LONGEST) -> str:
    """Return the claim as a headline, or "" where no whole clause with its figure, or its name, is short enough.

    Opinions, forecasts and hearsay carry the name they belong to; an accusation says that it is one.
    """
    before = _before(claim)
    said = clauses.tightened(clauses.first_sentence(clauses.clean(claim.text.removeprefix("First, "))))
    words = clauses.shortened(said, limit - len(before) - 2)
    telling_words = [figure.text for figure in claim.figures] or [mention.name for mention in subjects(claim)]
    if len(words) < _LEAST * len(said) or not any(one in words for one in telling_words):
        return ""
    if claim.modality is Modality.ALLEGED and not facts.ALLEGED.search(words):
        before = f"Alleged, {before}" if before else "Alleged: "
    return f"{before}“{words}”" if before and firsthand(words) else f"{before}{words}"


def _before(claim: Claim) -> str:
    words = clauses.tightened(clauses.clean(claim.text))
    whose = claim.modality in _WHOSE or claim.relayers or firsthand(words)
    if not whose or claim.claimant in words or claim.claimant == UNKNOWN_SPEAKER:
        return ""
    return f"{claim.claimant}: "
