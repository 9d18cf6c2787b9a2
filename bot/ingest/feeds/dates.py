"""Dates as feeds write them; one that cannot be is none, so that it never sorts as news."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime

EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
AHEAD = dt.timedelta(days=2)
"""So far in the future is a zone or a clock that is wrong; beyond it, a date is made up."""

LONGEST = 80
_ISO = re.compile(
    r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]\s*(\d\d?):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?\s*(Z|[+-]\d\d:?(?:\d\d)?)?)?)?)?",
    re.IGNORECASE,
)
_LASTS = re.compile(r"(?:(?:\d{1,3}:)?\d{1,4}:)?\d{1,6}(?:\.\d{1,6})?")
_SPELT = ("%d %B %Y", "%B %d, %Y", "%a %b %d %H:%M:%S %Y", "%Y/%m/%d", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S")


def moment(written: str, now: dt.datetime) -> dt.datetime | None:
    """Return a date in UTC; None where it is none, before 1990, or more than two days ahead of `now`."""
    words = " ".join(written.split())
    if not words or len(words) > LONGEST:
        return None
    found = _iso(words) or _mailed(words) or _spelt(words)
    return found if found and EARLIEST <= found <= now + AHEAD else None


def seconds(written: str) -> float | None:
    """Return a duration such as 3723 or 1:02:03 in seconds."""
    if not _LASTS.fullmatch(written.strip()):
        return None
    total = 0.0
    for part in written.split(":"):
        total = total * 60 + float(part)
    return total or None


def _iso(words: str) -> dt.datetime | None:
    found = _ISO.fullmatch(words)
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        local = dt.datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), tzinfo=dt.UTC)
        return local + dt.timedelta(seconds=int(second or 0)) - _offset(zone or "Z")
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> dt.timedelta:
    if zone in {"Z", "z"}:
        return dt.timedelta()
    ahead = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].lstrip(":") or 0))
    return ahead if zone[0] == "+" else -ahead


def _mailed(words: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(words)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # Without a zone it is taken for UTC, as the zone "-0000" says.
    return _utc(found)


def _spelt(words: str) -> dt.datetime | None:
    for pattern in _SPELT:
        try:
            return dt.datetime.strptime(words, pattern).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    return None


def _utc(found: dt.datetime) -> dt.datetime | None:
    try:
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except OverflowError:
        return None
