"""Showing to everyone in a channel what one person was told alone."""

from __future__ import annotations

from dataclasses import replace

from bot.message import Choices, Group, Message, Prose
from bot.text import md
from bot.views.words import buttons


def with_share(message: Message, kept: str) -> Message:
    """Offer to share a message that was kept under an id."""
    offer = Choices(buttons(("Share here", "share", kept)))
    return replace(message, groups=(*message.groups, Group((offer,))))


def shared_view(*, new: bool) -> Message:
    """Confirm that it was shared; `new` is False where it had been."""
    said = "Shared with this channel." if new else "This channel has it already."
    return Message((Group((Prose(md("{said}", said=said)),)),), said)
