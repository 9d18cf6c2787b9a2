"""Headlines: a claim's own words, cut at a clause, with whose they are if that matters."""

from __future__ import annotations

from bot.claims.context import has_first_or_second_person, subject_mentions
from bot.domain import UNKNOWN_SPEAKER, Claim, Modality
from bot.nlp import sentences
from bot.nlp.lexicons import ALLEGATION_MARKERS

MAX_CHARS = 100
"""Characters of a headline."""

_MIN_KEPT_SHARE = 0.3

_ATTRIBUTED_MODALITIES = frozenset({Modality.OPINION, Modality.FORECAST})


def write_headline(claim: Claim, max_chars: int = MAX_CHARS) -> str:
    """Return the claim as a headline, or "" if no whole clause with its figure, or its name, is short enough.

    Opinions, forecasts and hearsay carry the name they belong to; an accusation says that it is one.
    """
    before = _attribution_prefix(claim)
    whole = sentences.first_sentence(sentences.strip_fillers(claim.text.removeprefix("First, ")))
    whole = sentences.drop_appositives(whole)
    words = sentences.shorten_at_clause(whole, max_chars - len(before) - 2)
    needed = [figure.text for figure in claim.figures] or [mention.name for mention in subject_mentions(claim)]
    if len(words) < _MIN_KEPT_SHARE * len(whole) or not any(text in words for text in needed):
        return ""
    if claim.modality is Modality.ALLEGED and not ALLEGATION_MARKERS.search(words):
        before = f"Alleged, {before}" if before else "Alleged: "
    return f"{before}“{words}”" if before and has_first_or_second_person(words) else f"{before}{words}"


def _attribution_prefix(claim: Claim) -> str:
    words = sentences.drop_appositives(sentences.strip_fillers(claim.text))
    whose = claim.modality in _ATTRIBUTED_MODALITIES or claim.relayers or has_first_or_second_person(words)
    if not whose or claim.claimant in words or claim.claimant == UNKNOWN_SPEAKER:
        return ""
    return f"{claim.claimant}: "
