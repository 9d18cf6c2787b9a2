"""A statement, and who said the same or otherwise: exact words, and never a verdict."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Group, Heading, Message, Note, Prose, Quote
from bot.chat.text import md, plain, shorten
from bot.domain import Claim, Weighed
from bot.views.wording import attribution, count

MOST = 4
"""How many claims of each side are shown, the nearest first."""
MOST_NEAR = 3

_SHOWN = 200
_JUDGES_NOT = "Overheard does not judge; this is who said what."


def check_view(weighed: Weighed) -> Message:
    """Show the claims for and against a statement, or that nothing near it was said."""
    told = shorten(" ".join(plain(weighed.statement).split()), _SHOWN)
    heading = Group((Heading(md("{found}", found=_found(weighed)), md("Checked · “{told}”", told=told)),))
    sides = (
        *_side("For", "Much the same", weighed.agreeing, MOST),
        *_side("Against", "The opposite, or another number", weighed.opposing, MOST),
        *_side("Nearest", "About it, and not clearly for or against", weighed.near[:MOST_NEAR], MOST_NEAR),
    )
    return Message((heading, *sides, Group((_ending(weighed),))), _found(weighed))


def _found(weighed: Weighed) -> str:
    """Return how many stand on each side, as a person says it."""
    agreeing, opposing = (count(len(claims), "claim") for claims in (weighed.agreeing, weighed.opposing))
    if weighed.agreeing or weighed.opposing:
        return f"{agreeing} for, {len(weighed.opposing):,} against" if weighed.agreeing else f"{opposing} against"
    return "Nobody clearly for or against" if weighed.near else "Nothing near that was said"


def _side(title: str, kicker: str, claims: Sequence[Claim], most: int) -> tuple[Group, ...]:
    if not claims:
        return ()
    heading = Heading(md("{title}", title=title), md("{kicker}", kicker=kicker))
    first, *others = (Quote(claim.quote, attribution(claim)) for claim in claims[:most])
    rest = (Note(md("And {rest} more.", rest=len(claims) - most)),) if len(claims) > most else ()
    return (Group((heading, first)), *(Group((block,)) for block in (*others, *rest)))


def _ending(weighed: Weighed) -> Prose | Note:
    if weighed.agreeing or weighed.opposing or weighed.near:
        return Note(md(_JUDGES_NOT))
    nothing = (
        "In what was read, nothing comes near this statement. That says nothing about whether it is true; "
        "try it in other words, with the names in it."
    )
    return Prose(md(nothing))
