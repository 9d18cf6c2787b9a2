"""Notes: what was found in one, for whom it is and for how long."""

from __future__ import annotations

from bot.chat.message import Choices, Group, Message, Note, Prose
from bot.chat.text import flat, md
from bot.domain.library import Jotting
from bot.views.wording import buttons, count


def noted_view(note: Jotting, key: str, days: int, *, new: bool) -> Message:
    """Say what was found in a note; the button sends `unnote`."""
    done = "Noted" if new else "Noted already"
    found = count(note.claims, "claim") if note.claims else "no claims, but `ask` finds its words"
    said = md("{done}: **{title}**, with {found}.", done=done, title=note.title, found=md(found))
    kept = f", for {count(days, 'day')}" if days else ""
    whose = md("Whoever asks in this workspace can find it, nobody else{kept}.", kept=kept)
    return Message((Group((Prose(said), Note(whose), Choices(buttons(("Forget it", "unnote", key))))),), flat(said))


def forgotten_note_view(*, was: bool) -> Message:
    """Say that a note is forgotten, and what that does not reach."""
    said = (
        "Forgotten, with all that was found in it; what was posted of it stays."
        if was
        else "That note was forgotten already."
    )
    return Message((Group((Prose(md("{said}", said=said)),)),), said)
