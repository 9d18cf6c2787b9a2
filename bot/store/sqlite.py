"""A SQLite file, written by one connection and read by another; the only file that imports aiosqlite."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Self, TypeAlias, TypeVar, cast

import aiosqlite
from aiosql.queries import Queries

from bot.errors import SettingsError, StoreError
from bot.store.database import BATCH, SELECT_ALL, FullTextSyntax, Row, Rows, TableInfo, load_queries, migrations
from bot.store.packing import SQL_FUNCTIONS
from bot.store.priority_lock import PriorityLock

logger = logging.getLogger(__name__)

# At DEBUG it logs every value that is stored, and some of them are secrets.
logging.getLogger(aiosqlite.__name__).setLevel(logging.INFO)

_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA foreign_keys = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -32000;
PRAGMA journal_size_limit = 67108864;
"""

BUSY_SECONDS, TELL_SECONDS, LOOK_SECONDS = 10.0, 1.0, 0.003
"""How long a change waits for another process that writes, when it says so, and how often it looks again.

SQLite's own wait looks less and less often, down to ten times a second, and misses the gaps between short changes.
"""

_WAITING = "Another program is writing to the database; waiting until it ends."
_BUSY = "Another program has been writing to the database for more than ten seconds; try again when it has ended."

_READABLE = {"turns": "spoken_turns"}
"""Where the rows of a table are as another engine keeps them."""
_MAX_FREE = 0.1
"""Which share of a file may lie free after a migration; more is given back."""

_COUNT_ROWS = Template('SELECT count(*) FROM "$table"')
_LAST_IDS = """
SELECT name, seq FROM sqlite_master LEFT JOIN sqlite_sequence USING (name)
WHERE type = 'table' AND sql LIKE '%INTEGER PRIMARY KEY%'
"""


_FULL, _NORMAL = "FULL", "NORMAL"

Result = TypeVar("Result")


class SQLiteSession:
    """Named queries on one connection, each a `-- name:` in `sql/*.sql`.

    Each is one step of the connection's thread: every further one would wait for that thread and then for the loop.
    """

    def __init__(self, connection: aiosqlite.Connection, queries: Queries) -> None:
        self._connection = connection
        self._queries = queries

    async def rows(self, query: str, **values: object) -> list[Row]:
        """Return all rows."""
        return list(await self._connection.execute_fetchall(self._sql(query), values))

    async def row(self, query: str, **values: object) -> Row | None:
        """Return the one row of a query marked `^`, if there is one."""
        return next(iter(await self.rows(query, **values)), None)

    async def run(self, query: str, **values: object) -> int:
        """Change rows and return how many."""
        return (await self._connection.execute(self._sql(query), values)).rowcount

    async def run_many(self, query: str, values: Sequence[Mapping[str, object]]) -> None:
        """Run one change for each set of values."""
        if values:
            await self._connection.executemany(self._sql(query), values)

    def _sql(self, query: str) -> str:
        sql: str = getattr(self._queries, query).sql
        return sql


Change: TypeAlias = Callable[[], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class _Group:
    changes: list[Change[object]]
    results: asyncio.Task[list[object]]


class Writer:
    """The one connection that writes: one change at a time, each as safe from a loss of power as it must be.

    What must be on the disk when it is done goes before the rest: somebody waits for its acknowledgement. Single
    changes of that kind that wait together are one transaction, and wait for the disk once.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection
        self._lock = PriorityLock()
        self._synchronous = ""
        self._group: _Group | None = None

    @asynccontextmanager
    async def transaction(self, synchronous: str) -> AsyncIterator[None]:
        """Wait for one's turn to write, and hold a transaction; `synchronous` is FULL for what must be on the disk."""
        async with self._lock.hold(is_urgent=synchronous == _FULL):
            try:
                # Inside, because a caller cancelled here leaves a BEGIN that the connection's thread still runs.
                await self._begin(synchronous)
                yield
                await self.connection.commit()
            except BaseException:
                await asyncio.shield(self.connection.rollback())
                raise

    async def run(self, change: Change[Result], synchronous: str) -> Result:
        """Run a single statement in a transaction of its own, or with others that wait for the disk."""
        if synchronous != _FULL:
            async with self._lock.hold(is_urgent=False):
                # A single statement is a transaction by itself; BEGIN and COMMIT would double the time.
                return await _when_free(lambda: self._run_alone(change, synchronous))
        if self._group is None:
            changes: list[Change[object]] = []
            self._group = _Group(changes, asyncio.create_task(self._run_group(changes)))
        group, place = self._group, len(self._group.changes)
        group.changes.append(change)
        # Who is cancelled doesn't take the others with them.
        result = (await asyncio.shield(group.results))[place]
        return cast("Result", _returned(result))

    async def close(self) -> None:
        """Close the connection once it is idle."""
        async with self._lock.hold(is_urgent=False):
            await self.connection.close()

    async def _run_group(self, changes: Sequence[Change[object]]) -> list[object]:
        try:
            async with self._lock.hold(is_urgent=True):
                # What comes from now on waits for the next group.
                self._group = None
                return await (self._run_together(changes) if len(changes) > 1 else self._run_one(changes[0]))
        finally:
            if self._group and self._group.changes is changes:
                self._group = None

    async def _run_together(self, changes: Sequence[Change[object]]) -> list[object]:
        """Run changes in one transaction, of which each fails by itself; return what each returned or raised."""
        try:
            await self._begin(_FULL)
            *results, committed = await self._run_at_once(_FULL, *changes, lambda: self.connection.execute("COMMIT"))
            # It fails also if one of them has ended the transaction, as on a full disk.
            _returned(committed)
        except BaseException:
            await asyncio.shield(self.connection.rollback())
            raise
        return results

    async def _run_one(self, change: Change[object]) -> list[object]:
        return [await _when_free(lambda: self._run_alone(change, _FULL))]

    async def _begin(self, synchronous: str) -> None:
        await _when_free(lambda: self._run_alone(lambda: self.connection.execute("BEGIN IMMEDIATE"), synchronous))

    async def _run_alone(self, change: Change[Result], synchronous: str) -> Result:
        (result,) = await self._run_at_once(synchronous, change)
        return cast("Result", _returned(result))

    async def _run_at_once(self, synchronous: str, *steps: Change[object]) -> list[object]:
        """Run steps one right after the other, and return what each returned or raised.

        Between them the connection's thread doesn't wait for the loop, which may have much else to do.
        """
        if synchronous == self._synchronous:
            return await asyncio.gather(*(step() for step in steps), return_exceptions=True)
        # If it is cancelled, nobody knows which is in force.
        self._synchronous = ""
        setting = self.connection.execute(f"PRAGMA synchronous = {synchronous}")
        is_set, *results = await asyncio.gather(setting, *(step() for step in steps), return_exceptions=True)
        _returned(is_set)
        self._synchronous = synchronous
        return results


def _returned(result: object) -> object:
    if isinstance(result, BaseException):
        raise result
    return result


class SQLite:
    """An open file. Writers wait for one another; readers wait for nobody.

    Raises SettingsError if the file cannot be opened or was written by a newer version, StoreError if another process
    writes for too long.
    """

    is_shared = False
    full_text = FullTextSyntax(lambda word: f'"{_escape(word)}"', " OR ", " AND ", filtered_suffix="_within")

    def __init__(
        self, writer: Writer, reader: aiosqlite.Connection, queries: Queries, path: Path, synchronous: str = _NORMAL
    ) -> None:
        self._path = path
        self._writer = writer
        self._reader = reader
        self._queries = queries
        self._synchronous = synchronous
        self._session = SQLiteSession(writer.connection, queries)
        self.reader = SQLiteSession(reader, queries)

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file, creating it and its folder if needed, and bring it up to date."""
        queries = load_queries("sqlite", "aiosqlite")
        writer = await _connect(path)
        try:
            # It waits by itself; see `BUSY_SECONDS`.
            await writer.execute("PRAGMA busy_timeout = 0")
            await _migrate(writer, path)
            reader = await _connect(path)
        except BaseException:
            await writer.close()
            raise
        return cls(Writer(writer), reader, queries, path)

    @property
    def durable(self) -> SQLite:
        """The same file, on which every change is on the disk when it is done, and so is every change before it."""
        return SQLite(self._writer, self._reader, self._queries, self._path, synchronous=_FULL)

    async def close(self) -> None:
        """Close both connections, even if cancelled: an open one would keep the process alive."""
        try:
            await self._writer.close()
            await self._reader.close()
        finally:
            # Does nothing to those that are closed by now.
            self._writer.connection.stop()
            self._reader.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SQLiteSession]:
        """Hold the one write transaction: all of it is kept, or none."""
        async with self._writer.transaction(self._synchronous):
            yield self._session

    exclusive = transaction
    """Only one process writes at a time anyway."""

    async def run(self, query: str, **values: object) -> int:
        """Run one change in a transaction of its own and return how many rows it touched."""
        return await self._writer.run(lambda: self._session.run(query, **values), self._synchronous)

    async def run_returning(self, query: str, **values: object) -> list[Row]:
        """Run one change that returns rows, in a transaction of its own."""
        return await self._writer.run(lambda: self._session.rows(query, **values), self._synchronous)

    async def describe(self) -> str:
        """Return the engine, its version and the path."""
        return f"SQLite {sqlite3.sqlite_version}, {self._path}"


async def _when_free(change: Change[Result]) -> Result:
    """Run a change as soon as no other process writes; raises StoreError if that takes too long."""
    loop = asyncio.get_running_loop()
    began, has_told = loop.time(), False
    while True:
        try:
            return await change()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            waited = loop.time() - began
            if waited >= BUSY_SECONDS:
                raise StoreError(_BUSY) from error
            if waited >= TELL_SECONDS and not has_told:
                logger.warning(_WAITING)
                has_told = True
        await asyncio.sleep(LOOK_SECONDS)


class Snapshot:
    """The whole file as of one moment, whatever is written meanwhile."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def describe(self, name: str) -> TableInfo:
        """Describe a table."""
        columns = list(await self._connection.execute_fetchall("SELECT name, pk FROM pragma_table_info(?)", [name]))
        ((rows,),) = await self._connection.execute_fetchall(_COUNT_ROWS.substitute(table=name))
        keys = sorted((place, column) for column, place in columns if place)
        names = tuple(column for column, _ in columns)
        return TableInfo(name, names, tuple(column for _, column in keys) or names, rows)

    async def batches(self, table: TableInfo) -> AsyncIterator[Rows]:
        """Yield all rows of a table in the order of their key."""
        names = {**table.sql_names, "table": _READABLE.get(table.name, table.name)}
        async with self._connection.execute(SELECT_ALL.substitute(names)) as cursor:
            while rows := await cursor.fetchmany(BATCH):
                yield [tuple(row) for row in rows]

    async def last_ids(self) -> dict[str, int]:
        """Return by table the highest id that a row ever had, 0 if ids of deleted rows may come again."""
        used = await self._connection.execute_fetchall(_LAST_IDS)
        return {table: last or 0 for table, last in used}


@asynccontextmanager
async def open_snapshot(path: Path) -> AsyncIterator[Snapshot]:
    """Read a whole file as of this moment; raises SettingsError if there is none."""
    async with await SQLite.open(_require_file(path)):
        pass
    connection = await _connect(path)
    try:
        await connection.execute("BEGIN")
        yield Snapshot(connection)
    finally:
        await connection.close()


def _require_file(path: Path) -> Path:
    if not path.is_file():
        message = f"There is no database at {path}; set OVERHEARD_DATABASE to the file to copy."
        raise SettingsError(message)
    return path


def _escape(word: str) -> str:
    return word.replace('"', '""').replace("\0", " ")


async def _connect(path: Path) -> aiosqlite.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Tried first without aiosqlite, whose thread outlives the event loop if opening fails.
        sqlite3.connect(path).close()
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
    except (OSError, sqlite3.Error) as error:
        message = f"The database {path} cannot be opened ({error}); set OVERHEARD_DATABASE to a file that can."
        raise SettingsError(message) from error
    connection.row_factory = sqlite3.Row
    for name, function in SQL_FUNCTIONS.items():
        await connection.create_function(name, 1, function, deterministic=True)
    try:
        await connection.executescript(_PRAGMAS)
    except sqlite3.DatabaseError as error:
        await connection.close()
        message = f"{path} is not an Overheard database ({error}); set OVERHEARD_DATABASE to another file."
        raise SettingsError(message) from error
    return connection


async def _migrate(connection: aiosqlite.Connection, path: Path) -> None:
    if not await _due_migrations(connection, path):
        # Whoever only reads need not wait for somebody who writes.
        return
    # What is set aside meanwhile may be larger than the memory.
    await connection.execute("PRAGMA temp_store = FILE")
    await _when_free(lambda: connection.execute("BEGIN IMMEDIATE"))
    try:
        # Of several that start at once, one does the work, and the others find it done.
        due = await _due_migrations(connection, path)
        is_new = not list(await connection.execute_fetchall("SELECT 1 FROM sqlite_schema LIMIT 1"))
        for number, script in due:
            if not is_new:
                logger.warning("The database is brought up to date, step %d of %d.", number, due[-1][0])
            for statement in _statements(script):
                await connection.execute(statement)
            await connection.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        await asyncio.shield(connection.rollback())
        raise
    await connection.commit()
    await _give_back_free_pages(connection)
    await connection.execute("PRAGMA temp_store = MEMORY")


async def _give_back_free_pages(connection: aiosqlite.Connection) -> None:
    ((pages, free),) = await connection.execute_fetchall(
        "SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count"
    )
    if free > pages * _MAX_FREE:
        logger.warning("The database is made smaller, for which it needs its size once more on the disk.")
        try:
            await connection.execute("VACUUM")
        except sqlite3.OperationalError as error:
            # Somebody reads, or the disk is full: free pages are used again in any case.
            logger.warning("It stays as large as it is (%s).", error)


async def _due_migrations(connection: aiosqlite.Connection, path: Path) -> list[tuple[int, str]]:
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    return migrations("sqlite", version, str(path))


def _statements(script: str) -> list[str]:
    # executescript() would commit first, and a migration that fails must leave nothing behind.
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
