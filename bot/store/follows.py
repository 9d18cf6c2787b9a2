"""Who wants to hear of whom, and what is new for them."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

from bot.domain import Entity, EntityKind
from bot.domain.address import Address
from bot.domain.subscription import AlertFrequency, EntityNews, Follow, QuietHours
from bot.due_times import EVERY_DAY, next_run, quiet_hours_end
from bot.store.database import Row, Session, Table
from bot.store.library import WINDOW_DAYS, save_entities
from bot.store.rows import fold_name, from_timestamp, to_timestamp

BRIEF_ALERT_TIME = dt.time(8)
"""The local wall time of alerts that wait for the brief."""

MAX_ALERTS_PER_HOUR = 10
"""How many alerts an address gets in an hour; what is more comes in one when the hour is over."""

BATCH = 500
"""How many addresses are told of news in one transaction."""

LONGEST_WAIT = dt.timedelta(hours=49)
"""No pace waits for longer, not even where the clocks leave out a day: such a moment is of a clock set back since."""


class Follows(Table):
    """Follows of entities, and the alerts about them."""

    async def follow(self, follow: Follow) -> bool:
        """Begin a follow or change its pace; return whether it is new. Only what is said from now on is told."""
        # Alone, so that no claim that others may hear of later gets a lower number than those seen here.
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
        """Keep the quiet hours of an address, or end them."""
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
        """Put one delivery into the outbox for each address that has news and may hear it now; count them.

        It may where the pace of a follow says now, no quiet hours say no, and it had few enough in the last hour.
        What it may not hear yet is told later, all of it in one message.
        """
        await self._collect_news(now)
        times = _times(now)
        told, after = 0, ""
        while last := await self._next_batch(after, times):
            async with self._database.exclusive() as session:
                await _hold_until_quiet_ends(session, after, last, now)
                told += await _queue_messages(session, after, last, now)
            after = last
        return told

    async def news(self, alert: int, at: Address) -> list[EntityNews]:
        """Return what one message tells, by name; what has ended since, or was told here before, is left out."""
        row = await self._database.reader.row("alert_at", alert=alert, address=str(at))
        if row is None:
            return []
        since = _news_since(from_timestamp(row["at"]) - LONGEST_WAIT)
        rows = await self._database.reader.rows("alert_news", alert=alert, address=str(at), since=since)
        told: set[str] = set()
        news = []
        for name, claims in groupby(rows, lambda row: row["name"]):
            keys = tuple(dict.fromkeys(claim["key"] for claim in claims if claim["key"] not in told))
            told.update(keys)
            news += [EntityNews(name, keys)] if keys else []
        return news

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was told before a moment; return how many messages."""
        return await self._database.run("tidy_alerts", before=to_timestamp(before))

    async def _collect_news(self, now: dt.datetime) -> None:
        """Note for whom there is news in what was read since."""
        row = await self._database.reader.row("unheard")
        if row is None or row["until"] <= row["after"]:
            return
        async with self._database.exclusive() as session:
            await session.run("hear", after=row["after"], until=row["until"], since=_news_since(now))
            await session.run("heard", until=row["until"])

    async def _next_batch(self, after: str, times: dict[str, str]) -> str:
        row = await self._database.reader.row(
            "alerts_ahead", after=after, size=BATCH, most=MAX_ALERTS_PER_HOUR, **times
        )
        return row["last"] or "" if row else ""


async def _hold_until_quiet_ends(session: Session, after: str, last: str, now: dt.datetime) -> None:
    """Hold what is new for those whose quiet hours these are, until they end."""
    rows = await session.rows("quiet_listeners", after=after, last=last)
    ends = (
        (quiet.at, quiet_hours_end(quiet.begin, quiet.end, quiet.zone, now)) for quiet in map(_quiet_from_row, rows)
    )
    await session.run_many("hold", [{"address": str(at), "held": to_timestamp(end)} for at, end in ends if end])


async def _queue_messages(session: Session, after: str, last: str, now: dt.datetime) -> int:
    """Put the messages of these addresses into the outbox, and note what they tell as told."""
    newest = await session.row("newest_alert")
    mine, times = {"before": newest["id"] if newest else 0}, _times(now)
    told = await session.run("put_alerts", after=after, last=last, most=MAX_ALERTS_PER_HOUR, **times)
    if told:
        await session.run("put_alerted", **mine, **times)
        await session.run("put_alert_deliveries", **mine, **times)
        await session.run("follows_told", **mine, **times)
        zones = [row["zone"] for row in await session.rows("zones_with_the_brief", **mine)]
        await session.run_many(
            "follows_next", [{**mine, "zone": zone, "next_at": _next_brief_alert(zone, now)} for zone in zones]
        )
    return told


def _times(now: dt.datetime) -> dict[str, str]:
    hour = dt.timedelta(hours=1)
    return {
        "now": to_timestamp(now),
        "hour": to_timestamp(now + hour),
        "hour_ago": to_timestamp(now - hour),
        "far": to_timestamp(now + LONGEST_WAIT),
    }


def _news_since(now: dt.datetime) -> str:
    """Return the date from which on something that is said is news."""
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
