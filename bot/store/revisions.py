"""Which claims of an edited conversation were there before: a corrected word or speaker makes no news of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process

from bot.domain import Claim

_MIN_SIMILARITY = 85
"""Out of 100: a word or two that was corrected."""

_MAX_PAIRS = 250_000
"""Pairs that are compared; where more changed than that, the words are others."""

_WORDS = re.compile(r"\w+")
_NUMBERS = re.compile(r"\d[\d.,]*")


def match_revised_claims(stored: Mapping[str, str], claims: Sequence[Claim]) -> list[tuple[str, Claim]]:
    """Return the keys of claims that are kept, each with the claim it has become.

    `kept` are quotes by key. A quote whose numbers changed is another claim.
    """
    left = {key: quote for key, quote in stored.items() if key not in {claim.id for claim in claims}}
    fresh = [claim for claim in claims if claim.id not in stored]
    pairs = []
    for claim in fresh if len(left) * len(fresh) <= _MAX_PAIRS else ():
        if found := _nearest(claim.quote, left):
            pairs.append((found, claim))
            del left[found]
    return pairs


def _nearest(quote: str, left: Mapping[str, str]) -> str | None:
    alike = {key: other for key, other in left.items() if _numbers(other) == _numbers(quote)}
    found = process.extractOne(quote, alike, scorer=fuzz.ratio, processor=_normalize, score_cutoff=_MIN_SIMILARITY)
    return str(found[2]) if found else None


def _numbers(quote: str) -> list[str]:
    return [number.rstrip(".,") for number in _NUMBERS.findall(quote)]


def _normalize(quote: str) -> str:
    return " ".join(_WORDS.findall(quote.casefold()))
