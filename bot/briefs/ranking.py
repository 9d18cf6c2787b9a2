"""Ranking: which stories a brief has, and in which order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.briefs.clustering import cluster_stories, main_entity
from bot.briefs.novelty import FreshStory, find_fresh
from bot.briefs.salience import Salience, judge
from bot.briefs.topics import find_topic
from bot.claims.context import MAX_NEED
from bot.domain import Claim, DecisionLog, Material, Mention, Stage

MAX_STORIES = 20
"""Stories offered; not every one can be put in whole sentences."""

MIN_TELLING, MIN_SCORE = 0.5, 0.3
"""How probably a claim has to be clear and worth telling to lead a story, and its score; bench/train_briefs.py shows
what share of the claims above them readers would tell."""

MIN_TELLING_IF_QUIET = 0.25
"""The same on a day on which no story reaches that."""


MIN_TELLING_BESIDE = 0.5
"""The same for a claim that is told beside the one that leads."""

MIN_TELLING_ALONE = 0.6
"""The same for a claim that stands above or below the signals: in the dek, the argument or as the last word."""

_MAX_TRIED = 40
"""Stories for which a claim is looked for that can lead them."""

_SHOW_BONUS = 0.25
_SAME_CONVERSATION_FACTOR, _SAME_SHOW_FACTOR, _SAME_ENTITY_FACTOR = 0.7, 0.95, 0.75


LeadCheck: TypeAlias = Callable[[Claim], "tuple[Stage, str] | None"]
"""Returns why a claim can't lead a story, and what found it out; None if it can."""


@dataclass(frozen=True, slots=True)
class RankedStory:
    """A story that could be told: its news with the claim that leads it first, its score, and what it is about."""

    fresh: FreshStory
    score: float
    entity: Mention | None

    @property
    def lead(self) -> Claim:
        """The claim that tells it best."""
        return self.fresh.new_claims[0]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The stories that are news, and those that come nearest to it for a day that has none; each the best first.

    `judged` are the claims that could be told at all, and `salience` has theirs by their ids.
    """

    news: tuple[RankedStory, ...]
    nearest: tuple[RankedStory, ...]
    judged: tuple[Claim, ...]
    salience: Mapping[str, Salience]

    def telling(self, claim: Claim) -> float:
        """Return how probably a claim is clear and worth telling by itself."""
        return self.salience[claim.id].telling if claim.id in self.salience else 0.0


def rank_stories(
    material: Material,
    find_objection: LeadCheck,
    must_link: Sequence[Collection[str]] = (),
    log: DecisionLog | None = None,
) -> Ranking:
    """Return the stories to report: at most twenty of each kind, with episodes and names in turn if scores allow.

    A story is led by its most salient claim to which there is no objection. Claims of one `must_link` set, given by
    their ids, belong to one story.
    """
    log = log or DecisionLog()
    judged, salience = _judge_on_topic(material, log)
    found = [find_fresh(event, material.published) for event in cluster_stories(judged, must_link)]
    for story in found:
        _record_known(story, log)
    hopeful = sorted((s for s in found if s.new_claims), key=lambda s: (-_best_score(s, salience), s.story.key))
    tried = (_score_story(story, salience, find_objection, log) for story in hopeful[:_MAX_TRIED])
    offered = sorted(filter(None, tried), key=lambda story: (-story.score, story.fresh.story.key))
    news = [story for story in offered if _is_news(salience[story.lead.id])]
    nearest = [story for story in offered if story not in news]
    for low in nearest:
        log.record((claim.id for claim in low.fresh.new_claims), Stage.RANKING, _why_unfit(salience[low.lead.id]))
    chosen = _diversify(list(news))
    crowded_out = [story.fresh for story in news if story not in chosen] + hopeful[_MAX_TRIED:]
    ids = (claim.id for story in crowded_out for claim in story.new_claims)
    log.record(ids, Stage.RANKING, f"At least {MAX_STORIES} other stories ranked higher.")
    return Ranking(tuple(chosen), tuple(_diversify(nearest)), tuple(judged), salience)


def _is_news(judged: Salience) -> bool:
    return judged.telling >= MIN_TELLING and judged.score >= MIN_SCORE


def _judge_on_topic(material: Material, log: DecisionLog) -> tuple[list[Claim], dict[str, Salience]]:
    """Return the claims on topic, without those that their conversation has better ones than, and their salience."""
    on_topic = {claim.id for claim in find_topic(material.topic).select(material.claims)}
    judged, salience = judge(material.claims, on_topic)
    off_topic = (claim.id for claim in material.claims if claim.id not in on_topic)
    log.record(off_topic, Stage.TOPIC, f"It isn't about {material.topic}.")
    log.record(
        on_topic.difference(salience),
        Stage.RANKING,
        "Its conversation has enough claims that are more important or clearer.",
    )
    return judged, salience


def _record_known(story: FreshStory, log: DecisionLog) -> None:
    """Record which claims of a story repeat what was told before."""
    new = {claim.id for claim in story.new_claims}
    known = (claim.id for claim in story.story.claims if claim.id not in new)
    log.record(known, Stage.NOVELTY, "An earlier brief told this, and nothing in it is new since.")


def _why_unfit(judged: Salience) -> str:
    return (
        f"Readers would hardly want it told: {judged.telling:.0%} likely to be clear and worth telling (a story needs "
        f"{MIN_TELLING:.0%}), with a score of {judged.score:.2f} (a story needs {MIN_SCORE})."
    )


def _best_score(story: FreshStory, salience: Mapping[str, Salience]) -> float:
    return max(salience[claim.id].score for claim in story.new_claims)


def _score_story(
    story: FreshStory, salience: Mapping[str, Salience], find_objection: LeadCheck, log: DecisionLog
) -> RankedStory | None:
    """Score a story by the claim that leads it, and by how many shows tell it; None if no claim can lead it."""
    claims = sorted(story.new_claims, key=lambda claim: (-salience[claim.id].score, claim.origin.date, claim.id))
    objections: dict[str, tuple[Stage, str]] = {}
    for claim in claims:
        objection = _why_unclear(claim, salience[claim.id]) or find_objection(claim)
        if objection is None:
            shows = len({each.origin.show for each in claims})
            score = salience[claim.id].score * (1 + _SHOW_BONUS * math.log2(shows))
            ordered = (claim, *(each for each in claims if each is not claim))
            return RankedStory(FreshStory(story.story, ordered, story.is_update), score, main_entity(ordered))
        objections[claim.id] = objection
    for claim_id, (stage, reason) in objections.items():
        log.record([claim_id], stage, reason)
    return None


def _why_unclear(claim: Claim, judged: Salience) -> tuple[Stage, str] | None:
    if claim.needs_context > MAX_NEED:
        return Stage.RANKING, "It can't be understood without what was said around it."
    return (Stage.RANKING, _why_unfit(judged)) if judged.telling < MIN_TELLING_IF_QUIET else None


def _diversify(candidates: list[RankedStory]) -> list[RankedStory]:
    """Return at most twenty stories; each counts for less, the more of its episode, show and name are before it."""
    chosen: list[RankedStory] = []
    conversations: Counter[str] = Counter()
    shows: Counter[str] = Counter()

    def worth(story: RankedStory) -> float:
        origin = story.lead.origin
        again = sum(_has_same_entity(story, other) for other in chosen)
        return (
            story.score
            * _SAME_CONVERSATION_FACTOR ** conversations[origin.conversation]
            * _SAME_SHOW_FACTOR ** shows[origin.show]
            * _SAME_ENTITY_FACTOR**again
        )

    while candidates and len(chosen) < MAX_STORIES:
        best = max(candidates, key=worth)
        candidates.remove(best)
        chosen.append(best)
        conversations[best.lead.origin.conversation] += 1
        shows[best.lead.origin.show] += 1
    return chosen


def _has_same_entity(story: RankedStory, other: RankedStory) -> bool:
    if story.entity is None or other.entity is None:
        return False
    first, second = story.entity.name.lower().split(), other.entity.name.lower().split()
    return first[: len(second)] == second[: len(first)]
