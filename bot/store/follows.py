"""Who follows whom, and the alerts that are due to them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from bot.domain import Entity, EntityKind
from bot.domain.address import Address
from bot.domain.subscription import AlertFrequency, EntityNews, Follow, QuietHours
from bot.due_times import EVERY_DAY, next_run, quiet_hours_end
from bot.store.database import Row, Session, Table
from bot.store.library import WINDOW_DAYS, save_entities
from bot.store.rows import fold_name, from_timestamp, to_timestamp

BRIEF_ALERT_TIME = dt.time(8)
"""The local time of alerts that wait for the brief."""

MAX_ALERTS_PER_HOUR = 10
"""How many alerts an address gets in an hour; the rest comes in one when the hour is over."""

BATCH = 200
"""How many addresses get their alerts in one transaction, which takes some 10 ms."""

CLAIMS_AT_ONCE, FOLLOWS_AT_ONCE = 1_000, 1_000
"""How many claims are looked at, and how many follows marked, in one go; marking takes some 5 ms."""

BREATH_SECONDS = 0.005
"""The pause after each transaction: another process only gets to write if it looks while nobody else does."""

LONGEST_WAIT = dt.timedelta(hours=49)
"""No alert waits longer, even if the clocks skip a day; a later moment comes from a clock that was set back."""


class Follows(Table):
    """Follows of entities, and the alerts about them."""

    async def follow(self, follow: Follow) -> bool:
        """Begin a follow or change its pace; return whether it is new. Only what is said from now on counts."""
        # Exclusive, so that no claim that is saved later gets a lower id than those seen here.
        async with self._database.exclusive() as session:
            await save_entities(session, [Entity(follow.entity, EntityKind.TOPIC)])
            target = await _followed_entity(session, follow.entity)
            row = await session.row("put_follow", entity=target, **_follow_columns(follow))
        return bool(row and row["new"])

    async def unfollow(self, entity: str, at: Address) -> bool:
        """End a follow; return whether there was one."""
        return bool(await self._database.run("drop_follow", address=str(at), fold=fold_name(entity)))

    async def following(self, at: Address) -> list[Follow]:
        """Return what is followed from here, by name."""
        return [_follow_from_row(row) for row in await self._database.reader.rows("follows_at", address=str(at))]

    async def set_quiet_hours(self, at: Address, quiet: QuietHours | None) -> None:
        """Set the quiet hours of an address, or end them."""
        if quiet is None:
            await self._database.run("drop_quiet", address=str(at))
            return
        hours = {"quiet_from": quiet.begin.isoformat("minutes"), "quiet_to": quiet.end.isoformat("minutes")}
        await self._database.run(
            "put_quiet", address=str(at), tenant=at.tenant, user=quiet.user, zone=quiet.zone, **hours
        )

    async def quiet_hours(self, at: Address) -> QuietHours | None:
        """Return the quiet hours of an address."""
        row = await self._database.reader.row("quiet_at", address=str(at))
        return _quiet_from_row(row) if row else None

    async def queue_alerts(self, now: dt.datetime) -> int:
        """Queue a delivery for each address that has news and may get it now; return how many.

        It may if the pace of a follow allows it, no quiet hours forbid it, and it had few enough in the last hour. What
        it may not get yet comes later, all in one message.
        """
        await self._collect_news(now)
        times = _times(now)
        queued, ahead = 0, ""
        while addresses := await self._addresses_after(ahead, times):
            async with self._database.exclusive() as session:
                await _hold_until_quiet_ends(session, addresses, now)
                queued += await _queue_messages(session, addresses, now)
            ahead = addresses[-1]
            await asyncio.sleep(BREATH_SECONDS)
        return queued

    async def news(self, alert: int, at: Address) -> list[EntityNews]:
        """Return the news of one alert by name, without follows that ended and claims that this address had before."""
        row = await self._database.reader.row("alert_at", alert=alert, address=str(at))
        if row is None:
            return []
        since = _news_since(from_timestamp(row["at"]) - LONGEST_WAIT)
        rows = await self._database.reader.rows("alert_news", alert=alert, address=str(at), since=since)
        seen: set[str] = set()
        news = []
        for name, claims in groupby(rows, lambda row: row["name"]):
            keys = tuple(dict.fromkeys(claim["key"] for claim in claims if claim["key"] not in seen))
            seen.update(keys)
            news += [EntityNews(name, keys)] if keys else []
        return news

    async def prune(self, before: dt.datetime) -> int:
        """Delete alerts from before a moment; return how many."""
        return await self._database.run("tidy_alerts", before=to_timestamp(before))

    async def _collect_news(self, now: dt.datetime) -> None:
        """Mark the follows for which there is news in what was read since the last time."""
        row = await self._database.reader.row("unheard")
        after, newest = (row["after"], row["until"]) if row else (0, 0)
        while after < newest:
            until = min(after + CLAIMS_AT_ONCE, newest)
            await self._hear(after, until, _news_since(now))
            await self._database.run("heard", until=until)
            after = until

    async def _hear(self, after: int, until: int, since: str) -> None:
        """Mark the follows that want to hear of the claims after one and up to another, some at a time.

        If this is interrupted, or done by two processes at once, it can be done again: a mark only ever moves on.
        """
        names = await self._database.reader.rows("fresh_names", after=after, until=until, since=since)
        for marks in _in_batches(mark for name in names for mark in _marks(name)):
            async with self._database.exclusive() as session:
                await session.run_many("hear", marks)
            await asyncio.sleep(BREATH_SECONDS)

    async def _addresses_after(self, address: str, times: dict[str, str]) -> list[str]:
        """Return the next addresses that have news and may get it, in their order."""
        rows = await self._database.reader.rows(
            "alerts_ahead", after=address, size=BATCH, most=MAX_ALERTS_PER_HOUR, **times
        )
        return [row["address"] for row in rows]


def _marks(name: Row) -> Iterator[dict[str, object]]:
    """Yield what marks all followers of a name, in spans of ids that none has too many of."""
    first, last = name["first"], name["last"]
    if name["followers"] <= FOLLOWS_AT_ONCE:
        yield dict(name)
        return
    for start in range(first, last + 1, FOLLOWS_AT_ONCE):
        yield {**name, "first": start, "last": start + FOLLOWS_AT_ONCE - 1, "followers": FOLLOWS_AT_ONCE}


def _in_batches(marks: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield marks together as long as they don't reach too many follows."""
    batch: list[dict[str, Any]] = []
    room = FOLLOWS_AT_ONCE
    for mark in marks:
        if batch and mark["followers"] > room:
            yield batch
            batch, room = [], FOLLOWS_AT_ONCE
        batch.append(mark)
        room -= mark["followers"]
    if batch:
        yield batch


async def _hold_until_quiet_ends(session: Session, addresses: list[str], now: dt.datetime) -> None:
    """Hold the news of those who have quiet hours now until these end."""
    rows = await session.rows("quiet_listeners", addresses=json.dumps(addresses))
    ends = (
        (quiet.at, quiet_hours_end(quiet.begin, quiet.end, quiet.zone, now)) for quiet in map(_quiet_from_row, rows)
    )
    await session.run_many("hold", [{"address": str(at), "held": to_timestamp(end)} for at, end in ends if end])


async def _queue_messages(session: Session, addresses: list[str], now: dt.datetime) -> int:
    """Put the alerts of these addresses into the outbox, and mark their claims as told."""
    newest = await session.row("newest_alert")
    new, times = {"before": newest["id"] if newest else 0}, _times(now)
    queued = await session.run("put_alerts", addresses=json.dumps(addresses), most=MAX_ALERTS_PER_HOUR, **times)
    if queued:
        await session.run("put_alerted", **new, **times)
        await session.run("put_alert_deliveries", **new, **times)
        await session.run("follows_told", **new, **times)
        zones = [row["zone"] for row in await session.rows("zones_with_the_brief", **new)]
        await session.run_many(
            "follows_next", [{**new, "zone": zone, "next_at": _next_brief_alert(zone, now)} for zone in zones]
        )
    return queued


def _times(now: dt.datetime) -> dict[str, str]:
    hour = dt.timedelta(hours=1)
    return {
        "now": to_timestamp(now),
        "hour": to_timestamp(now + hour),
        "hour_ago": to_timestamp(now - hour),
        "far": to_timestamp(now + LONGEST_WAIT),
    }


def _news_since(now: dt.datetime) -> str:
    """Return the date since which what is said counts as news."""
    return (now - dt.timedelta(days=WINDOW_DAYS)).date().isoformat()


def _next_brief_alert(zone: str, now: dt.datetime) -> str:
    return to_timestamp(next_run(BRIEF_ALERT_TIME, zone, EVERY_DAY, now)[0])


async def _followed_entity(session: Session, entity: str) -> int:
    row = await session.row("follow_target", fold=fold_name(entity))
    return int(row["entity"]) if row else 0


def _follow_columns(follow: Follow) -> dict[str, object]:
    return {
        "tenant": follow.at.tenant,
        "address": str(follow.at),
        "user": follow.user,
        "pace": follow.pace.value,
        "zone": follow.zone,
        "since": to_timestamp(follow.since),
        "next_at": _next_brief_alert(follow.zone, follow.since) if follow.pace is AlertFrequency.BRIEF else "",
    }


def _follow_from_row(row: Row) -> Follow:
    at, since = Address.parse(row["address"]), from_timestamp(row["since"])
    return Follow(
        row["id"], row["name"], at, row["user"], AlertFrequency(row["pace"]), row["zone"], since, row["state"]
    )


def _quiet_from_row(row: Row) -> QuietHours:
    begin, end = dt.time.fromisoformat(row["quiet_from"]), dt.time.fromisoformat(row["quiet_to"])
    return QuietHours(Address.parse(row["address"]), row["user"], begin, end, row["zone"])
