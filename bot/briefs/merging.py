"""Stories of one matter told together: the fire, what it did to the shares and when the plant comes back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import permutations

from bot.briefs.novelty import FreshStory
from bot.claims.context import event_score, standalone_score, subject_mentions, surface_form
from bot.domain import Claim, EntityKind, Mention, Story

_MAX_CLAIMS = 20
_MIN_MENTIONS_AS_OWNER = 2
_OPENING_CHARS = 30
_GENERIC_KINDS = frozenset({EntityKind.PLACE, EntityKind.TOPIC})
_LOCATION_PREFIX = re.compile(r"^\w+ (?:in|at) ")
_NO_ENTITY = Mention("", EntityKind.TOPIC)


def main_entity(story: FreshStory) -> Mention | None:
    """Return what a story is about: the name most of its claims share, its first claim's before others."""
    counted: dict[Mention, float] = {}
    for claim in story.new_claims:
        for mention in subject_mentions(claim):
            lead = 1.0 if claim is story.new_claims[0] else 0.0
            named = 0.0 if mention.kind in _GENERIC_KINDS else 1.0
            counted[mention] = counted.get(mention, 0.0) + 1.0 + lead + named
    return min(counted, key=lambda mention: (-counted[mention], mention.name), default=None)


def merge_stories(stories: Sequence[FreshStory]) -> list[FreshStory]:
    """Join stories about one name, however they were told; a name on everybody's lips keeps its stories apart.

    A plant belongs to its owner where two claims call it theirs ("Quillon's Orkdal plant"), a ticker to the one
    company named beside it.
    """
    told = [one for one in stories if one.new_claims]
    owners = _owner_by_entity([claim for one in told for claim in one.new_claims])
    strands: dict[str, list[FreshStory]] = {}
    for one in told:
        about = main_entity(one) or _NO_ENTITY
        name = owners.get(about.name, about.name) if about.kind not in _GENERIC_KINDS else ""
        strands.setdefault(name if any(opens_with(claim, about.name) for claim in one.new_claims) else "", []).append(
            one
        )
    return [joined for name, strand in strands.items() for joined in _merge_strand(name, strand)]


def opens_with(claim: Claim, name: str) -> bool:
    """Whether a claim speaks of a name first, rather than naming it somewhere."""
    said = surface_form(name, claim.text)
    return bool(said) and claim.text.find(said) < _OPENING_CHARS


def _merge_strand(name: str, strand: list[FreshStory]) -> list[FreshStory]:
    claims = [claim for one in strand for claim in one.new_claims]
    if not name or len(claims) > _MAX_CLAIMS or len(strand) == 1:
        return [FreshStory(one.story, _by_newsworthiness(one.new_claims), one.is_update) for one in strand]
    first = min(strand, key=lambda one: (not one.is_update, -standalone_score(one.new_claims[0]), one.story.key))
    every = tuple(claim for one in strand for claim in one.story.claims)
    return [FreshStory(Story(first.story.key, every), _by_newsworthiness(claims), any(one.is_update for one in strand))]


def _by_newsworthiness(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Put what happened before what merely is so."""
    return tuple(
        sorted(claims, key=lambda claim: (-standalone_score(claim) - event_score(claim), claim.origin.date, claim.id))
    )


def _owner_by_entity(claims: Sequence[Claim]) -> dict[str, str]:
    counted: Counter[tuple[str, str]] = Counter()
    for claim in claims:
        about = subject_mentions(claim)
        tickers = {mention.name for mention in about if mention.kind is EntityKind.TICKER}
        firms = {mention.name for mention in about if mention.kind not in {EntityKind.TICKER, *_GENERIC_KINDS}}
        counted.update(
            {(firm, ticker): _MIN_MENTIONS_AS_OWNER for ticker in tickers for firm in firms if len(firms) == 1}
        )
        for owner, owned in permutations([mention.name for mention in claim.entities], 2):
            counted[owner, owned] += _is_possessed_by(claim.text.replace("’", "'"), owner, owned)
    return {owned: owner for (owner, owned), times in sorted(counted.items()) if times >= _MIN_MENTIONS_AS_OWNER}


def _is_possessed_by(text: str, owner: str, owned: str) -> bool:
    _, named, after = text.partition(f"{surface_form(owner, text) or owner}'s ")
    return bool(named) and (after.startswith(owned) or _LOCATION_PREFIX.sub("", after, count=1).startswith(owned))
