"""Progress: what is being done, until the answer replaces it."""

from __future__ import annotations

from bot.message import Group, Message, Note
from bot.ports import Progress
from bot.text import md


def progress_view(progress: Progress) -> Message:
    """Show how far something long has come; a total of 0 means that nobody knows."""
    many = f"{progress.done:,} of {progress.total:,}" if progress.total else ""
    line = " · ".join(part for part in (progress.note, many) if part) or "Working"
    return Message((Group((Note(md("{line}…", line=line)),)),), f"{line}…")
