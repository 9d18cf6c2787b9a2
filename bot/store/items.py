"""Items of feeds, each once, and which of them are still to be read."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.domain.feed import ConversationSource, ItemChange, ItemMatch, ItemSnapshot, PendingItem, ReadOutcome, TextKind
from bot.store.database import Row, Session, Table
from bot.store.rows import from_timestamp, optional_timestamp, parse_optional_timestamp, to_timestamp

_MIN_SHARED_SHINGLES = 0.5
"""The share of shingles that two texts of one talk have in common: of any two of 407 talks, 15 of 64 was the most; of
two transcripts of one talk that each get every twentieth word wrong, 38 was the least."""

_ID_DIGITS = 20

RECORDED_AT_ONCE = 250
"""How many items of a feed are recorded in one transaction, for which all others who write wait: some 10 ms."""


class Items(Table):
    """Items of feeds, each kept once however many feeds show it."""

    async def record(
        self, feed: str, sightings: Sequence[ItemSnapshot], now: dt.datetime, *, backlog: bool, space: str | None
    ) -> list[ItemMatch]:
        """Record the items that a feed shows; returns a match for each.

        With `backlog`, the conversations that it begins are not news: no alert and no brief mentions them.
        """
        first = await asyncio.to_thread(first_occurrences, sightings)
        shown = [sightings[index] for index in sorted(set(first))]
        visit = _Visit(feed, space or "", to_timestamp(now), shown, backlog=backlog)
        if len(shown) > RECORDED_AT_ONCE:
            await visit.look(self._database.reader)
        for start in range(0, len(shown), RECORDED_AT_ONCE):
            # Exclusive, so that of two who look for an item before it exists, only one adds it.
            async with self._database.exclusive() as session:
                await visit.record(session, range(start, min(start + RECORDED_AT_ONCE, len(shown))))
        return _repeated(visit.matches, first)

    async def record_beside(
        self,
        unchanged: frozenset[int],
        feed: str,
        sightings: Sequence[ItemSnapshot],
        now: dt.datetime,
        *,
        space: str | None,
    ) -> list[ItemMatch] | None:
        """Record those items of a feed that are not the `unchanged` ones that it shows beside them.

        None, and nothing is recorded, if only all that it shows tells which is which: an item shares something with
        an unchanged one, or one of these is kept no longer. The same if more are new than are recorded at once.
        """
        first = first_occurrences(sightings)
        shown = [sightings[index] for index in sorted(set(first))]
        if len(shown) > RECORDED_AT_ONCE:
            return None
        visit = _Visit(feed, space or "", to_timestamp(now), shown, backlog=False)
        async with self._database.exclusive() as session:
            if not await visit.stands_apart(session, unchanged):
                return None
            await visit.record(session, range(len(shown)))
            await session.run("items_seen", items=json.dumps(sorted(unchanged)), now=to_timestamp(now))
        return _repeated(visit.matches, first)

    async def due(self, now: dt.datetime, limit: int) -> list[PendingItem]:
        """Return items to read: news before back catalogues, the newest first."""
        rows = await self._database.reader.rows("items_due", now=to_timestamp(now), limit=limit)
        return [_waiting_from_row(row) for row in rows]

    async def count_due(self, now: dt.datetime) -> int:
        """Return how many items there are to read."""
        row = await self._database.reader.row("count_items_due", now=to_timestamp(now))
        return int(row["items"]) if row else 0

    async def assign_conversation(self, item: int, kind: TextKind, shingles: Sequence[str]) -> str | None:
        """Return the conversation that an item's text is saved as; None if another item has as good a text or better.

        An item that was never read joins a conversation whose text is nearly the same.
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
            rows = [{"hash": hash_, "conversation": conversation, "space": row["space"]} for hash_ in shingles]
            await session.run_many("put_shingle", rows)
        return str(conversation)

    async def settle(self, item: int, outcome: ReadOutcome, now: dt.datetime) -> None:
        """Record how the reading of an item went."""
        await self._database.run(
            "item_read",
            item=item,
            kind=outcome.kind.value if outcome.kind else "",
            why=outcome.reason,
            again=optional_timestamp(outcome.retry_at),
            gone=to_timestamp(now) if outcome.is_gone else "",
        )

    async def occurrences(self, conversation: str, *, space: str | None) -> list[ConversationSource]:
        """Return every feed's item of a conversation, in the order they were first seen."""
        rows = await self._database.reader.rows("items_telling", conversation=conversation, space=space or "")
        return [_occurrence_from_row(row) for row in rows]

    async def latest(self, feed: str, limit: int) -> list[ConversationSource]:
        """Return the items of a feed with what came of each and how many claims it gave, the latest first."""
        rows = await self._database.reader.rows("items_of_feed", feed=feed, limit=limit)
        return [
            replace(_occurrence_from_row(row), conversation=row["conversation"], claims=row["claims"]) for row in rows
        ]


class _Visit:
    """One visit to a feed, recorded some items at a time; `matches` has those that are recorded."""

    def __init__(self, feed: str, space: str, now: str, sightings: Sequence[ItemSnapshot], *, backlog: bool) -> None:
        self._feed, self._space, self._now, self._backlog = feed, space, now, backlog
        self._sightings = sightings
        self._keys = [match_keys(sighting) for sighting in sightings]
        self._newest = -1
        self._known: Sequence[KnownItem] = ()
        self._own: Mapping[int, KnownItem] = {}
        self._others: Mapping[int, KnownItem] = {}
        self.matches: list[ItemMatch] = []

    async def look(self, session: Session) -> None:
        """Look for those that aren't recorded yet among all items."""
        self._newest = await _newest_item(session)
        self._known = await self._find_known(session)
        # With ten thousand, this takes long.
        self._own, self._others = await asyncio.to_thread(self._match, self._known)

    async def stands_apart(self, session: Session, unchanged: frozenset[int]) -> bool:
        """Return whether none of its items shares anything with the unchanged ones, and all of these are kept."""
        await self.look(session)
        if any(item.id in unchanged for item in self._known):
            return False
        items = json.dumps(sorted(unchanged))
        row = await session.row("count_items_among", feed=self._feed, space=self._space, items=items)
        return row is not None and row["items"] == len(unchanged)

    async def record(self, session: Session, indexes: range) -> None:
        """Record the next items, inside an exclusive transaction."""
        if await _newest_item(session) != self._newest:
            # Others came since, and some of them may be these.
            await self.look(session)
        own = {index: self._own[index] for index in indexes if index in self._own}
        matches = {index: _match_again(self._sightings[index], item) for index, item in own.items()}
        edited = [
            {"item": match.item, "now": self._now, **_sighting_columns(self._sightings[index])}
            for index, match in matches.items()
            if match.change is ItemChange.EDITED
        ]
        await session.run_many("edit_item", edited)
        await session.run("items_seen", items=json.dumps([item.id for item in own.values()]), now=self._now)
        new = {index: self._others.get(index) for index in indexes if index not in own}
        matches |= await self._add_new(session, new)
        known_keys = {index: item.keys for index, item in own.items()}
        new_keys = [
            {"key": key, "item": matches[index].item}
            for index in indexes
            for key in self._keys[index] - known_keys.get(index, frozenset())
        ]
        await session.run_many("put_item_key", new_keys)
        self.matches += [matches[index] for index in indexes]

    def _match(self, known: Sequence[KnownItem]) -> tuple[Mapping[int, KnownItem], Mapping[int, KnownItem]]:
        """Return the items of this feed and of others that the sightings are, by index."""
        done = len(self.matches)
        recorded = {match.item for match in self.matches}
        left = self._sightings[done:]
        own = match_same_feed(left, [item for item in known if item.feed == self._feed and item.id not in recorded])
        others = match_other_feeds(left, [item for item in known if item.feed != self._feed])
        return (
            {index + done: item for index, item in own.items()},
            {index + done: item for index, item in others.items()},
        )

    async def _find_known(self, session: Session) -> list[KnownItem]:
        sought = sorted(frozenset().union(*self._keys[len(self.matches) :]))
        rows = await session.rows("items_by_keys", space=self._space, keys=json.dumps(sought))
        keys: dict[int, set[str]] = {row["id"]: set() for row in rows}
        for row in await session.rows("keys_of_items", items=json.dumps(list(keys))):
            keys[row["item"]].add(row["key"])
        return [_known_from_row(row, keys) for row in rows]

    async def _add_new(self, session: Session, new: Mapping[int, KnownItem | None]) -> dict[int, ItemMatch]:
        conversations = {
            index: twin.conversation if twin else self._conversation_id(index) for index, twin in new.items()
        }
        columns = [
            self._item_columns(self._sightings[index], conversations[index], twin) for index, twin in new.items()
        ]
        await session.run_many("put_item", columns)
        rows = await session.rows("items_after", id=self._newest)
        self._newest = rows[-1]["id"] if rows else self._newest
        return {
            index: ItemMatch(row["id"], conversations[index], ItemChange.JOINED if twin else ItemChange.NEW)
            for (index, twin), row in zip(new.items(), rows, strict=True)
        }

    def _item_columns(self, sighting: ItemSnapshot, conversation: str, twin: KnownItem | None) -> dict[str, object]:
        facts = {"space": self._space, "feed": self._feed, "conversation": conversation, "now": self._now}
        return {**facts, "backlog": int(self._backlog and not twin), **_sighting_columns(sighting)}

    def _conversation_id(self, index: int) -> str:
        sighting = self._sightings[index]
        facts = [self._space, self._feed, sorted(self._keys[index]), sighting.fold, date_text(sighting)]
        digest = hashlib.sha256(json.dumps(facts).encode("utf-8", "surrogatepass")).hexdigest()
        return f"feed/{digest[:_ID_DIGITS]}"


async def _newest_item(session: Session) -> int:
    newest = await session.row("newest_item")
    return int(newest["id"]) if newest else 0


def _repeated(matches: Sequence[ItemMatch], first: Sequence[int]) -> list[ItemMatch]:
    """Return for each item the match of its first occurrence, of which `matches` has one each."""
    by_index = dict(zip(sorted(set(first)), matches, strict=True))
    return [by_index[index] for index in first]


def _match_again(sighting: ItemSnapshot, known: KnownItem) -> ItemMatch:
    return ItemMatch(
        known.id, known.conversation, ItemChange.SAME if sighting.hash == known.hash else ItemChange.EDITED
    )


async def _join_similar(session: Session, item: int, row: Row, shingles: Sequence[str]) -> str:
    own = str(row["conversation"])
    near = await session.row("nearest_text", space=row["space"], conversation=own, hashes=json.dumps(list(shingles)))
    if not near or near["shared"] < len(shingles) * _MIN_SHARED_SHINGLES:
        return own
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


def _known_from_row(row: Row, keys: Mapping[int, set[str]]) -> KnownItem:
    facts = (row["feed"], row["conversation"], row["hash"], row["fold"], row["day"], row["lasts"])
    return KnownItem(row["id"], *facts, frozenset(keys[row["id"]]))


def _waiting_from_row(row: Row) -> PendingItem:
    seen, space = from_timestamp(row["first_seen"]), row["space"] or None
    return PendingItem(row["id"], row["feed"], row["conversation"], seen, space, row["payload"])


def _occurrence_from_row(row: Row) -> ConversationSource:
    day = dt.date.fromisoformat(row["day"]) if row["day"] else None
    kind = TextKind(row["kind"]) if row["kind"] else None
    gone = parse_optional_timestamp(row["gone"])
    return ConversationSource(row["feed"], row["url"], row["title"], day, kind, row["why"], gone)


_WEIGHTS = {"recording": 4, "guid": 3, "page": 2, "words": 2}
MATCH_POINTS = 2
"""How much must agree for two to be one, by weight."""

CONFLICT_POINTS = 3
"""The same if something speaks against it: other guids, another title and day, or another feed and length."""

STRONG_CONFLICT_POINTS = 4
"""The same if another guid comes on another day, as with a page that shows one new thing each day."""

_MIN_GLOBAL_GUID_CHARS = 16
"""Characters: a shorter guid, such as "7", may be any feed's."""

_LENGTH_TOLERANCE = 0.01
_LENGTH_TOLERANCE_SECONDS = 2.0

Keys: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item that was seen before, with all its keys so far."""

    id: int
    feed: str
    conversation: str
    hash: str
    fold: str
    day: str
    lasts: float | None
    keys: Keys


def match_keys(sighting: ItemSnapshot) -> Keys:
    """Return what an item is known by and looked up by."""
    facts = {"guid": sighting.guid, "page": sighting.page, "recording": sighting.recording, "words": sighting.hash}
    if sighting.fold and sighting.day:
        facts["title"] = f"{date_text(sighting)}:{sighting.fold}"
    return frozenset(f"{name}:{value}" for name, value in facts.items() if value)


def date_text(sighting: ItemSnapshot) -> str:
    """Return its date as text, empty if it has none."""
    return sighting.day.isoformat() if sighting.day else ""


def first_occurrences(sightings: Sequence[ItemSnapshot]) -> list[int]:
    """Return for each sighting the index of the first in this document that is the same item."""
    by_identity: dict[Hashable, int] = {}
    indexes = []
    for index, sighting in enumerate(sightings):
        identities = list(_identities(sighting))
        first = next((by_identity[identity] for identity in identities if identity in by_identity), index)
        indexes.append(first)
        for identity in identities:
            by_identity.setdefault(identity, first)
    return indexes


def match_same_feed(sightings: Sequence[ItemSnapshot], known: Sequence[KnownItem]) -> Mapping[int, KnownItem]:
    """Return by index which sightings are known items of the same feed: one to one, the surest first."""
    shared = _shared_keys(map(match_keys, sightings)) | _shared_keys(item.keys for item in known)
    return _match(sightings, known, shared, _points_needed_here)


def match_other_feeds(sightings: Sequence[ItemSnapshot], known: Sequence[KnownItem]) -> Mapping[int, KnownItem]:
    """Return by index which sightings other feeds have as items, too; several feeds may have one."""
    # Two talks may have one title on one day; their lengths tell which of them this is.
    ambiguous = {key for key in _shared_by_conversations(known) if not key.startswith("title:")}
    shared = _shared_keys(map(match_keys, sightings)) | ambiguous
    shared |= {key for item in known for key in item.keys if _is_local_guid(key)}
    return _match(sightings, known, shared, _points_needed_elsewhere)


def _is_local_guid(key: str) -> bool:
    name, _, value = key.partition(":")
    return name == "guid" and len(value) < _MIN_GLOBAL_GUID_CHARS and "://" not in value


def _identities(sighting: ItemSnapshot) -> Iterator[Hashable]:
    """Yield what no two items of one document share: pairs of facts and more, since one may be the same for all."""
    if sighting.guid:
        yield from ((sighting.guid, fact) for fact in (sighting.fold, sighting.recording) if fact)
        yield (sighting.guid, sighting.page, sighting.day)
    else:
        yield from ((place, sighting.fold) for place in (sighting.page, sighting.recording) if place and sighting.fold)
    yield (sighting.recording or sighting.hash, sighting.page, sighting.fold, sighting.day)


def _match(
    sightings: Sequence[ItemSnapshot],
    known: Sequence[KnownItem],
    shared: set[str],
    needed: Callable[[ItemSnapshot, KnownItem], int],
) -> Mapping[int, KnownItem]:
    by_key: dict[str, list[KnownItem]] = {}
    for item in known:
        for key in item.keys - shared:
            by_key.setdefault(key, []).append(item)
    pairs = []
    for index, sighting in enumerate(sightings):
        distinctive = match_keys(sighting) - shared
        for item in {item.id: item for key in distinctive for item in by_key.get(key, ())}.values():
            points = _points(sighting, distinctive & item.keys, item)
            if points >= needed(sighting, item):
                pairs.append((-points, item.id, index, item))
    return _best_pairs(sorted(pairs, key=lambda pair: pair[:3]))


def _best_pairs(pairs: Iterable[tuple[int, int, int, KnownItem]]) -> Mapping[int, KnownItem]:
    taken: set[int] = set()
    best: dict[int, KnownItem] = {}
    for _, id_, index, item in pairs:
        if index not in best and id_ not in taken:
            taken.add(id_)
            best[index] = item
    return best


def _points(sighting: ItemSnapshot, common: Keys, known: KnownItem) -> int:
    points = sum(_WEIGHTS.get(key.partition(":")[0], 0) for key in common)
    # Many things happen on one day: the day counts only together with the title.
    if sighting.fold and sighting.fold == known.fold:
        points += 1 + (bool(sighting.day) and date_text(sighting) == known.day)
    return points


def _points_needed_elsewhere(sighting: ItemSnapshot, known: KnownItem) -> int:
    return MATCH_POINTS if _has_same_length(sighting, known) else CONFLICT_POINTS


def _points_needed_here(sighting: ItemSnapshot, known: KnownItem) -> int:
    guids = {key for key in known.keys if key.startswith("guid:")}
    renamed = bool(sighting.guid) and bool(guids) and f"guid:{sighting.guid}" not in guids
    retitled = bool(sighting.fold and known.fold) and sighting.fold != known.fold
    redated = bool(sighting.day and known.day) and date_text(sighting) != known.day
    if renamed and redated:
        return STRONG_CONFLICT_POINTS
    return CONFLICT_POINTS if renamed or (retitled and redated) else MATCH_POINTS


def _has_same_length(sighting: ItemSnapshot, known: KnownItem) -> bool:
    if not sighting.lasts or not known.lasts:
        return False
    return abs(sighting.lasts - known.lasts) <= max(_LENGTH_TOLERANCE_SECONDS, sighting.lasts * _LENGTH_TOLERANCE)


def _shared_keys(all_keys: Iterable[Keys]) -> set[str]:
    counts = Counter(key for keys in all_keys for key in keys)
    return {key for key, count in counts.items() if count > 1}


def _shared_by_conversations(known: Sequence[KnownItem]) -> set[str]:
    counts = Counter(key for key, _ in {(key, item.conversation) for item in known for key in item.keys})
    return {key for key, count in counts.items() if count > 1}
