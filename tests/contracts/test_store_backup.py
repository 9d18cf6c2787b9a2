"""A backup is one state of the database, whoever writes meanwhile, and stands alone."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat.request import Progress
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.errors import UserError
from bot.store.backup import back_up
from bot.store.store import Store, open_store
from bot.store.vault import new_key
from tests.conftest import NOON

HERE = Address("slack", "T1", "C1")
BIG = "x" * 2_000
FILES = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""What lies on a server has its own copies."""

WRITES = 300


def pair(number: int) -> list[Delivery]:
    """Make two deliveries that are kept together or not at all."""
    return [Delivery(f"{half}/{number}", f"brief {BIG}", HERE) for half in ("one", "other")]


def numbers(database: Path) -> Iterator[set[int]]:
    """Return which halves of pairs are in a database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as connection:
        for half in ("one", "other"):
            keys = connection.execute("SELECT key FROM outbox WHERE key LIKE ?", (f"{half}/%",)).fetchall()
            yield {int(key.partition("/")[2]) for (key,) in keys}


def names(folder: Path) -> list[str]:
    """Return what is in a folder, in order."""
    return sorted(path.name for path in folder.iterdir())


@FILES
async def test_a_copy_under_load_is_one_state_and_stops_nobody(store: Store, tmp_path: Path) -> None:
    """Writes go on from the copy's beginning to its end; what was written together is in it together."""
    for number in range(2_000):
        await store.outbox.put(pair(-number), NOON)
    source, copy = tmp_path / "sqlite.db", tmp_path / "copy.db"
    backing = asyncio.create_task(back_up(source, copy, NOON, lambda _: None))
    during = number = 0
    while not backing.done() or number < WRITES:
        number += 1
        await store.outbox.put(pair(number), NOON)
        during += not backing.done()
    copied = await backing
    one, other = numbers(copy)
    assert one == other
    assert one == set(range(-1_999, max(one) + 1))
    assert copied.deliveries == len(one) * 2
    assert during > 0
    assert max(one) < number


@FILES
async def test_a_copy_needs_nothing_beside_it(store: Store, tmp_path: Path) -> None:
    """No journal, no other file; only its owner may read it; what was in the journal of the original is in it."""
    await store.outbox.put(pair(1), NOON)
    folder = tmp_path / "kept"
    folder.mkdir()
    copy = folder / "copy.db"
    await back_up(tmp_path / "sqlite.db", copy, NOON, lambda _: None)
    assert names(folder) == ["copy.db"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert list(numbers(copy)) == [{1}, {1}]
    async with open_store(copy) as other:
        assert await other.copy_mark.taken_at() == NOON
    assert await store.copy_mark.taken_at() is None


@FILES
async def test_secrets_stay_closed(store: Store, tmp_path: Path) -> None:
    """The key is in no copy either."""
    del store
    source, copy = tmp_path / "sqlite.db", tmp_path / "copy.db"
    key = new_key()
    async with open_store(source, key) as keeping:
        await keeping.vault.put("slack/T1", "xoxb-1234")
    await back_up(source, copy, NOON, lambda _: None)
    assert b"xoxb-1234" not in copy.read_bytes()
    async with open_store(copy, key) as other:
        assert await other.vault.get("slack/T1") == "xoxb-1234"


async def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Neither half a copy nor a change to the one that was there."""
    broken, copy = tmp_path / "broken.db", tmp_path / "copy.db"
    broken.write_bytes(b"not a database" * 100)
    copy.write_text("an older copy", "utf-8")
    with pytest.raises(UserError, match="could not be written"):
        await back_up(broken, copy, NOON, lambda _: None)
    assert copy.read_text("utf-8") == "an older copy"
    assert names(tmp_path) == ["broken.db", "copy.db"]


@FILES
async def test_a_copy_says_how_far_it_has_come(store: Store, tmp_path: Path) -> None:
    """In bytes of what is in use, never more than there are."""
    for number in range(3):
        await store.outbox.put([Delivery(f"{number}/{n}", BIG * 20, HERE) for n in range(500)], NOON)
    seen: list[Progress] = []
    await back_up(tmp_path / "sqlite.db", tmp_path / "copy.db", NOON, seen.append)
    assert all(0 <= one.done <= one.total for one in seen)
    assert seen[-1].done == seen[-1].total > 500 * 3 * len(BIG)
