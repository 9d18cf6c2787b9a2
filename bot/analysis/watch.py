"""Why a signal matters and what to watch, taken from the evidence or counted over it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.analysis import clauses, facts
from bot.analysis.ranking import Ranked
from bot.analysis.saying import NOTHING, listed, told, who
from bot.analysis.telling import telling
from bot.analysis.terms import content
from bot.model import UNKNOWN_SPEAKER, Claim, Modality, Statement

_STAKES = re.compile(
    r"\b(?:means?|meaning|because|which is why|so that|risks?|costs?|first|largest|biggest|most|least|never|faster|"
    r"slower|cheaper|compared|versus|than|instead|problem|reason|important|matters?|critical|advantage|unless|only|need|"
    r"bottleneck|difference|consequence|depends?|otherwise|impact|changes?|threat|worry|afraid|pay|price|lose|win)\b",
    re.IGNORECASE,
)
_WILL = re.compile(
    r"^(?P<clause>[^,;:]{3,60}?\b(?:will|is going to|are going to|is expected to|are expected to|should)\b.{8,120})$"
)
_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_TELLABLE = 0.9
_SAME = 0.6


def matters(one: Ranked, around: Sequence[Claim], used: Sequence[Claim]) -> Statement:
    """Say why a story matters: a stake somebody named, else how many shows told it, else that one voice carries it.

    `around` are other claims about the story's main name; `used` were told already.
    """
    mine = [claim for claim in one.news.claims if claim not in used]
    for claim in sorted((*mine, *around), key=lambda claim: -_stakes(claim, mine)):
        if _stakes(claim, mine) <= _TELLABLE:
            break
        if not _repeated(claim, used):
            return told(claim)
    return corroboration(one.news.claims)


def corroboration(claims: Sequence[Claim]) -> Statement:
    """Count the shows that told it, or say that a single voice did; each claim counted is cited."""
    shows = {claim.origin.show: claim for claim in reversed(claims)}
    if len(shows) > 1:
        number = _NUMBERS[len(shows)] if len(shows) < len(_NUMBERS) else str(len(shows))
        words = f"Told on {number} shows: {listed(sorted(shows))}."
        return Statement(words, tuple(sorted(claim.id for claim in shows.values())), ours=True)
    if not claims:
        return NOTHING
    lead = claims[0]
    voice = f"{who(lead)} on {lead.origin.show}" if lead.speaker != UNKNOWN_SPEAKER else lead.origin.show
    return Statement(f"So far this rests on one source: {voice}.", (lead.id,), ours=True)


def watch(one: Ranked) -> Statement:
    """Name one thing to watch: a forecast that can be checked, an accusation open, a number that moves."""
    for claim in one.news.claims:
        if claim.modality is Modality.FORECAST and (words := _open_forecast(claim)):
            return Statement(words, (claim.id,), ours=True)
    return next(_questions(one), NOTHING)


def _stakes(claim: Claim, story: Sequence[Claim]) -> float:
    found = len(_STAKES.findall(claim.text))
    return telling(claim) + 0.5 * min(found, 2) + (0.6 if claim in story else 0.0) - (0.8 if not found else 0.0)


def _repeated(claim: Claim, used: Sequence[Claim]) -> bool:
    mine = set(content(claim.text))
    return any(len(mine & set(content(other.text))) >= _SAME * len(mine) for other in used)


def _open_forecast(claim: Claim) -> str:
    words = clauses.shortened(clauses.clean(claim.text), 130)
    match = _WILL.match(words)
    if not match or re.search(r"\b(?:I|we|you|my|our)\b", words, re.IGNORECASE):
        return ""
    return f"whether {_uncapital(match['clause'], claim)}."


def _uncapital(words: str, claim: Claim) -> str:
    first = words.split(maxsplit=1)[0]
    named = any(mention.name.startswith(first) for mention in claim.entities) or not first[1:].islower()
    return words if named or first == "I" else words[0].lower() + words[1:]


def _questions(one: Ranked) -> Iterator[Statement]:
    lead = one.news.claims[0]
    name = one.entity.name if one.entity else ""
    if lead.modality is Modality.ALLEGED and name:
        yield Statement(
            f"whether the claim about {name} is confirmed or denied; so far it is alleged.", (lead.id,), ours=True
        )
    if lead.relayers and lead.claimant != lead.speaker:
        yield Statement(f"whether {lead.claimant} says so too; {who(lead)} relayed it.", (lead.id,), ours=True)
    for figure in lead.figures:
        if name and (figure.unit == "%" or figure.currency or figure.period) and not facts.dates(figure.text):
            said = f"{figure.hedge} {figure.text}".strip()
            yield Statement(f"the next figure for {name}; this time it was {said}.", (lead.id,), ours=True)
    if lead.modality is Modality.OPINION and name:
        yield Statement(f"who disputes {who(lead)} on {name}.", (lead.id,), ours=True)
    if name:
        yield Statement(f"what is said next about {name}.", (lead.id,), ours=True)
