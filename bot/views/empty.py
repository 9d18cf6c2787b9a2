"""Before anything was read."""

from __future__ import annotations

from bot.message import Group, Message, Prose
from bot.text import md


def empty_view() -> Message:
    """Say that nothing has been read yet, and how to begin."""
    said = "Nothing has been read yet. Read a file or folder of transcripts: `overheard ingest PATH`."
    return Message((Group((Prose(md(said)),)),), "Nothing has been read yet")
