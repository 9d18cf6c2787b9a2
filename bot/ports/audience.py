"""Who wants to hear, and what is kept of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.message import Message
from bot.model import Subject
from bot.ports.delivery import Delivery
from bot.ports.platform import Address


class Pace(StrEnum):
    """When a follower hears of new claims."""

    INSTANT = "instant"
    HOURLY = "hourly"
    BRIEF = "with the brief"


@dataclass(frozen=True, slots=True)
class Follow:
    """A person or channel that wants to know what is said about an entity."""

    id: int
    entity: str
    at: Address
    user: str
    pace: Pace
    zone: str
    since: dt.datetime


class Audience(Protocol):
    """Follows: who hears about whom."""

    async def follow(self, follow: Follow) -> bool:
        """Begin a follow or change its pace; return whether it is new. Only what is said from now on is told."""

    async def unfollow(self, entity: str, at: Address) -> bool:
        """End a follow; return whether there was one."""

    async def following(self, at: Address) -> list[Follow]:
        """Return what is followed from here, by name."""

    async def alerts(self, now: dt.datetime) -> int:
        """Put one delivery into the outbox for each follow with new claims whose pace says now; count them."""

    async def news(self, follow: int, after: int, until: int) -> tuple[Follow, list[str]] | None:
        """Return a follow and the ids of the claims of one alert; None where the follow has ended."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel that gets the brief: `at_time` local wall time in `zone` on `days` (0 is Monday).

    `state` is "on" or why it is paused; `due` the next run in UTC, `due_date` its local date.
    """

    id: int
    topic: str
    at: Address
    user: str
    at_time: dt.time
    zone: str
    days: frozenset[int]
    due: dt.datetime
    due_date: dt.date
    state: str = "on"

    @property
    def direct(self) -> bool:
        """Whether it goes to the person who asked for it, alone: nobody else's business."""
        return self.at.channel == self.user


class Subscriptions(Protocol):
    """Which channel gets which brief, and when."""

    async def subscribe(self, subscription: Subscription) -> Subscription:
        """Begin or change the subscription of a channel to a topic."""

    async def unsubscribe(self, at: Address, topic: str) -> int:
        """End subscriptions of a channel (all topics where empty); return how many."""

    async def subscriptions(self, tenant: str, at: Address | None = None) -> list[Subscription]:
        """Return a space's subscriptions, or one channel's."""

    async def due(self, now: dt.datetime) -> list[Subscription]:
        """Return those whose time has come."""

    async def advance(
        self, due: Subscription, due_next: dt.datetime, date_next: dt.date, out: Sequence[Delivery]
    ) -> bool:
        """Move to the next run and put the deliveries into the outbox, both or neither; False if another did."""

    async def pause(self, at: Address, reason: str) -> int:
        """Stop sending to a channel that cannot be posted to, and keep why; return how many stopped."""


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
