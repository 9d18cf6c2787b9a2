"""Sentences that tell a claim: who said it, on which show, and for whom they spoke."""

from __future__ import annotations

from collections.abc import Sequence

from bot.claims.context import LONGEST, firsthand
from bot.domain import PASTED, UNKNOWN_SPEAKER, Claim, Modality, Statement
from bot.nlp import clauses, facts

NOTHING = Statement("")


def told(claim: Claim, before: Claim | None = None, limit: int = LONGEST) -> Statement:
    """Tell a claim with its speaker and show; empty where no whole clause of it is short enough.

    Words that only make sense in the speaker's mouth are quoted; others are told, and then attributed.
    `before` is the claim of the sentence before, whose show need not be named again.
    """
    words = clauses.shortened(clauses.clean(claim.text), limit)
    if not words:
        return NOTHING
    source = _source(claim, words, before)
    if needs_marks(words):
        return Statement(f"{capital(source)}: “{_ended(words)}”", (claim.id,))
    return Statement(f"{words}, {source}.", (claim.id,))


def objecting(claim: Claim, before: Claim) -> Statement:
    """Tell a claim as the other side of the one before."""
    words = clauses.shortened(clauses.clean(claim.text), LONGEST)
    where = _where(claim, before) or " there"
    says = f"{capital(who(claim))} sees it otherwise{where}{_relaying(claim, words)}"
    return Statement(f"{says}: “{_ended(words)}”", (claim.id,)) if words else NOTHING


def last_word(claim: Claim) -> Statement:
    """Close with somebody's own words."""
    words = clauses.shortened(clauses.clean(claim.text), LONGEST)
    opening = f"The last word, from {voice(claim)}{_relaying(claim, words)}"
    return Statement(f"{opening}: “{_ended(words)}”", (claim.id,)) if words else NOTHING


def who(claim: Claim) -> str:
    """Name the speaker as a sentence can; where nobody is named, the show or the post stands in."""
    if claim.speaker != UNKNOWN_SPEAKER:
        return claim.speaker
    return "a pasted post" if claim.origin.show == PASTED else claim.origin.show


def possessive(name: str) -> str:
    """Write whose something is: Mara's, the Jones'."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def voice(claim: Claim) -> str:
    """Name the speaker with the show, or the show alone."""
    return who(claim) if claim.speaker == UNKNOWN_SPEAKER else f"{claim.speaker} on {claim.origin.show}"


def listed(names: Sequence[str]) -> str:
    """Join names as prose does: "one, two and three"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def capital(words: str) -> str:
    """Begin with a capital letter."""
    return words[:1].upper() + words[1:]


def needs_marks(words: str) -> bool:
    """Whether words can only be shown as a quotation."""
    return firsthand(words) or any(mark in words for mark in '"“”?!:;')


def _ended(words: str) -> str:
    return words if words.endswith(("?", "!", '."', ".”")) else f"{words}."


def _source(claim: Claim, words: str, before: Claim | None) -> str:
    if claim.speaker != UNKNOWN_SPEAKER:
        return f"{claim.speaker} {_verb(claim, words)}{_where(claim, before)}{_relaying(claim, words)}"
    again = before is not None and before.origin == claim.origin
    if claim.origin.show == PASTED:
        return f"according to {'the same post' if again else 'a pasted post'}{_relaying(claim, words)}"
    return f"as told on {'the same show' if again else claim.origin.show}{_relaying(claim, words)}"


def _where(claim: Claim, before: Claim | None) -> str:
    if before is None or before.origin.show != claim.origin.show:
        return f" on {claim.origin.show}"
    return "" if before.speaker == claim.speaker else " on the same show"


def _relaying(claim: Claim, words: str) -> str:
    if not claim.relayers or claim.claimant == claim.speaker:
        return ""
    between = [name for name in claim.relayers if name != claim.speaker]
    passed_on = f" through {listed(between)}" if between else ""
    return f", relaying {claim.claimant}{passed_on}" if passed_on or claim.claimant not in words else ""


def _verb(claim: Claim, words: str) -> str:
    if claim.modality is Modality.ALLEGED and not facts.ALLEGED.search(words):
        return "alleged"
    return "argued" if claim.modality is Modality.OPINION else "said"
