"""How a statement is put forward: what it links, for whom it speaks, how sure it is and what it denies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.claims.context import LONGEST
from bot.claims.statements import who
from bot.domain import UNKNOWN_SPEAKER, Claim, Modality
from bot.nlp import clauses, facts
from bot.nlp.tokens import content
from bot.verification.issues import Fault, Problem, bare_words, evidence

_LINKED = 2


def causes(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Find two things linked as cause and effect that no evidence links so."""
    for match in facts.CAUSES.finditer(statement):
        before = content(statement[: match.start()].rpartition("“")[2])[-_LINKED:]
        after = content(statement[match.end() :].partition("”")[0])[:_LINKED]
        if not any(_links(evidence(claim), set(before), set(after)) for claim in claims):
            yield Problem(Fault.CAUSE, match.group())


def _links(evidence: str, before: set[str], after: set[str]) -> bool:
    """Whether some link in the evidence has the words on its two sides, in either order."""
    for match in facts.CAUSES.finditer(evidence):
        first, second = set(content(evidence[: match.start()])), set(content(evidence[match.end() :]))
        if (before <= first and after <= second) or (before <= second and after <= first):
            return True
    return False


def modality(statement: str, told: Sequence[Claim]) -> Iterator[Problem]:
    """Find an accusation or a forecast told as a fact."""
    needed = {Modality.ALLEGED: facts.ALLEGED, Modality.FORECAST: facts.FORECAST}
    for claim in told:
        marker = needed.get(claim.modality)
        if marker and not marker.search(statement) and not _whole(statement, claim):
            yield Problem(Fault.MODALITY, claim.modality.value)


def _whole(statement: str, claim: Claim) -> bool:
    """Whether a forecast is told in its own words, or only what stands before it is; accusations need their marker."""
    words = clauses.clean(claim.text)
    ahead = facts.FORECAST.search(words)
    kept = [clauses.shortened(words, LONGEST), clauses.shortened(words, ahead.start()) if ahead else ""]
    return claim.modality is Modality.FORECAST and any(part and part.lower() in statement.lower() for part in kept)


def hearsay(statement: str, told: Sequence[Claim]) -> Iterator[Problem]:
    """Find hearsay that does not name whose claim it is and who passed it on."""
    yield from owned(statement, told)
    words = bare_words(statement)
    for claim in told:
        relayers = [who(claim) if relayer == UNKNOWN_SPEAKER else relayer for relayer in claim.relayers]
        if relayers and not any(bare_words(relayer) & words for relayer in relayers):
            yield Problem(Fault.HEARSAY, claim.relayers[0])


def owned(statement: str, told: Sequence[Claim]) -> Iterator[Problem]:
    """Find hearsay that does not name whose claim it is."""
    words = bare_words(statement)
    for claim in told:
        if claim.relayers and not bare_words(claim.claimant) & words:
            yield Problem(Fault.HEARSAY, claim.claimant)


def qualifiers(statement: str, told: Sequence[Claim]) -> Iterator[Problem]:
    """Find denials and doubts that were lost, and denials that nobody made."""
    yield from _denied(statement, told)
    stems = set(content(statement))
    for qualifier, fault in ((facts.NEGATIONS, Fault.NEGATION), (facts.DOUBTS, Fault.HEDGE)):
        kept = set(facts.scopes(qualifier, statement))
        for claim in told:
            for scope in facts.scopes(qualifier, claim.text):
                if stems.issuperset(scope) and scope not in kept:
                    yield Problem(fault, " ".join(scope))


def _denied(statement: str, told: Sequence[Claim]) -> Iterator[Problem]:
    for scope in facts.scopes(facts.NEGATIONS, statement):
        affirmed = [claim for claim in told if set(content(evidence(claim))).issuperset(scope)]
        if affirmed and not any(facts.NEGATIONS.search(evidence(claim)) for claim in affirmed):
            yield Problem(Fault.NEGATION, " ".join(scope))
