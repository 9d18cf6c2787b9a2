"""What is to be sent, and what was received: each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.ports.platform import Address


class State(StrEnum):
    """Where a delivery stands; every one ends sent, failed or unknown."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to send: `what` names it (`brief 2026-06-27 ai`), never its wording; `key` makes it unique.

    `token` fences a sender whose lease ran out. `id` is set once it is kept. It is not sent before `due`, where set.
    """

    key: str
    what: str
    at: Address
    id: int = 0
    attempts: int = 0
    token: int = 0
    state: State = State.PENDING
    reason: str = ""
    due: dt.datetime | None = None


class Outbox(Protocol):
    """What is to be sent, kept until it is settled."""

    async def put(self, deliveries: Sequence[Delivery], now: dt.datetime) -> int:
        """Keep deliveries; a key that is already kept changes nothing. Return how many were new."""

    async def claim(
        self, now: dt.datetime, lease: dt.timedelta, limit: int, platforms: Collection[str] | None = None
    ) -> list[Delivery]:
        """Take due deliveries for as long as the lease; nobody else gets them meanwhile.

        Only those of the given platforms, where some are given: the others wait for theirs to be connected.
        """

    async def settle(self, delivery: Delivery, state: State, reason: str = "", sent: str = "") -> bool:
        """Record how it went; False, and nothing changed, if the lease had passed to another."""

    async def again(self, delivery: Delivery, at: dt.datetime, reason: str, *, counts: bool = True) -> bool:
        """Hand it back to be tried at a later moment; an attempt that did not count may be made again for ever."""

    async def wait(self, seconds: float) -> None:
        """Return as soon as something is put here, at the latest after so many seconds."""

    async def deliveries(self, tenant: str, states: Iterable[State]) -> list[Delivery]:
        """Return a space's deliveries in those states, newest first."""


class Inbox(Protocol):
    """What platforms sent us, each once, kept until it is dealt with."""

    async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
        """Write an event down before any work is done on it; False if it was there already."""

    async def finish(self, event: str) -> None:
        """Note that an event was dealt with, and forget what it said."""

    async def unfinished(self, platform: str, since: dt.datetime) -> list[tuple[str, str]]:
        """Return the events of a platform that were accepted since and never finished, with what they said."""
