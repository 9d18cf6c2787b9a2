"""Status: how much has been read, how fresh it is, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence

from bot.message import Block, Callout, Group, Heading, Message, Note, Stat, Stats
from bot.ports import Delivery, Subscription, Tally
from bot.text import channel, md
from bot.views.subscribe import brief_name, since
from bot.views.words import count, day

_WHAT = {
    "brief": "The brief",
    "late": "The brief",
    "alert": "An alert",
    "reply": "A shared answer",
    "paused": "A notice",
    "silence": "A notice",
}


def status_view(tally: Tally, paused: Sequence[Subscription] = (), failed: Sequence[Delivery] = ()) -> Message:
    """Show the counts and the newest date, which subscriptions are paused and why, and what was not delivered."""
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
    issues = (*map(_paused, paused), *map(_failed, failed))
    return Message((Group(blocks), *((Group(issues),) if issues else ())), count(tally.claims, "claim"))


def _paused(one: Subscription) -> Callout:
    where = "you" if one.direct else channel(one.at.channel)
    told = md(
        "{name} for {where}: {why}{since} `resume` there brings it back.",
        name=brief_name(one.topic),
        where=where,
        why=one.state,
        since=since(one),
    )
    return Callout("Paused", told)


def _failed(one: Delivery) -> Callout:
    what = _WHAT.get(one.what.partition(" ")[0], "A message")
    return Callout(
        "Not delivered", md("{what} for {where}: {why}", what=what, where=channel(one.at.channel), why=one.reason)
    )
