"""Who holds what, until when."""

from __future__ import annotations

import datetime as dt

from bot.store.database import Database
from bot.store.rows import to_timestamp

REPLICA_PREFIX = "replica/"
"""What the name of the lease begins with that each replica keeps while it lives; its holder follows."""


class LeaseTable:
    """The Leases on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def acquire(self, name: str, holder: str, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Take a name, or hold it for longer; the row decides between those who try at once."""
        moments = {"now": to_timestamp(now), "until": to_timestamp(now + lease)}
        return bool(await self._database.run_returning("take_lease", name=name, holder=holder, **moments))

    async def release(self, name: str, holder: str) -> None:
        """Let others have a name."""
        await self._database.run("release_lease", name=name, holder=holder)

    async def count_held(self, prefix: str, now: dt.datetime) -> int:
        """Return how many names that begin so are held."""
        row = await self._database.reader.row("leases_held", prefix=prefix, now=to_timestamp(now))
        return int(row["held"]) if row else 0

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was held before a moment, and never since; return how many names."""
        return await self._database.run("tidy_leases", before=to_timestamp(before))
