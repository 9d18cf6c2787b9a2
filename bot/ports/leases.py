"""What one of several replicas holds, for as long as it goes on saying so, and how they share the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Protocol

LIVING = "replica/"
"""What the name of the lease begins with that each replica keeps while it lives; its holder follows."""


class Leases(Protocol):
    """Names, each held by one at a time, until a moment by the holder's clock."""

    async def take(self, name: str, holder: str, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Take a name that nobody holds, or hold one's own for longer; False while it is another's."""

    async def release(self, name: str, holder: str) -> None:
        """Let others have a name at once; what another holds stays theirs."""

    async def held(self, prefix: str, now: dt.datetime) -> int:
        """Return how many names that begin so are held."""


class Replicas(Protocol):
    """The processes that do this bot's work together, as one of them sees it."""

    @property
    def living(self) -> int:
        """How many share what a platform allows to all of them together, this one included."""

    async def turn(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Wait until nobody else does this work, then do it; return when it ends, or is cut off for another to do."""
