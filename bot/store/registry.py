"""Canonical names, their aliases, and merges that can be undone."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Sequence

from bot.domain import Entity, EntityKind
from bot.domain.library import EntityProfile
from bot.errors import UserError
from bot.store.database import Database, Row, Session
from bot.store.rows import fold_name

MIN_CLAIMS, MAX_KNOWN_ENTITIES = 2, 5_000
"""In how many claims a name must be before reading counts on it, and how many names that are at most."""

_LAST_CHARACTER = chr(sys.maxunicode)
_MIN_SIMILARITY = 75
"""How alike, of 100, a name must be to be offered for one that nothing matches."""


class Registry:
    """The Registry on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_apart(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Note pairs of names that must never merge."""
        async with self._database.exclusive() as session:
            await session.run_many(
                "keep_apart", [{"one": fold_name(one), "other": fold_name(other)} for one, other in pairs]
            )

    async def names(self, *, space: str | None) -> list[str]:
        """Return every canonical name, the most spoken of first."""
        return [row["name"] for row in await self._database.reader.rows("names_by_weight", space=space)]

    async def known_entities(self) -> tuple[Entity, ...]:
        """Return what open conversations name more than once, the most spoken of first.

        What only one space may read teaches nothing that another could see.
        """
        reading = self._database.reader
        rows = await reading.rows("known_entities", least=MIN_CLAIMS, limit=MAX_KNOWN_ENTITIES)
        aliases: defaultdict[int, list[str]] = defaultdict(list)
        for row in await reading.rows("aliases_by_entity"):
            aliases[row["entity"]].append(row["alias"])
        return tuple(
            Entity(row["name"], EntityKind(row["kind"]), tuple(one for one in aliases[row["id"]] if one != row["name"]))
            for row in rows
        )

    async def entity(self, name: str) -> Entity | None:
        """Return the entity that goes by this name or alias, however it is capitalised."""
        reading = self._database.reader
        row = await reading.row("entity_by_fold", fold=fold_name(name))
        return await _entity_from_row(reading, row) if row else None

    async def complete(self, prefix: str, limit: int, *, space: str | None) -> list[Entity]:
        """Return entities whose name or alias begins so, the most spoken of first; near names after them."""
        begins = fold_name(prefix)
        rows = await self._database.reader.rows(
            "entities_by_prefix", prefix=begins, after=f"{begins}{_LAST_CHARACTER}", limit=limit, space=space
        )
        found = [Entity(row["name"], EntityKind(row["kind"])) for row in rows]
        if found or not prefix.strip():
            return found
        names = await self._database.reader.rows("all_names", space=space)
        return await asyncio.to_thread(_similar_entities, fold_name(prefix), names, limit)

    async def profile(self, entity: Entity, *, space: str | None, today: dt.date) -> EntityProfile:
        """Return the card of an entity, counting what this reader may read."""
        reading = self._database.reader
        row = await reading.row("entity_by_fold", fold=fold_name(entity.name))
        if row is None:
            return EntityProfile(entity, 0, 0, (), ())
        whose = {"entity": row["id"], "space": space}
        days = {"today": today.isoformat(), "week_before": (today - dt.timedelta(days=7)).isoformat()}
        counts = await reading.row("entity_counts", **whose, **days)
        speakers = await reading.rows("entity_speakers", **whose)
        timeline = await reading.rows("entity_timeline", **whose)
        return EntityProfile(
            await _entity_from_row(reading, row),
            counts["claims"] if counts else 0,
            counts["week"] if counts else 0,
            tuple((speaker["speaker"], speaker["claims"]) for speaker in speakers),
            tuple((dt.date.fromisoformat(day["date"]), day["claims"]) for day in reversed(timeline)),
        )

    async def merge(self, keep: str, drop: str) -> None:
        """Make one name an alias of another; raises UserError for a pair that must not merge."""
        async with self._database.exclusive() as session:
            kept, dropped = await _require_entity(session, keep), await _require_entity(session, drop)
            if kept["id"] == dropped["id"]:
                message = f"{keep} and {drop} are one name already."
                raise UserError(message)
            pairs = ((fold_name(keep), fold_name(drop)), (kept["fold"], dropped["fold"]))
            if any([await session.row("are_apart", one=one, other=other) for one, other in pairs]):
                message = f"{keep} and {drop} must not become one name."
                raise UserError(message)
            await session.run("merge_entities", keep=kept["id"], drop=dropped["id"])

    async def split(self, name: str) -> None:
        """Undo the merge that made this name an alias, and never merge the pair again."""
        async with self._database.exclusive() as session:
            merged = await session.row("merged_root", fold=fold_name(name))
            if merged is None:
                message = f"{name} was not merged into another name."
                raise UserError(message)
            await session.run("split_entity", said=merged["id"])
            await session.run_many("keep_apart", [{"one": merged["fold"], "other": merged["root"]}])


async def _entity_from_row(session: Session, row: Row) -> Entity:
    aliases = await session.rows("aliases_of", entity=row["id"], name=row["name"])
    return Entity(row["name"], EntityKind(row["kind"]), tuple(alias["alias"] for alias in aliases))


async def _require_entity(session: Session, name: str) -> Row:
    row = await session.row("entity_by_fold", fold=fold_name(name))
    if row is None:
        message = f"No one has mentioned {name} yet."
        raise UserError(message)
    return row


def _similar_entities(prefix: str, names: Sequence[Row], limit: int) -> list[Entity]:
    from rapidfuzz import fuzz, process

    folds = {number: row["fold"] for number, row in enumerate(names)}
    alike = process.extract(prefix, folds, scorer=fuzz.WRatio, score_cutoff=_MIN_SIMILARITY, limit=limit * 3)
    found = [Entity(names[number]["name"], EntityKind(names[number]["kind"])) for _, _, number in alike]
    return list(dict.fromkeys(found))[:limit]
