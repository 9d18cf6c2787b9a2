"""An alert: what was newly said about somebody or something that is followed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.message import Block, Choices, Group, Heading, Message, Note, Quote
from bot.model import Claim
from bot.text import Text, md
from bot.views.words import attribution, buttons, count, listed


def alert_view(entity: str, claims: Sequence[Claim]) -> Message:
    """Show new claims about an entity; those that only mention it in passing come after, in small print."""
    about = [claim for claim in claims if _is_about(claim, entity)]
    passing = [claim for claim in claims if claim not in about]
    told = count(len(about), "new claim") if about else "mentioned in passing"
    heading = Heading(md("{entity}", entity=entity), md("You follow this · {told}", told=told))
    parts: list[tuple[Block, ...]] = [(heading,)]
    parts += [(Quote(claim.quote, attribution(claim)),) for claim in about]
    if passing:
        parts.append((Note(_in_passing(passing)),))
    parts.append((Choices(buttons((f"About {entity}", "entity", entity), ("Unfollow", "unfollow", entity))),))
    return Message(tuple(Group(part) for part in parts), f"{entity}: {told}")


def _is_about(claim: Claim, entity: str) -> bool:
    return any(mention.about for mention in claim.entities if mention.name == entity)


def _in_passing(claims: Sequence[Claim]) -> Text:
    shows = listed(list(dict.fromkeys(claim.origin.show for claim in claims)))
    times = count(len(claims), "time") if len(claims) > 1 else "once"
    return md("Mentioned in passing {times} on {shows}.", times=times, shows=shows)
