"""The time, and the ids that carry it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Protocol

EPOCH = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)
"""When Discord's ids begin to count."""


class Clock(Protocol):
    """Whatever knows the time."""

    def now(self) -> dt.datetime:
        """Return the time in UTC."""


class RealClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """Return the time in UTC."""
        return dt.datetime.now(dt.UTC)


class Snowflakes:
    """Ids: no two are alike, each is greater than the one before, and each says when it was made."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._last = 0
        self._counts: Counter[str] = Counter()

    def id(self) -> str:
        """Return the next id."""
        at = int((self.clock.now() - EPOCH).total_seconds() * 1000) << 22
        self._last = max(self._last + 1, at)
        return str(self._last)

    def number(self, of: str) -> int:
        """Return how many of these there were, this one included."""
        self._counts[of] += 1
        return self._counts[of]


def made_at(snowflake: str) -> dt.datetime:
    """Return when an id was made."""
    return EPOCH + dt.timedelta(milliseconds=int(snowflake) >> 22)
