"""Notes: what was found in one, for whom it is and for how long."""

from __future__ import annotations

from bot.chat.message import Choices, Group, Message, Note, Prose
from bot.chat.text import md, unstyled
from bot.domain.library import NoteSummary
from bot.views.wording import buttons, pluralise


def note_saved_view(note: NoteSummary, key: str, days: int, *, new: bool) -> Message:
    """Say what was found in a note; the button sends `unnote`."""
    done = "Noted" if new else "Noted already"
    found = pluralise(note.claim_count, "claim") if note.claim_count else "no claims, but `ask` finds its words"
    said = md("{done}: **{title}**, with {found}.", done=done, title=note.title, found=md(found))
    kept = f", for {pluralise(days, 'day')}" if days else ""
    whose = md("Whoever asks in this workspace can find it, nobody else{kept}.", kept=kept)
    return Message((Group((Prose(said), Note(whose), Choices(buttons(("Forget it", "unnote", key))))),), unstyled(said))


def note_deleted_view(*, existed: bool) -> Message:
    """Say that a note is forgotten, and what that does not reach."""
    said = (
        "Forgotten, with all that was found in it; what was posted of it stays."
        if existed
        else "That note was forgotten already."
    )
    return Message((Group((Prose(md("{said}", said=said)),)),), said)
