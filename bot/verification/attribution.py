"""How a sentence puts its claims forward: what it links, for whom it speaks, how sure it is and what it denies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.claims.context import quotable_text
from bot.claims.statements import speaker_label
from bot.domain import UNKNOWN_SPEAKER, Claim, Modality
from bot.nlp import sentences
from bot.nlp.lexicons import ALLEGATION_MARKERS, CAUSAL_MARKERS, FORECAST_MARKERS, NEGATION_MARKERS, UNCERTAINTY_MARKERS
from bot.nlp.tokens import content_stems
from bot.verification.issues import Violation, ViolationKind, evidence_text, normalized_words

_LINKED_STEMS = 2


def cause_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    """Yield links of cause and effect that no evidence makes."""
    for match in CAUSAL_MARKERS.finditer(statement):
        before = content_stems(statement[: match.start()].rpartition("“")[2])[-_LINKED_STEMS:]
        after = content_stems(statement[match.end() :].partition("”")[0])[:_LINKED_STEMS]
        if not any(_has_link(evidence_text(claim), set(before), set(after)) for claim in claims):
            yield Violation(ViolationKind.CAUSE, match.group())


def _has_link(text: str, before: set[str], after: set[str]) -> bool:
    """Return whether a link in the evidence has the words on its two sides, in either order."""
    for match in CAUSAL_MARKERS.finditer(text):
        first, second = set(content_stems(text[: match.start()])), set(content_stems(text[match.end() :]))
        if (before <= first and after <= second) or (before <= second and after <= first):
            return True
    return False


def modality_violations(statement: str, restated: Sequence[Claim]) -> Iterator[Violation]:
    """Yield accusations and forecasts that are stated as facts."""
    needed = {Modality.ALLEGED: ALLEGATION_MARKERS, Modality.FORECAST: FORECAST_MARKERS}
    for claim in restated:
        marker = needed.get(claim.modality)
        if marker and not marker.search(statement) and not _has_exact_wording(statement, claim):
            yield Violation(ViolationKind.MODALITY, claim.modality.value)


def _has_exact_wording(statement: str, claim: Claim) -> bool:
    """Return whether a forecast is in its own words, or cut before its marker; an accusation always needs one."""
    words = sentences.strip_fillers(claim.text)
    ahead = FORECAST_MARKERS.search(words)
    kept = [
        quotable_text(claim),
        sentences.shorten_at_clause(words, ahead.start()) if ahead else "",
    ]
    return claim.modality is Modality.FORECAST and any(part and part.lower() in statement.lower() for part in kept)


def hearsay_violations(statement: str, restated: Sequence[Claim]) -> Iterator[Violation]:
    """Yield hearsay that does not name whose claim it is and who passed it on."""
    yield from claimant_violations(statement, restated)
    words = normalized_words(statement)
    for claim in restated:
        relayers = [speaker_label(claim) if relayer == UNKNOWN_SPEAKER else relayer for relayer in claim.relayers]
        if relayers and not any(normalized_words(relayer) & words for relayer in relayers):
            yield Violation(ViolationKind.HEARSAY, claim.relayers[0])


def claimant_violations(statement: str, restated: Sequence[Claim]) -> Iterator[Violation]:
    """Yield hearsay that does not name whose claim it is."""
    words = normalized_words(statement)
    for claim in restated:
        if claim.relayers and not normalized_words(claim.claimant) & words:
            yield Violation(ViolationKind.HEARSAY, claim.claimant)


def qualifier_violations(statement: str, restated: Sequence[Claim]) -> Iterator[Violation]:
    """Yield denials and doubts that were lost, and denials that nobody made."""
    yield from _invented_denials(statement, restated)
    stems = set(content_stems(statement))
    for qualifier, fault in (
        (NEGATION_MARKERS, ViolationKind.NEGATION),
        (UNCERTAINTY_MARKERS, ViolationKind.HEDGE),
    ):
        kept = set(_scopes(qualifier, statement))
        for claim in restated:
            for scope in _scopes(qualifier, claim.text):
                if stems.issuperset(scope) and scope not in kept:
                    yield Violation(fault, " ".join(scope))


def _invented_denials(statement: str, restated: Sequence[Claim]) -> Iterator[Violation]:
    for scope in _scopes(NEGATION_MARKERS, statement):
        affirmed = [claim for claim in restated if set(content_stems(evidence_text(claim))).issuperset(scope)]
        if affirmed and not any(NEGATION_MARKERS.search(evidence_text(claim)) for claim in affirmed):
            yield Violation(ViolationKind.NEGATION, " ".join(scope))


def _scopes(qualifier: re.Pattern[str], text: str) -> list[tuple[str, ...]]:
    """Return the scope of each qualifier: the stems of the next two words with meaning in its clause."""
    scopes = []
    for match in qualifier.finditer(text):
        clause = re.split(r"[,;:.!?—–]\s", text[match.end() : match.end() + 60])[0]
        if stems := content_stems(clause)[:2]:
            scopes.append(tuple(stems))
    return scopes
