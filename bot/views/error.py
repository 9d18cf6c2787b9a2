"""A failure: one sentence a person can act on, and the id that finds it in the log."""

from __future__ import annotations

from bot.message import Group, Message, Note, Prose
from bot.text import md


def error_view(sentence: str, incident: str = "") -> Message:
    """Show a failure; `incident` is its id in the log, empty for a person's own mistake."""
    said = Prose(md("{sentence}", sentence=sentence))
    note = (Note(md("Reference {incident}", incident=incident)),) if incident else ()
    return Message((Group((said, *note)),), sentence)
