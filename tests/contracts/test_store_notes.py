"""Notes: whose they are, and that nothing is left of one that is forgotten."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.domain import Filters
from bot.domain.library import NotedFile, NoteSummary
from bot.domain.question import SearchUnit
from bot.errors import NotTheirs
from bot.store.store import Store
from tests.conftest import NOON
from tests.engines import Engine
from tests.said import TODAY, company, conversation, reading

OURS, THEIRS = "slack:T1", "slack:T2"
HALDEN = company("Halden")
OPEN = reading(conversation("open/1", "Halden grew, everybody heard."), HALDEN)


async def noted(store: Store, key: str, user: str = "U1", at: dt.datetime = NOON, space: str = OURS) -> None:
    """Note a sentence of its own, and put vectors beside it."""
    await store.notes.put(space, key, user, at)
    await store.library.save([reading(conversation(key, f"Halden wrote word{key} down.", space=space), HALDEN)])
    for unit in SearchUnit:
        pending = await store.index.pending(unit, "maker", 100)
        await store.index.put(unit, "maker", [(row, b"vector") for row, _ in pending])


async def found(store: Store, word: str, space: str | None = OURS) -> list[int]:
    """Return how many passages and how many claims have a word."""
    return [len(await store.index.match(unit, [word], [], Filters(space=space), 9)) for unit in SearchUnit]


async def test_a_note_tells_whose_it_is_and_what_was_found(store: Store) -> None:
    """From when its words are kept; whoever noted it first stands, and no other space knows of it."""
    await store.notes.put(OURS, "a", "U1", NOON)
    assert await store.notes.get(OURS, "a") is None
    await noted(store, "a", "U2", NOON + dt.timedelta(days=1))
    assert await store.notes.get(OURS, "a") == NoteSummary("U1", NOON, "Open Bench: a", TODAY, 1)
    assert await store.notes.get(THEIRS, "a") is None


async def test_nothing_is_left_of_a_note_that_is_forgotten(store: Store, engine: Engine) -> None:
    """Not in a table, not in an index; what else was said stays, and forgetting it again is nothing."""
    await store.library.save([OPEN])
    await noted(store, "keep")
    await noted(store, "gone")
    assert await found(store, "wordgone") == [1, 1]
    assert not await store.notes.delete(THEIRS, "gone")
    assert await store.notes.delete(OURS, "gone")
    assert not await store.notes.delete(OURS, "gone")
    assert [row for row in engine.dump() if "gone" in row] == []
    assert await found(store, "wordgone") == [0, 0]
    assert await found(store, "wordkeep") == [1, 1]
    assert await found(store, "halden") == [2, 2]
    assert engine.whole()


async def test_what_one_file_held_is_forgotten_together(store: Store) -> None:
    """The conversations that follow the first have its key with a number; a key that only begins like it is another."""
    for key in ("talk", "talk.1", "talk.2", "talks", "tal"):
        await noted(store, key)
    assert await store.notes.delete(OURS, "talk.2")
    assert await store.notes.delete(OURS, "talk")
    assert [bool(await store.notes.get(OURS, key)) for key in ("talk", "talk.1", "talks", "tal")] == [
        False,
        False,
        True,
        True,
    ]


async def test_whoever_sent_it_first_has_it(store: Store, engine: Engine) -> None:
    """Sending it again keeps it longer; what others send changes nothing, and elsewhere it is another file."""
    later = NOON + dt.timedelta(days=1)
    assert await store.notes.put(OURS, "talk", "U1", NOON, 2)
    assert not await store.notes.put(OURS, "talk", "U2", later, 3)
    assert engine.look('SELECT conversation, "user" FROM notes ORDER BY conversation') == [
        ("talk", "U1"),
        ("talk.1", "U1"),
    ]
    assert await store.notes.prune(NOON) == 0
    assert await store.notes.put(OURS, "talk", "U1", later, 2)
    assert await store.notes.prune(later) == 0
    assert await store.notes.prune(later + dt.timedelta(hours=1)) == 2
    assert await store.notes.put(OURS, "talk", "U2", later)


async def test_a_file_has_what_its_last_reading_found(store: Store, engine: Engine) -> None:
    """In order, with all claims; what an earlier one found beyond is forgotten, and nobody else's space sees any."""
    keys = ["talk", *(f"talk.{n}" for n in range(1, 12))]
    assert await store.notes.put(OURS, "talk", "U1", NOON, 12)
    readings = [reading(conversation(key, f"Halden wrote word{key} down.", space=OURS), HALDEN) for key in keys]
    await store.library.save(readings[::-1], are_notes=True)
    origins = tuple(each.conversation.origin for each in readings)
    assert await store.notes.file(OURS, "talk") == NotedFile("U1", origins, 12)
    assert await store.notes.file(THEIRS, "talk") == NotedFile()
    assert await store.notes.put(OURS, "talk", "U1", NOON, 3)
    assert await store.notes.file(OURS, "talk") == NotedFile("U1", origins[:3], 3)
    assert await found(store, "halden") == [3, 3]
    assert engine.whole()


async def test_what_is_forgotten_while_it_is_read_is_not_saved(store: Store, engine: Engine) -> None:
    """By its sender, or with their space; the others of its batch are, and what is no note needs none."""
    readings = [reading(conversation(key, f"Halden wrote word{key} down.", space=OURS), HALDEN) for key in ("a", "b")]
    for key in ("a", "b"):
        await store.notes.put(OURS, key, "U1", NOON)
    await store.notes.put(THEIRS, "c", "U1", NOON)
    await store.notes.delete(OURS, "a")
    stray = reading(conversation("c", "Halden wrote wordc down.", space=OURS), HALDEN)
    assert await store.library.save([*readings, stray], are_notes=True) == readings[1:]
    assert engine.look("SELECT key FROM conversations") == [("b",)]
    await store.privacy.erase_user(OURS, "U1")
    assert await store.library.save(readings, are_notes=True) == []
    assert await store.library.save(readings[:1]) == readings[:1]


async def test_only_its_sender_has_any_of_it_forgotten(store: Store) -> None:
    """Or who may delete everything; also if its first conversation was never saved."""
    await store.notes.put(OURS, "talk", "U1", NOON, 3)
    await store.library.save([reading(conversation("talk.1", "Halden grew, everybody heard.", space=OURS), HALDEN)])
    await store.notes.drop_unread(THEIRS, "talk")
    for key in ("talk", "talk.1", "talk.2"):
        with pytest.raises(NotTheirs, match="Only whoever saved it"):
            await store.notes.delete(OURS, key, "U2")
    await store.notes.drop_unread(OURS, "talk")
    assert not await store.notes.delete(OURS, "talk.2", "U1")
    with pytest.raises(NotTheirs):
        await store.notes.delete(OURS, "talk", "U2")
    assert [origin.conversation for origin in (await store.notes.file(OURS, "talk")).origins] == ["talk.1"]
    assert await store.notes.delete(OURS, "talk", "U1")
    assert await found(store, "halden") == [0, 0]


async def test_notes_beyond_counting_are_forgotten_in_time(store: Store, engine: Engine) -> None:
    """Others write in between, and none is left."""
    assert await store.notes.put(OURS, "talk", "U1", NOON, 250)
    assert await store.notes.prune(NOON + dt.timedelta(hours=1)) == 250
    assert engine.look("SELECT count(*) FROM notes") == [(0,)]


@pytest.mark.parametrize("key", ["open/1", "theirs", "imported"])
async def test_only_what_was_noted_can_be_forgotten(store: Store, engine: Engine, key: str) -> None:
    """Neither what is open to all, nor another space's, nor what came by another way; a forged row changes nothing."""
    await store.library.save([OPEN, reading(conversation("imported", "Halden sent a file.", space=OURS), HALDEN)])
    await noted(store, "theirs", space=THEIRS)
    if key == "open/1":
        await store.notes.put(OURS, key, "U1", NOON)
    await store.notes.delete(OURS, key)
    assert engine.look("SELECT count(*) FROM conversations") == [(3,)]
    assert await found(store, "halden") == [2, 2]


async def test_notes_are_forgotten_in_time(store: Store, engine: Engine) -> None:
    """Those from before a moment, of every space, also where their words were never kept."""
    await noted(store, "old")
    await noted(store, "theirs", space=THEIRS)
    await store.notes.put(OURS, "never", "U1", NOON)
    await noted(store, "new", at=NOON + dt.timedelta(days=1))
    assert await store.notes.prune(NOON) == 0
    assert await store.notes.prune(NOON + dt.timedelta(hours=1)) == 3
    assert engine.look("SELECT conversation FROM notes") == [("new",)]
    assert engine.look("SELECT key FROM conversations") == [("new",)]
    assert engine.whole()


async def test_what_a_person_noted_is_theirs_to_read_and_to_erase(store: Store) -> None:
    """It goes with its words; what others noted, and what they noted elsewhere, stays."""
    await noted(store, "mine")
    await noted(store, "others", "U2")
    await noted(store, "elsewhere", space=THEIRS)
    (row,) = (await store.privacy.export(OURS, "U1"))["notes"]
    assert (row["conversation"], row["title"]) == ("mine", "Open Bench: mine")
    assert await store.privacy.erase_user(OURS, "U1") == 1
    assert await found(store, "wordmine") == [0, 0]
    assert await found(store, "wordothers") == [1, 1]
    assert await found(store, "wordelsewhere", THEIRS) == [1, 1]
