"""What feeds have shown, each item once, and what of it is still to be read."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence

from bot.domain.feed import Noted, Outcome, Sighting, Step, Telling, TextKind, Waiting
from bot.store.database import Database, Row, Session
from bot.store.item_matching import Known, day, elsewhere, firsts, here, keys
from bot.store.rows import stamp, unstamp

_ALIKE = 0.5
"""The part of their shingles that two texts share who are one: 15 of 64 was the most of any two of 407 talks, and 38
the least of two transcripts of one talk that each get every twentieth word wrong."""

_DIGITS = 20


class Items:
    """The Items on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(
        self, feed: str, seen: Sequence[Sighting], now: dt.datetime, *, backlog: bool, space: str | None
    ) -> list[Noted]:
        """Note what a feed shows, one answer for each sighting.

        With `backlog`, conversations that it opens are no news: no alert and no brief tells of them.
        """
        first = firsts(seen)
        once = sorted(set(first))
        visit = _Visit(feed, space or "", stamp(now), backlog=backlog)
        # Alone, so that of two who look for an item before it is there, only one puts it there.
        async with self._database.alone() as session:
            noted = await visit.note(session, [seen[index] for index in once])
        found = dict(zip(once, noted, strict=True))
        return [found[index] for index in first]

    async def waiting(self, now: dt.datetime, limit: int) -> list[Waiting]:
        """Return items that are to be read, news before back catalogues and the newest first."""
        rows = await self._database.reading.rows("items_due", now=stamp(now), limit=limit)
        return [_waiting(row) for row in rows]

    async def place(self, item: int, kind: TextKind, shingles: Sequence[str]) -> str | None:
        """Return the conversation that an item's words are kept as; None where another tells it as well or better.

        An item that was never read joins a conversation whose words are nearly the same.
        """
        async with self._database.alone() as session:
            row = await session.row("item_by_id", item=item)
            if row is None:
                return None
            conversation = row["conversation"] if row["kind"] else await _joined(session, item, row, shingles)
            better = list(TextKind)[: list(TextKind).index(kind)]
            values = {"conversation": conversation, "item": item, "kind": kind.value, "kinds": json.dumps(better)}
            if await session.row("told_better", **values):
                return None
            await session.run("drop_shingles", conversation=conversation)
            mine = [{"hash": hash_, "conversation": conversation, "space": row["space"]} for hash_ in shingles]
            await session.many("put_shingle", mine)
        return str(conversation)

    async def settle(self, item: int, outcome: Outcome, now: dt.datetime) -> None:
        """Keep how the reading of an item went."""
        await self._database.change(
            "item_read",
            item=item,
            kind=outcome.kind.value if outcome.kind else "",
            why=outcome.why,
            again=stamp(outcome.again) if outcome.again else "",
            gone=stamp(now) if outcome.gone else "",
        )

    async def tellings(self, conversation: str, *, space: str | None) -> list[Telling]:
        """Return every place where a conversation stands, the first one seen first."""
        rows = await self._database.reading.rows("items_telling", conversation=conversation, space=space or "")
        return [_telling(row) for row in rows]


class _Visit:
    """One look at a feed."""

    def __init__(self, feed: str, space: str, now: str, *, backlog: bool) -> None:
        self._feed, self._space, self._now, self._backlog = feed, space, now, backlog

    async def note(self, session: Session, seen: Sequence[Sighting]) -> list[Noted]:
        known = await self._known(session, seen)
        mine = here(seen, [one for one in known if one.feed == self._feed])
        told = elsewhere(seen, [one for one in known if one.feed != self._feed])
        noted = {index: _again(seen[index], one) for index, one in mine.items()}
        edited = [{"item": one.item, **_values(seen[n])} for n, one in noted.items() if one.step is Step.EDITED]
        await session.many("edit_item", [{**values, "now": self._now} for values in edited])
        await session.run("items_seen", items=json.dumps([one.id for one in mine.values()]), now=self._now)
        new = {index: told.get(index) for index in range(len(seen)) if index not in mine}
        noted |= await self._opened(session, seen, new)
        had = {index: one.keys for index, one in mine.items()}
        fresh = [(key, noted[n].item) for n, one in enumerate(seen) for key in keys(one) - had.get(n, frozenset())]
        await session.many("put_item_key", [{"key": key, "item": item} for key, item in fresh])
        return [noted[index] for index in range(len(seen))]

    async def _known(self, session: Session, seen: Sequence[Sighting]) -> list[Known]:
        sought = sorted({key for one in seen for key in keys(one)})
        rows = await session.rows("items_by_keys", space=self._space, keys=json.dumps(sought))
        known_by: dict[int, set[str]] = {row["id"]: set() for row in rows}
        for row in await session.rows("keys_of_items", items=json.dumps(list(known_by))):
            known_by[row["item"]].add(row["key"])
        return [_known(row, known_by) for row in rows]

    async def _opened(
        self, session: Session, seen: Sequence[Sighting], new: Mapping[int, Known | None]
    ) -> dict[int, Noted]:
        newest = await session.row("newest_item")
        names = {index: told.conversation if told else self._named(seen[index]) for index, told in new.items()}
        await session.many("put_item", [self._row(seen[index], names[index], told) for index, told in new.items()])
        rows = await session.rows("items_after", id=newest["id"] if newest else 0)
        steps = [Step.JOINED if told else Step.NEW for told in new.values()]
        pairs = zip(new, rows, steps, strict=True)
        return {index: Noted(row["id"], names[index], step) for index, row, step in pairs}

    def _row(self, one: Sighting, conversation: str, told: Known | None) -> dict[str, object]:
        facts = {"space": self._space, "feed": self._feed, "conversation": conversation, "now": self._now}
        return {**facts, "backlog": int(self._backlog and not told), **_values(one)}

    def _named(self, one: Sighting) -> str:
        written = json.dumps([self._space, self._feed, sorted(keys(one)), one.fold, day(one)])
        return f"feed/{hashlib.sha256(written.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGITS]}"


def _again(one: Sighting, known: Known) -> Noted:
    return Noted(known.id, known.conversation, Step.SAME if one.hash == known.hash else Step.EDITED)


async def _joined(session: Session, item: int, row: Row, shingles: Sequence[str]) -> str:
    mine = str(row["conversation"])
    near = await session.row("nearest_text", space=row["space"], conversation=mine, hashes=json.dumps(list(shingles)))
    if not near or near["shared"] < len(shingles) * _ALIKE:
        return mine
    await session.run("join_conversation", item=item, conversation=near["conversation"])
    return str(near["conversation"])


def _values(one: Sighting) -> Mapping[str, object]:
    return {
        "hash": one.hash,
        "url": one.url,
        "title": one.title,
        "fold": one.fold,
        "day": day(one),
        "lasts": one.lasts,
        "payload": one.payload,
    }


def _known(row: Row, known_by: Mapping[int, set[str]]) -> Known:
    facts = (row["feed"], row["conversation"], row["hash"], row["fold"], row["day"], row["lasts"])
    return Known(row["id"], *facts, frozenset(known_by[row["id"]]))


def _waiting(row: Row) -> Waiting:
    seen, space = unstamp(row["first_seen"]), row["space"] or None
    return Waiting(row["id"], row["feed"], row["conversation"], seen, space, row["payload"])


def _telling(row: Row) -> Telling:
    when = dt.date.fromisoformat(row["day"]) if row["day"] else None
    kind = TextKind(row["kind"]) if row["kind"] else None
    gone = unstamp(row["gone"]) if row["gone"] else None
    return Telling(row["feed"], row["url"], row["title"], when, kind, row["why"], gone)
