"""What earlier briefs told is not told again; what is new about it is an update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import Claim, Story, Told
from bot.nlp.tokens import content

_SAME_STORY = 0.6
_SAME_WORDS = 0.75
_FEW = 4


@dataclass(frozen=True, slots=True)
class News:
    """A story with the claims that no earlier brief told; `update` when an earlier brief told others of it."""

    story: Story
    claims: tuple[Claim, ...]
    update: bool = False


def news(story: Story, told: Sequence[Told]) -> News:
    """Return what is new in a story; it keeps the key under which it was told first.

    It was told before when a key, a claim or most words agree. New is what a conversation said since, unless it
    only says the same again; a number not heard before is always new.
    """
    before = [one for one in told if _same(story, one)]
    if not before:
        return News(story, story.claims)
    first = min(before, key=lambda one: (one.date, one.key))
    last = max(one.date for one in before)
    known = frozenset().union(*(one.claims for one in before))
    heard = {claim.origin.conversation for claim in story.claims if claim.id in known}
    words = {stem for one in before for stem in content(one.words)}
    words |= {stem for claim in story.claims if claim.id in known for stem in content(claim.text)}
    fresh = [
        claim
        for claim in story.claims
        if claim.origin.date >= last and claim.origin.conversation not in heard and not _repeats(claim, words)
    ]
    return News(Story(first.key, story.claims), tuple(fresh), update=True)


def _same(story: Story, told: Told) -> bool:
    if story.key == told.key or any(claim.id in told.claims for claim in story.claims):
        return True
    words = set(content(told.words))
    return any(
        _shared(claim, words) >= max(_FEW, _SAME_STORY * len(set(content(claim.text)))) for claim in story.claims
    )


def _repeats(claim: Claim, words: set[str]) -> bool:
    mine = set(content(claim.text))
    numbers = {stem for stem in mine if stem[0].isdigit()}
    return numbers <= words and _shared(claim, words) >= _SAME_WORDS * len(mine)


def _shared(claim: Claim, words: set[str]) -> int:
    return len(words.intersection(content(claim.text)))
