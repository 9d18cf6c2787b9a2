"""Headlines: a claim's own words, cut at a clause, with whose they are if that matters."""

from __future__ import annotations

import re

from bot.claims.context import has_dangling_anaphor, has_first_or_second_person, is_shouted, subject_mentions
from bot.domain import UNKNOWN_SPEAKER, Claim, Modality
from bot.nlp import sentences
from bot.nlp.lexicons import ALLEGATION_MARKERS

MAX_CHARS = 100
"""Characters of a headline that has a choice."""

MAX_LONG_CHARS = 180
"""Characters of a headline that can't be cut shorter without loss."""

_MIN_KEPT_SHARE = 0.25
_ATTRIBUTED_MODALITIES = frozenset({Modality.OPINION, Modality.FORECAST})
_VIEW_LEAD_IN = re.compile(
    r"^(?:.{0,90}?, )?(?:(?:and|but|so|because) )?(?:to me,? |personally,? |honestly,? )?(?:I|we)"
    r"(?: (?:would|do|really|just|still|also|actually|certainly|kind of))* "
    r"(?:think|guess|believe|say|suspect|expect|feel(?: like)?)(?: that)?,? (?=[A-Za-z$€£\d“\"'])",
    re.IGNORECASE,
)
_COORDINATION = re.compile(
    r",?\s+(?:and|but)\s+(?=(?:then |also |so )?(?:is|are|was|were|will|would|has|have|had|can|could|it|they|we|he|she|"
    r"you|I|that|this|there|what|[a-z]{3,}ed)\b)"
)


def write_headline(claim: Claim, max_chars: int = MAX_CHARS, max_long_chars: int = MAX_LONG_CHARS) -> str:
    """Return the claim as a headline, or "" if no whole clause with its figure, or its name, is short enough.

    It is within `max_chars` if it can be cut so, else within `max_long_chars`. Opinions, forecasts and hearsay carry
    the name they belong to; an accusation says that it is one.
    """
    words = sentences.first_sentence(sentences.strip_fillers(claim.text.removeprefix("First, ")))
    whole = sentences.drop_appositives(words)
    if is_shouted(whole):
        return ""
    view = _VIEW_LEAD_IN.match(whole)
    before = _attribution_prefix(claim, is_view=view is not None)
    if view and before:
        whole = sentences.strip_fillers(whole[view.end() :])
    needed = [figure.text for figure in claim.figures] or [mention.name for mention in subject_mentions(claim)]
    main = sentences.main_clause(whole) if len(whole) > max_long_chars - len(before) - 2 else ""
    for limit in (max_chars, max_long_chars):
        for cut in _cuts(whole, limit - len(before) - 2) or _cuts(main, limit - len(before) - 2):
            says_it = not needed or any(text in cut for text in needed)
            if says_it and len(cut) >= _MIN_KEPT_SHARE * len(whole) and not has_dangling_anaphor(cut, claim):
                return _with_source(claim, before, cut)
    return ""


def _cuts(whole: str, limit: int) -> list[str]:
    """Return the whole sentence if it is short enough, else its openings up to a clause, the longest first."""
    if len(whole) <= limit:
        return [whole] if sentences.is_complete(whole) else []
    ends = [joint.start() for joint in _COORDINATION.finditer(whole, 0, limit + 1)]
    openings = [sentences.shorten_at_clause(whole, limit), *(sentences.opening(whole, end) for end in ends)]
    return sorted(filter(None, openings), key=len, reverse=True)


def _with_source(claim: Claim, before: str, words: str) -> str:
    if claim.modality is Modality.ALLEGED and not ALLEGATION_MARKERS.search(words):
        before = f"Alleged, {before}" if before else "Alleged: "
    told = f"{before}“{words}”" if before and has_first_or_second_person(words) else f"{before}{words}"
    return told[:1].upper() + told[1:]


def _attribution_prefix(claim: Claim, *, is_view: bool) -> str:
    words = sentences.drop_appositives(sentences.strip_fillers(claim.text))
    has_owner = claim.modality in _ATTRIBUTED_MODALITIES or claim.relayers or has_first_or_second_person(words)
    if not (is_view or has_owner) or claim.claimant in words or claim.claimant == UNKNOWN_SPEAKER:
        return ""
    return f"{claim.claimant}: "
