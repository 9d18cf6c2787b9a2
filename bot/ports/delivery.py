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


class Promise(StrEnum):
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
    state: State = State.PENDING
    reason: str = ""
    pages: tuple[str, ...] = ()
    doubt: dt.datetime | None = None
    due: dt.datetime | None = None


class Outbox(Protocol):
    """What is to be sent, kept until it is settled and for a while after."""

    async def put(self, deliveries: Sequence[Delivery], now: dt.datetime) -> int:
        """Keep deliveries; a key that is already kept changes nothing. Return how many were new."""

    async def wait(self, seconds: float) -> None:
        """Return as soon as something is put here, at the latest after so many seconds."""

    async def deliveries(self, tenant: str | None, states: Iterable[State]) -> list[Delivery]:
        """Return a space's deliveries in those states, newest first; everybody's for None."""

    async def resend(self, id_: int, now: dt.datetime) -> bool:
        """Let a delivery that failed, or whose end is not known, be tried anew; False for any other."""


class Sendings(Protocol):
    """Deliveries in the hands of a sender, each for as long as its lease."""

    async def claim(
        self,
        now: dt.datetime,
        lease: dt.timedelta,
        limit: int,
        platform: str,
        *,
        in_space: int = 1_000,
        skip: Collection[str] = (),
    ) -> list[Delivery]:
        """Take due deliveries of a platform, the oldest first; nobody else gets them meanwhile.

        One of an address at a time, so that they keep their order, and `in_space` of a space. Those of a space or an
        address in `skip` wait.
        """

    async def renew(self, deliveries: Sequence[Delivery], until: dt.datetime) -> None:
        """Hold them for longer."""

    async def note(self, delivery: Delivery, pages: Sequence[str]) -> None:
        """Note which pages of it stand."""

    async def settle(self, delivery: Delivery, state: State, reason: str = "", sent: str = "") -> bool:
        """Record how it went; False, and nothing changed, if the lease had passed to another."""

    async def again(
        self, delivery: Delivery, at: dt.datetime, reason: str, *, counts: bool = True, doubtful: bool = False
    ) -> bool:
        """Hand it back to be tried at a later moment; an attempt that did not count may be made again for ever.

        A `doubtful` one may have been posted.
        """


class Inbox(Protocol):
    """What platforms sent us, each once, kept until it is dealt with."""

    async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
        """Write an event down before any work is done on it; False if it was there already."""

    async def note(self, event: str, payload: str) -> None:
        """Write an event down anew, with how far the work on it has come."""

    async def finish(self, event: str) -> None:
        """Note that an event was dealt with, and forget what it said."""

    async def unfinished(self, platform: str, since: dt.datetime, now: dt.datetime) -> list[tuple[str, str]]:
        """Take over the events of a platform that were accepted since and never finished, with what they said.

        Those of this process and of processes that live no more; those of another that lives are its own.
        """
