"""Refusals: platforms that no longer accept the bot's token."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

_PUBLIC_REASON = "it no longer accepts the bot's token; whoever runs the bot finds out more in its log."


@dataclass(frozen=True, slots=True)
class Refusal:
    """A platform, or one space of it, no longer accepts the bot's token; `reason` says what to do about it."""

    platform: str
    reason: str
    since: dt.datetime
    space: str = ""

    @property
    def title(self) -> str:
        """What refuses, as people write it."""
        name = self.platform.capitalize()
        return f"{name}, workspace {self.space}" if self.space else name

    @property
    def public(self) -> Refusal:
        """The same for people in a chat, to whom the names of settings say nothing."""
        return replace(self, reason=_PUBLIC_REASON)

    def __str__(self) -> str:
        """Say it in one sentence."""
        return f"{self.title}: {self.reason}"
