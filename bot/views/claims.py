"""Claims found, each in its speaker's exact words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Group, Heading, Message, Prose, Quote
from bot.chat.text import md
from bot.domain import Claim
from bot.views.wording import claim_byline, pluralise


def claims_view(claims: Sequence[Claim], query: str) -> Message:
    """Show claims found; `asked` says in words what was looked for."""
    if not claims:
        nothing = md("No claims found for **{asked}**. Try fewer words or a longer time.", asked=query)
        return Message((Group((Prose(nothing),)),), f"No claims found for {query}")
    found = pluralise(len(claims), "claim")
    heading = Heading(md("{asked}", asked=query), md("Claims · {found}", found=found))
    groups = tuple(Group((Quote(claim.quote, claim_byline(claim)),)) for claim in claims)
    return Message((Group((heading,)), *groups), f"{found}: {query}")
