"""Which channel gets which brief, and when it is next due."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from bot.domain.address import Address, Member
from bot.domain.delivery import Delivery
from bot.domain.subscription import DeliveryOutage, Subscription
from bot.store.database import Row, Session, Table
from bot.store.outbox import put_deliveries
from bot.store.rows import from_timestamp, optional_timestamp, parse_optional_timestamp, to_timestamp


class Subscriptions(Table):
    """Subscriptions to briefs, their pauses and their schedule."""

    async def preview(self, wanted: Subscription) -> Subscription:
        """Return a subscription as it would be saved, with its next run; nothing is saved."""
        return await _with_promised_run(self._database.reader, wanted)

    async def subscribe(self, wanted: Subscription) -> Subscription:
        """Begin or change the subscription of a channel to a topic.

        A local date that had its brief gets no second one, and one that was about to get it still does.
        """
        async with self._database.exclusive() as session:
            row = await session.row("put_subscription", **_columns(await _with_promised_run(session, wanted)))
        return _subscription_from_row(row) if row else wanted

    async def change(self, wanted: Subscription) -> Subscription | None:
        """Change when a subscription comes; one that is paused stays so. Return None if it is over."""
        async with self._database.exclusive() as session:
            values = _columns(await _with_promised_run(session, wanted))
            row = await session.row("change_subscription", **values, id=wanted.id)
        return _subscription_from_row(row) if row else None

    async def unsubscribe(self, at: Address, topic: str) -> int:
        """End a channel's subscription to a topic, or all of them if it is empty; return how many."""
        return await self._database.run("drop_subscriptions", address=str(at), topic=topic)

    async def end(self, subscription: Subscription) -> int:
        """End one subscription; return how many ended: none if it was over already."""
        return await self._database.run("drop_subscription", id=subscription.id)

    async def subscriptions(self, tenant: str | None, at: Address | None = None) -> list[Subscription]:
        """Return a space's subscriptions, or one channel's; those of all spaces if it is None."""
        address = str(at) if at else None
        rows = await self._database.reader.rows("subscriptions_of", tenant=tenant, address=address)
        return [_subscription_from_row(row) for row in rows]

    async def subscription_to(self, at: Address, topic: str) -> Subscription | None:
        """Return a channel's subscription to a topic, which another to the same takes the place of."""
        row = await self._database.reader.row("subscription_to", address=str(at), topic=topic)
        return _subscription_from_row(row) if row else None

    async def oldest(self, platforms: Iterable[str], unreachable: Iterable[str]) -> Subscription | None:
        """Return the oldest on some platforms that isn't paused, of anybody but those people: each a `slack:T1/U1`."""
        wanted = {"platforms": json.dumps(sorted(platforms)), "unreachable": json.dumps(sorted(unreachable))}
        row = await self._database.reader.row("oldest_subscription", **wanted)
        return _subscription_from_row(row) if row else None

    async def pause(self, at: Address, reason: str) -> list[Subscription]:
        """Stop sending to an address that cannot be posted to, its follows included; return the subscriptions."""
        async with self._database.transaction() as session:
            rows = await session.rows("pause_subscriptions", address=str(at), reason=reason)
            await session.run("pause_follows", address=str(at), reason=reason)
        return [_subscription_from_row(row) for row in rows]

    async def subscription(self, number: int, at: Address) -> Subscription | None:
        """Return one by its number, for its own space and the place where its pause was announced; else None."""
        row = await self._database.reader.row("subscription_by_id", id=number, tenant=at.tenant, address=str(at))
        return _subscription_from_row(row) if row else None

    async def resume_follows(self, at: Address) -> int:
        """Resume the follows of an address; return how many."""
        return await self._database.run("resume_follows", address=str(at))

    async def resume(self, paused: Subscription, now: dt.datetime) -> Subscription:
        """Resume a subscription and the follows of its address; missed days are not made up for."""
        async with self._database.exclusive() as session:
            resumed = await _skip_served_dates(session, paused.with_next_run(now))
            row = await session.row(
                "resume_subscription",
                id=resumed.id,
                **_owner_columns(resumed),
                **_run_columns(resumed),
                **_change_columns(resumed),
            )
            await session.run("resume_follows", address=str(paused.at))
        return _subscription_from_row(row) if row else paused

    async def due(self, now: dt.datetime) -> list[Subscription]:
        """Return those that are due, and those whose run was planned by a clock that was set back since."""
        rows = await self._database.reader.rows("subscriptions_due", now=to_timestamp(now))
        return [_subscription_from_row(row) for row in rows]

    async def advance(self, due: Subscription, following: Subscription, out: Sequence[Delivery]) -> bool:
        """Move to the next run and queue the deliveries, both or neither; False if another process did."""
        planned = {"was_due": to_timestamp(due.due), "was_planned": optional_timestamp(due.planned_at)}
        async with self._database.exclusive() as session:
            run = _run_columns(await _skip_served_dates(session, following))
            moved = await session.run("advance_subscription", id=due.id, **planned, **run)
            if moved:
                await put_deliveries(session, out, due.due)
        return bool(moved)

    async def unmade_editions(self, until: dt.datetime) -> list[tuple[str, str, dt.date]]:
        """Return space, topic and date of each edition that is due by a moment and isn't made yet."""
        rows = await self._database.reader.rows("editions_unmade", until=to_timestamp(until))
        return [(row["tenant"], row["topic"], dt.date.fromisoformat(row["due_date"])) for row in rows]

    async def unannounced_pauses(self) -> list[Subscription]:
        """Return those that are paused without their owners knowing."""
        return [_subscription_from_row(row) for row in await self._database.reader.rows("subscriptions_paused")]

    async def announce(self, paused: Subscription, now: dt.datetime, out: Sequence[Delivery]) -> bool:
        """Record that a pause is known from now on and queue its notice, both or neither."""
        async with self._database.transaction() as session:
            announced = await session.run("announce_pause", id=paused.id, state=paused.state, since=to_timestamp(now))
            if announced:
                await put_deliveries(session, out, now)
        return bool(announced)

    async def silences(self, until: dt.date) -> list[DeliveryOutage]:
        """Return each space with subscriptions that got no brief since this date or an earlier one."""
        rows = await self._database.reader.rows("silences", until=until.isoformat())
        return [
            DeliveryOutage(tenant, dt.date.fromisoformat(since), reason, tuple(row["user"] for row in users))
            for (tenant, since, reason), users in groupby(
                rows, lambda row: (row["tenant"], row["since"], row["reason"])
            )
        ]


async def _with_promised_run(session: Session, wanted: Subscription) -> Subscription:
    """Keep a promised run on a date that the new plan would skip; skip dates that had their brief."""
    row = await session.row("subscription_to", address=str(wanted.at), topic=wanted.topic)
    old = _subscription_from_row(row) if row else None
    if old and not old.is_paused and old.due_date < wanted.due_date and old.due_date.weekday() in wanted.days:
        wanted = wanted.with_promised_run(old)
    return await _skip_served_dates(session, wanted)


async def _skip_served_dates(session: Session, wanted: Subscription) -> Subscription:
    """Move a subscription on to the first local date that has had no brief."""
    while await session.row("had_brief", key=wanted.delivery_key):
        wanted = replace(wanted.with_next_run(wanted.due), planned_at=wanted.planned_at)
    return wanted


def _subscription_from_row(row: Row) -> Subscription:
    return Subscription(
        id=row["id"],
        topic=row["topic"],
        at=Address.parse(row["address"]),
        user=row["user"],
        at_time=dt.time.fromisoformat(row["at_time"]),
        zone=row["zone"],
        days=frozenset(int(day) for day in row["days"]),
        due=from_timestamp(row["due"]),
        due_date=dt.date.fromisoformat(row["due_date"]),
        state=row["state"],
        since=parse_optional_timestamp(row["since"]),
        planned_at=parse_optional_timestamp(row["planned"]),
        user_name=row["user_name"],
        changed=Member(row["changed_by"], row["changed_name"]),
    )


def _columns(subscription: Subscription) -> dict[str, object]:
    return {
        **_owner_columns(subscription),
        **_run_columns(subscription),
        **_change_columns(subscription),
        "user": subscription.user,
        "user_name": subscription.user_name,
        "topic": subscription.topic,
        "at_time": subscription.at_time.isoformat("minutes"),
        "zone": subscription.zone,
        "days": "".join(str(day) for day in sorted(subscription.days)),
    }


def _owner_columns(subscription: Subscription) -> dict[str, object]:
    return {"tenant": subscription.at.tenant, "address": str(subscription.at)}


def _change_columns(subscription: Subscription) -> dict[str, object]:
    return {"changed_by": subscription.changed.user, "changed_name": subscription.changed.name}


def _run_columns(subscription: Subscription) -> dict[str, object]:
    return {
        "due": to_timestamp(subscription.due),
        "due_date": subscription.due_date.isoformat(),
        "planned": optional_timestamp(subscription.planned_at),
    }
