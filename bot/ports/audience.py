"""Who wants to hear, and what is kept of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.chat.message import Message
from bot.domain import Subject
from bot.ports.platform import Address


class Pace(StrEnum):
    """When a follower hears of new claims."""

    INSTANT = "instant"
    HOURLY = "hourly"
    BRIEF = "with the brief"


@dataclass(frozen=True, slots=True)
class Follow:
    """A person or channel that wants to know what is said about an entity; `state` is "on" or why nothing is sent."""

    id: int
    entity: str
    at: Address
    user: str
    pace: Pace
    zone: str
    since: dt.datetime
    state: str = "on"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which an address hears nothing: from one local wall time in `zone` until the next."""

    at: Address
    user: str
    begin: dt.time
    end: dt.time
    zone: str


@dataclass(frozen=True, slots=True)
class News:
    """What is new about one followed name: the ids of its claims, those about it first."""

    entity: str
    claims: tuple[str, ...]


class Languages(Protocol):
    """The languages in which channels, and people in direct messages, want to be told things."""

    async def language(self, at: Address) -> str:
        """Return the English name of the language of a channel, empty where none was chosen."""

    async def speak(self, at: Address, user: str, language: str) -> None:
        """Use a language in a channel from now on; an empty one ends that."""


class Audience(Protocol):
    """Follows: who hears about whom."""

    async def follow(self, follow: Follow) -> bool:
        """Begin a follow or change its pace; return whether it is new. Only what is said from now on is told."""

    async def unfollow(self, entity: str, at: Address) -> bool:
        """End a follow; return whether there was one."""

    async def following(self, at: Address) -> list[Follow]:
        """Return what is followed from here, by name."""

    async def hush(self, at: Address, quiet: Quiet | None) -> None:
        """Keep the quiet hours of an address, or end them."""

    async def quiet(self, at: Address) -> Quiet | None:
        """Return the quiet hours of an address."""


class Alerts(Protocol):
    """News for those who follow: each claim told once, one message at a time for each address."""

    async def alerts(self, now: dt.datetime) -> int:
        """Put one delivery into the outbox for each address that has news and may hear it now; count them.

        It may where the pace of a follow says now, no quiet hours say no, and it had few enough in the last hour.
        What it may not hear yet is told later, all of it in one message.
        """

    async def news(self, alert: int, at: Address) -> list[News]:
        """Return what one message tells, by name; what has ended since, or was told here before, is left out."""


class Threads(Protocol):
    """What a thread has been about, so that a follow-up question keeps its subject."""

    async def subject(self, at: Address) -> Subject:
        """Return the thread's subject, empty for a new thread."""

    async def live(self, at: Address) -> bool:
        """Return whether the bot has answered in this thread."""

    async def join(self, at: Address, user: str, now: dt.datetime) -> None:
        """Note that the bot has answered in this thread; a subject it has stays."""

    async def remember(self, at: Address, user: str, subject: Subject, now: dt.datetime) -> None:
        """Keep the thread's subject."""


class Replies(Protocol):
    """What one person was told alone, kept for them to show to the others."""

    async def keep(self, at: Address, user: str, message: Message, now: dt.datetime) -> str:
        """Keep a message for a while and return its id, which nobody can guess."""

    async def kept(self, tenant: str, id_: str) -> Message | None:
        """Return a message that was kept in this space."""


class Votes(Protocol):
    """Whether people found helpful what we said."""

    async def vote(self, at: Address, user: str, what: str, *, helped: bool, now: dt.datetime) -> None:
        """Keep a person's verdict; their last word counts."""


class Privacy(Protocol):
    """What we know of a person: theirs to read and to erase."""

    async def export(self, tenant: str, user: str) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return every row that carries the person's id, by table."""

    async def forget(self, tenant: str, user: str) -> int:
        """Erase every row that carries the person's id; return how many."""

    async def forget_space(self, tenant: str) -> int:
        """Erase what belongs to a space, its own conversations and what was read in them too; return how many rows.

        What was sent to it is kept for as long as any other, so that it is never sent again.
        """
