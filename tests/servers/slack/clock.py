"""The time, and the ids that must rise with it."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Protocol


class Clock(Protocol):
    """Whatever knows the time."""

    def now(self) -> dt.datetime:
        """Return the time in UTC."""


class RealClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """Return the time in UTC."""
        return dt.datetime.now(dt.UTC)


class Stamps:
    """Message time stamps and ids: no two are alike, and each is greater than the one before."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._last = 0
        self._counts: dict[str, itertools.count[int]] = {}

    def ts(self) -> str:
        """Return the next message's time stamp."""
        self._last = max(self._last + 1, int(self.clock.now().timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def number(self, prefix: str) -> int:
        """Return how many of these there were, this one included."""
        return next(self._counts.setdefault(prefix, itertools.count(1)))

    def id(self, prefix: str) -> str:
        """Return an id that looks like Slack's: the prefix and ten characters."""
        return f"{prefix}{self.number(prefix):010d}"
