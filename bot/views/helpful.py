"""Thanks for a verdict."""

from __future__ import annotations

from bot.message import Group, Message, Note
from bot.text import md


def thanks_view() -> Message:
    """Say that a verdict was kept."""
    return Message((Group((Note(md("Thank you, noted.")),)),), "Thank you, noted.")
