"""What to watch: a forecast that can be checked, a dispute still open, a number that moves. Nothing is foretold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.analysis import clauses, disputes, facts
from bot.analysis.saying import NOTHING, who
from bot.model import Claim, Kind, Mention, Modality, Statement

_WILL = re.compile(
    r"^(?P<who>[^,;:]{3,60}?)\s(?P<rest>(?:will|is going to|are going to|is expected to|are expected to|expects? "
    r"to|plans? to|aims? to|says (?:it|they) will)\b.{6,120})$"
)
_PARTY = frozenset({Kind.COMPANY, Kind.PERSON})
_ARTICLE = re.compile(
    r"(?:The|An?|All|Most|Many|Some|About|Nearly|Total|Contract|These|More|Prices|Revenue|Sales|People) "
)
_LONGEST = 140


def watch(claims: Sequence[Claim], entity: Mention | None) -> Iterator[Statement]:
    """Offer things to watch in a story, the best first; `claims` come the most telling first."""
    yield from _forecasts(claims)
    yield from _disputes(claims)
    if claims and entity:
        yield from _questions(claims, entity.name, entity.kind)
    yield from _echo(claims)


def _forecasts(claims: Sequence[Claim]) -> Iterator[Statement]:
    for claim in claims:
        words = clauses.shortened(clauses.first_sentence(clauses.clean(claim.text)), _LONGEST)
        match = _WILL.match(words) if claim.modality is Modality.FORECAST else None
        if match and not re.search(r"\b(?:I|we|you|my|our|it|they|he|she)\b", match["who"], re.IGNORECASE):
            yield Statement(f"whether {_inside(words)}.", (claim.id,), ours=True)


def _disputes(claims: Sequence[Claim]) -> Iterator[Statement]:
    if apart := disputes.differing(claims):
        (one, mine), (other, theirs) = apart
        words = f"which figure holds, “{mine.text}” ({who(one)}) or “{theirs.text}” ({who(other)})."
        yield Statement(words, (one.id, other.id), ours=True)


def _questions(claims: Sequence[Claim], name: str, kind: Kind) -> Iterator[Statement]:
    lead, speakers = claims[0], {claim.speaker for claim in claims}
    if lead.modality is Modality.ALLEGED:
        yield Statement("whether the allegation is borne out or answered.", (lead.id,), ours=True)
    if lead.relayers and lead.claimant not in speakers:
        words = f"whether {lead.claimant} confirms it; so far {who(lead)} has passed it on."
        yield Statement(words, (lead.id,), ours=True)
    for figure in lead.figures:
        if (figure.unit in {"%", "x"} or figure.currency) and not facts.dates(figure.text):
            measured = clauses.subject(clauses.clean(lead.text)) or name
            yield Statement(f"the next figure for {_inside(measured)}.", (lead.id,), ours=True)
    if kind in _PARTY and name not in {*speakers, lead.claimant}:
        yield Statement(f"an answer from {name}.", (lead.id,), ours=True)
    if len({claim.origin.show for claim in claims}) > 1:
        yield Statement(f"what is said next about {name}.", (lead.id,), ours=True)


def _echo(claims: Sequence[Claim]) -> Iterator[Statement]:
    shows = list(dict.fromkeys(claim.origin.show for claim in claims))
    if len(shows) == 1:
        yield Statement(f"whether anybody outside {shows[0]} takes it up.", (claims[0].id,), ours=True)
    yield NOTHING


def _inside(words: str) -> str:
    return words[0].lower() + words[1:] if _ARTICLE.match(words) else words
