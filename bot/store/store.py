"""All tables of a database, opened together."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import SettingsError
from bot.store.backup import CopyMark
from bot.store.database import Database, Table
from bot.store.editions import Editions
from bot.store.feeds import Feeds, Sources
from bot.store.follows import Follows
from bot.store.index import SearchIndex
from bot.store.items import Items
from bot.store.library import Library, Notes, Rereading
from bot.store.model_usage import CompletionStore, SpendingLedger
from bot.store.outbox import Inbox, LeaseTable, Outbox
from bot.store.privacy import Privacy
from bot.store.registry import Registry
from bot.store.subscriptions import Subscriptions
from bot.store.threads import Languages, Preferences, Replies, Threads, Votes
from bot.store.vault import Vault

if TYPE_CHECKING:
    from bot.store.postgres import Postgres
    from bot.store.sqlite import SQLite
import datetime as dt

from bot.domain.library import StoreStats
from bot.store.rows import from_timestamp, to_timestamp


@dataclass(frozen=True, slots=True)
class Store:
    """All tables, on one database."""

    database: Database
    library: Library
    rereading: Rereading
    registry: Registry
    index: SearchIndex
    follows: Follows
    subscriptions: Subscriptions
    editions: Editions
    threads: Threads
    languages: Languages
    votes: Votes
    preferences: Preferences
    replies: Replies
    sources: Sources
    feeds: Feeds
    items: Items
    notes: Notes
    privacy: Privacy
    outbox: Outbox
    inbox: Inbox
    leases: LeaseTable
    vault: Vault
    copy_mark: CopyMark
    load_counter: LoadCounter
    spending: SpendingLedger
    completions: CompletionStore


@asynccontextmanager
async def open_store(location: Path | str, secret_key: str = "", holder: str = "") -> AsyncIterator[Store]:
    """Open a file, or the address of a PostgreSQL database, for as long as the block runs.

    Only bots that store others' secrets need a key; `holder` is this process among others on the database. Raises
    SettingsError if the database cannot be opened.
    """
    async with await _open_database(location) as database:
        vault = Vault(database, secret_key)
        yield Store(
            database=database,
            library=Library(database),
            rereading=Rereading(database),
            registry=Registry(database),
            index=SearchIndex(database),
            follows=Follows(database),
            subscriptions=Subscriptions(database),
            editions=Editions(database),
            threads=Threads(database),
            languages=Languages(database),
            votes=Votes(database),
            preferences=Preferences(database),
            replies=Replies(database),
            sources=Sources(database),
            feeds=Feeds(database, vault, holder),
            items=Items(database),
            notes=Notes(database),
            privacy=Privacy(database),
            outbox=Outbox(database.durable, holder),
            inbox=Inbox(database.durable, holder),
            leases=LeaseTable(database),
            vault=vault,
            copy_mark=CopyMark(database),
            load_counter=LoadCounter(database),
            spending=SpendingLedger(database),
            completions=CompletionStore(database),
        )


async def _open_database(location: Path | str) -> SQLite | Postgres:
    # Neither is imported for the other.
    if isinstance(location, Path):
        from bot.store.sqlite import SQLite

        return await SQLite.open(location)
    return await open_postgres(location)


async def open_postgres(url: str) -> Postgres:
    """Open a database on a server; raises SettingsError if that fails or the extra `postgres` is not installed."""
    if find_spec("asyncpg") is None:
        message = "The database is on PostgreSQL, but its packages are missing: pip install 'overheard[postgres]'"
        raise SettingsError(message)
    from bot.store.postgres import Postgres

    return await Postgres.open(url)


class LoadCounter(Table):
    """How much there is in a database, and whether it answers and can be written to."""

    async def ping(self) -> bool:
        """Return True; raises, or never returns, if the database does not answer."""
        return bool(await self._database.reader.rows("answers"))

    async def write(self) -> bool:
        """Return True once something was written; raises if the disk is full or the database read-only."""
        return bool(await self._database.run("write_probe", holder=secrets.token_hex(4)))

    async def measure(self, now: dt.datetime) -> StoreStats:
        """Return how much there is."""
        reader = self._database.reader
        conversations = await reader.row("count_conversations")
        oldest = await reader.row("oldest_due", now=to_timestamp(now))
        deliveries = await reader.rows("count_deliveries")
        unfinished = await reader.rows("count_unfinished")
        return StoreStats(
            conversations=conversations["conversations"] if conversations else 0,
            deliveries={(row["platform"], row["state"]): row["deliveries"] for row in deliveries},
            unfinished_events={row["platform"]: row["events"] for row in unfinished},
            overdue_seconds=(now - from_timestamp(oldest["due"])).total_seconds() if oldest else 0.0,
        )
