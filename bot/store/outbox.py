"""What is to be sent, and what was received: each once."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from bot.ports import LIVING, Address, Delivery, State
from bot.store.database import Database, Row, Session
from bot.store.rows import stamp, unstamp


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
            now=stamp(delivery.due or now),
        )
    return new


class StoredOutbox:
    """The Outbox and the Sendings on a database."""

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

    async def deliveries(self, tenant: str | None, states: Iterable[State]) -> list[Delivery]:
        """Return deliveries in those states, newest first, 100 at most."""
        wanted = json.dumps([state.value for state in states])
        rows = await self._database.reading.rows("deliveries_in", tenant=tenant, states=wanted)
        return [_delivery(row) for row in rows]

    async def resend(self, id_: int, now: dt.datetime) -> bool:
        """Let a delivery that failed or is in doubt be tried anew."""
        found = bool(await self._database.change("resend_delivery", id=id_, now=stamp(now)))
        if found:
            self._filled.set()
        return found

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
        """Take due deliveries, also those whose lease ran out: whether they were posted is in doubt."""
        until = {"now": stamp(now), "lease_until": stamp(now + lease)}
        room = {"limit": limit, "in_space": in_space}
        async with self._database.writing() as session:
            rows = await session.rows(
                "claim_deliveries", platform=platform, skip=json.dumps(sorted(skip)), **until, **room
            )
        return [_delivery(row) for row in sorted(rows, key=lambda row: (row["due"], row["id"]))]

    async def renew(self, deliveries: Sequence[Delivery], until: dt.datetime) -> None:
        """Hold them for longer."""
        values = [{"id": one.id, "token": one.token, "until": stamp(until)} for one in deliveries]
        async with self._database.writing() as session:
            await session.many("renew_delivery", values)

    async def note(self, delivery: Delivery, pages: Sequence[str]) -> None:
        """Note which pages of it stand."""
        await self._database.change("note_pages", id=delivery.id, token=delivery.token, pages=json.dumps(list(pages)))

    async def settle(self, delivery: Delivery, state: State, reason: str = "", sent: str = "") -> bool:
        """Record how it went, unless the lease has passed to another."""
        values = {"id": delivery.id, "token": delivery.token, "state": state.value, "reason": reason, "sent": sent}
        return bool(await self._database.change("settle_delivery", **values))

    async def again(
        self, delivery: Delivery, at: dt.datetime, reason: str, *, counts: bool = True, doubtful: bool = False
    ) -> bool:
        """Hand it back to be tried at a later moment."""
        how = {"uncounted": int(not counts), "doubtful": int(doubtful), "reason": reason, "next_at": stamp(at)}
        return bool(await self._database.change("retry_delivery", id=delivery.id, token=delivery.token, **how))

    async def tidy(self, before: dt.datetime) -> int:
        """Drop what was settled or received before a moment; return how many rows."""
        async with self._database.writing() as session:
            settled = await session.run("tidy_outbox", before=stamp(before))
            return settled + await session.run("tidy_inbox", before=stamp(before))


class StoredInbox:
    """The Inbox on a database, as one process sees it, which is known to the others as `holder`."""

    def __init__(self, database: Database, holder: str = "") -> None:
        self._database = database
        self.holder = holder

    async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
        """Write an event down; False if it was there already."""
        values = {"event": event, "payload": payload, "at": stamp(now), "holder": self.holder}
        return bool(await self._database.changed("accept_event", **values))

    async def note(self, event: str, payload: str) -> None:
        """Write an unfinished event down anew."""
        await self._database.change("note_event", event=event, payload=payload)

    async def finish(self, event: str) -> None:
        """Forget what an event said."""
        await self._database.change("finish_event", event=event)

    async def unfinished(self, platform: str, since: dt.datetime, now: dt.datetime) -> list[tuple[str, str]]:
        """Take over the events of a platform that nobody finishes, in the order they came."""
        which = {"holder": self.holder, "platform": platform, "since": stamp(since)}
        gone = await self._database.reading.rows("holders_gone", **which, living=LIVING, now=stamp(now))
        rows = [
            row for one in gone for row in await self._database.changed("take_over_events", **which, gone=one["holder"])
        ]
        return [(row["event"], row["payload"]) for row in sorted(rows, key=lambda row: row["at"])]


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
        pages=tuple(json.loads(row["pages"])),
        doubt=unstamp(row["doubt"]) if row["doubt"] else None,
    )
