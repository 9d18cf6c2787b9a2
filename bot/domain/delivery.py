"""Deliveries: what is to be sent, and how far it got."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.address import Address


class DeliveryState(StrEnum):
    """How far a delivery got; each ends sent, failed or unknown."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class DeliveryGuarantee(StrEnum):
    """What happens to a delivery if nobody can tell whether it was posted: it is sent again, or left unknown."""

    AT_LEAST_ONCE = "at_least_once"
    AT_MOST_ONCE = "at_most_once"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to send: `what` names it (`brief 2026-06-27 ai`), never its wording; `key` makes it unique.

    `token` fences off a sender whose lease ran out. `pages` are the platform's ids of those already posted; `doubt` is
    when an attempt began whose end is unknown. `id` is set once it is stored. It isn't sent before `due`, if set.
    `preferences` are how much more (above 0) or less the channel wanted about names when it was stored.
    """

    key: str
    what: str
    at: Address
    id: int = 0
    attempts: int = 0
    token: int = 0
    state: DeliveryState = DeliveryState.PENDING
    reason: str = ""
    pages: tuple[str, ...] = ()
    doubt: dt.datetime | None = None
    due: dt.datetime | None = None
    preferences: Mapping[str, int] = field(default_factory=dict, hash=False)
