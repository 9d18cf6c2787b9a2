"""What everything that is stored stands on: named queries, transactions, and how an engine words a full-text query.

Every `-- name:` in `sql/*.sql` runs on each engine; what engines word differently lies in a folder of the engine's own.
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
"""So many rows of a whole table are in memory at once."""
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
    """A table as a whole: its columns, those by which its rows are told apart, and how many rows it has."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: int

    @property
    def sql_names(self) -> Mapping[str, str]:
        """Its names as they stand in a statement."""
        columns, key = (", ".join(f'"{name}"' for name in names) for names in (self.columns, self.key))
        return {"table": self.name, "columns": columns, "key": key}


@dataclass(frozen=True, slots=True)
class FullTextSyntax:
    """How an engine writes what full-text search is to look for."""

    quote: Callable[[str], str]
    """Writes a word, or several that must follow each other, whatever they are."""
    or_operator: str
    and_operator: str
    filtered_suffix: str
    """What the name of a search that keeps to filters ends with."""


class Database(Protocol):
    """An engine, opened. Raises StoreError while it does not answer."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes do the bot's work on it together."""

    @property
    def full_text(self) -> FullTextSyntax:
        """How its full-text search is asked."""

    @property
    def reader(self) -> Session:
        """Queries outside any transaction, each of which sees what was kept before it."""

    def transaction(self) -> AbstractAsyncContextManager[Session]:
        """Hold a transaction; all of it is kept, or none. Others may write beside it, so that a row decides who won."""

    def exclusive(self) -> AbstractAsyncContextManager[Session]:
        """Hold a transaction beside which no other such one runs, in whatever process.

        What looks before it writes needs it, and what gives rows numbers that others go by: these appear in order.
        """

    async def run(self, query: str, **values: object) -> int:
        """Run one change in a transaction of its own and return how many rows it touched."""

    async def run_returning(self, query: str, **values: object) -> list[Row]:
        """Run one change that returns rows in a transaction of its own; the shortest way to write something down."""

    async def describe(self) -> str:
        """Return in words which engine this is, of which version, and where; fit to be shown."""


class Table:
    """Rows of one kind, read and written by named queries."""

    def __init__(self, database: Database) -> None:
        self._database = database


@cache
def load_queries(engine: str, driver: str) -> Queries:
    """Read the queries of all engines and those of one; once, as parsing takes 30 ms."""
    shared = files("bot.store") / "sql"
    written = [text for folder in (shared, shared / engine) for text in _sql_texts(folder)]
    queries: Queries = aiosql.from_str("\n".join(written), driver, mandatory_parameters=False)
    return queries


def migrations(engine: str, version: int, place: str) -> list[tuple[int, str]]:
    """Return the scripts that a database at a version still needs, each with the version that it leads to.

    Version 0 is an empty database: it gets the base, which is the script with the lowest number, and what came after.
    Raises SettingsError for a database that is older than the base, or newer than every script.
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
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [file.read_text("utf-8") for file in found]
