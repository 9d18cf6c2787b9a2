"""What people note for their own space."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from bot.domain import Conversation


@dataclass(frozen=True, slots=True)
class Jotting:
    """A note: who noted it and when, what it is called, and how many claims were found in it."""

    user: str
    at: dt.datetime
    title: str
    claims: int


class Notes(Protocol):
    """Whose notes are whose. A note is a conversation that belongs to one space alone."""

    async def put(self, tenant: str, conversation: str, user: str, now: dt.datetime) -> None:
        """Note whose a conversation of a space is, before its words are kept; whoever noted it first stands."""

    async def note(self, tenant: str, conversation: str) -> Jotting | None:
        """Return what is known of a note; None before its words are kept, and for any other space."""

    async def drop(self, tenant: str, conversation: str) -> bool:
        """Forget a note, its words and all that was read in them; return whether there was one."""

    async def tidy(self, before: dt.datetime) -> int:
        """Forget what was noted before a moment; return how many."""


class Taker(Protocol):
    """Reads a conversation that somebody waits for."""

    async def take(self, said: Conversation) -> None:
        """Keep a conversation and what is found in it, in whatever language it is; search finds it from then on."""
