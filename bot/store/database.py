"""What all storage rests on: named queries, transactions, and each engine's syntax for full-text search.

Every `-- name:` in `sql/*.sql` runs on each engine; queries that differ by engine are in the engine's own folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from typing import Any, Protocol, TypeAlias

import aiosql
from aiosql.queries import Queries

from bot.errors import SettingsError

Value: TypeAlias = Any
"""What a column holds: text, a number, bytes or nothing."""

Rows: TypeAlias = "list[tuple[object, ...]]"

BATCH = 1_000
"""How many rows of a whole table are in memory at once."""
SELECT_ALL = Template('SELECT $columns FROM "$table" ORDER BY $key')


class Row(Protocol):
    """The values of one row by the names of its columns."""

    def __getitem__(self, column: str, /) -> Value:
        """Return the value of a column."""

    def keys(self) -> Iterable[str]:
        """Return the names of the columns."""


class Session(Protocol):
    """Named queries, run one after the other."""

    async def rows(self, query: str, **values: object) -> list[Row]:
        """Return all rows."""

    async def row(self, query: str, **values: object) -> Row | None:
        """Return the one row of a query marked `^`, if there is one."""

    async def run(self, query: str, **values: object) -> int:
        """Change rows and return how many."""

    async def run_many(self, query: str, values: Sequence[Mapping[str, object]]) -> None:
        """Run one change for each set of values."""


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A whole table: its columns, those of its key, and how many rows it has."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: int

    @property
    def sql_names(self) -> Mapping[str, str]:
        """Its names as a statement quotes them."""
        columns, key = (", ".join(f'"{name}"' for name in names) for names in (self.columns, self.key))
        return {"table": self.name, "columns": columns, "key": key}


@dataclass(frozen=True, slots=True)
class FullTextSyntax:
    """How an engine writes a full-text query."""

    quote: Callable[[str], str]
    """Quotes a word, or several that must follow one another, whatever they are."""
    or_operator: str
    and_operator: str
    filtered_suffix: str
    """How the names of searches with filters end."""


class Database(Protocol):
    """An open database. Raises StoreError while it does not answer."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes share the bot's work on it."""

    @property
    def full_text(self) -> FullTextSyntax:
        """How its full-text queries are written."""

    @property
    def durable(self) -> Database:
        """The same database, on which every change outlasts a loss of power from the moment that it is done.

        Use it for what is acknowledged or sent next; earlier changes are safe then, too.
        """

    @property
    def reader(self) -> Session:
        """Queries outside any transaction, each of which sees what was committed before it."""

    def transaction(self) -> AbstractAsyncContextManager[Session]:
        """Hold a transaction: all of it is kept, or none. Others may write beside it, so a row decides who won."""

    def exclusive(self) -> AbstractAsyncContextManager[Session]:
        """Hold a transaction that excludes other exclusive ones, in all processes.

        It is for whatever looks before it writes, and for row ids that others rely on to appear in order.
        """

    async def run(self, query: str, **values: object) -> int:
        """Run one change in a transaction of its own and return how many rows it touched."""

    async def run_returning(self, query: str, **values: object) -> list[Row]:
        """Run one change that returns rows, in a transaction of its own: the fastest way to write."""

    async def describe(self) -> str:
        """Return the engine, its version and its place in words that may be shown."""


class Table:
    """Rows of one kind, read and written by named queries."""

    def __init__(self, database: Database) -> None:
        self._database = database


@cache
def load_queries(engine: str, driver: str) -> Queries:
    """Read the queries of all engines and those of one; once, as parsing takes 30 ms."""
    shared = files("bot.store") / "sql"
    texts = [text for folder in (shared, shared / engine) for text in _sql_texts(folder)]
    queries: Queries = aiosql.from_str("\n".join(texts), driver, mandatory_parameters=False)
    return queries


def migrations(engine: str, version: int, place: str) -> list[tuple[int, str]]:
    """Return the scripts that a database at a version still needs, each with the version that it leads to.

    Version 0 is an empty database: it gets the base, the script with the lowest number, and all after it. Raises
    SettingsError for a database that is older than the base, or newer than every script.
    """
    folder = files("bot.store") / "migrations" / engine
    scripts = {int(file.name.partition("_")[0]): file for file in folder.iterdir() if file.name.endswith(".sql")}
    if version > max(scripts):
        message = f"The database {place} was written by a newer Overheard; update this one."
        raise SettingsError(message)
    if 0 < version < min(scripts):
        message = f"The database {place} is from a development version that can't be updated; start with a new one."
        raise SettingsError(message)
    return [(number, file.read_text("utf-8")) for number, file in sorted(scripts.items()) if number > version]


def _sql_texts(folder: Traversable) -> list[str]:
    scripts = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [script.read_text("utf-8") for script in scripts]
