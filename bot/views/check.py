"""A statement, and who said the same or otherwise: exact words, and never a verdict."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Group, Heading, Message, Note, Prose, Quote
from bot.chat.text import md, sanitise, shorten
from bot.domain import Claim, StanceReport
from bot.views.wording import claim_byline, pluralise

MAX_PER_SIDE = 4
"""How many claims of each side are shown, the nearest first."""
MAX_NEAREST = 3

_MAX_STATEMENT_LENGTH = 200
_DISCLAIMER = "Overheard does not judge; this is who said what."


def check_view(weighed: StanceReport) -> Message:
    """Show the claims for and against a statement, or that nothing near it was said."""
    told = shorten(" ".join(sanitise(weighed.statement).split()), _MAX_STATEMENT_LENGTH)
    heading = Group((Heading(md("{found}", found=_summary(weighed)), md("Checked · “{told}”", told=told)),))
    sides = (
        *_side("For", "Much the same", weighed.supporting, MAX_PER_SIDE),
        *_side("Against", "The opposite, or another number", weighed.opposing, MAX_PER_SIDE),
        *_side("Nearest", "About it, and not clearly for or against", weighed.related[:MAX_NEAREST], MAX_NEAREST),
    )
    return Message((heading, *sides, Group((_footer(weighed),))), _summary(weighed))


def _summary(weighed: StanceReport) -> str:
    """Return how many stand on each side, as a person says it."""
    agreeing, opposing = (pluralise(len(claims), "claim") for claims in (weighed.supporting, weighed.opposing))
    if weighed.supporting or weighed.opposing:
        return f"{agreeing} for, {len(weighed.opposing):,} against" if weighed.supporting else f"{opposing} against"
    return "Nobody clearly for or against" if weighed.related else "Nothing near that was said"


def _side(title: str, kicker: str, claims: Sequence[Claim], limit: int) -> tuple[Group, ...]:
    if not claims:
        return ()
    heading = Heading(md("{title}", title=title), md("{kicker}", kicker=kicker))
    first, *others = (Quote(claim.quote, claim_byline(claim)) for claim in claims[:limit])
    rest = (Note(md("And {rest} more.", rest=len(claims) - limit)),) if len(claims) > limit else ()
    return (Group((heading, first)), *(Group((block,)) for block in (*others, *rest)))


def _footer(weighed: StanceReport) -> Prose | Note:
    if weighed.supporting or weighed.opposing or weighed.related:
        return Note(md(_DISCLAIMER))
    nothing = (
        "In what was read, nothing comes near this statement. That says nothing about whether it is true; "
        "try it in other words, with the names in it."
    )
    return Prose(md(nothing))
