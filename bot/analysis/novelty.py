"""What earlier briefs told is not told again; what is new about it is an update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.analysis.terms import content, overlap
from bot.model import Claim, Story, Told

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

    It was told before when a key, a claim or most words agree; a claim that only says the same again is not new.
    """
    before = [one for one in told if _same(story, one)]
    if not before:
        return News(story, story.claims)
    first = min(before, key=lambda one: (one.date, one.key))
    known = frozenset().union(*(one.claims for one in before))
    words = [set(content(one.words)) for one in before]
    words += [set(content(claim.text)) for claim in story.claims if claim.id in known]
    fresh = [claim for claim in story.claims if claim.id not in known and not _repeats(claim, words)]
    return News(Story(first.key, story.claims), tuple(fresh), update=True)


def _same(story: Story, told: Told) -> bool:
    if story.key == told.key or any(claim.id in told.claims for claim in story.claims):
        return True
    words = set(content(told.words))
    return len(words) >= _FEW and any(overlap(words, content(claim.text)) >= _SAME_STORY for claim in story.claims)


def _repeats(claim: Claim, words: Sequence[set[str]]) -> bool:
    mine = set(content(claim.text))
    return any(len(mine & known) >= _SAME_WORDS * len(mine) for known in words)
