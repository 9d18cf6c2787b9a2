"""What is to be sent, and where it stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.address import Address


class DeliveryState(StrEnum):
    """Where a delivery stands; every one ends sent, failed or unknown."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class DeliveryGuarantee(StrEnum):
    """What becomes of a delivery of which nobody can tell whether it was posted: sent again, or left as unknown."""

    AT_LEAST_ONCE = "at_least_once"
    AT_MOST_ONCE = "at_most_once"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to send: `what` names it (`brief 2026-06-27 ai`), never its wording; `key` makes it unique.

    `token` fences a sender whose lease ran out. `pages` are those that stand already, by the platform's ids; `doubt`
    is when a sending began whose end is not known. `id` is set once it is kept. It is not sent before `due`, where set.
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
