"""Copies a SQLite file in use into a PostgreSQL database: all of it or nothing, and compared row by row."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from bot.chat.request import Progress, ProgressCallback
from bot.errors import SettingsError, StoreError
from bot.store.database import BATCH, SELECT_ALL, Rows, TableInfo
from bot.store.index import SearchIndex
from bot.store.rows import storable
from bot.store.sqlite import Snapshot, open_snapshot
from bot.store.store import open_postgres
from bot.store.tables import MOVED

if TYPE_CHECKING:
    from bot.store.postgres import PostgresSession

_HAS_ROWS = Template('SELECT EXISTS (SELECT 1 FROM "$table")')
_ADVANCE_ID = Template(
    "SELECT setval(pg_get_serial_sequence('$table', '$column'), greatest(max($column), $last, 1)) FROM \"$table\""
)
_ID_COLUMN = "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND is_identity = 'YES'"


class Digest:
    """A table's contents in short: equal digests mean the same rows in the same order."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def add(self, rows: Rows) -> None:
        """Add rows."""
        self.rows += len(rows)
        for row in rows:
            self._hash.update(repr(row).encode())

    def __str__(self) -> str:
        return f"{self.rows} {self._hash.hexdigest()}"


async def transfer_database(source: Path, target: str, report: ProgressCallback) -> Mapping[str, int]:
    """Replace the target's contents by the file's as of this moment; return how many rows each table has.

    It may be repeated until the target is in use. Raises SettingsError if the target holds anything else, and
    StoreError if the copy differs from the original; then nothing was changed.
    """
    async with open_snapshot(source) as old, await open_postgres(target) as database:
        tables = [await old.describe(name) for name in MOVED]
        async with database.replacing_all() as session:
            new = TransferTarget(session)
            await _check_replaceable(new, tables)
            await new.clear(MOVED)
            digests = {table.name: await _copy_table(old, new, table, report) for table in tables}
            await new.advance_ids(await old.last_ids())
            for table in tables:
                if str(await _digest(new, table, report)) != str(digests[table.name]):
                    message = f"The copy of {table.name} differs from the original, and nothing was kept; try again."
                    raise StoreError(message)
            await new.sign(_signature(digests))
        await SearchIndex(database).optimize()
    return {name: digest.rows for name, digest in digests.items()}


async def _copy_table(old: Snapshot, new: TransferTarget, table: TableInfo, report: ProgressCallback) -> Digest:
    digest = Digest()
    async for rows in old.batches(table):
        copied = [tuple(map(storable, row)) for row in rows]
        await new.put(table, copied)
        digest.add(copied)
        report(Progress(digest.rows, table.rows, table.name))
    await new.index_words(table)
    return digest


async def _digest(new: TransferTarget, table: TableInfo, report: ProgressCallback | None = None) -> Digest:
    digest = Digest()
    async for rows in new.batches(table):
        digest.add(rows)
        if report:
            report(Progress(digest.rows, table.rows, f"{table.name}, compared"))
    return digest


async def _check_replaceable(new: TransferTarget, tables: list[TableInfo]) -> None:
    """Check that clearing the target loses nothing: it is empty, or holds an earlier copy."""
    # The row in `heard` is there from the beginning.
    if await new.is_empty([name for name in MOVED if name != "heard"]):
        return
    if await new.signature() != _signature({table.name: await _digest(new, table) for table in tables}):
        message = "That database already holds something else, or has been used since it was copied; name an empty one."
        raise SettingsError(message)


def _signature(digests: Mapping[str, Digest]) -> str:
    return hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in digests.items()).encode()).hexdigest()


class TransferTarget:
    """The PostgreSQL end of a move: a transaction in which all is replaced."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session
        self._connection = session.connection

    async def is_empty(self, tables: Sequence[str]) -> bool:
        """Return whether no table has a row."""
        return not any([await self._connection.fetchval(_HAS_ROWS.substitute(table=table)) for table in tables])

    async def clear(self, tables: Sequence[str]) -> None:
        """Delete every row of the tables and of the full-text indexes."""
        await self._connection.execute("SET CONSTRAINTS ALL DEFERRED")
        await self._connection.execute(f"TRUNCATE {', '.join(tables)}, passages_fts, claims_fts, moved_in")

    async def put(self, table: TableInfo, rows: Rows) -> None:
        """Insert rows."""
        await self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns)

    async def index_words(self, table: TableInfo) -> None:
        """Build the full-text index of a table, if it has one."""
        if table.name in {"passages", "claims"}:
            for (conversation,) in await self._connection.fetch("SELECT id FROM conversations ORDER BY id"):
                await self._session.run(f"index_{table.name}_text", conversation=conversation)

    async def advance_ids(self, last_ids: Mapping[str, int]) -> None:
        """Give new rows ids that no row ever had, not even a deleted one."""
        for table, last in last_ids.items():
            column = await self._connection.fetchval(_ID_COLUMN, table)
            if column:
                await self._connection.execute(_ADVANCE_ID.substitute(table=table, column=column, last=last))

    async def batches(self, table: TableInfo) -> AsyncIterator[Rows]:
        """Yield all rows of a table in the order of their key."""
        cursor = f"every_{table.name}"
        await self._connection.execute(f"DECLARE {cursor} CURSOR FOR {SELECT_ALL.substitute(**table.sql_names)}")
        while rows := await self._connection.fetch(f"FETCH {BATCH} FROM {cursor}"):
            yield [tuple(row) for row in rows]
        await self._connection.execute(f"CLOSE {cursor}")

    async def signature(self) -> str | None:
        """Return the signature of the last copy."""
        signature: str | None = await self._connection.fetchval("SELECT signature FROM moved_in")
        return signature

    async def sign(self, signature: str) -> None:
        """Record what a copy holds, in short."""
        await self._connection.execute("INSERT INTO moved_in (signature) VALUES ($1)", signature)
