"""Sources: feeds, each with the moment of its next poll, and files and folders."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import msgspec

from bot.domain.address import NOBODY, Member
from bot.domain.delivery import Delivery
from bot.domain.feed import MAX_UNCHECKED, Feed, Login, NotedList
from bot.domain.library import SourceState
from bot.errors import FeedHealth
from bot.store.database import Database, Row, Table
from bot.store.outbox import put_deliveries
from bot.store.rows import from_timestamp, parse_optional_timestamp, to_timestamp
from bot.store.vault import Vault

FIRST_INTERVAL = 3600
"""Seconds until the next poll of a feed of which nothing is known yet."""

_NOTED_TOGETHER = 200
"""How many lines of a list are written at a time: whoever acknowledges an event must not wait for thousands."""


class Feeds(Table):
    """Feeds and when each is polled next; their logins lie in the vault.

    What this process polls is held by `holder`.
    """

    def __init__(self, database: Database, vault: Vault, holder: str = "") -> None:
        super().__init__(database)
        self._vault = vault
        self._holder = holder

    async def add(
        self, tenant: str, by: Member, url: str, now: dt.datetime, *, space: str | None, login: Login | None = None
    ) -> Feed:
        """Add a feed, due now; one that is there already is polled again, and a login replaces its own."""
        existing = await self._database.reader.row("feed_at", tenant=tenant, url=url)
        id_ = existing["id"] if existing else _feed_id(tenant, url)
        if login:
            # First, since it fails without a key to encrypt it with.
            await self._vault.put(f"{_secret_prefix(id_)}login", msgspec.json.encode(login).decode())
        owner = {"id": id_, "tenant": tenant, "user": by.user, "user_name": by.name, "space": space}
        where = {"url": url, "host": _host(url), "interval": FIRST_INTERVAL, "now": to_timestamp(now)}
        where["locked"] = int(login is not None)
        (row,) = await self._database.run_returning("put_feed", **owner, **where)
        return _feed_from_row(row)

    async def note_list(
        self, tenant: str, by: Member, listed: Sequence[tuple[str, str]], now: dt.datetime, *, space: str | None
    ) -> NotedList:
        """Add the addresses of a list, with their titles, as feeds to be polled in their turn.

        Those that are there already stay as they are; of the others, as many as there is room for are added.
        """
        rows = await self._database.reader.rows("feed_urls", tenant=tenant)
        known = {row["url"] for row in rows}
        room = max(0, MAX_UNCHECKED - sum(row["unchecked"] for row in rows))
        titles = dict(listed)
        new = [url for url in titles if url not in known]
        owner = {"tenant": tenant, "user": by.user, "user_name": by.name, "space": space, "interval": FIRST_INTERVAL}
        values = [
            {
                "id": _feed_id(tenant, url),
                "url": url,
                "host": _host(url),
                "title": titles[url],
                "now": to_timestamp(now),
                **owner,
            }
            for url in new[:room]
        ]
        for at in range(0, len(values), _NOTED_TOGETHER):
            async with self._database.transaction() as session:
                await session.run_many("put_listed_feed", values[at : at + _NOTED_TOGETHER])
        return NotedList(len(values), len(titles) - len(new), len(new) - len(values))

    async def feeds(self, tenant: str) -> list[Feed]:
        """Return a space's feeds, by their addresses."""
        return [_feed_from_row(row) for row in await self._database.reader.rows("feeds_of", tenant=tenant)]

    async def pause(self, tenant: str, id_: str, by: Member = NOBODY) -> bool:
        """Stop polling a feed until it is resumed."""
        return bool(await self._database.run("pause_feed", tenant=tenant, id=id_, user=by.user, name=by.name))

    async def resume(self, tenant: str, id_: str, now: dt.datetime, by: Member = NOBODY) -> bool:
        """Poll a feed again, from now on."""
        who = {"user": by.user, "name": by.name}
        return bool(await self._database.run("resume_feed", tenant=tenant, id=id_, now=to_timestamp(now), **who))

    async def check(self, tenant: str, id_: str, now: dt.datetime) -> bool:
        """Let a feed be polled at once; False if it is paused or isn't this space's."""
        return bool(await self._database.run("check_feed", tenant=tenant, id=id_, now=to_timestamp(now)))

    async def remove(self, tenant: str, id_: str) -> bool:
        """Delete a feed and its login; what was read stays."""
        removed = bool(await self._database.run("drop_feed", tenant=tenant, id=id_))
        if removed:
            await self._vault.drop(_secret_prefix(id_))
        return removed

    async def claim_due(self, now: dt.datetime, lease: dt.timedelta, limit: int) -> list[Feed]:
        """Take feeds that are due: one of a host, and none of a host that is being polled.

        Nobody else gets them until they are settled, or the lease is over.
        """
        moments = {"now": to_timestamp(now), "until": to_timestamp(now + lease)}
        # It is called every few seconds, and feeds are hardly ever due: a look must lock nothing.
        if await self._database.reader.row("feed_due", now=moments["now"]) is None:
            return []
        rows = await self._database.run_returning("claim_feeds", limit=limit, holder=self._holder, **moments)
        return sorted(map(_feed_from_row, rows), key=lambda feed: (feed.due, feed.id))

    async def release_held(self, has_ended: Callable[[str], bool], now: dt.datetime) -> int:
        """Let what processes polled that have ended be taken at once, not only after the lease; return how much."""
        moment = to_timestamp(now)
        rows = await self._database.reader.rows("feed_holders", now=moment)
        ended = [row["holder"] for row in rows if has_ended(row["holder"])]
        return sum([await self._database.run("release_feeds", holder=holder, now=moment) for holder in ended])

    async def settle(self, feed: Feed) -> bool:
        """Save how a poll went, unless the lease has passed to another."""
        return bool(await self._database.run("settle_feed", **_poll_columns(feed)))

    async def login(self, feed: Feed) -> Login | None:
        """Return the login that the feed wants, if any."""
        secret = await self._vault.get(f"{_secret_prefix(feed.id)}login") if feed.has_login else None
        return msgspec.json.decode(secret, type=Login) if secret else None

    async def unannounced(self) -> list[Feed]:
        """Return the feeds whose owners should hear of their health."""
        return [_feed_from_row(row) for row in await self._database.reader.rows("feeds_untold")]

    async def announce(self, feed: Feed, now: dt.datetime, out: Sequence[Delivery]) -> bool:
        """Record that its health is known and queue the notice, both or neither; False if it changed meanwhile."""
        async with self._database.transaction() as session:
            announced = await session.run("announce_feed", id=feed.id, health=feed.health.value)
            if announced:
                await put_deliveries(session, out, now)
        return bool(announced)


class Sources(Table):
    """Files and folders that are read again whenever they change."""

    async def add(self, tenant: str, user: str, target: str) -> None:
        """Add a file or folder, to be read now and whenever it changes."""
        await self._database.run("put_source", tenant=tenant, user=user, target=target, state="waiting")

    async def remove(self, tenant: str, target: str) -> bool:
        """Remove a source; return whether it was there."""
        return bool(await self._database.run("drop_source", tenant=tenant, target=target))

    async def sources(self, tenant: str) -> list[SourceState]:
        """Return a space's sources, with how their last reading went."""
        rows = await self._database.reader.rows("sources_of", tenant=tenant)
        return [SourceState(row["target"], row["state"], parse_optional_timestamp(row["read"])) for row in rows]

    async def record_read(self, tenant: str, target: str, state: str, now: dt.datetime) -> None:
        """Record in words how a reading went."""
        await self._database.run("source_read", tenant=tenant, target=target, state=state, read=to_timestamp(now))


def _feed_id(tenant: str, url: str) -> str:
    """Return a short id, the same whenever the same feed is added."""
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
        user_name=row["user_name"],
        changed=Member(row["changed_by"], row["changed_name"]),
    )


def _poll_columns(feed: Feed) -> dict[str, object]:
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
