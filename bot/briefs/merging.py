"""Stories of one matter told together: the fire, what it did to the shares and when the plant comes back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import permutations

from bot.briefs.novelty import News
from bot.claims.context import happening, spoken, subjects, telling
from bot.domain import Claim, Kind, Mention, Story

_MOST_CLAIMS = 20
_OWNED = 2
_OPENING = 30
_OPEN_KINDS = frozenset({Kind.PLACE, Kind.TOPIC})
_PLACED = re.compile(r"^\w+ (?:in|at) ")
_NOTHING = Mention("", Kind.TOPIC)


def subject(one: News) -> Mention | None:
    """Return what a story is about: the name most of its claims share, its first claim's before others."""
    counted: dict[Mention, float] = {}
    for claim in one.claims:
        for mention in subjects(claim):
            lead = 1.0 if claim is one.claims[0] else 0.0
            named = 0.0 if mention.kind in _OPEN_KINDS else 1.0
            counted[mention] = counted.get(mention, 0.0) + 1.0 + lead + named
    return min(counted, key=lambda mention: (-counted[mention], mention.name), default=None)


def gathered(found: Sequence[News]) -> list[News]:
    """Join stories about one name, however they were told; a name on everybody's lips keeps its stories apart.

    A plant belongs to its owner where two claims call it theirs ("Quillon's Orkdal plant"), a ticker to the one
    company named beside it.
    """
    told = [one for one in found if one.claims]
    owners = _owners([claim for one in told for claim in one.claims])
    strands: dict[str, list[News]] = {}
    for one in told:
        about = subject(one) or _NOTHING
        name = owners.get(about.name, about.name) if about.kind not in _OPEN_KINDS else ""
        strands.setdefault(name if any(opens_with(claim, about.name) for claim in one.claims) else "", []).append(one)
    return [joined for name, strand in strands.items() for joined in _joined(name, strand)]


def opens_with(claim: Claim, name: str) -> bool:
    """Whether a claim speaks of a name first, rather than naming it somewhere."""
    said = spoken(name, claim.text)
    return bool(said) and claim.text.find(said) < _OPENING


def _joined(name: str, strand: list[News]) -> list[News]:
    claims = [claim for one in strand for claim in one.claims]
    if not name or len(claims) > _MOST_CLAIMS or len(strand) == 1:
        return [News(one.story, _by_weight(one.claims), one.update) for one in strand]
    first = min(strand, key=lambda one: (not one.update, -telling(one.claims[0]), one.story.key))
    every = tuple(claim for one in strand for claim in one.story.claims)
    return [News(Story(first.story.key, every), _by_weight(claims), any(one.update for one in strand))]


def _by_weight(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Put what happened before what merely is so."""
    return tuple(sorted(claims, key=lambda claim: (-telling(claim) - happening(claim), claim.origin.date, claim.id)))


def _owners(claims: Sequence[Claim]) -> dict[str, str]:
    counted: Counter[tuple[str, str]] = Counter()
    for claim in claims:
        about = subjects(claim)
        tickers = {mention.name for mention in about if mention.kind is Kind.TICKER}
        firms = {mention.name for mention in about if mention.kind not in {Kind.TICKER, *_OPEN_KINDS}}
        counted.update({(firm, ticker): _OWNED for ticker in tickers for firm in firms if len(firms) == 1})
        for owner, owned in permutations([mention.name for mention in claim.entities], 2):
            counted[owner, owned] += _owns(claim.text.replace("’", "'"), owner, owned)
    return {owned: owner for (owner, owned), times in sorted(counted.items()) if times >= _OWNED}


def _owns(text: str, owner: str, owned: str) -> bool:
    _, named, after = text.partition(f"{spoken(owner, text) or owner}'s ")
    return bool(named) and (after.startswith(owned) or _PLACED.sub("", after, count=1).startswith(owned))
