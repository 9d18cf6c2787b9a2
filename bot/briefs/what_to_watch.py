"""What to watch: a forecast that can be checked, an open dispute, a figure that moves. We predict nothing ourselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.briefs import stat_cards
from bot.claims import disagreement
from bot.claims.statements import EMPTY_STATEMENT, possessive, speaker_label
from bot.domain import Claim, EntityKind, Modality, Statement
from bot.nlp import sentences
from bot.nlp.dates import find_dates

_FUTURE = re.compile(
    r"^(?P<who>[^,;:]{3,60}?)\s(?P<rest>(?:will|is going to|are going to|is expected to|are expected to|expects? "
    r"to|plans? to|aims? to|says (?:it|they) will)\b.{6,120})$"
)
_PARTY_KINDS = frozenset({EntityKind.COMPANY, EntityKind.PERSON, EntityKind.PRODUCT})
_LOWERCASED_OPENING = re.compile(
    r"(?:The|An?|All|Most|Many|Some|About|Nearly|Total|Contract|These|More|Prices|Revenue|Sales|People) "
)
_ACCUSES = re.compile(r"\b(?:accuse[sd]?|sue[sd]?) (?:the \w+ \w+ )?")
_MAX_CHARS = 140
_MAX_CLAIMS = 3
_MIN_WORDS = 10
_POSSESSIVE = re.compile(r"['’]s?$")


def watch_candidates(claims: Sequence[Claim]) -> Iterator[Statement]:
    """Offer things to watch in a story, the best first; `claims` come the clearest first."""
    yield from _forecasts(claims)
    yield from _disputes(claims)
    if claims:
        yield from _questions(claims)
    yield EMPTY_STATEMENT


def _forecasts(claims: Sequence[Claim]) -> Iterator[Statement]:
    for claim in claims:
        words = sentences.shorten_at_clause(sentences.first_sentence(sentences.strip_fillers(claim.text)), _MAX_CHARS)
        match = _FUTURE.match(words) if claim.modality is Modality.FORECAST else None
        if (
            match
            and len(words.split()) >= _MIN_WORDS
            and not re.search(r"\b(?:I|we|you|my|our|it|they|he|she)\b", match["who"], re.IGNORECASE)
        ):
            yield Statement(f"Whether {_as_subordinate(words)}.", (claim.id,), ours=True)


def _disputes(claims: Sequence[Claim]) -> Iterator[Statement]:
    if apart := disagreement.find_conflicting_figures(claims):
        (left, _), (right, _) = apart
        words = f"Which figure holds, {possessive(speaker_label(left))} or {possessive(speaker_label(right))}."
        yield Statement(words, (left.id, right.id), ours=True)


def _questions(claims: Sequence[Claim]) -> Iterator[Statement]:
    lead, speakers = claims[0], {claim.speaker for claim in claims}
    if lead.modality is Modality.ALLEGED and (accused := _accused(lead)):
        yield Statement(f"Whether {accused} answers the allegation.", (lead.id,), ours=True)
    elif lead.modality is Modality.ALLEGED:
        yield Statement("Whether the allegation is borne out or answered.", (lead.id,), ours=True)
    if lead.relayers and lead.claimant not in speakers and not _POSSESSIVE.search(lead.claimant):
        words = f"Whether {lead.claimant} confirms it; so far {speaker_label(lead)} has passed it on."
        yield Statement(words, (lead.id,), ours=True)
    yield from _tracked_figures(claims)


def _accused(claim: Claim) -> str:
    """Return whom a claim accuses by name, or "" if that is not plain."""
    match = _ACCUSES.search(claim.text)
    after = [(claim.text.find(mention.name, match.end()), mention) for mention in claim.entities] if match else []
    near = [mention for place, mention in sorted(after, key=lambda pair: pair[0]) if match and place == match.end()]
    return near[0].name if near and near[0].kind in _PARTY_KINDS else ""


def _tracked_figures(claims: Sequence[Claim]) -> Iterator[Statement]:
    """Offer figures that will move, with their present value and who gave it."""
    for claim in claims[:_MAX_CLAIMS]:
        for figure in claim.figures:
            shown = f"{figure.hedge} {figure.text}".strip()
            measured = stat_cards.label_figure(claim, figure)
            plain = not claim.relayers and claim.modality is Modality.ASSERTED
            if (
                stat_cards.is_time_series(measured)
                and plain
                and (figure.unit in {"%", "x"} or figure.currency)
                and not find_dates(figure.text)
            ):
                words = f"Whether the figure moves: {measured}, {shown} by {possessive(speaker_label(claim))} count."
                yield Statement(words, (claim.id,), ours=True)


def _as_subordinate(words: str) -> str:
    return words[0].lower() + words[1:] if _LOWERCASED_OPENING.match(words) else words
