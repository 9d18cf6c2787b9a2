"""Copies a SQLite file, live, into a PostgreSQL database: all of it or nothing, and compared row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from bot.chat.request import Progress, ProgressCallback
from bot.errors import SettingsError, StoreError
from bot.store.database import Rows, TableInfo
from bot.store.index import SearchIndex
from bot.store.sqlite import Snapshot, open_snapshot
from bot.store.store import open_postgres
from bot.store.tables import MOVED
from bot.store.transfer_target import TransferTarget, storable


class Digest:
    """What a table holds, in short: two that say the same hold the same rows in the same order."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def add(self, rows: Rows) -> None:
        """Go on with more rows."""
        self.rows += len(rows)
        for row in rows:
            self._hash.update(repr(row).encode())

    def __str__(self) -> str:
        return f"{self.rows} {self._hash.hexdigest()}"


async def transfer_database(source: Path, target: str, report: ProgressCallback) -> Mapping[str, int]:
    """Replace what is at the target by what is in the file at this moment; return how many rows each table has.

    It may be done again until the target is in use. Raises SettingsError where the target holds anything else, and
    StoreError where the copy is not like the original; then nothing was kept.
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
                    message = f"The copy of {table.name} is not like the original, and nothing was kept; try again."
                    raise StoreError(message)
            await new.sign(_signature(digests))
        await SearchIndex(database).optimize()
    return {name: digest.rows for name, digest in digests.items()}


async def _copy_table(old: Snapshot, new: TransferTarget, table: TableInfo, report: ProgressCallback) -> Digest:
    digest = Digest()
    async for rows in old.batches(table):
        kept = [tuple(map(storable, row)) for row in rows]
        await new.put(table, kept)
        digest.add(kept)
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
    """Make sure that nothing is lost where the target is cleared: it is empty, or what was copied there before."""
    # One row that says how far everything was told is there from the beginning.
    if await new.is_empty([name for name in MOVED if name != "heard"]):
        return
    if await new.signature() != _signature({table.name: await _digest(new, table) for table in tables}):
        message = "That database holds something else already, or is in use since it was copied; name an empty one."
        raise SettingsError(message)


def _signature(digests: Mapping[str, Digest]) -> str:
    return hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in digests.items()).encode()).hexdigest()
