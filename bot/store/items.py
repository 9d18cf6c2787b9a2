"""What feeds have shown, each item once, and what of it is still to be read."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence

from bot.domain.feed import ConversationSource, ItemChange, ItemMatch, ItemSnapshot, PendingItem, ReadOutcome, TextKind
from bot.store.database import Database, Row, Session
from bot.store.item_matching import (
    KnownItem,
    date_text,
    first_occurrences,
    match_keys,
    match_other_feeds,
    match_same_feed,
)
from bot.store.rows import from_timestamp, to_timestamp

_MIN_SHARED_SHINGLES = 0.5
"""The part of their shingles that two texts share who are one: 15 of 64 was the most of any two of 407 talks, and 38
the least of two transcripts of one talk that each get every twentieth word wrong."""

_ID_DIGITS = 20


class Items:
    """The Items on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self, feed: str, sightings: Sequence[ItemSnapshot], now: dt.datetime, *, backlog: bool, space: str | None
    ) -> list[ItemMatch]:
        """Note what a feed shows, one answer for each sighting.

        With `backlog`, conversations that it opens are no news: no alert and no brief tells of them.
        """
        first = first_occurrences(sightings)
        once = sorted(set(first))
        visit = _Visit(feed, space or "", to_timestamp(now), backlog=backlog)
        # Alone, so that of two who look for an item before it is there, only one puts it there.
        async with self._database.exclusive() as session:
            noted = await visit.record(session, [sightings[index] for index in once])
        found = dict(zip(once, noted, strict=True))
        return [found[index] for index in first]

    async def due(self, now: dt.datetime, limit: int) -> list[PendingItem]:
        """Return items that are to be read, news before back catalogues and the newest first."""
        rows = await self._database.reader.rows("items_due", now=to_timestamp(now), limit=limit)
        return [_waiting_from_row(row) for row in rows]

    async def assign_conversation(self, item: int, kind: TextKind, shingles: Sequence[str]) -> str | None:
        """Return the conversation that an item's words are kept as; None where another tells it as well or better.

        An item that was never read joins a conversation whose words are nearly the same.
        """
        async with self._database.exclusive() as session:
            row = await session.row("item_by_id", item=item)
            if row is None:
                return None
            conversation = row["conversation"] if row["kind"] else await _join_similar(session, item, row, shingles)
            better = list(TextKind)[: list(TextKind).index(kind)]
            values = {"conversation": conversation, "item": item, "kind": kind.value, "kinds": json.dumps(better)}
            if await session.row("told_better", **values):
                return None
            await session.run("drop_shingles", conversation=conversation)
            mine = [{"hash": hash_, "conversation": conversation, "space": row["space"]} for hash_ in shingles]
            await session.run_many("put_shingle", mine)
        return str(conversation)

    async def settle(self, item: int, outcome: ReadOutcome, now: dt.datetime) -> None:
        """Keep how the reading of an item went."""
        await self._database.run(
            "item_read",
            item=item,
            kind=outcome.kind.value if outcome.kind else "",
            why=outcome.reason,
            again=to_timestamp(outcome.retry_at) if outcome.retry_at else "",
            gone=to_timestamp(now) if outcome.is_gone else "",
        )

    async def occurrences(self, conversation: str, *, space: str | None) -> list[ConversationSource]:
        """Return every place where a conversation stands, the first one seen first."""
        rows = await self._database.reader.rows("items_telling", conversation=conversation, space=space or "")
        return [_occurrence_from_row(row) for row in rows]


class _Visit:
    """One look at a feed."""

    def __init__(self, feed: str, space: str, now: str, *, backlog: bool) -> None:
        self._feed, self._space, self._now, self._backlog = feed, space, now, backlog

    async def record(self, session: Session, sightings: Sequence[ItemSnapshot]) -> list[ItemMatch]:
        known = await self._find_known(session, sightings)
        mine = match_same_feed(sightings, [one for one in known if one.feed == self._feed])
        told = match_other_feeds(sightings, [one for one in known if one.feed != self._feed])
        noted = {index: _seen_again(sightings[index], one) for index, one in mine.items()}
        edited = [
            {"item": one.item, **_sighting_columns(sightings[n])}
            for n, one in noted.items()
            if one.change is ItemChange.EDITED
        ]
        await session.run_many("edit_item", [{**values, "now": self._now} for values in edited])
        await session.run("items_seen", items=json.dumps([one.id for one in mine.values()]), now=self._now)
        new = {index: told.get(index) for index in range(len(sightings)) if index not in mine}
        noted |= await self._add_new(session, sightings, new)
        had = {index: one.keys for index, one in mine.items()}
        fresh = [
            (key, noted[n].item) for n, one in enumerate(sightings) for key in match_keys(one) - had.get(n, frozenset())
        ]
        await session.run_many("put_item_key", [{"key": key, "item": item} for key, item in fresh])
        return [noted[index] for index in range(len(sightings))]

    async def _find_known(self, session: Session, seen: Sequence[ItemSnapshot]) -> list[KnownItem]:
        sought = sorted({key for one in seen for key in match_keys(one)})
        rows = await session.rows("items_by_keys", space=self._space, keys=json.dumps(sought))
        known_by: dict[int, set[str]] = {row["id"]: set() for row in rows}
        for row in await session.rows("keys_of_items", items=json.dumps(list(known_by))):
            known_by[row["item"]].add(row["key"])
        return [_known_from_row(row, known_by) for row in rows]

    async def _add_new(
        self, session: Session, seen: Sequence[ItemSnapshot], new: Mapping[int, KnownItem | None]
    ) -> dict[int, ItemMatch]:
        newest = await session.row("newest_item")
        names = {
            index: told.conversation if told else self._conversation_id(seen[index]) for index, told in new.items()
        }
        await session.run_many(
            "put_item", [self._item_columns(seen[index], names[index], told) for index, told in new.items()]
        )
        rows = await session.rows("items_after", id=newest["id"] if newest else 0)
        steps = [ItemChange.JOINED if told else ItemChange.NEW for told in new.values()]
        pairs = zip(new, rows, steps, strict=True)
        return {index: ItemMatch(row["id"], names[index], step) for index, row, step in pairs}

    def _item_columns(self, one: ItemSnapshot, conversation: str, told: KnownItem | None) -> dict[str, object]:
        facts = {"space": self._space, "feed": self._feed, "conversation": conversation, "now": self._now}
        return {**facts, "backlog": int(self._backlog and not told), **_sighting_columns(one)}

    def _conversation_id(self, sighting: ItemSnapshot) -> str:
        written = json.dumps(
            [self._space, self._feed, sorted(match_keys(sighting)), sighting.fold, date_text(sighting)]
        )
        return f"feed/{hashlib.sha256(written.encode('utf-8', 'surrogatepass')).hexdigest()[:_ID_DIGITS]}"


def _seen_again(sighting: ItemSnapshot, known: KnownItem) -> ItemMatch:
    return ItemMatch(
        known.id, known.conversation, ItemChange.SAME if sighting.hash == known.hash else ItemChange.EDITED
    )


async def _join_similar(session: Session, item: int, row: Row, shingles: Sequence[str]) -> str:
    mine = str(row["conversation"])
    near = await session.row("nearest_text", space=row["space"], conversation=mine, hashes=json.dumps(list(shingles)))
    if not near or near["shared"] < len(shingles) * _MIN_SHARED_SHINGLES:
        return mine
    await session.run("join_conversation", item=item, conversation=near["conversation"])
    return str(near["conversation"])


def _sighting_columns(sighting: ItemSnapshot) -> Mapping[str, object]:
    return {
        "hash": sighting.hash,
        "url": sighting.url,
        "title": sighting.title,
        "fold": sighting.fold,
        "day": date_text(sighting),
        "lasts": sighting.lasts,
        "payload": sighting.payload,
    }


def _known_from_row(row: Row, known_by: Mapping[int, set[str]]) -> KnownItem:
    facts = (row["feed"], row["conversation"], row["hash"], row["fold"], row["day"], row["lasts"])
    return KnownItem(row["id"], *facts, frozenset(known_by[row["id"]]))


def _waiting_from_row(row: Row) -> PendingItem:
    seen, space = from_timestamp(row["first_seen"]), row["space"] or None
    return PendingItem(row["id"], row["feed"], row["conversation"], seen, space, row["payload"])


def _occurrence_from_row(row: Row) -> ConversationSource:
    when = dt.date.fromisoformat(row["day"]) if row["day"] else None
    kind = TextKind(row["kind"]) if row["kind"] else None
    gone = from_timestamp(row["gone"]) if row["gone"] else None
    return ConversationSource(row["feed"], row["url"], row["title"], when, kind, row["why"], gone)
