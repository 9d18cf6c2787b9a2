"""Spans of days, and the words that name them: years, counts of weeks or months, early and late parts."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from bot.domain import EventDate
from bot.nlp.dates import MONTHS
from bot.nlp.numbers import parse_number

_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}
_DAYS_OF_MONTH = 30


def day_span(year: int, month: int, day: int) -> EventDate | None:
    """Return one day; None if there is no such day."""
    if not (1 <= month <= len(MONTHS) and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return EventDate(dt.date(year, month, day), dt.date(year, month, day))


def months_span(year: int, month: int, count: int = 1) -> EventDate:
    """Return some whole months."""
    first = dt.date(year, month, 1)
    return EventDate(first, add_units(first, count, "month") - dt.timedelta(1))


def years_span(first: int, last: int) -> EventDate:
    """Return whole years, the last one included."""
    return EventDate(dt.date(first, 1, 1), dt.date(last, 12, 31))


def add_units(day: dt.date, count: float, unit: str) -> dt.date:
    """Return the day some units later, or earlier."""
    if unit not in _MONTHS_OF:
        return day + dt.timedelta(round(count * (7 if unit == "week" else 1)))
    months = count * _MONTHS_OF[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + int(months), 12)
    whole = dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    return whole + dt.timedelta(round((months - int(months)) * _DAYS_OF_MONTH))


def calendar_unit(day: dt.date, unit: str) -> EventDate:
    """Return the week, month, quarter or year … that a day lies in; weeks begin on Mondays."""
    if unit == "week":
        monday = day - dt.timedelta(day.weekday())
        return EventDate(monday, monday + dt.timedelta(6))
    count = _MONTHS_OF[unit]
    year, month = divmod((day.year * 12 + day.month - 1) // count * count, 12)
    return months_span(year, month + 1, count)


_PARTS = {"early": (0, 2), "late": (1, 2), "mid": (1, 3), "middle": (1, 3), "end": (3, 4), "close": (3, 4)}
"""Which part of a whole each is: how many parts come before it, and of how many."""


def part_of(date: EventDate, word: str | None) -> EventDate:
    """Return the early, middle or late part of a span, its beginning or its end; all of it without such a word."""
    if not word:
        return date
    days = (date.last - date.first).days + 1
    passed, parts = _PARTS.get(word.lower().removeprefix("the ").split()[0], (0, 4))
    return EventDate(
        date.first + dt.timedelta(days * passed // parts), date.first + dt.timedelta(days * (passed + 1) // parts - 1)
    )


_TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_ONES = "(?:one|two|three|four|five|six|seven|eight|nine)"
_TEENS = "(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
YEAR_DIGITS = r"(?:1[5-9]|20)\d\d(?![\d%])"
YEAR_NAME = (
    rf"(?:(?:the year )?{YEAR_DIGITS}|[’']\d\d(?!\w)|(?:last|this|next|the) year\b|"
    rf"(?:(?:eighteen|nineteen)[ -](?:{_TEENS}|{_TENS}(?:[ -]{_ONES})?|oh[ -]{_ONES})|"
    rf"twenty[ -](?:{_TEENS}|twenty(?:[ -]{_ONES})?|thirty)|two thousand(?: and)? (?:{_TEENS}|{_ONES}))\b)"
)
_CENTURIES = {"eighteen": 1800, "nineteen": 1900}
_COUNT = (
    r"(?:\d{1,3}|an?|(?:a )?couple(?: of)?|(?:a )?few|several|half a|a hundred|"
    rf"{_TENS}(?:[ -]{_ONES})?|{_TEENS}|{_ONES})"
)
COUNTS = rf"(?P<count>{_COUNT})(?:(?: (?:or|to|and) |-(?:to-)?|, (?:or |maybe )?)(?P<other>{_COUNT}))?"
UNIT = "(?P<unit>day|week|month|quarter|year|decade|century|centurie)s?"
_VAGUE_COUNTS = {"few": (2.0, 5.0), "several": (3.0, 8.0), "couple": (1.0, 3.0), "half": (0.5, 0.5)}
_DECIMAL_UNITS = {"decade": 10, "century": 100, "centurie": 100}
"""Years of the units that are counted in years."""
_MAX_YEARS = 200
"""Years that people count from today."""


def parse_year(words: str, said: dt.date) -> int | None:
    """Return the year that "2019", "'19", "twenty nineteen" or "last year" names."""
    words = words.lower().removeprefix("the year ").replace("-", " ")
    if words.isdecimal():
        return int(words)
    if words[0] in "’'":
        return int(words[1:]) + (2000 if int(words[1:]) <= said.year % 100 + 1 else 1900)
    head, _, rest = words.partition(" ")
    if rest == "year":
        return said.year + {"last": -1, "next": 1}.get(head, 0)
    number = parse_number(re.sub(r"^(?:thousand )?(?:and |oh )?", "", rest))
    return _CENTURIES.get(head, 2000) + int(number) if number else None


def parse_counts(match: re.Match[str]) -> tuple[float, float, str]:
    """Return the least and the most that a count may mean, and of which unit; 0 for what nobody counts from today."""
    years = _DECIMAL_UNITS.get(match["unit"].lower(), 1)
    unit = match["unit"].lower() if years == 1 else "year"
    bounds = [_parse_count(words.lower()) for words in (match["count"] or "one", match["other"]) if words]
    least, most = years * min(low for low, _ in bounds), years * max(high for _, high in bounds)
    return (least, most, unit) if most * _MONTHS_OF.get(unit, 0) <= 12 * _MAX_YEARS else (0, 0, unit)


def _parse_count(words: str) -> tuple[float, float]:
    vague = next((bounds for word, bounds in _VAGUE_COUNTS.items() if word in words), None)
    number = parse_number(words) or 1.0
    return vague or (number, number)
