"""Ranking: which stories a brief has, and in which order."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.briefs.clustering import cluster_stories, main_entity, merge_stories, opens_with
from bot.briefs.headline import write_headline
from bot.briefs.novelty import FreshStory, find_fresh
from bot.briefs.topics import find_topic
from bot.claims.context import event_score, is_same_event, standalone_score, subject_mentions
from bot.domain import Claim, DecisionLog, Material, Mention, Modality, Stage
from bot.nlp import sentences

MAX_STORIES = 20
"""Stories offered; not every one can be put in whole sentences."""

MIN_NEWSWORTHINESS = 2.7
"""Newsworthiness that the best claim of a story needs if only one show has it."""

_MIN_NEWSWORTHINESS_SHARED = 2.2
_AMOUNT_BONUS = 0.4
_COMMON_IMPORTANCE = 1.0
_BACKGROUND_FACTOR = 0.4
_UNRESOLVED = frozenset({Modality.FORECAST, Modality.ALLEGED})
_SAME_SHOW_PENALTY, _SAME_CONVERSATION_PENALTY, _SAME_ENTITY_PENALTY = 0.45, 0.3, 0.9
_DECAY_DAYS = 4.0
_HEADLINE_BONUS, _HEADLINE_COVERAGE = 0.5, 0.7


@dataclass(frozen=True, slots=True)
class RankedStory:
    """A story worth reporting: its news, its score and what it is about."""

    fresh: FreshStory
    score: float
    entity: Mention | None


def rank_stories(
    material: Material, must_link: Sequence[Collection[str]] = (), log: DecisionLog | None = None
) -> list[RankedStory]:
    """Return the stories to report, best first: at most twenty, with shows and names in turn if scores allow.

    Claims of one `must_link` set, given by their ids, belong to one story.
    """
    log = log or DecisionLog()
    claims = find_topic(material.topic).select(material.claims)
    relevant = {claim.id for claim in claims}
    off_topic = (claim.id for claim in material.claims if claim.id not in relevant)
    log.record(off_topic, Stage.TOPIC, f"It isn't about {material.topic}.")
    spread = _shows_per_entity(claims)
    fresh = merge_stories([find_fresh(story, material.published) for story in cluster_stories(claims, must_link)])
    for story in fresh:
        _record_rejection(story, log)
    candidates = [_score_story(one, spread, material.date) for one in fresh if _is_newsworthy(one)]
    ranked = _diversify(sorted(candidates, key=lambda one: (-one.score, one.fresh.story.key)))
    crowded_out = (claim.id for one in candidates if one not in ranked for claim in one.fresh.new_claims)
    log.record(crowded_out, Stage.RANKING, f"{MAX_STORIES} other stories ranked higher.")
    return ranked


def _record_rejection(story: FreshStory, log: DecisionLog) -> None:
    """Record which claims of a story repeat what was told before, and why the others are too little news."""
    new = {claim.id for claim in story.new_claims}
    known = (claim.id for claim in story.story.claims if claim.id not in new)
    log.record(known, Stage.NOVELTY, "An earlier brief told this, and nothing in it is new since.")
    if not story.new_claims or _is_newsworthy(story):
        return
    best = max(map(newsworthiness, story.new_claims))
    reason = f"It isn't news enough: its story scores {best:.1f}, and a single show's story needs {MIN_NEWSWORTHINESS}."
    if not any(map(standalone_score, story.new_claims)):
        reason = "It can't be understood without what was said around it."
    log.record((claim.id for claim in story.new_claims), Stage.RANKING, reason)


def _is_newsworthy(story: FreshStory) -> bool:
    if not story.new_claims:
        return False
    return max(map(newsworthiness, story.new_claims)) >= (
        _MIN_NEWSWORTHINESS_SHARED if len(_corroborating_shows(story)) > 1 else MIN_NEWSWORTHINESS
    )


def newsworthiness(claim: Claim) -> float:
    """Score a claim as news: how important it is, how well it stands alone, whether it happened or gives an amount."""
    amount = any(figure.currency or figure.magnitude or figure.unit in {"%", "x"} for figure in claim.figures)
    uncertain = claim.modality in _UNRESOLVED
    alone = standalone_score(claim)
    if not alone:
        return 0.0
    return alone + event_score(claim) + _AMOUNT_BONUS * (amount + uncertain) + claim.importance - _COMMON_IMPORTANCE


def _corroborating_shows(story: FreshStory) -> set[str]:
    """Return the shows that say something clear about the main entity, or report the same event as the first claim."""
    lead, about = story.new_claims[0], main_entity(story)
    named = [
        claim for claim in story.new_claims if about and standalone_score(claim) > 1 and opens_with(claim, about.name)
    ]
    return {
        claim.origin.show
        for claim in (lead, *named, *(claim for claim in story.new_claims if is_same_event(claim, lead)))
    }


def _shows_per_entity(claims: Sequence[Claim]) -> dict[str, int]:
    pairs = {(mention.name, claim.origin.show) for claim in claims for mention in subject_mentions(claim)}
    return Counter(name for name, _ in pairs)


def _headline_bonus(claim: Claim) -> float:
    """Favour a claim whose headline says nearly all of it."""
    whole = sentences.drop_appositives(sentences.strip_fillers(claim.text))
    return _HEADLINE_BONUS if len(write_headline(claim)) >= _HEADLINE_COVERAGE * len(whole) else 0.0


def _score_story(story: FreshStory, shows_per_entity: dict[str, int], today: dt.date) -> RankedStory:
    entity = main_entity(story)
    lead = story.new_claims[0]
    news_of = event_score(lead) or lead.figures
    breadth = math.log2(max(1, len(_corroborating_shows(story)))) * (1.0 if news_of else _BACKGROUND_FACTOR)
    agreed = math.log2(max(1, len({claim.origin.show for claim in story.new_claims if is_same_event(claim, lead)})))
    age = min((today - claim.origin.date).days for claim in story.new_claims)
    weight = standalone_score(lead) + event_score(lead) + _headline_bonus(lead) + lead.importance - _COMMON_IMPORTANCE
    talks = len({claim.origin.conversation for claim in story.new_claims if standalone_score(claim) > 1})
    weight += 1.5 * breadth + 0.3 * agreed + 0.5 * math.log2(max(1, talks))
    weight += 0.4 * math.log(shows_per_entity.get(entity.name, 1)) if entity else 0.0
    return RankedStory(story, weight + 0.6 * math.exp(-max(age, 0) / _DECAY_DAYS), entity)


def _diversify(candidates: list[RankedStory]) -> list[RankedStory]:
    chosen: list[RankedStory] = []
    while candidates and len(chosen) < MAX_STORIES:
        best = max(candidates, key=lambda one: one.score - _redundancy_penalty(one, chosen))
        candidates.remove(best)
        chosen.append(best)
    return chosen


def _redundancy_penalty(story: RankedStory, chosen: Sequence[RankedStory]) -> float:
    lead = story.fresh.new_claims[0].origin
    leads = [other.fresh.new_claims[0].origin for other in chosen]
    penalty = _SAME_SHOW_PENALTY * sum(other.show == lead.show for other in leads)
    penalty += _SAME_CONVERSATION_PENALTY * sum(other.conversation == lead.conversation for other in leads)
    return penalty + _SAME_ENTITY_PENALTY * sum(_has_same_entity(story, other) for other in chosen)


def _has_same_entity(story: RankedStory, other: RankedStory) -> bool:
    if story.entity is None or other.entity is None:
        return False
    first, second = story.entity.name.lower().split(), other.entity.name.lower().split()
    return first[: len(second)] == second[: len(first)]
