"""An alert: what was newly said about those and what is followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.chat.message import Block, Choices, Group, Heading, Message, Note, Quote
from bot.chat.text import Text, md
from bot.domain import Claim
from bot.views.wording import attribution, buttons, count, listed

QUOTED = 8
"""How many claims are quoted where there is news about one name."""
EACH = 3
"""How many are quoted for each where there is news about several."""
NAMES = 10
"""How many names have their claims quoted; the others are only counted."""

News = tuple[str, Sequence[Claim]]


def alert_view(news: Sequence[News]) -> Message:
    """Show what is new, name by name; claims that only mention one in passing come after, in small print.

    What is more than people read at once is counted, and each name has a button to all of it.
    """
    quoted = QUOTED if len(news) == 1 else EACH
    groups = [group for one in news[:NAMES] for group in _about(one, quoted)]
    if len(news) > NAMES:
        rest = [f"{entity} ({len(claims)})" for entity, claims in news[NAMES:]]
        groups.append(Group((Note(md("Also new: {names}.", names=listed(rest, NAMES))),)))
    return Message(tuple(groups), _summary(news))


def _about(news: News, quoted: int) -> Iterator[Group]:
    entity, _ = news
    about, passing = _parted(news)
    yield Group((Heading(md("{entity}", entity=entity), md("You follow this · {told}", told=_told(news))),))
    for claim in about[:quoted]:
        yield Group((Quote(claim.quote, attribution(claim)),))
    notes: list[Block] = []
    if len(about) > quoted:
        notes.append(Note(md("{rest} more about {entity}.", rest=len(about) - quoted, entity=entity)))
    if passing:
        notes.append(Note(_in_passing(passing)))
    choices = Choices(buttons((f"About {entity}", "entity", entity), ("Unfollow", "unfollow", entity)))
    yield from (Group((note,)) for note in notes)
    yield Group((choices,))


def _parted(news: News) -> tuple[list[Claim], list[Claim]]:
    entity, claims = news
    about = [claim for claim in claims if any(mention.about for mention in claim.entities if mention.name == entity)]
    return about, [claim for claim in claims if claim not in about]


def _told(news: News) -> str:
    about, _ = _parted(news)
    return count(len(about), "new claim") if about else "mentioned in passing"


def _summary(news: Sequence[News]) -> str:
    if len(news) == 1:
        return f"{news[0][0]}: {_told(news[0])}"
    claims = {claim.id for _, told in news for claim in told}
    return f"{listed([entity for entity, _ in news])}: {count(len(claims), 'new claim')}"


def _in_passing(claims: Sequence[Claim]) -> Text:
    shows = listed(list(dict.fromkeys(claim.origin.show for claim in claims)))
    times = count(len(claims), "time") if len(claims) > 1 else "once"
    return md("Mentioned in passing {times} on {shows}.", times=times, shows=shows)
