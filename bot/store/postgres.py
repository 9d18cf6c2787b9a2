"""A PostgreSQL database, shared by many processes; the only file that imports asyncpg."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Self, TypeAlias, TypeVar

import asyncpg
from aiosql.queries import Queries

from bot.config import redact_password
from bot.errors import SettingsError, StoreError
from bot.retry import RetryPolicy, retry
from bot.store.database import FullTextSyntax, Row, load_queries, migrations
from bot.store.rows import storable

MIN_VERSION, MAX_CONNECTIONS = 15, 8
"""The oldest PostgreSQL that has all we use, and the most connections a process takes."""
CONNECT_SECONDS, STATEMENT_SECONDS, MIGRATION_SECONDS = 10, 120, 36_000
"""How long to wait for a connection, a statement and a migration."""
CACHED_STATEMENTS = 500
"""How many statements a connection caches: more than there are."""
CONFLICT_RETRIES = RetryPolicy(first=0, retries=2)
"""How often a single statement is run again before a conflict with others is a failure."""

_MIGRATION_LOCK, _EXCLUSIVE_LOCK = 0x6F766801, 0x6F766802
"""The names of the two locks by which processes on one database wait for one another."""
_SERVER_SETTINGS = {"application_name": "overheard", "jit": "off", "plan_cache_mode": "force_custom_plan"}
_UNAVAILABLE = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # raised by a connection that broke while idle
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)
_CONFLICT = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_CANNOT_CONNECT = (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError)
_NOT_A_LETTER = re.compile(r"[\W_]+")

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Result = TypeVar("Result")
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


class PostgresSession:
    """Named queries on one connection, or each on any of a pool."""

    def __init__(self, connection: Connection | Pool, queries: Queries) -> None:
        self.connection = connection
        self._queries = queries

    async def rows(self, query: str, **values: object) -> list[Row]:
        """Return all rows."""
        with _translating_errors():
            return [row async for row in getattr(self._queries, query)(self.connection, **_storable_values(values))]

    async def row(self, query: str, **values: object) -> Row | None:
        """Return the one row of a query marked `^`, if there is one."""
        with _translating_errors():
            row: Row | None = await getattr(self._queries, query)(self.connection, **_storable_values(values))
        return row

    async def run(self, query: str, **values: object) -> int:
        """Change rows and return how many."""
        with _translating_errors():
            status: str = await getattr(self._queries, query)(self.connection, **_storable_values(values))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    async def run_many(self, query: str, values: Sequence[Mapping[str, object]]) -> None:
        """Run one change for each set of values."""
        if values:
            with _translating_errors():
                await getattr(self._queries, query)(self.connection, [_storable_values(each) for each in values])


class Postgres:
    """An open database on a server. A lost connection is replaced when it is next needed.

    Raises SettingsError if it cannot be opened or was written by a newer version.
    """

    is_shared = True
    full_text = FullTextSyntax(lambda word: f"'{_NOT_A_LETTER.sub(' ', word)}'", " | ", " & ", filtered_suffix="")

    def __init__(self, pool: Pool, queries: Queries, url: str) -> None:
        self._pool = pool
        self._queries = queries
        self._url = url
        self._lock = asyncio.Lock()
        self.reader = PostgresSession(pool, queries)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, and bring the database up to date."""
        pool = await _connect(url)
        try:
            async with pool.acquire() as connection:
                await _migrate(connection, url)
        except BaseException:
            pool.terminate()
            raise
        return cls(pool, load_queries("postgres", "asyncpg"), url)

    @property
    def durable(self) -> Self:
        """Itself: a server waits for the disk unless its owner told it not to."""
        return self

    async def close(self) -> None:
        """Close every connection once its statement has ended."""
        try:
            await asyncio.wait_for(self._pool.close(), CONNECT_SECONDS)
        except TimeoutError:
            self._pool.terminate()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresSession]:
        """Hold a transaction: all of it is kept, or none."""
        with _translating_errors():
            async with self._pool.acquire() as connection, connection.transaction():
                yield PostgresSession(connection, self._queries)

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[PostgresSession]:
        """Hold a transaction that excludes other exclusive ones, in all processes."""
        # Those of this process wait here, where they take no connection.
        with _translating_errors():
            async with self._lock, self._pool.acquire() as connection, connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _EXCLUSIVE_LOCK)
                yield PostgresSession(connection, self._queries)

    @asynccontextmanager
    async def replacing_all(self) -> AsyncIterator[PostgresSession]:
        """Hold a transaction that may take long, in which everything is replaced."""
        with _translating_errors():
            connection = await asyncpg.connect(self._url, timeout=CONNECT_SECONDS, server_settings=_SERVER_SETTINGS)
            try:
                async with connection.transaction():
                    await connection.execute("SELECT pg_advisory_xact_lock($1)", _EXCLUSIVE_LOCK)
                    yield PostgresSession(connection, self._queries)
            finally:
                await connection.close()

    async def run(self, query: str, **values: object) -> int:
        """Run one change in a transaction of its own and return how many rows it touched."""
        return await _retry_on_conflict(lambda: self.reader.run(query, **values))

    async def run_returning(self, query: str, **values: object) -> list[Row]:
        """Run one change that returns rows, in a transaction of its own."""
        return await _retry_on_conflict(lambda: self.reader.rows(query, **values))

    async def describe(self) -> str:
        """Return the engine, its version and its address without the password."""
        with _translating_errors():
            version: str = await self._pool.fetchval("SHOW server_version")
        return f"PostgreSQL {version.split(maxsplit=1)[0]}, {redact_password(self._url)}"


async def _retry_on_conflict(change: Callable[[], Awaitable[Result]]) -> Result:
    """Run a single statement again if it conflicts with others."""
    return await retry(change, CONFLICT_RETRIES, _CONFLICT)


async def _connect(url: str) -> Pool:
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=MAX_CONNECTIONS,
            timeout=CONNECT_SECONDS,
            command_timeout=STATEMENT_SECONDS,
            statement_cache_size=CACHED_STATEMENTS,
            server_settings=_SERVER_SETTINGS,
        )
    except _CANNOT_CONNECT as error:
        message = (
            f"The database {redact_password(url)} cannot be opened ({error}); check OVERHEARD_DATABASE and the server."
        )
        raise SettingsError(message) from error


async def _migrate(connection: Connection, url: str) -> None:
    if connection.get_server_version().major < MIN_VERSION or connection.get_settings().server_encoding != "UTF8":
        message = f"The database {redact_password(url)} is to be one of PostgreSQL {MIN_VERSION} or newer, in UTF8."
        raise SettingsError(message)
    try:
        async with connection.transaction():
            # Of several that start at once, one does the work, and the others find it done.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
            await _apply_migrations(connection, url)
    except asyncpg.PostgresError as error:
        message = f"The database {redact_password(url)} cannot be made ready ({error}); give Overheard one of its own."
        raise SettingsError(message) from error


async def _apply_migrations(connection: Connection, url: str) -> None:
    await connection.execute("CREATE TABLE IF NOT EXISTS overheard_version (version INTEGER PRIMARY KEY)")
    version: int = await connection.fetchval("SELECT coalesce(max(version), 0) FROM overheard_version")
    for number, script in migrations("postgres", version, redact_password(url)):
        await connection.execute(script, timeout=MIGRATION_SECONDS)
        await connection.execute("INSERT INTO overheard_version (version) VALUES ($1)", number)


@contextmanager
def _translating_errors() -> Iterator[None]:
    try:
        yield
    except _UNAVAILABLE as error:
        raise StoreError from error


def _storable_values(values: Mapping[str, object]) -> dict[str, object]:
    return {name: storable(value) for name, value in values.items()}
