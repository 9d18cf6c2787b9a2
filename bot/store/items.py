"""What feeds have shown, each item once, and what of it is still to be read."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.feed import ConversationSource, ItemChange, ItemMatch, ItemSnapshot, PendingItem, ReadOutcome, TextKind
from bot.store.database import Row, Session, Table
from bot.store.rows import from_timestamp, optional_timestamp, parse_optional_timestamp, to_timestamp

_MIN_SHARED_SHINGLES = 0.5
"""The part of their shingles that two texts share who are one: 15 of 64 was the most of any two of 407 talks, and 38
the least of two transcripts of one talk that each get every twentieth word wrong."""

_ID_DIGITS = 20


class Items(Table):
    """Items of feeds, each kept once however many feeds show it."""

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
            again=optional_timestamp(outcome.retry_at),
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
    gone = parse_optional_timestamp(row["gone"])
    return ConversationSource(row["feed"], row["url"], row["title"], when, kind, row["why"], gone)


_WEIGHTS = {"recording": 4, "guid": 3, "page": 2, "words": 2}
MATCH_POINTS = 2
"""What must agree for two to be one, counted by weight."""

CONFLICT_POINTS = 3
"""The same where something speaks against it: other guids, another title on another day, or another feed and length."""

STRONG_CONFLICT_POINTS = 4
"""The same where another guid comes on another day, as with a page that shows one new thing each day."""

_MIN_GLOBAL_GUID_CHARS = 16
"""Characters: a shorter guid, such as "7", may be any feed's."""

_LENGTH_TOLERANCE = 0.01
_LENGTH_TOLERANCE_SECONDS = 2.0

Keys: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item that was seen before, with all that it was ever known by."""

    id: int
    feed: str
    conversation: str
    hash: str
    fold: str
    day: str
    lasts: float | None
    keys: Keys


def match_keys(sighting: ItemSnapshot) -> Keys:
    """Return what an item is known by and looked for under."""
    facts = {"guid": sighting.guid, "page": sighting.page, "recording": sighting.recording, "words": sighting.hash}
    found = [f"{name}:{value}" for name, value in facts.items() if value]
    return frozenset(
        [*found, f"title:{date_text(sighting)}:{sighting.fold}"] if sighting.fold and sighting.day else found
    )


def date_text(sighting: ItemSnapshot) -> str:
    """Return its date as text, empty where it has none."""
    return sighting.day.isoformat() if sighting.day else ""


def first_occurrences(sightings: Sequence[ItemSnapshot]) -> list[int]:
    """Return for each sighting the index of the first in this document that is the same item."""
    first: dict[Hashable, int] = {}
    found = []
    for index, one in enumerate(sightings):
        signs = list(_identities(one))
        same = next((first[sign] for sign in signs if sign in first), index)
        found.append(same)
        for sign in signs:
            first.setdefault(sign, same)
    return found


def match_same_feed(sightings: Sequence[ItemSnapshot], known: Sequence[KnownItem]) -> Mapping[int, KnownItem]:
    """Return by index which sightings are known items of the same feed: one to one, the surest first."""
    shared = _shared_keys(map(match_keys, sightings)) | _shared_keys(one.keys for one in known)
    return _match(sightings, known, shared, _points_needed_here)


def match_other_feeds(sightings: Sequence[ItemSnapshot], known: Sequence[KnownItem]) -> Mapping[int, KnownItem]:
    """Return by index which sightings are told by items of other feeds too; several feeds may tell of one."""
    # Two talks may have one title on one day; their lengths tell which of them this is.
    told = {key for key in _shared_by_conversations(known) if not key.startswith("title:")}
    shared = _shared_keys(map(match_keys, sightings)) | told
    shared |= {key for one in known for key in one.keys if _is_local_guid(key)}
    return _match(sightings, known, shared, _points_needed_elsewhere)


def _is_local_guid(key: str) -> bool:
    name, _, value = key.partition(":")
    return name == "guid" and len(value) < _MIN_GLOBAL_GUID_CHARS and "://" not in value


def _identities(sighting: ItemSnapshot) -> Iterator[Hashable]:
    """Yield what no two items of one document share: several facts together, since one may be the same for all."""
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
    for one in known:
        for key in one.keys - shared:
            by_key.setdefault(key, []).append(one)
    pairs = []
    for index, sighting in enumerate(sightings):
        telling = match_keys(sighting) - shared
        for other in {other.id: other for key in telling for other in by_key.get(key, ())}.values():
            points = _points(sighting, telling & other.keys, other)
            if points >= needed(sighting, other):
                pairs.append((-points, other.id, index, other))
    return _best_pairs(sorted(pairs, key=lambda pair: pair[:3]))


def _best_pairs(pairs: Iterable[tuple[int, int, int, KnownItem]]) -> Mapping[int, KnownItem]:
    taken: set[int] = set()
    found: dict[int, KnownItem] = {}
    for _, id_, index, other in pairs:
        if index not in found and id_ not in taken:
            taken.add(id_)
            found[index] = other
    return found


def _points(sighting: ItemSnapshot, common: Keys, known: KnownItem) -> int:
    points = sum(_WEIGHTS.get(key.partition(":")[0], 0) for key in common)
    # Many things happen on one day: that says something only of what bears one title.
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
    counted = Counter(key for one in all_keys for key in one)
    return {key for key, times in counted.items() if times > 1}


def _shared_by_conversations(known: Sequence[KnownItem]) -> set[str]:
    counted = Counter(key for key, _ in {(key, one.conversation) for one in known for key in one.keys})
    return {key for key, times in counted.items() if times > 1}
