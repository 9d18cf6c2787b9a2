"""Which channel gets which brief, and when it is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.due_times import next_run
from bot.ports.delivery import Delivery
from bot.ports.platform import Address

ON = "on"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel that gets the brief: `at_time` local wall time in `zone` on `days` (0 is Monday).

    `state` is "on" or why it is paused, `since` since when that is known; `due` is the next run in UTC, `due_date` its
    local date, and `planned` when that was worked out.
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
    state: str = ON
    since: dt.datetime | None = None
    planned: dt.datetime | None = None

    @property
    def direct(self) -> bool:
        """Whether it goes to the person who asked for it, alone: nobody else's business."""
        return self.at.channel == self.user

    @property
    def paused(self) -> bool:
        """Whether nothing is sent."""
        return self.state != ON

    @property
    def key(self) -> str:
        """The key of the next run's delivery: one for a channel, topic and local date, however often one subscribes."""
        return f"brief/{self.due_date}/{self.at}/{self.topic}"

    @property
    def notice(self) -> str:
        """The key of the delivery that tells its owner of this pause."""
        return f"paused/{self.id}/{self.due_date}"

    def upcoming(self, now: dt.datetime) -> Subscription:
        """Return it as of its first run after a moment."""
        due, date = next_run(self.at_time, self.zone, self.days, now)
        return replace(self, due=due, due_date=date, planned=now)

    def promised(self, was: Subscription) -> Subscription:
        """Return it with the run that was promised for an earlier date; at once, where its own next one comes first."""
        return replace(self, due=was.due if was.due < self.due else self.planned or was.due, due_date=was.due_date)


@dataclass(frozen=True, slots=True)
class Silence:
    """A space that should have got briefs since a local date and got none; `users` asked for them."""

    tenant: str
    since: dt.date
    reason: str
    users: tuple[str, ...]


class Subscriptions(Protocol):
    """Who asked for which brief where."""

    async def foresee(self, wanted: Subscription) -> Subscription:
        """Return a subscription as it would be kept, with the run that would come next; nothing is kept."""

    async def subscribe(self, wanted: Subscription) -> Subscription:
        """Begin or change the subscription of a channel to a topic.

        A local date that had its brief gets no second one, and one that was about to have it keeps it.
        """

    async def unsubscribe(self, at: Address, topic: str) -> int:
        """End subscriptions of a channel (all topics where empty); return how many."""

    async def subscriptions(self, tenant: str, at: Address | None = None) -> list[Subscription]:
        """Return a space's subscriptions, or one channel's."""

    async def pause(self, at: Address, reason: str) -> list[Subscription]:
        """Stop sending to an address that cannot be posted to, follows too; return which subscriptions stopped."""


class Pauses(Protocol):
    """Subscriptions that wait for a person, since nothing could be sent."""

    async def paused(self) -> list[Subscription]:
        """Return those whose owners do not know it yet."""

    async def announce(self, paused: Subscription, now: dt.datetime, out: Sequence[Delivery]) -> bool:
        """Note that a pause is known from now on, and put its notice into the outbox, both or neither."""

    async def subscription(self, number: int, at: Address) -> Subscription | None:
        """Return one by its number, to its own space and to where its pause was told; None for anybody else."""

    async def resume(self, paused: Subscription, now: dt.datetime) -> Subscription:
        """Put one back on, and the follows of its address; days that passed are not made up for."""

    async def resume_follows(self, at: Address) -> int:
        """Put the follows of an address back on; return how many."""


class Schedule(Protocol):
    """What is due, what will be soon, and what went wrong."""

    async def due(self, now: dt.datetime) -> list[Subscription]:
        """Return those whose time has come, and those whose run was worked out by a clock that was set back since."""

    async def advance(self, due: Subscription, following: Subscription, out: Sequence[Delivery]) -> bool:
        """Move to the next run and put the deliveries into the outbox, both or neither; False if another did."""

    async def unmade(self, until: dt.datetime) -> list[tuple[str, str, dt.date]]:
        """Return space, topic and date of each edition that will be due by a moment and is not made yet."""

    async def silences(self, until: dt.date) -> list[Silence]:
        """Return each space with subscriptions that got no brief since this date or an earlier one."""
