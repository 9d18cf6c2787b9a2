"""The lines above and below a brief's signals: dek, argument and closing quote; each is left out if nothing fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.briefs.headline import write_headline
from bot.claims.context import has_first_or_second_person, subject_mentions
from bot.claims.statements import write_closing_quote, write_statement
from bot.domain import UNKNOWN_SPEAKER, Claim, EntityKind, Modality, Signal, Statement

_VIEW_MODALITIES = frozenset({Modality.OPINION, Modality.FORECAST})
_SHARED_KINDS = frozenset({EntityKind.COMPANY, EntityKind.PERSON, EntityKind.PRODUCT})
_MAX_SENTENCE_CHARS = 170
_MAX_DEK_CHARS = 150


def dek_candidates(signals: Sequence[Signal], spare: Sequence[Claim]) -> Iterator[Statement]:
    """Offer a line that says more of the first story; `spare` are the claims of the signals that no sentence tells."""
    lead = signals[0]
    for claim in spare:
        if (
            claim in lead.claims
            and not has_first_or_second_person(claim.text)
            and (words := write_headline(claim, _MAX_DEK_CHARS))
        ):
            yield Statement(f"{words}.", (claim.id,), ours=True)


def argument_candidates(spare: Sequence[Claim]) -> Iterator[Statement]:
    """Offer the sentences of the argument: claims, out of more than one mouth, on the one name that most share."""
    about: dict[str, list[Claim]] = {}
    for claim in spare:
        for mention in subject_mentions(claim):
            if mention.kind in _SHARED_KINDS:
                about.setdefault(mention.name, []).append(claim)
    shared = [claims for claims in about.values() if len({claim.speaker for claim in claims}) > 1]
    before: Claim | None = None
    for claim in max(shared, key=len, default=[]):
        statement = write_statement(claim, before, _MAX_SENTENCE_CHARS)
        if statement.text:
            yield statement
            before = claim


def closing_candidates(spare: Sequence[Claim]) -> Iterator[Statement]:
    """Offer the view of somebody with a name as the last word."""
    views = (claim for claim in spare if claim.modality in _VIEW_MODALITIES and claim.speaker != UNKNOWN_SPEAKER)
    yield from map(write_closing_quote, views)
