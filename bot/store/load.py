"""How much lies in the database, counted when somebody asks."""

from __future__ import annotations

import datetime as dt

from bot.domain.library import StoreStats
from bot.store.database import Database
from bot.store.rows import from_timestamp, to_timestamp


class LoadCounter:
    """The Standing of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ping(self) -> bool:
        """Return True; raises or never returns where the database does not answer."""
        return bool(await self._database.reader.rows("answers"))

    async def measure(self, now: dt.datetime) -> StoreStats:
        """Return how much there is."""
        reading = self._database.reader
        conversations = await reading.row("count_conversations")
        oldest = await reading.row("oldest_due", now=to_timestamp(now))
        deliveries = await reading.rows("count_deliveries")
        unfinished = await reading.rows("count_unfinished")
        return StoreStats(
            conversations=conversations["conversations"] if conversations else 0,
            deliveries={(row["platform"], row["state"]): row["deliveries"] for row in deliveries},
            unfinished_events={row["platform"]: row["events"] for row in unfinished},
            overdue_seconds=(now - from_timestamp(oldest["due"])).total_seconds() if oldest else 0.0,
        )
