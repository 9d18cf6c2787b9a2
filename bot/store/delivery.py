"""What is to be sent, and what was received: each once."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from bot.ports import Address, Delivery, State
from bot.store.database import Database, Row, Session
from bot.store.rows import stamp


async def put(session: Session, deliveries: Sequence[Delivery], now: dt.datetime) -> int:
    """Keep deliveries inside a transaction that is already open; return how many were new."""
    new = 0
    for delivery in deliveries:
        new += await session.run(
            "put_delivery",
            key=delivery.key,
            what=delivery.what,
            tenant=delivery.at.tenant,
            address=str(delivery.at),
            state=delivery.state.value,
            reason=delivery.reason,
            now=stamp(now),
        )
    return new


class StoredOutbox:
    """The Outbox on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._filled = asyncio.Event()

    async def put(self, deliveries: Sequence[Delivery], now: dt.datetime) -> int:
        """Keep deliveries; a key that is already kept changes nothing."""
        async with self._database.writing() as session:
            new = await put(session, deliveries, now)
        if new:
            self._filled.set()
        return new

    async def wait(self, seconds: float) -> None:
        """Return as soon as something is put, or after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._filled.wait(), seconds)
        self._filled.clear()

    async def claim(
        self, now: dt.datetime, lease: dt.timedelta, limit: int, platforms: Collection[str] | None = None
    ) -> list[Delivery]:
        """Take due deliveries, also those whose lease ran out."""
        names = None if platforms is None else json.dumps(sorted(platforms))
        async with self._database.writing() as session:
            rows = await session.rows(
                "claim_deliveries", now=stamp(now), lease_until=stamp(now + lease), limit=limit, platforms=names
            )
        return [_delivery(row) for row in rows]

    async def settle(self, delivery: Delivery, state: State, reason: str = "", sent: str = "") -> bool:
        """Record how it went, unless the lease has passed to another."""
        values = {"id": delivery.id, "token": delivery.token, "state": state.value, "reason": reason, "sent": sent}
        return bool(await self._database.change("settle_delivery", **values))

    async def again(self, delivery: Delivery, at: dt.datetime, reason: str, *, counts: bool = True) -> bool:
        """Hand it back to be tried at a later moment."""
        values = {"id": delivery.id, "token": delivery.token, "reason": reason, "next_at": stamp(at), "counts": counts}
        return bool(await self._database.change("retry_delivery", **values))

    async def deliveries(self, tenant: str, states: Iterable[State]) -> list[Delivery]:
        """Return a space's deliveries in those states, newest first, 100 at most."""
        wanted = json.dumps([state.value for state in states])
        rows = await self._database.reading.rows("deliveries_in", tenant=tenant, states=wanted)
        return [_delivery(row) for row in rows]

    async def tidy(self, before: dt.datetime) -> int:
        """Drop what was settled or received before a moment; return how many rows."""
        async with self._database.writing() as session:
            settled = await session.run("tidy_outbox", before=stamp(before))
            return settled + await session.run("tidy_inbox", before=stamp(before))


class StoredInbox:
    """The Inbox on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
        """Write an event down; False if it was there already."""
        return bool(await self._database.changed("accept_event", event=event, payload=payload, at=stamp(now)))

    async def finish(self, event: str) -> None:
        """Forget what an event said."""
        await self._database.change("finish_event", event=event)

    async def unfinished(self, platform: str, since: dt.datetime) -> list[tuple[str, str]]:
        """Return the events of a platform that were never finished, in the order they came."""
        rows = await self._database.reading.rows("unfinished_events", platform=platform, since=stamp(since))
        return [(row["event"], row["payload"]) for row in rows]


def _delivery(row: Row) -> Delivery:
    return Delivery(
        key=row["key"],
        what=row["what"],
        at=Address.parse(row["address"]),
        id=row["id"],
        attempts=row["attempts"],
        token=row["token"],
        state=State(row["state"]),
        reason=row["reason"],
    )
