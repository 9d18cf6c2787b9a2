"""What is to be sent, what was received, and who holds what: each once."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress

from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.store.database import Database, Row, Session, Table
from bot.store.rows import parse_optional_timestamp, to_timestamp


async def put_deliveries(session: Session, deliveries: Sequence[Delivery], now: dt.datetime) -> int:
    """Save deliveries inside a transaction that is already open; return how many were new."""
    new = 0
    for delivery in deliveries:
        new += await session.run(
            "put_delivery",
            key=delivery.key,
            what=delivery.what,
            tenant=delivery.at.tenant,
            address=str(delivery.at),
            channel=str(delivery.at.channel_address),
            state=delivery.state.value,
            reason=delivery.reason,
            now=to_timestamp(delivery.due or now),
        )
    return new


class Outbox(Table):
    """What is to be sent, and how the sending went; what this process sends is held by `holder`."""

    def __init__(self, database: Database, holder: str = "") -> None:
        super().__init__(database)
        self.holder = holder
        self._filled = asyncio.Event()

    async def put(self, deliveries: Sequence[Delivery], now: dt.datetime) -> int:
        """Save deliveries; a key that is already there changes nothing. Return how many were new."""
        async with self._database.transaction() as session:
            new = await put_deliveries(session, deliveries, now)
        if new:
            self._filled.set()
        return new

    async def state(self, key: str) -> DeliveryState | None:
        """Return how a delivery stands; None if there is none with this key."""
        row = await self._database.reader.row("delivery_state", key=key)
        return DeliveryState(row["state"]) if row else None

    async def wait(self, seconds: float) -> None:
        """Return as soon as something is put here, at the latest after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._filled.wait(), seconds)
        self._filled.clear()

    async def deliveries(self, tenant: str | None, states: Iterable[DeliveryState]) -> list[Delivery]:
        """Return a space's deliveries in those states, newest first; everybody's for None."""
        wanted = json.dumps([state.value for state in states])
        rows = await self._database.reader.rows("deliveries_in", tenant=tenant, states=wanted)
        return [_delivery_from_row(row) for row in rows]

    async def resend(self, id_: int, now: dt.datetime) -> bool:
        """Let a delivery that failed, or whose end is unknown, be tried again; False for any other."""
        resent = bool(await self._database.run("resend_delivery", id=id_, now=to_timestamp(now)))
        if resent:
            self._filled.set()
        return resent

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
        """Take due deliveries of a platform, the oldest first; nobody else gets them during the lease.

        It takes one of an address at a time, so that they keep their order, and `in_space` of a space. Those of a space
        or an address in `skip` wait.
        """
        until = {"now": to_timestamp(now), "lease_until": to_timestamp(now + lease)}
        room = {"limit": limit, "in_space": in_space, "holder": self.holder}
        rows = await self._database.run_returning(
            "claim_deliveries", platform=platform, skip=json.dumps(sorted(skip)), **until, **room
        )
        return [_delivery_from_row(row) for row in sorted(rows, key=lambda row: (row["due"], row["id"]))]

    async def renew(self, deliveries: Sequence[Delivery], until: dt.datetime) -> None:
        """Extend the lease of deliveries."""
        values = [{"id": delivery.id, "token": delivery.token, "until": to_timestamp(until)} for delivery in deliveries]
        async with self._database.transaction() as session:
            await session.run_many("renew_delivery", values)

    async def release_held(self, has_ended: Callable[[str], bool], until: dt.datetime) -> int:
        """Let what processes held that have ended be taken at a moment, not only after the lease; return how much."""
        moment = to_timestamp(until)
        ended = [
            row["holder"]
            for row in await self._database.reader.rows("senders", until=moment)
            if has_ended(row["holder"])
        ]
        return sum([await self._database.run("release_held", holder=holder, until=moment) for holder in ended])

    async def record_pages(self, delivery: Delivery, pages: Sequence[str]) -> None:
        """Record which of its pages were posted."""
        await self._database.run("note_pages", id=delivery.id, token=delivery.token, pages=json.dumps(list(pages)))

    async def settle(self, delivery: Delivery, state: DeliveryState, reason: str = "", sent: str = "") -> bool:
        """Record how it went; False, and nothing changed, if the lease had passed to another."""
        values = {"id": delivery.id, "token": delivery.token, "state": state.value, "reason": reason, "sent": sent}
        return bool(await self._database.run("settle_delivery", **values))

    async def reschedule(
        self, delivery: Delivery, at: dt.datetime, reason: str, *, counts: bool = True, doubtful: bool = False
    ) -> bool:
        """Hand it back to be tried later; an attempt that doesn't count may be repeated for ever.

        A `doubtful` one may have been posted.
        """
        how = {"uncounted": int(not counts), "doubtful": int(doubtful), "reason": reason, "next_at": to_timestamp(at)}
        return bool(await self._database.run("retry_delivery", id=delivery.id, token=delivery.token, **how))

    async def prune(self, before: dt.datetime) -> int:
        """Delete what was settled or received before a moment; return how many rows."""
        async with self._database.transaction() as session:
            settled = await session.run("tidy_outbox", before=to_timestamp(before))
            return settled + await session.run("tidy_inbox", before=to_timestamp(before))


class Inbox(Table):
    """Received events, as one process sees them; other processes know it as `holder`."""

    def __init__(self, database: Database, holder: str = "") -> None:
        super().__init__(database)
        self.holder = holder

    async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
        """Record an event before any work on it; False if it was there already."""
        values = {"event": event, "payload": payload, "at": to_timestamp(now), "holder": self.holder}
        return bool(await self._database.run_returning("accept_event", **values))

    async def update(self, event: str, payload: str) -> None:
        """Record how far the work on an event has come."""
        await self._database.run("note_event", event=event, payload=payload)

    async def finish(self, event: str) -> None:
        """Record that an event was handled, and delete its content."""
        await self._database.run("finish_event", event=event)

    async def record_answer(self, event: str, answer: str, now: dt.datetime) -> None:
        """Record where the answer to an event stands, as its platform writes that."""
        values = {"event": event, "answer": answer, "at": to_timestamp(now), "holder": self.holder}
        await self._database.run("record_answer", **values)

    async def forget_answer(self, event: str) -> None:
        """Record that the answer to an event is gone."""
        await self._database.run("forget_answer", event=event)

    async def earlier_answers(self, question: str, event: str) -> list[tuple[str, str]]:
        """Return where the answers stand that a question got before an event that changes it, each with its event.

        The key of a change is that of the question, a slash, and what sorts after the changes before it.
        """
        rows = await self._database.reader.rows("earlier_answers", question=question, event=event)
        return [(row["event"], row["answer"]) for row in rows]

    async def is_answered(self, question: str) -> bool:
        """Return whether a question or a change of it has an answer that is known, or is being answered."""
        return bool(await self._database.reader.rows("answered", question=question, end=_end_of_changes(question)))

    async def is_changed(self, question: str, event: str) -> bool:
        """Return whether a question was changed after an event: after the question itself, or an earlier change."""
        return bool(await self._database.reader.rows("later_changes", event=event, end=_end_of_changes(question)))

    async def claim_unfinished(self, platform: str, since: dt.datetime, now: dt.datetime) -> list[tuple[str, str]]:
        """Take over a platform's events that were accepted since a moment and never finished, with their content.

        They are those of this process and of dead ones; another live process keeps its own.
        """
        which = {"holder": self.holder, "platform": platform, "since": to_timestamp(since)}
        gone = await self._database.reader.rows("holders_gone", **which, living=REPLICA_PREFIX, now=to_timestamp(now))
        rows = [
            row
            for dead in gone
            for row in await self._database.run_returning("take_over_events", **which, gone=dead["holder"])
        ]
        return [(row["event"], row["payload"]) for row in sorted(rows, key=lambda row: row["at"])]


def _end_of_changes(question: str) -> str:
    """Return what sorts right after the keys of all changes to a question."""
    return f"{question}{chr(ord('/') + 1)}"


def _delivery_from_row(row: Row) -> Delivery:
    return Delivery(
        key=row["key"],
        what=row["what"],
        at=Address.parse(row["address"]),
        id=row["id"],
        attempts=row["attempts"],
        token=row["token"],
        state=DeliveryState(row["state"]),
        reason=row["reason"],
        pages=tuple(json.loads(row["pages"])),
        doubt=parse_optional_timestamp(row["doubt"]),
        preferences=json.loads(row["preferences"]),
    )


REPLICA_PREFIX = "replica/"
"""How the lease that each replica keeps while it lives is named; the holder follows."""


class LeaseTable(Table):
    """Names held for a while, each by one holder at a time."""

    async def acquire(self, name: str, holder: str, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Take a name, or extend its lease; the row decides between those who try at once."""
        moments = {"now": to_timestamp(now), "until": to_timestamp(now + lease)}
        return bool(await self._database.run_returning("take_lease", name=name, holder=holder, **moments))

    async def release(self, name: str, holder: str) -> None:
        """Release a name."""
        await self._database.run("release_lease", name=name, holder=holder)

    async def count_held(self, prefix: str, now: dt.datetime) -> int:
        """Return how many names that begin so are held."""
        row = await self._database.reader.row("leases_held", prefix=prefix, now=to_timestamp(now))
        return int(row["held"]) if row else 0

    async def prune(self, before: dt.datetime) -> int:
        """Delete names that were held before a moment and never since; return how many."""
        return await self._database.run("tidy_leases", before=to_timestamp(before))
