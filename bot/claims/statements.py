"""Sentences that report a claim: who said it, on which show, and for whom they spoke."""

from __future__ import annotations

from collections.abc import Sequence

from bot.claims.context import MAX_SENTENCE_LENGTH, has_first_or_second_person, quotable_text
from bot.domain import PASTED, UNKNOWN_SPEAKER, Claim, Modality, Statement
from bot.nlp.lexicons import ALLEGATION_MARKERS

EMPTY_STATEMENT = Statement("")


def write_statement(claim: Claim, previous: Claim | None = None, limit: int = MAX_SENTENCE_LENGTH) -> Statement:
    """Report a claim with its speaker and show; empty if no whole clause of it is short enough.

    Words that make sense only in the speaker's mouth are quoted; others are stated, then attributed. `previous` is the
    claim of the sentence before, whose show need not be named again.
    """
    words = quotable_text(claim, limit)
    if not words:
        return EMPTY_STATEMENT
    source = _attribution_phrase(claim, words, previous)
    if needs_quotation_marks(words):
        return Statement(f"{sentence_case(source)}: “{_with_full_stop(words)}”", (claim.id,))
    return Statement(f"{words}, {source}.", (claim.id,))


def write_objection(claim: Claim, previous: Claim) -> Statement:
    """Report a claim as the other side of the one before."""
    words = quotable_text(claim)
    place = _show_phrase(claim, previous) or " there"
    opening = f"{sentence_case(speaker_label(claim))} sees it otherwise{place}{_relay_phrase(claim, words)}"
    return Statement(f"{opening}: “{_with_full_stop(words)}”", (claim.id,)) if words else EMPTY_STATEMENT


def write_closing_quote(claim: Claim) -> Statement:
    """Report a claim as the last word."""
    words = quotable_text(claim)
    opening = f"The last word, from {speaker_and_show(claim)}{_relay_phrase(claim, words)}"
    return Statement(f"{opening}: “{_with_full_stop(words)}”", (claim.id,)) if words else EMPTY_STATEMENT


def speaker_label(claim: Claim) -> str:
    """Return the speaker's name; if nobody is named, the show or "a pasted post"."""
    if claim.speaker != UNKNOWN_SPEAKER:
        return claim.speaker
    return "a pasted post" if claim.origin.show == PASTED else claim.origin.show


def possessive(name: str) -> str:
    """Return a name in the possessive: Mara's, James'."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def speaker_and_show(claim: Claim) -> str:
    """Return the speaker with the show or post, or that alone."""
    if claim.speaker == UNKNOWN_SPEAKER:
        return speaker_label(claim)
    return f"{claim.speaker} {'in a post' if claim.origin.show == PASTED else f'on {claim.origin.show}'}"


def join_names(names: Sequence[str]) -> str:
    """Join names as prose does: "Ann, Bo and Cy"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def sentence_case(words: str) -> str:
    """Return the words with a capital at the start."""
    return words[:1].upper() + words[1:]


def needs_quotation_marks(words: str) -> bool:
    """Return whether words make sense only as a quotation."""
    return has_first_or_second_person(words) or any(mark in words for mark in '"“”?!:;')


def _with_full_stop(words: str) -> str:
    return words if words.endswith(("?", "!", '."', ".”")) else f"{words}."


def _attribution_phrase(claim: Claim, words: str, previous: Claim | None) -> str:
    if claim.speaker != UNKNOWN_SPEAKER:
        verb = _reporting_verb(claim, words)
        return f"{claim.speaker} {verb}{_show_phrase(claim, previous)}{_relay_phrase(claim, words)}"
    again = previous is not None and previous.origin == claim.origin
    if claim.origin.show == PASTED:
        return f"according to {'the same post' if again else 'a pasted post'}{_relay_phrase(claim, words)}"
    return f"as told on {'the same show' if again else claim.origin.show}{_relay_phrase(claim, words)}"


def _show_phrase(claim: Claim, previous: Claim | None) -> str:
    if claim.origin.show == PASTED:
        return " in a post" if previous is None or previous.origin != claim.origin else ""
    if previous is None or previous.origin.show != claim.origin.show:
        return f" on {claim.origin.show}"
    return "" if previous.speaker == claim.speaker else " on the same show"


def _relay_phrase(claim: Claim, words: str) -> str:
    if not claim.relayers or claim.claimant == claim.speaker:
        return ""
    between = [name for name in claim.relayers if name != claim.speaker]
    passed_on = f" through {join_names(between)}" if between else ""
    return f", relaying {claim.claimant}{passed_on}" if passed_on or claim.claimant not in words else ""


def _reporting_verb(claim: Claim, words: str) -> str:
    if claim.modality is Modality.ALLEGED and not ALLEGATION_MARKERS.search(words):
        return "alleged"
    return "said"
