"""The language in which a channel is told things."""

from __future__ import annotations

from bot.message import Group, Message, Note, Prose
from bot.text import flat, md


def language_view(language: str) -> Message:
    """Say which language is used here, and how to change it."""
    chosen = md("Answers and briefs here are in **{language}**; quotes stay as they were said.", language=language)
    said = chosen if language else md("Answers here are in the language of the question, and briefs in English.")
    how = md("`language off` ends that.") if language else md("`language German` changes that.")
    return Message((Group((Prose(said), Note(how))),), flat(said))
