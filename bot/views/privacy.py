"""Privacy: what is kept about a person, and that it was erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.message import Choices, Group, Heading, Item, Message, Note, Prose
from bot.chat.text import Text, md
from bot.views.wording import buttons, pluralise

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
