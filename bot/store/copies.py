"""What a copy of the database owes to the bot it was taken from."""

from __future__ import annotations

import datetime as dt

from bot.store.database import Database
from bot.store.rows import stamp, unstamp


class StoredCopies:
    """The Copies on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def taken(self) -> dt.datetime | None:
        """Return when this copy was taken; None where this is no copy, or the bot has run on it."""
        row = await self._database.reading.row("copy_taken")
        return unstamp(row["taken"]) if row else None

    async def settle(self, now: dt.datetime, reason: str) -> int:
        """Send nothing that is due now, and be a copy no longer; return how many deliveries are in doubt."""
        async with self._database.writing() as session:
            if not await session.run("drop_mark"):
                return 0
            await session.run("finish_events")
            return await session.run("doubt_deliveries", now=stamp(now), reason=reason)
