"""Sources: feeds, each with the moment of its next poll, and files and folders."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from bot.domain.delivery import Delivery
from bot.domain.feed import Feed, Login
from bot.domain.library import SourceState
from bot.errors import FeedHealth
from bot.store.database import Database, Row, Table
from bot.store.outbox import put_deliveries
from bot.store.rows import from_timestamp, parse_optional_timestamp, to_timestamp
from bot.store.vault import Vault

FIRST_INTERVAL = 3600
"""Seconds after which a source is asked again of which nothing is known yet."""


class Feeds(Table):
    """Feeds and when each is polled next; their logins lie in the vault."""

    def __init__(self, database: Database, vault: Vault) -> None:
        super().__init__(database)
        self._vault = vault

    async def add(
        self, tenant: str, user: str, url: str, now: dt.datetime, *, space: str | None, login: Login | None = None
    ) -> Feed:
        """Keep a source, due now; one that is there already is asked again, and a login takes the place of its own."""
        there = await self._database.reader.row("feed_at", tenant=tenant, url=url)
        id_ = there["id"] if there else _id(tenant, url)
        if login:
            # First, since it fails where there is no key to close it with.
            await self._vault.put(f"{_secret_prefix(id_)}login", msgspec.json.encode(login).decode())
        whose = {"id": id_, "tenant": tenant, "user": user, "space": space, "locked": int(login is not None)}
        where = {"url": url, "host": _host(url), "interval": FIRST_INTERVAL, "now": to_timestamp(now)}
        (row,) = await self._database.run_returning("put_feed", **whose, **where)
        return _feed_from_row(row)

    async def feeds(self, tenant: str) -> list[Feed]:
        """Return a space's sources, by their addresses."""
        return [_feed_from_row(row) for row in await self._database.reader.rows("feeds_of", tenant=tenant)]

    async def pause(self, tenant: str, id_: str) -> bool:
        """Ask it no more, until it is resumed."""
        return bool(await self._database.run("pause_feed", tenant=tenant, id=id_))

    async def resume(self, tenant: str, id_: str, now: dt.datetime) -> bool:
        """Ask it again, now."""
        return bool(await self._database.run("resume_feed", tenant=tenant, id=id_, now=to_timestamp(now)))

    async def remove(self, tenant: str, id_: str) -> bool:
        """Forget a source and its login; what was read stays."""
        was = bool(await self._database.run("drop_feed", tenant=tenant, id=id_))
        if was:
            await self._vault.drop(_secret_prefix(id_))
        return was

    async def claim_due(self, now: dt.datetime, lease: dt.timedelta, limit: int) -> list[Feed]:
        """Take sources whose time has come: one of a host, and none of a host that anybody asks just now.

        Nobody else gets them until they are settled, or the lease is over.
        """
        moments = {"now": to_timestamp(now), "until": to_timestamp(now + lease)}
        # Looked at every few seconds for ever, and hardly ever due: a look locks nothing.
        if await self._database.reader.row("feed_due", now=moments["now"]) is None:
            return []
        rows = await self._database.run_returning("claim_feeds", limit=limit, **moments)
        return sorted(map(_feed_from_row, rows), key=lambda feed: (feed.due, feed.id))

    async def settle(self, feed: Feed) -> bool:
        """Keep how it went, unless the lease has passed to another."""
        return bool(await self._database.run("settle_feed", **_poll_columns(feed)))

    async def login(self, feed: Feed) -> Login | None:
        """Return what the source wants to know of us."""
        kept = await self._vault.get(f"{_secret_prefix(feed.id)}login") if feed.has_login else None
        return msgspec.json.decode(kept, type=Login) if kept else None

    async def unannounced(self) -> list[Feed]:
        """Return those whose owners are to hear how they do."""
        return [_feed_from_row(row) for row in await self._database.reader.rows("feeds_untold")]

    async def announce(self, feed: Feed, now: dt.datetime, out: Sequence[Delivery]) -> bool:
        """Note that its health is known, and put the notice into the outbox, both or neither; False if it changed."""
        async with self._database.transaction() as session:
            known = await session.run("announce_feed", id=feed.id, health=feed.health.value)
            if known:
                await put_deliveries(session, out, now)
        return bool(known)


class Sources(Table):
    """Files and folders that are read again whenever they change."""

    async def add(self, tenant: str, user: str, target: str) -> None:
        """Keep a file or folder to be read, now and whenever it changes."""
        await self._database.run("put_source", tenant=tenant, user=user, target=target, state="waiting")

    async def remove(self, tenant: str, target: str) -> bool:
        """Stop reading it; return whether it was read."""
        return bool(await self._database.run("drop_source", tenant=tenant, target=target))

    async def sources(self, tenant: str) -> list[SourceState]:
        """Return what is read, and how the last reading went."""
        rows = await self._database.reader.rows("sources_of", tenant=tenant)
        return [SourceState(row["target"], row["state"], parse_optional_timestamp(row["read"])) for row in rows]

    async def record_read(self, tenant: str, target: str, state: str, now: dt.datetime) -> None:
        """Keep how a reading went, in words."""
        await self._database.run("source_read", tenant=tenant, target=target, state=state, read=to_timestamp(now))


def _id(tenant: str, url: str) -> str:
    """Return an id that is short, and the same whenever the same source is added."""
    return hashlib.sha256(f"{tenant}\n{url}".encode()).hexdigest()[:10]


def _secret_prefix(id_: str) -> str:
    return f"feed/{id_}/"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _feed_from_row(row: Row) -> Feed:
    return Feed(
        id=row["id"],
        tenant=row["tenant"],
        user=row["user"],
        url=row["url"],
        added=from_timestamp(row["added"]),
        due=from_timestamp(row["due"]),
        space=row["space"],
        title=row["title"],
        has_login=bool(row["locked"]),
        etag=row["etag"],
        last_modified=row["modified"],
        hash=row["hash"],
        interval=row["interval"],
        failures=row["failures"],
        moved_to=row["moved_to"],
        moved_count=row["moved_count"],
        health=FeedHealth(row["health"]),
        detail=row["detail"],
        reported_health=FeedHealth(row["told"]),
        alert_pending=bool(row["tell"]),
        is_paused=bool(row["paused"]),
        polled_at=parse_optional_timestamp(row["polled"]),
        is_backfilled=bool(row["catalogue"]),
        token=row["token"],
    )


def _poll_columns(feed: Feed) -> dict[str, object]:
    """Return what a poll changes."""
    return {
        "id": feed.id,
        "token": feed.token,
        "url": feed.url,
        "host": _host(feed.url),
        "title": feed.title,
        "etag": feed.etag,
        "modified": feed.last_modified,
        "hash": feed.hash,
        "interval": feed.interval,
        "failures": feed.failures,
        "moved_to": feed.moved_to,
        "moved_count": feed.moved_count,
        "health": feed.health.value,
        "detail": feed.detail,
        "tell": int(feed.alert_pending),
        "paused": int(feed.is_paused),
        "due": to_timestamp(feed.due),
        "polled": to_timestamp(feed.polled_at) if feed.polled_at else None,
        "catalogue": int(feed.is_backfilled),
    }
