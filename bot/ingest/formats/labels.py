"""Speakers' names, times and dates as transcripts write them."""

from __future__ import annotations

import datetime as dt
import re

from bot.ingest.formats.draft import Unreadable

TIME = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
"""Matches 1:02, 00:01:02 and 00:01:02.500."""

LONGEST = 10_000_000.0
"""Seconds; no conversation lasts four months."""

EARLIEST = dt.date(1990, 1, 1)

_NOBODY = re.compile(
    r"(?:unknown|unidentified|unnamed|anonymous|new|male|female)?\s*"
    r"(?:speaker|voice|participant|person|spk)?[\s_#-]*(?:\d{1,3}|[a-z])?|\?+|n/?a|none|break|q|a",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_SPELT = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%Y/%m/%d")


def speaker(label: str | None) -> str | None:
    """Return the name a label gives, or None where it names nobody ("Speaker 1", "Unknown", "Q")."""
    name = " ".join((label or "").split())
    return None if _NOBODY.fullmatch(name) else name


def seconds(written: str) -> float | None:
    """Return a time such as 00:12:34.5 in seconds, or None for anything else."""
    if not re.fullmatch(TIME, written.strip()):
        return None
    total = 0.0
    for part in written.strip().replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def moment(value: object) -> float | None:
    """Return a number of seconds as it is, or a written time in seconds; raises Unreadable for the rest."""
    if value is None:
        return None
    t = seconds(value) if isinstance(value, str) else value
    if isinstance(t, bool) or not isinstance(t, int | float) or not 0 <= t <= LONGEST:
        message = f"{str(value)[:40]!r} is not a time in seconds"
        raise Unreadable(message)
    return float(t)


def day(written: str, today: dt.date) -> dt.date:
    """Return the date at the start of `written`.

    Raises Unreadable for what is no date, and for dates before 1990 or after tomorrow.
    """
    found = _calendar_day(written.strip())
    if not EARLIEST <= found <= today + dt.timedelta(days=1):
        message = f"the date {found} is before 1990 or in the future"
        raise Unreadable(message)
    return found


def _calendar_day(written: str) -> dt.date:
    if numbers := _DAY.match(written):
        try:
            return dt.date(*map(int, numbers.groups()))
        except ValueError:
            pass
    for pattern in _SPELT:
        try:
            return dt.datetime.strptime(written, pattern).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    message = f"{written[:40]!r} is not a date"
    raise Unreadable(message)
