"""Which items of a feed are ones that were seen before, whatever of them has changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.feed import Sighting

_WEIGHTS = {"recording": 4, "guid": 3, "page": 2, "words": 2}
ENOUGH = 2
"""What must agree for two to be one, counted by weight."""

DESPITE = 3
"""The same where something speaks against it: other guids, another title on another day, or another feed and length."""

APART = 4
"""The same where another guid comes on another day, as with a page that shows one new thing each day."""

_GUID_OF_THE_WORLD = 16
"""Characters: a shorter guid, such as "7", may be any feed's."""

_NEARLY = 0.01
_SECONDS = 2.0

Keys: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """An item that was seen before, with all that it was ever known by."""

    id: int
    feed: str
    conversation: str
    hash: str
    fold: str
    day: str
    lasts: float | None
    keys: Keys


def keys(seen: Sighting) -> Keys:
    """Return what an item is known by and looked for under."""
    facts = {"guid": seen.guid, "page": seen.page, "recording": seen.recording, "words": seen.hash}
    found = [f"{name}:{value}" for name, value in facts.items() if value]
    return frozenset([*found, f"title:{day(seen)}:{seen.fold}"] if seen.fold and seen.day else found)


def day(seen: Sighting) -> str:
    """Return its date as text, empty where it has none."""
    return seen.day.isoformat() if seen.day else ""


def firsts(seen: Sequence[Sighting]) -> list[int]:
    """Return for each sighting the index of the first in this document that is the same item."""
    first: dict[Hashable, int] = {}
    found = []
    for index, one in enumerate(seen):
        signs = list(_signs(one))
        same = next((first[sign] for sign in signs if sign in first), index)
        found.append(same)
        for sign in signs:
            first.setdefault(sign, same)
    return found


def here(seen: Sequence[Sighting], known: Sequence[Known]) -> Mapping[int, Known]:
    """Return by index which sightings are known items of the same feed: one to one, the surest first."""
    shared = _shared(map(keys, seen)) | _shared(one.keys for one in known)
    return _paired(seen, known, shared, _needed_here)


def elsewhere(seen: Sequence[Sighting], known: Sequence[Known]) -> Mapping[int, Known]:
    """Return by index which sightings are told by items of other feeds too; several feeds may tell of one."""
    # Two talks may have one title on one day; their lengths tell which of them this is.
    told = {key for key in _shared_by_conversations(known) if not key.startswith("title:")}
    shared = _shared(map(keys, seen)) | told
    shared |= {key for one in known for key in one.keys if _is_small(key)}
    return _paired(seen, known, shared, _needed_elsewhere)


def _is_small(key: str) -> bool:
    name, _, value = key.partition(":")
    return name == "guid" and len(value) < _GUID_OF_THE_WORLD and "://" not in value


def _signs(one: Sighting) -> Iterator[Hashable]:
    """Yield what no two items of one document share: several facts together, since one may be the same for all."""
    if one.guid:
        yield from ((one.guid, fact) for fact in (one.fold, one.recording) if fact)
        yield (one.guid, one.page, one.day)
    else:
        yield from ((place, one.fold) for place in (one.page, one.recording) if place and one.fold)
    yield (one.recording or one.hash, one.page, one.fold, one.day)


def _paired(
    seen: Sequence[Sighting], known: Sequence[Known], shared: set[str], needed: Callable[[Sighting, Known], int]
) -> Mapping[int, Known]:
    by_key: dict[str, list[Known]] = {}
    for one in known:
        for key in one.keys - shared:
            by_key.setdefault(key, []).append(one)
    pairs = []
    for index, sighting in enumerate(seen):
        telling = keys(sighting) - shared
        for other in {other.id: other for key in telling for other in by_key.get(key, ())}.values():
            points = _points(sighting, telling & other.keys, other)
            if points >= needed(sighting, other):
                pairs.append((-points, other.id, index, other))
    return _surest(sorted(pairs, key=lambda pair: pair[:3]))


def _surest(pairs: Iterable[tuple[int, int, int, Known]]) -> Mapping[int, Known]:
    taken: set[int] = set()
    found: dict[int, Known] = {}
    for _, id_, index, other in pairs:
        if index not in found and id_ not in taken:
            taken.add(id_)
            found[index] = other
    return found


def _points(one: Sighting, common: Keys, other: Known) -> int:
    points = sum(_WEIGHTS.get(key.partition(":")[0], 0) for key in common)
    # Many things happen on one day: that says something only of what bears one title.
    if one.fold and one.fold == other.fold:
        points += 1 + (bool(one.day) and day(one) == other.day)
    return points


def _needed_elsewhere(one: Sighting, other: Known) -> int:
    return ENOUGH if _as_long(one, other) else DESPITE


def _needed_here(one: Sighting, other: Known) -> int:
    guids = {key for key in other.keys if key.startswith("guid:")}
    renamed = bool(one.guid) and bool(guids) and f"guid:{one.guid}" not in guids
    retitled = bool(one.fold and other.fold) and one.fold != other.fold
    redated = bool(one.day and other.day) and day(one) != other.day
    if renamed and redated:
        return APART
    return DESPITE if renamed or (retitled and redated) else ENOUGH


def _as_long(one: Sighting, other: Known) -> bool:
    if not one.lasts or not other.lasts:
        return False
    return abs(one.lasts - other.lasts) <= max(_SECONDS, one.lasts * _NEARLY)


def _shared(all_keys: Iterable[Keys]) -> set[str]:
    counted = Counter(key for one in all_keys for key in one)
    return {key for key, times in counted.items() if times > 1}


def _shared_by_conversations(known: Sequence[Known]) -> set[str]:
    counted = Counter(key for key, _ in {(key, one.conversation) for one in known for key in one.keys})
    return {key for key, times in counted.items() if times > 1}
