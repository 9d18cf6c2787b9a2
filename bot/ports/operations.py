"""What keeps the bot running well, whatever it says and to whom."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Copies(Protocol):
    """Whether the database is a copy, whose original went on after it was taken."""

    async def taken(self) -> dt.datetime | None:
        """Return when this copy was taken; None where this is no copy, or the bot has run on it."""

    async def settle(self, now: dt.datetime, reason: str) -> int:
        """Send nothing that is due now, and be a copy no longer; return how many deliveries are in doubt.

        Each of them ends unknown, for this reason; events under way are taken for dealt with.
        """
