"""The gate for sentences that a model wrote: all that `grounding` asks, and that the words are the evidence's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.domain import Claim, Statement
from bot.nlp.tokens import content
from bot.verification import attribution, causality, polarity
from bot.verification.extractive import plainly, stated
from bot.verification.issues import Fault, Problem, evidence

LONGEST = 420
"""Characters of a sentence; what is longer is no sentence."""

SHORTEST = 3
"""Words of one: a name alone tells nothing."""

_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:|[<>`*_~|\\\[\]{}⟦⟧]|@\w|(?:^|\s)[#/]\w|&\w+;|\bjavascript:|\bdata:|"
    r"\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?=/|\b)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")
_SHINGLE = 6
_STEM = 4
_TOLD, _OURS = 0.25, 0.2


def refused(
    statement: str, claims: Sequence[Claim], *, ours: bool = False, prompt: str = "", attributed: bool = False
) -> list[Problem]:
    """Return why a model's sentence does not go out; an empty list lets it through.

    `ours` is derived wording, which may use more words of its own, but no figure or name that the evidence lacks.
    No sentence repeats the `prompt`.
    """
    if not claims:
        return [Problem(Fault.EVIDENCE, statement)]
    if len(statement) > LONGEST or len(_WORDS.findall(statement)) < SHORTEST:
        return [Problem(Fault.UNBORNE, statement[:80])]
    return [
        *stated(statement, claims, reworded=True),
        *(attribution.hearsay(statement, claims) if attributed else attribution.owned(statement, claims)),
        *_addresses(statement, claims),
        *_echoes(statement, prompt),
        *_unborne(statement, claims, _OURS if ours else _TOLD),
        *causality.invented(statement, claims),
        *(polarity.figured(statement, claims) if ours else polarity.altered(statement, claims)),
    ]


def either(statement: Statement, claims: Sequence[Claim], *, attributed: bool) -> list[Problem]:
    """Hold a sentence of a brief that a model wrote in part against its claims: it passed one of the two gates."""
    if not plainly(statement, claims, attributed=attributed):
        return []
    return refused(statement.text, claims, ours=statement.ours, attributed=attributed)[:1]


def addressed(text: str) -> bool:
    """Return whether a text holds what may open or call something: an address, a mention, markup."""
    return _ADDRESS.search(text) is not None


def _addresses(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    said = " ".join(evidence(claim) for claim in claims)
    for match in _ADDRESS.finditer(statement):
        bare = match.group().strip()
        # "Booking.com" is a name where somebody says it; whatever else opens or calls something never is.
        if not (bare[0].isalnum() and "/" not in bare and ":" not in bare and bare in said):
            yield Problem(Fault.ADDRESS, bare)


@lru_cache(maxsize=32)
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.lower() for word in _WORDS.findall(text)]
    return frozenset(tuple(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1))


def _echoes(statement: str, prompt: str) -> Iterator[Problem]:
    for shingle in sorted(_shingles(statement) & _shingles(prompt))[:1]:
        yield Problem(Fault.ECHO, " ".join(shingle))


def _unborne(statement: str, claims: Sequence[Claim], least: float) -> Iterator[Problem]:
    """Find a sentence too many of whose words nobody said."""
    named = {stem for claim in claims for stem in content(f"{claim.speaker} {claim.claimant} {claim.origin.show}")}
    mine = [stem for stem in dict.fromkeys(content(statement)) if stem not in named]
    known = {stem[:_STEM] for claim in claims for stem in content(f"{evidence(claim)} {claim.origin.title}")}
    strange = [stem for stem in mine if stem[:_STEM] not in known]
    if mine and len(mine) - len(strange) < least * len(mine):
        yield Problem(Fault.UNBORNE, " ".join(strange))
