"""Novelty: what earlier briefs reported is not reported again; what is new about it is an update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import Claim, PublishedStory, Story
from bot.nlp.tokens import content_stems

_SAME_STORY_SHARE = 0.6
_REPETITION_SHARE = 0.75
_MIN_SAME_STORY_STEMS = 4
_MIN_SAME_NUMBERS, _MIN_STEMS_BESIDE_NUMBERS = 2, 2


@dataclass(frozen=True, slots=True)
class FreshStory:
    """A story with the claims that no earlier brief had; `is_update` if an earlier brief had others of it."""

    story: Story
    new_claims: tuple[Claim, ...]
    is_update: bool = False


def find_fresh(story: Story, published: Sequence[PublishedStory]) -> FreshStory:
    """Return what is new in a story; it keeps the key under which it was first published.

    It was published before if a key, a claim or most words agree. New is what a conversation has said since, unless it
    only repeats the same; a number not heard before is always new.
    """
    before = [earlier for earlier in published if _is_same_story(story, earlier)]
    if not before:
        return FreshStory(story, story.claims)
    first = min(before, key=lambda earlier: (earlier.date, earlier.key))
    last = max(earlier.date for earlier in before)
    known = frozenset().union(*(earlier.claim_ids for earlier in before))
    heard = {claim.origin.conversation for claim in story.claims if claim.id in known}
    words = {stem for earlier in before for stem in content_stems(earlier.text)}
    words |= {stem for claim in story.claims if claim.id in known for stem in content_stems(claim.text)}
    fresh = [
        claim
        for claim in story.claims
        if claim.origin.date >= last and claim.origin.conversation not in heard and not _is_repetition(claim, words)
    ]
    return FreshStory(Story(first.key, story.claims), tuple(fresh), is_update=True)


def _is_same_story(story: Story, published: PublishedStory) -> bool:
    if story.key == published.key or any(claim.id in published.claim_ids for claim in story.claims):
        return True
    words = set(content_stems(published.text))
    return any(_tells_same(set(content_stems(claim.text)), words) for claim in story.claims)


def _tells_same(stems: set[str], words: set[str]) -> bool:
    """Return whether a claim has most of a story's words, or two of its numbers and some words beside them."""
    shared = stems & words
    numbers = {stem for stem in shared if stem[0].isdigit()}
    if len(numbers) >= _MIN_SAME_NUMBERS and len(shared - numbers) >= _MIN_STEMS_BESIDE_NUMBERS:
        return True
    return len(shared) >= max(_MIN_SAME_STORY_STEMS, _SAME_STORY_SHARE * len(stems))


def _is_repetition(claim: Claim, words: set[str]) -> bool:
    mine = set(content_stems(claim.text))
    numbers = {stem for stem in mine if stem[0].isdigit()}
    return numbers <= words and _shared_stem_count(claim, words) >= _REPETITION_SHARE * len(mine)


def _shared_stem_count(claim: Claim, words: set[str]) -> int:
    return len(words.intersection(content_stems(claim.text)))
