"""An alert: what was newly said about those and what is followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.chat.message import Block, Choices, Group, Heading, Message, Note, Quote
from bot.chat.text import Text, md
from bot.domain import Claim
from bot.views.wording import buttons, claim_byline, join_names, pluralise

MAX_QUOTES = 8
"""How many claims are quoted where there is news about one name."""
MAX_QUOTES_EACH = 3
"""How many are quoted for each where there is news about several."""
MAX_NAMES = 10
"""How many names have their claims quoted; the others are only counted."""

EntityNews = tuple[str, Sequence[Claim]]


def alert_view(news: Sequence[EntityNews]) -> Message:
    """Show what is new, name by name; claims that only mention one in passing come after, in small print.

    What is more than people read at once is counted, and each name has a button to all of it.
    """
    quoted = MAX_QUOTES if len(news) == 1 else MAX_QUOTES_EACH
    groups = [group for one in news[:MAX_NAMES] for group in _entity_groups(one, quoted)]
    if len(news) > MAX_NAMES:
        rest = [f"{entity} ({len(claims)})" for entity, claims in news[MAX_NAMES:]]
        groups.append(Group((Note(md("Also new: {names}.", names=join_names(rest, MAX_NAMES))),)))
    return Message(tuple(groups), _summary(news))


def _entity_groups(news: EntityNews, max_quotes: int) -> Iterator[Group]:
    entity, _ = news
    about, passing = _split_by_focus(news)
    yield Group((Heading(md("{entity}", entity=entity), md("You follow this · {told}", told=_claim_count(news))),))
    for claim in about[:max_quotes]:
        yield Group((Quote(claim.quote, claim_byline(claim)),))
    notes: list[Block] = []
    if len(about) > max_quotes:
        notes.append(Note(md("{rest} more about {entity}.", rest=len(about) - max_quotes, entity=entity)))
    if passing:
        notes.append(Note(_passing_mentions(passing)))
    choices = Choices(buttons((f"About {entity}", "entity", entity), ("Unfollow", "unfollow", entity)))
    yield from (Group((note,)) for note in notes)
    yield Group((choices,))


def _split_by_focus(news: EntityNews) -> tuple[list[Claim], list[Claim]]:
    entity, claims = news
    about = [claim for claim in claims if any(mention.about for mention in claim.entities if mention.name == entity)]
    return about, [claim for claim in claims if claim not in about]


def _claim_count(news: EntityNews) -> str:
    about, _ = _split_by_focus(news)
    return pluralise(len(about), "new claim") if about else "mentioned in passing"


def _summary(news: Sequence[EntityNews]) -> str:
    if len(news) == 1:
        return f"{news[0][0]}: {_claim_count(news[0])}"
    claims = {claim.id for _, told in news for claim in told}
    return f"{join_names([entity for entity, _ in news])}: {pluralise(len(claims), 'new claim')}"


def _passing_mentions(claims: Sequence[Claim]) -> Text:
    shows = join_names(list(dict.fromkeys(claim.origin.show for claim in claims)))
    times = pluralise(len(claims), "time") if len(claims) > 1 else "once"
    return md("Mentioned in passing {times} on {shows}.", times=times, shows=shows)
