"""Published briefs, and the stories in them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from bot.domain import Brief, Material, PublishedStory
from bot.store.database import Row, Session, Table
from bot.store.library import WINDOW_DAYS
from bot.store.rows import claim_from_row

MEMORY_DAYS = 30
"""For how many days a published story counts as told."""


class Editions(Table):
    """Published briefs.

    Spaces that may read the same and were told the same share a brief, made for the first of them.
    """

    async def edition(self, topic: str, date: dt.date, *, space: str | None) -> Brief | None:
        """Return the brief of that topic and date, if it was published."""
        row = await self._database.reader.row("edition_of", **_edition_key(topic, date, space))
        return _decode(row, space) if row else None

    async def adopt(self, topic: str, date: dt.date, *, space: str | None) -> Brief | None:
        """Take over the edition made of the same material for another space that had been told the same."""
        async with self._database.exclusive() as session:
            line = await _sharing_key(session, topic, date, space)
            made = await session.row("edition_in_line", line=line, topic=topic, date=date.isoformat()) if line else None
            if made is None:
                return None
            key = _edition_key(topic, date, space)
            await session.run("put_edition", **key, brief="", line=line, shared=made["shared"], seen=made["seen"])
            row = await session.row("edition_of", **key)
        return _decode(row, space) if row else None

    async def publish(self, brief: Brief, *, seen: int = 0, replaces: bool = False) -> Brief:
        """Save an edition; if there is one already, it stands and is returned, or is forgotten with what it told.

        `seen` is the newest claim that was there when its material was gathered; whatever comes later is news for the
        next edition.
        """
        key = _edition_key(brief.topic, brief.date, brief.space)
        async with self._database.exclusive() as session:
            if replaces:
                await session.run("drop_edition", **key)
                await session.run("drop_told", **key)
            line = await _sharing_key(session, brief.topic, brief.date, brief.space)
            if line and await _is_open(session, brief):
                common = replace(brief, space=None)
                shared = f"open/{_hash(_encode(common))}"
                if await session.run("put_edition", **key, brief="", line=line, shared=shared, seen=seen):
                    await _put(session, {**key, "space": shared}, common, seen)
            else:
                await _put(session, key, brief, seen)
            row = await session.row("edition_of", **key)
        return _decode(row, brief.space) if row else brief

    async def material(self, topic: str, date: dt.date, *, space: str | None) -> Material:
        """Return the claims that came since the brief before, at most of the week that ends with the date.

        What was said on its day or earlier counts if it was read after it. The stories of earlier briefs come with it.
        """
        reader = self._database.reader
        since = date - dt.timedelta(days=WINDOW_DAYS - 1)
        week = _edition_key(topic, date, space) | {"before": date.isoformat(), "since": since.isoformat()}
        last = await reader.row("last_edition", **{name: week[name] for name in ("space", "topic", "before", "since")})
        window = {
            "space": space,
            "since": since.isoformat(),
            "until": date.isoformat(),
            "told": last["date"] if last else "",
            "seen": last["seen"] if last else 0,
        }
        newest = await reader.row("newest_claim")
        rows = await reader.rows("claims_between", **window)
        stories = await reader.rows("told_before", **_memory_window(topic, date, space))
        follows = dt.date.fromisoformat(last["date"]) if last else None
        return Material(
            topic,
            date,
            tuple(claim_from_row(row) for row in rows),
            tuple(map(_story_from_row, stories)),
            {
                dt.date.fromisoformat(row["date"]): row["conversations"]
                for row in await reader.rows("conversations_between", **window)
            },
            space=space,
            since=follows + dt.timedelta(days=1) if follows else since,
            follows=follows,
            seen=newest["id"] if newest else 0,
        )


async def _sharing_key(session: Session, topic: str, date: dt.date, space: str | None) -> str:
    """Return what spaces that share a brief have in common; empty for a space with conversations of its own."""
    since = date - dt.timedelta(days=WINDOW_DAYS - 1)
    if await session.row("has_its_own", space=space, since=since.isoformat(), until=date.isoformat()):
        return ""
    newest = await session.row("newest_claim")
    before = await session.rows("editions_before", **_memory_window(topic, date, space))
    return _hash(json.dumps([newest["id"] if newest else 0, *((row["date"], row["made"]) for row in before)]))


async def _is_open(session: Session, brief: Brief) -> bool:
    """Return whether all may read every claim of a brief; one that is gone was perhaps not for all."""
    counted = await session.row("open_claims", keys=json.dumps(list(brief.claims_by_id)))
    return bool(counted and counted["claims"] == len(brief.claims_by_id))


async def _put(session: Session, key: dict[str, object], brief: Brief, seen: int) -> None:
    if await session.run("put_edition", **key, brief=_encode(brief), line="", shared=None, seen=seen):
        await session.run_many("put_told", [{**key, **story} for story in _story_rows(brief)])


def _edition_key(topic: str, date: dt.date, space: str | None) -> dict[str, object]:
    return {"space": space or "", "topic": topic, "date": date.isoformat()}


def _memory_window(topic: str, date: dt.date, space: str | None) -> dict[str, object]:
    since = date - dt.timedelta(days=MEMORY_DAYS)
    return {"space": space or "", "topic": topic, "before": date.isoformat(), "since": since.isoformat()}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _encode(brief: Brief) -> str:
    return msgspec.json.encode(brief).decode()


def _decode(row: Row, space: str | None) -> Brief:
    return replace(msgspec.json.decode(row["brief"], type=Brief), space=space)


def _story_rows(brief: Brief) -> Iterator[dict[str, object]]:
    for signal in brief.signals:
        claims = json.dumps([claim.id for claim in signal.claims])
        words = " ".join(dict.fromkeys([signal.headline, *(claim.text for claim in signal.claims)]))
        yield {"key": signal.key, "claims": claims, "words": words}


def _story_from_row(row: Row) -> PublishedStory:
    claims = frozenset(json.loads(row["claims"]))
    return PublishedStory(row["key"], dt.date.fromisoformat(row["date"]), claims, row["words"])
