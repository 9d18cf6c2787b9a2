"""Which stories a brief tells, and in which order."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.briefs.clustering import stories
from bot.briefs.headline import headline
from bot.briefs.merging import gathered, opens_with, subject
from bot.briefs.novelty import News, news
from bot.claims.context import happening, same_event, subjects, telling
from bot.domain import Claim, Material, Mention, Modality
from bot.nlp import clauses
from bot.nlp.tokens import content

MOST = 20
"""Stories offered; not every one can be told in whole sentences."""

FLOOR = 2.7
"""What the best claim of a story must weigh for the story to be told when one show alone has it."""

_FLOOR_SHARED = 2.2
_COUNTS = 0.4
_STANDING = 0.4
_OPEN_MATTERS = frozenset({Modality.FORECAST, Modality.ALLEGED})
_SAME_SHOW, _SAME_TALK, _SAME_NAME = 0.45, 0.3, 0.9
_FADE_DAYS = 4.0
_HEADLINED, _MOSTLY = 0.5, 0.7


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story worth telling: its news with the tellable claims first, its weight and what it is about."""

    news: News
    weight: float
    entity: Mention | None


def on_topic(claim: Claim, topic: str) -> bool:
    """Whether a claim is on the topic: it names it, or all words of the topic stand in its text or its episode's title.

    The empty topic is everything.
    """
    wanted = set(content(topic)) or set(topic.lower().split())
    names = {mention.name.lower() for mention in claim.entities if mention.about}
    if not topic.strip() or topic.strip().lower() in names:
        return True
    said = content(f"{claim.text} {' '.join(names)}")
    return wanted <= set(said) or wanted <= {*said, *content(claim.origin.title)}


def ranked(material: Material, joined: Sequence[Collection[str]] = ()) -> list[Ranked]:
    """Return the stories to tell, best first: at most twenty, with shows and names in turn where weights allow.

    Claims of one `joined` set, given by their ids, belong to one story.
    """
    claims = [claim for claim in material.claims if on_topic(claim, material.topic)]
    spread = _spread(claims)
    fresh = gathered([news(story, material.told) for story in stories(claims, joined)])
    candidates = [_rank(one, spread, material.date) for one in fresh if _worth_telling(one)]
    return _in_turn(sorted(candidates, key=lambda one: (-one.weight, one.news.story.key)))


def _worth_telling(one: News) -> bool:
    if not one.claims:
        return False
    return max(map(weighs, one.claims)) >= (_FLOOR_SHARED if len(_telling_shows(one)) > 1 else FLOOR)


def weighs(claim: Claim) -> float:
    """Weigh a claim as news: how well it can be told, whether it happened, gives an amount or is open."""
    amount = any(figure.currency or figure.magnitude or figure.unit in {"%", "x"} for figure in claim.figures)
    uncertain = claim.modality in _OPEN_MATTERS
    return telling(claim) + (happening(claim) + _COUNTS * (amount + uncertain) if telling(claim) else 0.0)


def _telling_shows(one: News) -> set[str]:
    """Return the shows that say something of the matter which can be told, or tell what its first claim tells."""
    lead, about = one.claims[0], subject(one)
    named = [claim for claim in one.claims if about and telling(claim) > 1 and opens_with(claim, about.name)]
    return {claim.origin.show for claim in (lead, *named, *(one for one in one.claims if same_event(one, lead)))}


def _spread(claims: Sequence[Claim]) -> dict[str, int]:
    pairs = {(mention.name, claim.origin.show) for claim in claims for mention in subjects(claim)}
    return Counter(name for name, _ in pairs)


def _plain(claim: Claim) -> float:
    """Favour a claim whose headline says nearly all of it."""
    title = headline(claim)
    return _HEADLINED if len(title) >= _MOSTLY * len(clauses.tightened(clauses.clean(claim.text))) else 0.0


def _rank(one: News, spread: dict[str, int], today: dt.date) -> Ranked:
    entity = subject(one)
    lead = one.claims[0]
    news_of = happening(lead) or lead.figures
    breadth = math.log2(max(1, len(_telling_shows(one)))) * (1.0 if news_of else _STANDING)
    agreed = math.log2(max(1, len({claim.origin.show for claim in one.claims if same_event(claim, lead)})))
    age = min((today - claim.origin.date).days for claim in one.claims)
    weight = telling(lead) + happening(lead) + _plain(lead)
    talks = len({claim.origin.conversation for claim in one.claims if telling(claim) > 1})
    weight += 1.5 * breadth + 0.3 * agreed + 0.5 * math.log2(max(1, talks))
    weight += 0.4 * math.log(spread.get(entity.name, 1)) if entity else 0.0
    return Ranked(one, weight + 0.6 * math.exp(-max(age, 0) / _FADE_DAYS), entity)


def _in_turn(candidates: list[Ranked]) -> list[Ranked]:
    chosen: list[Ranked] = []
    while candidates and len(chosen) < MOST:
        best = max(candidates, key=lambda one: one.weight - _sameness(one, chosen))
        candidates.remove(best)
        chosen.append(best)
    return chosen


def _sameness(one: Ranked, chosen: Sequence[Ranked]) -> float:
    lead = one.news.claims[0].origin
    leads = [other.news.claims[0].origin for other in chosen]
    penalty = _SAME_SHOW * sum(other.show == lead.show for other in leads)
    penalty += _SAME_TALK * sum(other.conversation == lead.conversation for other in leads)
    return penalty + _SAME_NAME * sum(_same_name(one, other) for other in chosen)


def _same_name(one: Ranked, other: Ranked) -> bool:
    if one.entity is None or other.entity is None:
        return False
    first, second = one.entity.name.lower().split(), other.entity.name.lower().split()
    return first[: len(second)] == second[: len(first)]
