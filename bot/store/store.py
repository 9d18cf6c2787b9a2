"""Everything that is kept, opened together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import SettingsError
from bot.store.backup import StoredCopies
from bot.store.database import Database
from bot.store.editions import StoredEditions
from bot.store.feeds import StoredFeeds
from bot.store.follows import StoredAudience
from bot.store.index import StoredIndex
from bot.store.items import StoredItems
from bot.store.leases import StoredLeases
from bot.store.library import StoredLibrary
from bot.store.load import StoredStanding
from bot.store.model_usage import StoredMemory, StoredSpending
from bot.store.notes import StoredNotes
from bot.store.outbox import StoredInbox, StoredOutbox
from bot.store.people import StoredLanguages, StoredPrivacy, StoredSources, StoredThreads, StoredVotes
from bot.store.registry import StoredRegistry
from bot.store.replies import StoredReplies
from bot.store.subscriptions import StoredSubscriptions
from bot.store.vault import StoredVault

if TYPE_CHECKING:
    from bot.store.postgres import Postgres
    from bot.store.sqlite import SQLite


@dataclass(frozen=True, slots=True)
class Store:
    """One implementation of each seam of `bot.ports` that keeps something."""

    database: Database
    library: StoredLibrary
    registry: StoredRegistry
    index: StoredIndex
    audience: StoredAudience
    subscriptions: StoredSubscriptions
    editions: StoredEditions
    threads: StoredThreads
    languages: StoredLanguages
    votes: StoredVotes
    replies: StoredReplies
    sources: StoredSources
    feeds: StoredFeeds
    items: StoredItems
    notes: StoredNotes
    privacy: StoredPrivacy
    outbox: StoredOutbox
    inbox: StoredInbox
    leases: StoredLeases
    vault: StoredVault
    copies: StoredCopies
    standing: StoredStanding
    spending: StoredSpending
    memory: StoredMemory


@asynccontextmanager
async def opened(place: Path | str, secret_key: str = "", holder: str = "") -> AsyncIterator[Store]:
    """Open a file, or the address of a PostgreSQL database, for as long as the block runs.

    Only who keeps secrets of others needs a key; `holder` is this process among others on the same database. Raises
    SettingsError where the database cannot be opened.
    """
    async with await _engine(place) as database:
        vault = StoredVault(database, secret_key)
        yield Store(
            database=database,
            library=StoredLibrary(database),
            registry=StoredRegistry(database),
            index=StoredIndex(database),
            audience=StoredAudience(database),
            subscriptions=StoredSubscriptions(database),
            editions=StoredEditions(database),
            threads=StoredThreads(database),
            languages=StoredLanguages(database),
            votes=StoredVotes(database),
            replies=StoredReplies(database),
            sources=StoredSources(database),
            feeds=StoredFeeds(database, vault),
            items=StoredItems(database),
            notes=StoredNotes(database),
            privacy=StoredPrivacy(database),
            outbox=StoredOutbox(database),
            inbox=StoredInbox(database, holder),
            leases=StoredLeases(database),
            vault=vault,
            copies=StoredCopies(database),
            standing=StoredStanding(database),
            spending=StoredSpending(database),
            memory=StoredMemory(database),
        )


async def _engine(place: Path | str) -> SQLite | Postgres:
    # Neither is imported by whoever uses the other.
    if isinstance(place, Path):
        from bot.store.sqlite import SQLite

        return await SQLite.open(place)
    return await open_postgres(place)


async def open_postgres(url: str) -> Postgres:
    """Open a database on a server; raises SettingsError where that fails or what it needs is not installed."""
    if find_spec("asyncpg") is None:
        message = "The database is on PostgreSQL, but what it needs is missing: pip install 'overheard[postgres]'"
        raise SettingsError(message)
    from bot.store.postgres import Postgres

    return await Postgres.open(url)
