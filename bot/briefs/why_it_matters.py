"""Why a signal matters: a stake somebody named, a difference between voices, or how widely it is told; else nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.claims import disagreement
from bot.claims.context import repeats, same_event, subjects, telling
from bot.claims.statements import capital, listed, told, who
from bot.domain import Claim, Statement
from bot.nlp.tokens import content

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Small counts in words."""

_STAKES = re.compile(
    r"\b(?:means?|meaning|because|which is why|that['’]s why|so that|risks?|the first|largest|biggest|"
    r"the most|the least|"
    r"never before|faster|slower|cheaper|compared (?:to|with)|versus|more than|less than|instead of|the problem|"
    r"the reason|important|matters?|critical|advantage|unless|the only|bottleneck|difference|consequences?|depends?|"
    r"otherwise|impact|threat|worr(?:y|ied)|afraid|lose|win|pays?|costs?|needs?|has to|have to|without)\b",
    re.IGNORECASE,
)
_TELLABLE = 1.4
_MANY = 4
_WIDELY = 3
_SHARED_WORDS, _IN_STORY = 3, 2


def matters(claims: Sequence[Claim], around: Sequence[Claim], used: Sequence[Claim], name: str) -> Iterator[Statement]:
    """Offer reasons, the best first.

    `claims` are the story's, `around` others about its main `name`, `used` those already told, the last told last.
    """
    yield from _difference(claims)
    more = [claim for claim in claims if claim not in used and _bears_on(claim, used, name, _IN_STORY)]
    free = [*more, *(claim for claim in around if claim not in used and _bears_on(claim, used, name, _SHARED_WORDS))]
    staked = [(claim, _stake(claim, claims)) for claim in free]
    for claim, weight in sorted(staked, key=lambda one: (-one[1], one[0].id)):
        if weight >= _TELLABLE:
            yield told(claim, used[-1] if used else None)
    yield from _told_on(claims)
    yield from _spread(claims, name)
    yield from (told(claim, used[-1] if used else None) for claim in more if telling(claim) > 1)


def _difference(claims: Sequence[Claim]) -> Iterator[Statement]:
    if apart := disagreement.differing(claims):
        (one, mine), (other, theirs) = apart
        words = f"The figures differ: “{mine.text}” from {who(one)}, “{theirs.text}” from {who(other)}."
        yield Statement(words, (one.id, other.id), ours=True)


def _stake(claim: Claim, story: Sequence[Claim]) -> float:
    found = len(_STAKES.findall(claim.text))
    return (telling(claim) + 0.4 * min(found, 2) + (0.5 if claim in story else 0.0)) if found else 0.0


def _told_on(claims: Sequence[Claim]) -> Iterator[Statement]:
    yield from _counted("{number} shows tell it", [claim for claim in claims if same_event(claim, claims[0])])


def _spread(claims: Sequence[Claim], name: str) -> Iterator[Statement]:
    naming = [claim for claim in claims if name in {mention.name for mention in subjects(claim)}]
    if len({claim.origin.show for claim in naming}) >= _WIDELY:
        yield from _counted(capital(name) + " came up on {number} shows", naming)


def _counted(template: str, claims: Sequence[Claim]) -> Iterator[Statement]:
    shows = {claim.origin.show: claim.id for claim in reversed(claims)}
    if len(shows) > 1:
        number = NUMBERS[len(shows)] if len(shows) < len(NUMBERS) else str(len(shows))
        named = f": {listed(sorted(shows))}" if len(shows) <= _MANY else ""
        words = capital(f"{template.format(number=number)}{named}.")
        yield Statement(words, tuple(sorted(shows.values())), ours=True)


def _bears_on(claim: Claim, used: Sequence[Claim], name: str, least: int) -> bool:
    """Whether a claim shares words beside the name with what was told, at least so many, and yet says more."""
    mine, named = set(content(claim.text)), set(content(name))
    shared = max((len((mine & set(content(other.text))) - named) for other in used), default=0)
    return shared >= least and not repeats(claim, used) and not any(repeats(other, [claim]) for other in used)
