"""Which items of a feed are ones that were seen before, whatever of them has changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.feed import ItemSnapshot

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
