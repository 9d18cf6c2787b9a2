"""When things are due: wall-clock times in a zone, also when the clocks change."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Clock(Protocol):
    """The time of day, as a parameter."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""


class Timer(Protocol):
    """Time as it passes for whoever waits, in seconds from no moment in particular."""

    def now(self) -> float:
        """Return the present moment."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class LoopTimer:
    """The time of the event loop."""

    def now(self) -> float:
        """Return the loop's time."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait while others run."""
        await asyncio.sleep(seconds)


LOOP_TIMER = LoopTimer()


EVERY_DAY = frozenset(range(7))


def is_zone(name: str) -> bool:
    """Return whether there is a time zone of this name."""
    try:
        return bool(name) and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def wall_time_to_utc(date: dt.date, at: dt.time, zone: str) -> dt.datetime:
    """Return the UTC moment of a local wall time.

    A time that the clocks skip becomes the first instant after the gap; of one that comes twice, the first counts.
    Raises ZoneInfoNotFoundError for an unknown zone.
    """
    place = ZoneInfo(zone)
    local = dt.datetime.combine(date, at, place)
    exact = local.astimezone(dt.UTC)
    if exact.astimezone(place).replace(tzinfo=None) == local.replace(tzinfo=None):
        return exact
    return _gap_end(exact, place)


def next_run(at: dt.time, zone: str, days: Collection[int], after: dt.datetime) -> tuple[dt.datetime, dt.date]:
    """Return the first run strictly after a moment, in UTC, with its local date; `days` counts Monday as 0."""
    start = after.astimezone(ZoneInfo(zone)).date() - dt.timedelta(days=1)
    for offset in range(len(EVERY_DAY) + 3):
        date = start + dt.timedelta(days=offset)
        if date.weekday() in days and (due := wall_time_to_utc(date, at, zone)) > after:
            return due, date
    message = "a subscription needs at least one day of the week"
    raise ValueError(message)


def quiet_hours_end(begin: dt.time, end: dt.time, zone: str, now: dt.datetime) -> dt.datetime | None:
    """Return when the quiet hours around a moment end; None if it isn't in them.

    They last from one wall time until the next occurrence of the other, also over midnight and clock changes.
    """
    for date in (local_date(now, zone), local_date(now, zone) - dt.timedelta(days=1)):
        began = wall_time_to_utc(date, begin, zone)
        ends = next_run(end, zone, EVERY_DAY, began)[0]
        if began <= now < ends:
            return ends
    return None


def local_date(now: dt.datetime, zone: str) -> dt.date:
    """Return the local date of a moment."""
    return now.astimezone(ZoneInfo(zone)).date()


def _gap_end(instant: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    # The offset changes once around the gap, on a whole second: bisect for the first one after it.
    low, high = (int(instant.timestamp()) + hours * 3600 for hours in (-26, 26))
    before = dt.datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if dt.datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return dt.datetime.fromtimestamp(high, dt.UTC)
