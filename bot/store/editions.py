"""Briefs made so far, and the stories they told."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from bot.model import Brief, Material, Told
from bot.store.database import Database, Row
from bot.store.library import window

MEMORY_DAYS = 30
"""How long a story that was told counts as told."""


class StoredEditions:
    """The Editions on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def edition(self, topic: str, date: dt.date, *, space: str | None) -> Brief | None:
        """Return the brief of that topic and date, if it was published."""
        where = {"space": space or "", "topic": topic, "date": date.isoformat()}
        row = await self._database.reading.row("edition_of", **where)
        return msgspec.json.decode(row["brief"], type=Brief) if row else None

    async def publish(self, brief: Brief) -> Brief:
        """Keep an edition; where one is already kept, that one stands and is returned."""
        where = {"space": brief.space or "", "topic": brief.topic, "date": brief.date.isoformat()}
        async with self._database.writing() as session:
            if await session.run("put_edition", **where, brief=msgspec.json.encode(brief).decode()):
                await session.many("put_told", [{**where, **told} for told in _told(brief)])
            row = await session.row("edition_of", **where)
        return msgspec.json.decode(row["brief"], type=Brief) if row else brief

    async def material(self, topic: str, date: dt.date, *, space: str | None) -> Material:
        """Return the claims of the window that ends with the date, and what earlier briefs told."""
        reading = self._database.reading
        since = date - dt.timedelta(days=MEMORY_DAYS)
        told = await reading.rows(
            "told_before", space=space or "", topic=topic, before=date.isoformat(), since=since.isoformat()
        )
        return replace(await window(reading, topic, date, space), told=tuple(_told_of(row) for row in told))


def _told(brief: Brief) -> Iterator[dict[str, object]]:
    for signal in brief.signals:
        claims = json.dumps([claim.id for claim in signal.claims])
        words = " ".join(dict.fromkeys([signal.headline, *(claim.text for claim in signal.claims)]))
        yield {"key": signal.key, "claims": claims, "words": words}


def _told_of(row: Row) -> Told:
    claims = frozenset(json.loads(row["claims"]))
    return Told(row["key"], dt.date.fromisoformat(row["date"]), claims, row["words"])
