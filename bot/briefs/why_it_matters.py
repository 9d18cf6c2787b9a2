"""Why a signal matters: a consequence that somebody named, or speakers whose figures differ; else nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.claims import disagreement
from bot.claims.context import is_redundant
from bot.claims.statements import speaker_label, write_statement
from bot.domain import Claim, Statement
from bot.nlp.lexicons import compile_cues
from bot.nlp.tokens import content_stems

_CONSEQUENCE = compile_cues("consequence")
_MIN_SHARED_STEMS = 2


def reason_candidates(claims: Sequence[Claim], context: Sequence[Claim], told: Sequence[Claim]) -> Iterator[Statement]:
    """Offer reasons, the best first.

    `claims` are others of the story, `context` those around it or about its main name, and `told` those already
    reported; each is in order of how telling it is.
    """
    if apart := disagreement.find_conflicting_figures([*told, *claims]):
        sides = (f"“{figure.text}” from {speaker_label(claim)}" for claim, figure in apart)
        yield Statement(f"The figures differ: {', '.join(sides)}.", tuple(claim.id for claim, _ in apart), ours=True)
    previous = told[-1] if told else None
    for claim in (*claims, *context):
        if claim not in told and _CONSEQUENCE.search(claim.text) and _is_related(claim, told):
            yield write_statement(claim, previous)


def _is_related(claim: Claim, told: Sequence[Claim]) -> bool:
    """Return whether a claim shares two stems with what was told, and yet says more."""
    mine = set(content_stems(claim.text))
    shared = max((len(mine.intersection(content_stems(earlier.text))) for earlier in told), default=0)
    repeats = is_redundant(claim, told) or any(is_redundant(earlier, [claim]) for earlier in told)
    return shared >= _MIN_SHARED_STEMS and not repeats
