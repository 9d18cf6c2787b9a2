"""Status: how much has been read, how fresh it is, what a language model cost, and what is in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.chat.message import Block, Callout, Group, Heading, Message, Note, Stat, Stats
from bot.chat.text import channel, md
from bot.domain.delivery import Delivery
from bot.domain.library import Tally
from bot.domain.subscription import Subscription
from bot.domain.usage import DOLLAR, Spent
from bot.views.subscriptions import brief_name, since
from bot.views.wording import count, day

_WHAT = {
    "brief": "The brief",
    "late": "The brief",
    "alert": "An alert",
    "reply": "A shared answer",
    "paused": "A notice",
    "silence": "A notice",
}


def status_view(
    tally: Tally,
    paused: Sequence[Subscription] = (),
    failed: Sequence[Delivery] = (),
    *,
    spent: Sequence[Spent] | None = None,
    reading: Sequence[Spent] | None = None,
) -> Message:
    """Show the counts and the newest date, what was spent, what is paused and why, and what was not delivered.

    `spent` and `reading` are None where there is nothing to be spent, or it is nobody's here to know.
    """
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
    costs = (*_costs("The language model, here", spent), *_costs("The language model, reading for all", reading))
    issues = (*map(_paused, paused), *map(_failed, failed))
    groups = [Group(each) for each in (blocks, costs, issues) if each]
    return Message(tuple(groups), count(tally.claims, "claim"))


def _costs(title: str, spent: Sequence[Spent] | None) -> Iterator[Block]:
    if spent is None:
        return
    yield Callout(title, md("{sums}", sums=_sums([(one.today, one.month) for one in spent])))
    for one in spent:
        yield Note(md("{purpose}: {sums}", purpose=one.purpose, sums=_sums([(one.today, one.month)])))
    if own := [(one.own_today, one.own_month) for one in spent if one.own_month]:
        yield Note(md("Of this you: {sums}", sums=_sums(own)))


def _sums(amounts: Sequence[tuple[int, int]]) -> str:
    today, month = (_dollars(sum(column)) for column in zip((0, 0), *amounts, strict=True))
    return f"{today} today, {month} this month (UTC)"


def _dollars(amount: int) -> str:
    """Write a sum; what is less than a dollar is told apart by its hundredths of a cent."""
    return f"${amount / DOLLAR:,.2f}" if amount >= DOLLAR or not amount else f"${amount / DOLLAR:.4f}"


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
