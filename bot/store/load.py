"""How much lies in the database, counted when somebody asks."""

from __future__ import annotations

import datetime as dt

from bot.domain.library import Load
from bot.store.database import Database
from bot.store.rows import stamp, unstamp


class LoadCounter:
    """The Standing of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answers(self) -> bool:
        """Return True; raises or never returns where the database does not answer."""
        return bool(await self._database.reading.rows("answers"))

    async def load(self, now: dt.datetime) -> Load:
        """Return how much there is."""
        reading = self._database.reading
        conversations = await reading.row("count_conversations")
        oldest = await reading.row("oldest_due", now=stamp(now))
        deliveries = await reading.rows("count_deliveries")
        unfinished = await reading.rows("count_unfinished")
        return Load(
            conversations=conversations["conversations"] if conversations else 0,
            deliveries={(row["platform"], row["state"]): row["deliveries"] for row in deliveries},
            unfinished={row["platform"]: row["events"] for row in unfinished},
            overdue=(now - unstamp(oldest["due"])).total_seconds() if oldest else 0.0,
        )
