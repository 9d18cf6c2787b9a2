"""What became of what was to be sent, for who runs the bot."""

from __future__ import annotations

from collections.abc import Sequence

from bot.message import Group, Heading, Item, Message, Note
from bot.ports import Delivery, State
from bot.text import md, say
from bot.views.words import count

_STANDING = {
    State.PENDING: "to be sent",
    State.SENDING: "being sent",
    State.SENT: "sent",
    State.FAILED: "failed",
    State.UNKNOWN: "may have arrived, or not",
}
_ANEW = "Look in the channel first where it may have arrived. `overheard deliveries --resend NUMBER` sends one anew."


def deliveries_view(listed: Sequence[Delivery], states: Sequence[State]) -> Message:
    """List deliveries by number, with where they were to go and what became of them."""
    asked = " or ".join(state.value for state in states)
    title = count(len(listed), "delivery") if listed else f"No delivery is {asked}."
    entries = tuple(Group((_entry(one),)) for one in listed)
    hint = Group((Note(say(_ANEW)),)) if any(one.state in {State.FAILED, State.UNKNOWN} for one in listed) else None
    return Message((Group((Heading(say(title)),)), *entries, *([hint] if hint else [])), title)


def _entry(one: Delivery) -> Item:
    title = md("{number} · {what}", number=str(one.id), what=one.what)
    place = md("{at} · {standing}, {tries}", at=str(one.at), standing=_STANDING[one.state], tries=_tries(one))
    return Item(title, (*place, *(md(": {why}", why=one.reason) if one.reason else ())))


def _tries(one: Delivery) -> str:
    return "1 try" if one.attempts == 1 else f"{one.attempts} tries"
