"""The other end of a move: a PostgreSQL database that takes in whole tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from string import Template
from typing import TYPE_CHECKING

from bot.store.database import BATCH, SELECT_ALL, Rows, TableInfo

if TYPE_CHECKING:
    from bot.store.postgres import PostgresSession

_HAS_ROWS = Template('SELECT EXISTS (SELECT 1 FROM "$table")')
_ADVANCE_ID = Template(
    "SELECT setval(pg_get_serial_sequence('$table', '$column'), greatest(max($column), $last, 1)) FROM \"$table\""
)
_ID_COLUMN = "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND is_identity = 'YES'"


class TransferTarget:
    """A transaction on a database, in which all is replaced."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session
        self._connection = session.connection

    async def is_empty(self, tables: Sequence[str]) -> bool:
        """Tell whether no table has a row."""
        return not any([await self._connection.fetchval(_HAS_ROWS.substitute(table=table)) for table in tables])

    async def clear(self, tables: Sequence[str]) -> None:
        """Take every row out of the tables, and out of what search reads."""
        await self._connection.execute("SET CONSTRAINTS ALL DEFERRED")
        await self._connection.execute(f"TRUNCATE {', '.join(tables)}, passages_fts, claims_fts, moved_in")

    async def put(self, table: TableInfo, rows: Rows) -> None:
        """Take rows in."""
        await self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns)

    async def index_words(self, table: TableInfo) -> None:
        """Make the words of a table findable, if it is one that is searched."""
        if table.name in {"passages", "claims"}:
            for (conversation,) in await self._connection.fetch("SELECT id FROM conversations ORDER BY id"):
                await self._session.run(f"index_{table.name}_text", conversation=conversation)

    async def advance_ids(self, last_ids: Mapping[str, int]) -> None:
        """Let new rows have numbers that no row ever had, be it gone by now."""
        for table, last in last_ids.items():
            column = await self._connection.fetchval(_ID_COLUMN, table)
            if column:
                await self._connection.execute(_ADVANCE_ID.substitute(table=table, column=column, last=last))

    async def batches(self, table: TableInfo) -> AsyncIterator[Rows]:
        """Return all rows of a table in the order of their key."""
        cursor = f"every_{table.name}"
        await self._connection.execute(f"DECLARE {cursor} CURSOR FOR {SELECT_ALL.substitute(**table.sql_names)}")
        while rows := await self._connection.fetch(f"FETCH {BATCH} FROM {cursor}"):
            yield [tuple(row) for row in rows]
        await self._connection.execute(f"CLOSE {cursor}")

    async def signature(self) -> str | None:
        """Return what was last written under a copy."""
        signature: str | None = await self._connection.fetchval("SELECT signature FROM moved_in")
        return signature

    async def sign(self, signature: str) -> None:
        """Write under a copy what it holds, in short."""
        await self._connection.execute("INSERT INTO moved_in (signature) VALUES ($1)", signature)


def storable(value: object) -> object:
    """Return a value as PostgreSQL keeps it.

    Its text holds anything but the character zero; the stand-in is as long, so that spans stay where they are.
    """
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
