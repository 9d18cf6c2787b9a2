"""Everything that is kept, opened together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.store.audience import StoredAudience
from bot.store.copies import StoredCopies
from bot.store.delivery import StoredInbox, StoredOutbox
from bot.store.editions import StoredEditions
from bot.store.index import StoredIndex
from bot.store.leases import StoredLeases
from bot.store.library import StoredLibrary
from bot.store.people import StoredPrivacy, StoredSources, StoredThreads, StoredVotes
from bot.store.registry import StoredRegistry
from bot.store.replies import StoredReplies
from bot.store.sqlite import Database
from bot.store.standing import StoredStanding
from bot.store.subscriptions import StoredSubscriptions
from bot.store.vault import StoredVault


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
    votes: StoredVotes
    replies: StoredReplies
    sources: StoredSources
    privacy: StoredPrivacy
    outbox: StoredOutbox
    inbox: StoredInbox
    leases: StoredLeases
    vault: StoredVault
    copies: StoredCopies
    standing: StoredStanding


@asynccontextmanager
async def opened(path: Path, secret_key: str = "", holder: str = "") -> AsyncIterator[Store]:
    """Open the database file for as long as the block runs; raises SettingsError where that fails.

    Only who keeps secrets of others needs a key. `holder` is this process among others on the same database.
    """
    async with await Database.open(path) as database:
        yield Store(
            database=database,
            library=StoredLibrary(database),
            registry=StoredRegistry(database),
            index=StoredIndex(database),
            audience=StoredAudience(database),
            subscriptions=StoredSubscriptions(database),
            editions=StoredEditions(database),
            threads=StoredThreads(database),
            votes=StoredVotes(database),
            replies=StoredReplies(database),
            sources=StoredSources(database),
            privacy=StoredPrivacy(database),
            outbox=StoredOutbox(database),
            inbox=StoredInbox(database, holder),
            leases=StoredLeases(database),
            vault=StoredVault(database, secret_key),
            copies=StoredCopies(database),
            standing=StoredStanding(database),
        )
