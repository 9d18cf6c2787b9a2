"""Status: how much has been read, how fresh it is, what a language model cost, and any problems; personal data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.chat.message import Block, Callout, Group, Heading, Item, Message, Note, Stat, Stats
from bot.chat.text import channel_mention, md, styled_text
from bot.domain.delivery import Delivery
from bot.domain.library import LibraryStats
from bot.domain.refusal import Refusal
from bot.domain.subscription import Subscription
from bot.domain.usage import NANODOLLARS, PurposeSpending
from bot.views.subscriptions import brief_name, paused_since
from bot.views.wording import choices, format_day, format_local_time, line_view, pluralise, with_cancel

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
    refusals: Sequence[Refusal] = (),
) -> Message:
    """Show the counts and the latest date, what was spent, what is out of order or paused, and what wasn't delivered.

    `spent` and `reading` are None if there is no model to pay for, or if the person may not see the sums.
    """
    numbers = (
        ("conversations", tally.conversations),
        ("claims", tally.claims),
        ("names", tally.entities),
        ("shows", tally.shows),
    )
    newest = f"Latest conversation: {format_day(tally.newest)}." if tally.newest else "Nothing has been read yet."
    blocks: tuple[Block, ...] = (
        Heading(md("Status")),
        Stats(tuple(Stat(label, f"{number:,}") for label, number in numbers)),
        Note(styled_text(newest)),
    )
    costs = (*_costs("Language model, here", spent), *_costs("Language model, shared reading", reading))
    issues = (*map(_refused, refusals), *map(_paused, paused), *map(_failed, failed))
    groups = [Group(each) for each in (blocks, costs, issues) if each]
    return Message(tuple(groups), pluralise(tally.claims, "claim"))


def _costs(title: str, spent: Sequence[PurposeSpending] | None) -> Iterator[Block]:
    if spent is None:
        return
    yield Callout(title, styled_text(_spending([(item.today, item.month) for item in spent])))
    for item in spent:
        yield Note(md("{purpose}: {sums}", purpose=item.purpose, sums=_spending([(item.today, item.month)])))
    if own := [(item.user_today, item.user_month) for item in spent if item.user_month]:
        yield Note(md("Your share: {sums}", sums=_spending(own)))


def _spending(amounts: Sequence[tuple[int, int]]) -> str:
    today, month = (_dollars(sum(column)) for column in zip((0, 0), *amounts, strict=True))
    return f"{today} today, {month} this month (UTC)"


def _dollars(amount: int) -> str:
    """Format a sum; below a dollar, to a hundredth of a cent."""
    return f"${amount / NANODOLLARS:,.2f}" if amount >= NANODOLLARS or not amount else f"${amount / NANODOLLARS:.4f}"


def _refused(refusal: Refusal) -> Callout:
    since = format_local_time(refusal.since, "UTC")
    return Callout("Not working", md("{refusal} Since {since}.", refusal=str(refusal), since=since))


def _paused(subscription: Subscription) -> Callout:
    where = "you" if subscription.is_direct else channel_mention(subscription.at.channel)
    problem = md(
        "{name} for {where}: {why}{since} `resume` there restarts it.",
        name=brief_name(subscription.topic),
        where=where,
        why=subscription.state,
        since=paused_since(subscription),
    )
    return Callout("Paused", problem)


def _failed(delivery: Delivery) -> Callout:
    what = _DELIVERY_NAMES.get(delivery.what.partition(" ")[0], "A message")
    return Callout(
        "Not delivered",
        md("{what} for {where}: {why}", what=what, where=channel_mention(delivery.at.channel), why=delivery.reason),
    )


Row = Mapping[str, object]


_KEPT: Mapping[str, tuple[str, str]] = {
    "follows": ("followed name", "with how often you hear of it, and where"),
    "listeners": ("quiet-hours setting", "when alerts are held back"),
    "languages": ("language choice", "for the channels where you chose it"),
    "subscriptions": ("subscription", "when a brief comes, where to, and on what"),
    "threads": ("remembered subject", "what you asked about last, so that a follow-up question is understood"),
    "votes": ("verdict", "whether you found a brief or an answer helpful"),
    "preferences": ("preference", "what you want more or less of in briefs"),
    "sources": ("file or folder you added", ""),
    "feeds": ("web source you added", "with its login, encrypted, if it needs one"),
    "replies": ("answer only you could see", "kept for a while so that you can share it"),
    "spending": ("spending total", "what your questions cost, a day and a purpose each"),
    "reserved": ("open reservation", "what a question of yours may cost until it is answered"),
    "notes": ("note you saved", "with what was read in it"),
}
"""What a row of each table that may carry a person's id is called, and what is in it."""


def kept_view(tables: Mapping[str, Sequence[Row]]) -> Message:
    """Say in words what is kept about a person; the buttons send `privacy` with `export`, and with `forget`."""
    kept = {name: len(rows) for name, rows in tables.items() if rows}
    if not kept:
        return line_view("Nothing is kept about you.")
    items = (Item(styled_text(_counted(name, count)), styled_text(_KEPT[name][1])) for name, count in kept.items())
    actions = choices(("Export all of it", "privacy", "export"), ("Erase all of it", "privacy", "forget"))
    note = Note(md("Each carries your id. Erasing ends your follows, too; a channel keeps its briefs and sources."))
    heading = Heading(md("What is kept about you"), md("Privacy"))
    return Message((Group((heading, *items, note, *actions)),), "What is kept about you")


def _counted(table: str, count: int) -> str:
    """Return how many there are of what a table holds: 2 notes you saved."""
    noun, you, rest = _KEPT[table][0].partition(" you ")
    return f"{pluralise(count, noun)}{you}{rest}"


def personal_data_view(tables: Mapping[str, Sequence[Row]]) -> Message:
    """Show every row that carries the person's id, by table."""
    kept = {name: rows for name, rows in tables.items() if rows}
    if not kept:
        return line_view("Nothing is kept about you.")
    heading = Heading(md("What is kept about you"), md("Privacy"))
    groups = (Group(tuple(_row_item(name, row) for row in rows)) for name, rows in kept.items())
    return Message((Group((heading,)), *groups), "What is kept about you")


def erasure_preview(rows: int) -> Message:
    """Say what would be erased and ask; the button sends `privacy` with `forget yes`."""
    ask = md("Erase the {records} kept about you?", records=pluralise(rows, "record"))
    note = Note(md("Your follows and questions go, too; a channel keeps its briefs. This can't be undone."))
    erase = with_cancel(choices(("Erase all of it", "privacy", "forget yes")))
    return line_view(ask, note, *erase, summary="Erase what is kept about you?")


def erased_view(rows: int) -> Message:
    """Say how much was erased."""
    return line_view(f"Erased {pluralise(rows, 'record')} about you." if rows else "Nothing was kept about you.")


def _row_item(table: str, row: Row) -> Item:
    return Item(styled_text(table), styled_text(" · ".join(f"{name}: {value}" for name, value in row.items())))
