"""The register of tables: a new table is moved, exported, erased and purged, or the suite fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.database import migrations
from bot.store.store import open_store
from bot.store.tables import CASCADING, DERIVED, MOVED, OF_A_SPACE, PERSONAL, SHARED, WITH_THEIR_WORDS
from tests.engines import connect_file

FORGET = "forgotten in bot/store/tables.py"


@pytest.fixture
def schema() -> Iterator[sqlite3.Connection]:
    """Return a database that holds the newest schema and nothing else."""
    with closing(connect_file(":memory:")) as connection:
        for _, script in migrations("sqlite", 0, "memory"):
            connection.executescript(script)
        yield connection


def tables(schema: sqlite3.Connection, *columns: str) -> set[str]:
    """Return the tables that have one of these columns, or all of them if none is named."""
    rows = schema.execute(
        "SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c"
        " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '%_fts_%'"
    )
    return {table for table, column in rows if not columns or column in columns}


def test_every_table_is_moved_or_rebuilt(schema: sqlite3.Connection) -> None:
    """Nothing stays behind when a database moves to the other engine."""
    assert tables(schema) == {*MOVED, *DERIVED}, FORGET


def test_what_names_a_person_can_be_exported_and_erased(schema: sqlite3.Connection) -> None:
    """Every table with a column for a person is listed as theirs."""
    assert tables(schema, "user") == {*PERSONAL, *WITH_THEIR_WORDS}, FORGET


def test_what_belongs_to_a_space_is_purged_with_it(schema: sqlite3.Connection) -> None:
    """Every table with a column for a space is purged; the others hang on those, or belong to nobody."""
    assert tables(schema, "tenant", "space") == set(OF_A_SPACE), FORGET
    assert {*MOVED} - {*OF_A_SPACE} == CASCADING | SHARED, FORGET
    for table in CASCADING:
        assert any(row[6] == "CASCADE" for row in schema.execute(f"PRAGMA foreign_key_list({table})")), table


def base_database(place: Path, version_below: int = 0) -> int:
    """Make a database as the first script leaves it, with a conversation and a claim; return its version."""
    number, script = migrations("sqlite", 0, "memory")[0]
    with closing(sqlite3.connect(place)) as connection:
        connection.executescript(script)
        connection.execute(
            "INSERT INTO conversations"
            " VALUES (1, 'o/1', '', 'O', 'T', '2031-06-26', NULL, 'en', '[]', '[]', '', '', NULL)"
        )
        connection.execute(
            "INSERT INTO claims VALUES (1, 'c1', 1, 0, 0, 4, 'Yes.', 'Yes.', 'S', 'S', '[]', 'asserted', NULL, '[]')"
        )
        connection.execute("INSERT INTO turns VALUES (1, 0, 'S', NULL, 'Yes.')")
        connection.execute(f"PRAGMA user_version = {number - version_below}")
        connection.commit()
    return number


async def test_a_database_of_the_base_version_opens_with_all_it_holds(tmp_path: Path) -> None:
    """What came since has its defaults: no description, no date, ordinary importance."""
    place = tmp_path / "overheard.db"
    base_database(place)
    async with open_store(place) as store:
        (claim,) = await store.library.claims(["c1"], space=None)
        talk = await store.library.conversation("o/1", space=None)
    assert (claim.quote, claim.importance, claim.lead_in, claim.happened) == ("Yes.", 1.0, None, None)
    assert talk is not None
    assert talk.description == ""


async def test_a_database_older_than_the_base_version_is_refused(tmp_path: Path) -> None:
    """It is refused in words, and left as it is."""
    place = tmp_path / "overheard.db"
    base = base_database(place, version_below=1)
    with pytest.raises(Exception, match="can't be updated; start with a new one"):
        async with open_store(place):
            pass
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("PRAGMA user_version").fetchall() == [(base - 1,)]


async def test_names_with_either_apostrophe_become_one(tmp_path: Path) -> None:
    """A database from before takes its curly ones for straight ones, with what was merged into them."""
    place = tmp_path / "overheard.db"
    base, script = migrations("sqlite", 0, "")[0]
    rows = [(1, "O’Brien", "o’brien"), (2, "O'Brien", "o'brien"), (3, "Pat", "pat"), (4, "O’Hara", "o’hara")]
    with closing(sqlite3.connect(place)) as connection:
        connection.executescript(script)
        connection.executemany("INSERT INTO entities (id, name, fold, kind) VALUES (?, ?, ?, 'person')", rows)
        connection.executemany("INSERT INTO aliases (entity, alias, fold) VALUES (?, ?, ?)", rows)
        connection.execute("UPDATE entities SET merged_into = 1 WHERE id = 3")
        connection.execute(f"PRAGMA user_version = {base}")
        connection.commit()
    async with open_store(place) as store:
        found = [await store.registry.entity(name) for name in ("O’Brien", "O'Brien", "Pat", "O'Hara", "O’Hara")]
    assert [entity and entity.name for entity in found] == ["O'Brien"] * 3 + ["O’Hara"] * 2
