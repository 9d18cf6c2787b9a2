"""Sentences that tell a claim: who said it, on which show, and for whom they spoke."""

from __future__ import annotations

from collections.abc import Sequence

from bot.analysis import clauses, facts
from bot.analysis.telling import LONGEST, firsthand
from bot.model import UNKNOWN_SPEAKER, Claim, Modality, Statement

NOTHING = Statement("")


def told(claim: Claim, limit: int = LONGEST) -> Statement:
    """Tell a claim with its speaker and show; empty where no whole clause of it is short enough.

    Words that only make sense in the speaker's mouth are quoted; others are told, and then attributed.
    """
    words = clauses.shortened(clauses.clean(claim.text), limit)
    if not words:
        return NOTHING
    sentence = _quoted(claim, words) if _needs_marks(words) else _reported(claim, words)
    return Statement(sentence, (claim.id,))


def against(claim: Claim) -> Statement:
    """Tell a claim as the objection that it is."""
    words = clauses.shortened(clauses.clean(claim.text), LONGEST)
    sentence = f"{_capital(who(claim))} disagreed on {claim.origin.show}{_relaying(claim)}: “{words}.”"
    return Statement(sentence, (claim.id,)) if words else NOTHING


def last_word(claim: Claim) -> Statement:
    """Close with somebody's own words."""
    words = clauses.shortened(clauses.clean(claim.text), LONGEST)
    sentence = f"The last word, from {who(claim)} on {claim.origin.show}{_relaying(claim)}: “{words}.”"
    return Statement(sentence, (claim.id,)) if words else NOTHING


def who(claim: Claim) -> str:
    """Name the speaker as a sentence can."""
    return "an unnamed speaker" if claim.speaker == UNKNOWN_SPEAKER else claim.speaker


def listed(names: Sequence[str]) -> str:
    """Join names as prose does: "one, two and three"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def _needs_marks(words: str) -> bool:
    return firsthand(words) or any(mark in words for mark in '"“”?!:;')


def _reported(claim: Claim, words: str) -> str:
    return f"{words}, {who(claim)} {_verb(claim, words)} on {claim.origin.show}{_relaying(claim)}."


def _quoted(claim: Claim, words: str) -> str:
    words = words if words.endswith(("?", "!")) else f"{words}."
    return f"{_capital(who(claim))} {_verb(claim, words)} on {claim.origin.show}{_relaying(claim)}: “{words}”"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _relaying(claim: Claim) -> str:
    if not claim.relayers or claim.claimant == claim.speaker:
        return ""
    between = [name for name in claim.relayers if name != claim.speaker]
    return f", relaying {claim.claimant}" + (f" through {listed(between)}" if between else "")


def _verb(claim: Claim, words: str) -> str:
    if claim.modality is Modality.ALLEGED and not facts.ALLEGED.search(words):
        return "alleged"
    return {Modality.OPINION: "argued", Modality.FORECAST: "predicted"}.get(claim.modality, "said")
