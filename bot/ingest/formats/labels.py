"""Speakers' names, times and dates as transcripts write them."""

from __future__ import annotations

import datetime as dt
import re

from bot.ingest.formats.draft import ParseError

TIMESTAMP_PATTERN = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
"""Matches 1:02, 00:01:02 and 00:01:02.500."""

MAX_SECONDS = 10_000_000.0
"""Seconds; no conversation lasts four months."""

EARLIEST_DATE = dt.date(1990, 1, 1)

_ANONYMOUS = re.compile(
    r"(?:unknown|unidentified|unnamed|anonymous|new|male|female)?\s*"
    r"(?:speaker|voice|participant|person|spk)?[\s_#-]*(?:\d{1,3}|[a-z])?|\?+|n/?a|none|break|q|a",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_DATE_FORMATS = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%Y/%m/%d")


def speaker_name(label: str | None) -> str | None:
    """Return the name a label gives, or None where it names nobody ("Speaker 1", "Unknown", "Q")."""
    name = " ".join((label or "").split())
    return None if _ANONYMOUS.fullmatch(name) else name


def parse_timestamp(text: str) -> float | None:
    """Return a time such as 00:12:34.5 in seconds, or None for anything else."""
    if not re.fullmatch(TIMESTAMP_PATTERN, text.strip()):
        return None
    total = 0.0
    for part in text.strip().replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def to_seconds(value: object) -> float | None:
    """Return a number of seconds as it is, or a written time in seconds; raises Unreadable for the rest."""
    if value is None:
        return None
    t = parse_timestamp(value) if isinstance(value, str) else value
    if isinstance(t, bool) or not isinstance(t, int | float) or not 0 <= t <= MAX_SECONDS:
        message = f"{str(value)[:40]!r} is not a time in seconds"
        raise ParseError(message)
    return float(t)


def parse_date(text: str, today: dt.date) -> dt.date:
    """Return the date at the start of `written`.

    Raises Unreadable for what is no date, and for dates before 1990 or after tomorrow.
    """
    found = _parse_calendar_date(text.strip())
    if not EARLIEST_DATE <= found <= today + dt.timedelta(days=1):
        message = f"the date {found} is before 1990 or in the future"
        raise ParseError(message)
    return found


def _parse_calendar_date(text: str) -> dt.date:
    if numbers := _ISO_DATE.match(text):
        try:
            return dt.date(*map(int, numbers.groups()))
        except ValueError:
            pass
    for pattern in _DATE_FORMATS:
        try:
            return dt.datetime.strptime(text, pattern).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    message = f"{text[:40]!r} is not a date"
    raise ParseError(message)
