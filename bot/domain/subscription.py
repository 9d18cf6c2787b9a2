"""Subscriptions and follows: who hears of what, and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.address import NOBODY, Address, Member
from bot.due_times import next_run

ACTIVE = "on"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel that gets the brief: `at_time` local wall time in `zone` on `days` (0 is Monday).

    `user_name` is how others saw its owner, and `changed` is who changed it last.
    `state` is "on" or why it is paused, `since` when that became known; `due` is the next run in UTC, `due_date` its
    local date, and `planned_at` when that was worked out.
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
    state: str = ACTIVE
    since: dt.datetime | None = None
    planned_at: dt.datetime | None = None
    user_name: str = ""
    changed: Member = NOBODY

    @property
    def is_direct(self) -> bool:
        """Whether it goes only to the person who asked for it."""
        return self.at.channel == self.user

    @property
    def is_paused(self) -> bool:
        """Whether nothing is sent."""
        return self.state != ACTIVE

    @property
    def delivery_key(self) -> str:
        """The key of the next run's delivery: one a channel, topic and local date, however many subscribe."""
        return f"brief/{self.due_date}/{self.at}/{self.topic}"

    @property
    def pause_notice_key(self) -> str:
        """The key of the delivery that tells its owner of this pause."""
        return f"paused/{self.id}/{self.due_date}"

    def with_next_run(self, now: dt.datetime) -> Subscription:
        """Return it as of its first run after a moment."""
        due, date = next_run(self.at_time, self.zone, self.days, now)
        return replace(self, due=due, due_date=date, planned_at=now)

    def with_promised_run(self, previous: Subscription) -> Subscription:
        """Return it with the run that its predecessor promised; at once, if its own next run is earlier."""
        return replace(
            self,
            due=previous.due if previous.due < self.due else self.planned_at or previous.due,
            due_date=previous.due_date,
        )


@dataclass(frozen=True, slots=True)
class DeliveryOutage:
    """A space that should have got briefs since a local date and got none; `users` asked for them."""

    tenant: str
    since: dt.date
    reason: str
    users: tuple[str, ...]


class AlertFrequency(StrEnum):
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
    pace: AlertFrequency
    zone: str
    since: dt.datetime
    state: str = "on"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours in which an address hears nothing: from one local wall time in `zone` until the next."""

    at: Address
    user: str
    begin: dt.time
    end: dt.time
    zone: str


@dataclass(frozen=True, slots=True)
class EntityNews:
    """What is new about one followed name: the ids of its claims, those about it first."""

    entity: str
    claim_ids: tuple[str, ...]
