"""Who follows whom, at which pace, and when they want quiet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.address import Address


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
