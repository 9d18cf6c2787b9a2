"""Status: how much has been read, how fresh it is, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence

from bot.message import Block, Callout, Group, Heading, Message, Note, Stat, Stats
from bot.ports import Tally
from bot.text import md
from bot.views.words import count, day


def status_view(tally: Tally, troubles: Sequence[str] = ()) -> Message:
    """Show the counts and the newest date; each trouble is one sentence a person can act on."""
    numbers = (
        ("conversations", tally.conversations),
        ("claims", tally.claims),
        ("names", tally.entities),
        ("shows", tally.shows),
    )
    newest = f"The newest conversation is of {day(tally.newest)}." if tally.newest else "Nothing has been read yet."
    blocks: tuple[Block, ...] = (
        Heading(md("Status")),
        Stats(tuple(Stat(label, f"{number:,}") for label, number in numbers)),
        Note(md("{newest}", newest=newest)),
    )
    issues = tuple(Callout("Trouble", md("{trouble}", trouble=trouble)) for trouble in troubles)
    return Message((Group(blocks), *((Group(issues),) if issues else ())), count(tally.claims, "claim"))
