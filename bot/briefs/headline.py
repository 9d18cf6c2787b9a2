"""Headlines: a claim's own words, cut at a clause, with whose they are if that matters."""

from __future__ import annotations

import re

from bot.claims.context import (
    has_dangling_anaphor,
    has_first_or_second_person,
    is_shouted,
    subject_mentions,
    surface_form,
)
from bot.claims.extractor import QUOTED_TEXT
from bot.domain import UNKNOWN_SPEAKER, Claim, Modality
from bot.nlp import sentences
from bot.nlp.lexicons import ALLEGATION_MARKERS

MAX_CHARS = 240
"""Characters of a headline. A whole sentence is better than its beginning: what is cut off is mostly the news."""

_MIN_KEPT_SHARE = 0.25
_ATTRIBUTED_MODALITIES = frozenset({Modality.OPINION, Modality.FORECAST})
_VIEW_LEAD_IN = re.compile(
    r"^(?:.{0,90}?, )?(?:(?:and|but|so|because) )?(?:to me,? |personally,? |honestly,? )?(?:I|we)"
    r"(?: (?:would|do|really|just|still|also|actually|certainly|kind of))* "
    r"(?:think|guess|believe|say|suspect|expect|feel(?: like)?)(?: that)?,? (?=[A-Za-z$€£\d“\"'])",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"--|—\W*$")
_COORDINATION = re.compile(
    r",?\s+(?:and|but)\s+(?=(?:then |also |so )?(?:is|are|was|were|will|would|has|have|had|can|could|it|they|we|he|she|"
    r"you|I|that|this|there|what|[a-z]{3,}ed)\b)"
)


def write_headline(claim: Claim, max_chars: int = MAX_CHARS) -> str:
    """Return the claim as a headline, or "" if no whole clause with its figure, or its name, is short enough.

    Opinions, forecasts and hearsay carry the name they belong to; an accusation says that it is one.
    """
    words = sentences.first_sentence(sentences.strip_fillers(claim.text.removeprefix("First, ")))
    if is_shouted(words) or _BROKEN.search(words):
        return ""
    view = _VIEW_LEAD_IN.match(words)
    before = _attribution_prefix(claim, is_view=view is not None)
    if view and before:
        words = sentences.strip_fillers(words[view.end() :])
    cuts = _cuts(words, max_chars - len(before) - 2)
    return next((_with_source(claim, before, cut) for cut in cuts if _tells(cut, words, claim)), "")


def _tells(cut: str, whole: str, claim: Claim) -> bool:
    """Return whether words are the sentence, or enough of it with a figure or name, and point at nothing outside."""
    needed = [figure.text for figure in claim.figures] or [mention.name for mention in subject_mentions(claim)]
    says_it = not needed or any(text in cut for text in needed)
    is_enough = cut == whole or (says_it and len(cut) >= _MIN_KEPT_SHARE * len(whole))
    return is_enough and not has_dangling_anaphor(cut, claim)


def _cuts(whole: str, limit: int) -> list[str]:
    """Return the whole sentence if it is short enough, else it without appositives, else its openings up to a clause.

    The longest come first. If it has none, it may lose the phrase that opens it.
    """
    bare = sentences.drop_appositives(whole)
    for words in (whole, bare):
        if len(words) <= limit:
            return [words] if sentences.is_complete(words) else []
    return _openings(bare, limit) or _openings(sentences.main_clause(bare), limit)


def _openings(words: str, limit: int) -> list[str]:
    if len(words) <= limit:
        return [words] if words else []
    ends = [joint.start() for joint in _COORDINATION.finditer(words, 0, limit + 1)]
    openings = [sentences.shorten_at_clause(words, limit), *(sentences.opening(words, end) for end in ends)]
    return sorted(filter(None, openings), key=len, reverse=True)


def _with_source(claim: Claim, before: str, words: str) -> str:
    if claim.modality is Modality.ALLEGED and not ALLEGATION_MARKERS.search(words):
        before = f"Alleged, {before}" if before else "Alleged: "
    told = f"{before}“{words}”" if before and has_first_or_second_person(words) else f"{before}{words}"
    return told[:1].upper() + told[1:]


def _attribution_prefix(claim: Claim, *, is_view: bool) -> str:
    words = sentences.drop_appositives(sentences.strip_fillers(claim.text))
    is_personal = has_first_or_second_person(words)
    has_owner = claim.modality in _ATTRIBUTED_MODALITIES or claim.relayers or is_personal
    named = surface_form(claim.claimant, words) != ""
    # "Mara told me" is said by somebody else.
    owner = claim.speaker if named and is_personal and claim.relayers else claim.claimant
    if not (is_view or has_owner) or (named and owner == claim.claimant) or owner == UNKNOWN_SPEAKER:
        return ""
    return f"{'From ' if owner == QUOTED_TEXT else ''}{owner}: "
