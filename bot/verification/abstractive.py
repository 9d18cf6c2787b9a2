"""The gate for sentences that a model wrote: the facts must be those of the evidence, and most of the words too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.domain import Claim, Statement
from bot.nlp.tokens import content_stems
from bot.verification import attribution, causality, polarity
from bot.verification.extractive import factual_violations, statement_violations
from bot.verification.issues import Violation, ViolationKind, evidence_text

MAX_CHARS = 420
"""Characters that a sentence may have."""

MIN_WORDS = 3
"""Words that it must have: a name alone says nothing."""

_LINK_OR_MARKUP = re.compile(
    r"[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:|[<>`*_~|\\\[\]{}⟦⟧]|@\w|(?:^|\s)[#/]\w|&\w+;|\bjavascript:|\bdata:|"
    r"\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?=/|\b)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")
_SHINGLE_WORDS = 6
_STEM_PREFIX = 4
_MIN_OVERLAP, _MIN_OVERLAP_DERIVED = 0.25, 0.2


def violations(
    statement: str,
    claims: Sequence[Claim],
    *,
    is_derived: bool = False,
    prompt: str = "",
    require_relayer: bool = False,
) -> list[Violation]:
    """Return why a model's sentence is stopped; an empty list lets it through.

    A sentence that `is_derived` may use more words of its own, but no figure or name that the evidence lacks. None may
    repeat the `prompt`.
    """
    if not claims:
        return [Violation(ViolationKind.NO_EVIDENCE, statement)]
    if len(statement) > MAX_CHARS or len(_WORDS.findall(statement)) < MIN_WORDS:
        return [Violation(ViolationKind.UNSUPPORTED, statement[:80])]
    return [
        *factual_violations(statement, claims, is_reworded=True),
        *(
            attribution.hearsay_violations(statement, claims)
            if require_relayer
            else attribution.claimant_violations(statement, claims)
        ),
        *_link_violations(statement, claims),
        *_prompt_echoes(statement, prompt),
        *_unsupported_words(statement, claims, _MIN_OVERLAP_DERIVED if is_derived else _MIN_OVERLAP),
        *causality.causality_violations(statement, claims),
        *(
            polarity.figure_violations(statement, claims)
            if is_derived
            else polarity.polarity_violations(statement, claims)
        ),
    ]


def hybrid_violations(statement: Statement, claims: Sequence[Claim], *, require_relayer: bool) -> list[Violation]:
    """Return the first violation of a sentence that a model may have written, unless either gate lets it through."""
    if not statement_violations(statement, claims, require_relayer=require_relayer):
        return []
    return violations(statement.text, claims, is_derived=statement.ours, require_relayer=require_relayer)[:1]


def has_link_or_markup(text: str) -> bool:
    """Return whether a text has an address, a mention or markup, which may open or call something."""
    return _LINK_OR_MARKUP.search(text) is not None


def _link_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    evidence = " ".join(evidence_text(claim) for claim in claims)
    for match in _LINK_OR_MARKUP.finditer(statement):
        bare = match.group().strip()
        # "Booking.com" is a name where somebody says it; whatever else opens or calls something never is.
        if not (bare[0].isalnum() and "/" not in bare and ":" not in bare and bare in evidence):
            yield Violation(ViolationKind.LINK_OR_MARKUP, bare)


@lru_cache(maxsize=32)
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.lower() for word in _WORDS.findall(text)]
    return frozenset(tuple(words[at : at + _SHINGLE_WORDS]) for at in range(len(words) - _SHINGLE_WORDS + 1))


def _prompt_echoes(statement: str, prompt: str) -> Iterator[Violation]:
    for shingle in sorted(_shingles(statement) & _shingles(prompt))[:1]:
        yield Violation(ViolationKind.PROMPT_ECHO, " ".join(shingle))


def _unsupported_words(statement: str, claims: Sequence[Claim], min_overlap: float) -> Iterator[Violation]:
    """Yield the words that nobody said, if a sentence has too many of them."""
    named = {
        stem for claim in claims for stem in content_stems(f"{claim.speaker} {claim.claimant} {claim.origin.show}")
    }
    own = [stem for stem in dict.fromkeys(content_stems(statement)) if stem not in named]
    known = {
        stem[:_STEM_PREFIX]
        for claim in claims
        for stem in content_stems(f"{evidence_text(claim)} {claim.origin.title}")
    }
    unknown = [stem for stem in own if stem[:_STEM_PREFIX] not in known]
    if own and len(own) - len(unknown) < min_overlap * len(own):
        yield Violation(ViolationKind.UNSUPPORTED, " ".join(unknown))
