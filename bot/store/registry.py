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
from bot.nlp.people import is_one_person, labels_of, name_words, parse_label
from bot.store.database import Row, Session, Table
from bot.store.library import save_entities
from bot.store.rows import fold_name

MIN_CLAIMS, MAX_KNOWN_ENTITIES = 2, 5_000
"""In how many claims a name must be before reading relies on it, and how many such names there are at most."""

MAX_SPEAKERS = 8
"""How many of those who speak of an entity its card names."""

_LAST_CHARACTER = chr(sys.maxunicode)
_MIN_SIMILARITY = 75
"""How alike (of 100) a name must be to be suggested if nothing matches."""


class Registry(Table):
    """Names of entities, with their aliases and merges."""

    async def keep_apart(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Record pairs of names that must never merge."""
        known = {(row["one"], row["other"]) for row in await self._database.reader.rows("pairs_apart")}
        new = sorted({(fold_name(one), fold_name(other)) for one, other in pairs} - known)
        if new:
            async with self._database.exclusive() as session:
                await session.run_many("keep_apart", [{"one": one, "other": other} for one, other in new])

    async def names(self, *, space: str | None) -> list[str]:
        """Return every canonical name, the most mentioned first."""
        return [row["name"] for row in await self._database.reader.rows("names_by_weight", space=space)]

    async def known_entities(self) -> tuple[Entity, ...]:
        """Return what open conversations name more than once, the most mentioned first.

        Names that only one space may read are left out: another could see what reading learns from them.
        """
        reader = self._database.reader
        rows = await reader.rows("known_entities", least=MIN_CLAIMS, limit=MAX_KNOWN_ENTITIES)
        aliases: defaultdict[int, list[str]] = defaultdict(list)
        for row in await reader.rows("aliases_by_entity"):
            aliases[row["entity"]].append(row["alias"])
        return tuple(
            Entity(row["name"], EntityKind(row["kind"]), tuple(a for a in aliases[row["id"]] if a != row["name"]))
            for row in rows
        )

    async def entity(self, name: str, *, space: str | None = None) -> Entity | None:
        """Return the entity that goes by this name or alias, however it is capitalised.

        A person is found under a title, a surname or a short first name, too, if that can be only one person of those
        whom this space may read about.
        """
        reader = self._database.reader
        fold = await find_entity_fold(reader, name, space)
        row = await reader.row("entity_by_fold", fold=fold) if fold else None
        return await _entity_from_row(reader, row) if row else None

    async def complete(self, prefix: str, limit: int, *, space: str | None) -> list[Entity]:
        """Return entities whose name or alias begins so, the most mentioned first; similar names if there are none."""
        folded = fold_name(prefix)
        rows = await self._database.reader.rows(
            "entities_by_prefix", prefix=folded, after=f"{folded}{_LAST_CHARACTER}", limit=limit, space=space
        )
        entities = [Entity(row["name"], EntityKind(row["kind"])) for row in rows]
        if entities or not prefix.strip():
            return entities
        names = await self._database.reader.rows("all_names", space=space)
        return await asyncio.to_thread(_similar_entities, fold_name(prefix), names, limit)

    async def profile(self, entity: Entity, *, space: str | None, today: dt.date) -> EntityProfile:
        """Return the card of an entity, counting what this space may read."""
        reader = self._database.reader
        row = await reader.row("entity_by_fold", fold=fold_name(entity.name))
        if row is None:
            return EntityProfile(entity, 0, 0, (), ())
        scope = {"entity": row["id"], "space": space}
        days = {"today": today.isoformat(), "week_before": (today - dt.timedelta(days=7)).isoformat()}
        counts = await reader.row("entity_counts", **scope, **days)
        speakers = await reader.rows("entity_speakers", **scope)
        timeline = await reader.rows("entity_timeline", **scope)
        heard = await reader.rows("heard_names", **scope)
        return EntityProfile(
            await _entity_from_row(reader, row),
            counts["claims"] if counts else 0,
            counts["week"] if counts else 0,
            _count_by_person(speakers)[:MAX_SPEAKERS],
            tuple((dt.date.fromisoformat(day["date"]), day["claims"]) for day in reversed(timeline)),
            tuple(row["heard_as"] for row in heard),
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
        """Undo the merge that made this name an alias, and never merge the pair again.

        A name that was taken for a misheard one is itself from then on.
        """
        async with self._database.exclusive() as session:
            merged = await session.row("merged_root", fold=fold_name(name))
            if merged:
                await session.run("split_entity", said=merged["id"])
                await session.run_many("keep_apart", [{"one": merged["fold"], "other": merged["root"]}])
            elif not await _take_at_its_word(session, name):
                message = f"{name} was not merged into another name."
                raise UserError(message)


async def _take_at_its_word(session: Session, heard: str) -> bool:
    """Let every claim in which another name was heard as this one name this one; return whether there was any."""
    fold = fold_name(heard)
    meant = await session.rows("heard_as", fold=fold, space=None)
    if meant:
        await save_entities(session, [Entity(heard, EntityKind(meant[0]["kind"]))])
        await session.run("copy_misheard", fold=fold)
        await session.run("drop_misheard", fold=fold)
        await session.run_many("keep_apart", [{"one": fold, "other": row["fold"]} for row in meant])
    return bool(meant)


async def find_entity_fold(reader: Session, name: str, space: str | None) -> str | None:
    """Return a fold that leads to the entity of a name; for a person, any name that can only be theirs will do."""
    for fold in dict.fromkeys((fold_name(name), fold_name(parse_label(name).name))):
        if fold and await reader.row("entity_by_fold", fold=fold):
            return fold
    if heard := await reader.rows("heard_as", fold=fold_name(name), space=space):
        return str(heard[0]["fold"])
    people = await reader.rows("people", space=space)
    return await asyncio.to_thread(_person_fold, name, people)


def _person_fold(name: str, people: Sequence[Row]) -> str | None:
    *_, surname = name_words(name)
    near = {row["fold"]: row for row in people if not row["fold"].isascii() or surname in row["fold"].replace("'", "")}
    found = [near[fold] for fold in near if fold in labels_of(name, near)] if near else []
    return found[0]["root"] if found and is_one_person([row["name"] for row in found]) else None


def _count_by_person(speakers: Sequence[Row]) -> tuple[tuple[str, int], ...]:
    """Return each person once, under the label with the most claims, with those of all their labels."""
    left = {row["speaker"]: row["claims"] for row in speakers}
    counted: list[tuple[str, int]] = []
    while left:
        label = next(iter(left))
        theirs = dict.fromkeys((label, *labels_of(label, left)))
        counted.append((label, sum(left.pop(each) for each in theirs)))
    return tuple(sorted(counted, key=lambda person: -person[1]))


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
    entities = [Entity(names[number]["name"], EntityKind(names[number]["kind"])) for _, _, number in alike]
    return list(dict.fromkeys(entities))[:limit]
