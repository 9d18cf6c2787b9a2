"""Status: how much has been read, how fresh it is, what a language model cost, and what is in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.chat.message import Block, Callout, Choices, Group, Heading, Item, Message, Note, Prose, Stat, Stats
from bot.chat.text import Text, channel_mention, md
from bot.domain.delivery import Delivery
from bot.domain.library import LibraryStats
from bot.domain.subscription import Subscription
from bot.domain.usage import NANODOLLARS, PurposeSpending
from bot.views.subscriptions import brief_name, paused_since
from bot.views.wording import buttons, format_day, pluralise

_DELIVERY_NAMES = {
    "brief": "The brief",
    "late": "The brief",
    "alert": "An alert",
    "reply": "A shared answer",
    "paused": "A notice",
    "silence": "A notice",
}


def status_view(
    tally: LibraryStats,
    paused: Sequence[Subscription] = (),
    failed: Sequence[Delivery] = (),
    *,
    spent: Sequence[PurposeSpending] | None = None,
    reading: Sequence[PurposeSpending] | None = None,
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
    newest = (
        f"The newest conversation is of {format_day(tally.newest)}." if tally.newest else "Nothing has been read yet."
    )
    blocks: tuple[Block, ...] = (
        Heading(md("Status")),
        Stats(tuple(Stat(label, f"{number:,}") for label, number in numbers)),
        Note(md("{newest}", newest=newest)),
    )
    costs = (*_costs("The language model, here", spent), *_costs("The language model, reading for all", reading))
    issues = (*map(_paused, paused), *map(_failed, failed))
    groups = [Group(each) for each in (blocks, costs, issues) if each]
    return Message(tuple(groups), pluralise(tally.claims, "claim"))


def _costs(title: str, spent: Sequence[PurposeSpending] | None) -> Iterator[Block]:
    if spent is None:
        return
    yield Callout(title, md("{sums}", sums=_spending([(one.today, one.month) for one in spent])))
    for one in spent:
        yield Note(md("{purpose}: {sums}", purpose=one.purpose, sums=_spending([(one.today, one.month)])))
    if own := [(one.user_today, one.user_month) for one in spent if one.user_month]:
        yield Note(md("Of this you: {sums}", sums=_spending(own)))


def _spending(amounts: Sequence[tuple[int, int]]) -> str:
    today, month = (_dollars(sum(column)) for column in zip((0, 0), *amounts, strict=True))
    return f"{today} today, {month} this month (UTC)"


def _dollars(amount: int) -> str:
    """Write a sum; what is less than a dollar is told apart by its hundredths of a cent."""
    return f"${amount / NANODOLLARS:,.2f}" if amount >= NANODOLLARS or not amount else f"${amount / NANODOLLARS:.4f}"


def _paused(subscription: Subscription) -> Callout:
    where = "you" if subscription.is_direct else channel_mention(subscription.at.channel)
    told = md(
        "{name} for {where}: {why}{since} `resume` there brings it back.",
        name=brief_name(subscription.topic),
        where=where,
        why=subscription.state,
        since=paused_since(subscription),
    )
    return Callout("Paused", told)


def _failed(delivery: Delivery) -> Callout:
    what = _DELIVERY_NAMES.get(delivery.what.partition(" ")[0], "A message")
    return Callout(
        "Not delivered",
        md("{what} for {where}: {why}", what=what, where=channel_mention(delivery.at.channel), why=delivery.reason),
    )


Row = Mapping[str, object]


def personal_data_view(tables: Mapping[str, Sequence[Row]]) -> Message:
    """Show every row that carries the person's id, by table."""
    kept = {name: rows for name, rows in tables.items() if rows}
    if not kept:
        said = "Nothing is kept about you."
        return Message((Group((Prose(md("{said}", said=said)),)),), said)
    heading = Heading(md("What is kept about you"), md("Privacy"))
    groups = (Group(tuple(_item(name, row) for row in rows)) for name, rows in kept.items())
    return Message((Group((heading,)), *groups), "What is kept about you")


def erasure_preview(rows: int) -> Message:
    """Say what would be erased and ask; the button sends `privacy` with `forget yes`."""
    ask = Prose(md("Erase the {rows} kept about you?", rows=pluralise(rows, "row")))
    note = Note(md("Follows, subscriptions and questions of yours end; this cannot be undone."))
    choices = Choices(buttons(("Erase all of it", "privacy", "forget yes")))
    return Message((Group((ask, note, choices)),), "Erase what is kept about you?")


def erased_view(rows: int) -> Message:
    """Say how much was erased."""
    said = f"Erased {pluralise(rows, 'row')} about you." if rows else "Nothing was kept about you."
    return Message((Group((Prose(md("{said}", said=said)),)),), said)


def _item(table: str, row: Row) -> Item:
    return Item(md("{table}", table=table), _pairs(row))


def _pairs(row: Row) -> Text:
    return md("{pairs}", pairs=" · ".join(f"{name}: {value}" for name, value in row.items()))
