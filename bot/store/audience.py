"""Who wants to hear: follows and subscriptions, each with the moment it is next due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.calendar import EVERY_DAY, next_run
from bot.model import Entity, Kind
from bot.ports import Address, Delivery, Follow, Pace, Subscription
from bot.store.database import Database, Row, Session
from bot.store.delivery import put
from bot.store.library import keep_entities
from bot.store.rows import fold, stamp, unstamp

WITH_THE_BRIEF = dt.time(8)
"""The local wall time of alerts that wait for the brief."""


class StoredAudience:
    """The Audience on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow(self, follow: Follow) -> bool:
        """Begin a follow or change its pace; a name nobody has spoken of yet may be followed too."""
        # Alone, so that no claim that others may hear of later gets a lower number than those seen here.
        async with self._database.alone() as session:
            await keep_entities(session, [Entity(follow.entity, Kind.TOPIC)])
            target = await _target(session, follow.entity)
            row = await session.row("put_follow", entity=target, **_follow_values(follow))
        return bool(row and row["new"])

    async def unfollow(self, entity: str, at: Address) -> bool:
        """End a follow; return whether there was one."""
        return bool(await self._database.change("drop_follow", address=str(at), fold=fold(entity)))

    async def following(self, at: Address) -> list[Follow]:
        """Return what is followed from here, by name."""
        return [_follow(row) for row in await self._database.reading.rows("follows_at", address=str(at))]

    async def alerts(self, now: dt.datetime) -> int:
        """Put one delivery into the outbox for each follow that has news and whose pace says now."""
        if not await self._database.reading.rows("follows_due", now=stamp(now)):
            return 0
        async with self._database.writing() as session:
            due = await session.rows("follows_due", now=stamp(now))
            for row in due:
                await _alert(session, row, now)
        return len(due)

    async def news(self, follow: int, after: int, until: int) -> tuple[Follow, list[str]] | None:
        """Return a follow and the claims of one alert, those about the entity first."""
        reading = self._database.reading
        row = await reading.row("follow_by_id", follow=follow)
        if row is None:
            return None
        claims = await reading.rows("claims_for_follow", follow=follow, after=after, until=until)
        return _follow(row), [claim["key"] for claim in claims]


class StoredSubscriptions:
    """The Subscriptions on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def subscribe(self, subscription: Subscription) -> Subscription:
        """Begin or change the subscription of a channel to a topic."""
        async with self._database.writing() as session:
            await session.row("put_subscription", **_values(subscription))
        kept = await self.subscriptions(subscription.at.tenant, subscription.at)
        return next(other for other in kept if other.topic == subscription.topic)

    async def unsubscribe(self, at: Address, topic: str) -> int:
        """End subscriptions of a channel (all topics where empty); return how many."""
        return await self._database.change("drop_subscriptions", address=str(at), topic=topic)

    async def subscriptions(self, tenant: str, at: Address | None = None) -> list[Subscription]:
        """Return a space's subscriptions, or one channel's."""
        address = str(at) if at else None
        rows = await self._database.reading.rows("subscriptions_of", tenant=tenant, address=address)
        return [_subscription(row) for row in rows]

    async def due(self, now: dt.datetime) -> list[Subscription]:
        """Return those whose time has come."""
        rows = await self._database.reading.rows("subscriptions_due", now=stamp(now))
        return [_subscription(row) for row in rows]

    async def advance(
        self, due: Subscription, due_next: dt.datetime, date_next: dt.date, out: Sequence[Delivery]
    ) -> bool:
        """Move to the next run and put the deliveries into the outbox, both or neither; False if another did."""
        following = {"due": stamp(due_next), "due_date": date_next.isoformat()}
        async with self._database.writing() as session:
            moved = await session.run("advance_subscription", id=due.id, was=stamp(due.due), **following)
            if moved:
                await put(session, out, due.due)
        return bool(moved)

    async def pause(self, at: Address, reason: str) -> int:
        """Stop sending to a channel that cannot be posted to, and keep why; return how many stopped."""
        return await self._database.change("pause_subscriptions", address=str(at), reason=reason)


def _next(pace: Pace, zone: str, now: dt.datetime) -> dt.datetime:
    match pace:
        case Pace.INSTANT:
            return now
        case Pace.HOURLY:
            return now + dt.timedelta(hours=1)
        case Pace.BRIEF:
            return next_run(WITH_THE_BRIEF, zone, EVERY_DAY, now)[0]


async def _target(session: Session, entity: str) -> int:
    row = await session.row("follow_target", fold=fold(entity))
    return int(row["entity"]) if row else 0


async def _alert(session: Session, row: Row, now: dt.datetime) -> None:
    span = f"{row['id']}/{row['seen']}-{row['newest']}"
    out = Delivery(f"alert/{span}", f"alert {span}", Address.parse(row["address"]))
    next_at = stamp(_next(Pace(row["pace"]), row["zone"], now))
    if await session.run("follow_told", follow=row["id"], seen=row["seen"], newest=row["newest"], next_at=next_at):
        await put(session, [out], now)


def _follow_values(follow: Follow) -> dict[str, object]:
    begin = _next(follow.pace, follow.zone, follow.since) if follow.pace is Pace.BRIEF else follow.since
    return {
        "tenant": follow.at.tenant,
        "address": str(follow.at),
        "user": follow.user,
        "pace": follow.pace.value,
        "zone": follow.zone,
        "since": stamp(follow.since),
        "next_at": stamp(begin),
    }


def _follow(row: Row) -> Follow:
    at = Address.parse(row["address"])
    return Follow(row["id"], row["name"], at, row["user"], Pace(row["pace"]), row["zone"], unstamp(row["since"]))


def _subscription(row: Row) -> Subscription:
    return Subscription(
        id=row["id"],
        topic=row["topic"],
        at=Address.parse(row["address"]),
        user=row["user"],
        at_time=dt.time.fromisoformat(row["at_time"]),
        zone=row["zone"],
        days=frozenset(int(day) for day in row["days"]),
        due=unstamp(row["due"]),
        due_date=dt.date.fromisoformat(row["due_date"]),
        state=row["state"],
    )


def _values(subscription: Subscription) -> dict[str, object]:
    return {
        "tenant": subscription.at.tenant,
        "address": str(subscription.at),
        "user": subscription.user,
        "topic": subscription.topic,
        "at_time": subscription.at_time.isoformat("minutes"),
        "zone": subscription.zone,
        "days": "".join(str(day) for day in sorted(subscription.days)),
        "due": stamp(subscription.due),
        "due_date": subscription.due_date.isoformat(),
        "state": subscription.state,
    }
