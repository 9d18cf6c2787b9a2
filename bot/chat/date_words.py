"""Dates as people write them: `yesterday`, `June 4th`, `the first of May 2026`, `2026-06-04`."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from bot.chat.schedule_words import DAY
from bot.errors import UserError

MONTH = (
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY = rf"\b{DAY}\b"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_NUMERIC = r"\d{1,2}[/.]\d{1,2}[/.](?:20)?\d{2}"
_COUNT = r"(?:\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten)"
_UNIT = r"(?:days?|weeks?|months?)"
DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|(?:the\s+)?day\s+before\s+yesterday|this\s+morning|last\s+night|today|yesterday"
    rf"|tomorrow|next\s+(?:week|month|year|{_WEEKDAY})|{_COUNT}\s+{_UNIT}\s+ago"
    rf"|(?:the\s+)?(?:past|last)\s+(?:{_COUNT}\s+{_UNIT}|week|month|year|{_WEEKDAY})"
    rf"|(?:{_WEEKDAY}[,.]?\s+(?:the\s+)?)?"
    rf"(?:{MONTH}\s+(?:the\s+)?{_NTH}(?!\d)(?:,?\s+\d{{4}})?|(?:the\s+)?{_NTH}\s+(?:of\s+)?{MONTH}(?:,?\s+\d{{4}})?)"
    rf"|{MONTH}\s+\d{{4}}|{_NUMERIC}|\d{{1,2}}/\d{{1,2}}(?<!24/7)(?<!9/11)(?!/)"
    r"|(?<!black )(?<!cyber )(?<!super )(?<!good )(?<!ash )(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"(?!\.\w|\s+(?-i:[A-Z])))"
)
"""A day, a month or a time ago, after `plain_dates`."""

CALENDAR_DAY = re.compile(
    rf"\b(?:on\s+)?(?:the\s+)?(?P<date>{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH}"
    r"|\d{4}-\d{2}-\d{2}|today|tonight|tomorrow|\d{1,2}(?:st|nd|rd|th)(?=\s*(?:$|[,;]|at\b)))\b",
    re.IGNORECASE,
)
"""One day of the calendar, where days of the week are wanted."""

_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_ORDINAL_NUMBERS = (
    {word: number for number, word in enumerate(_ORDINALS, 1)}
    | {f"twenty-{word}": number for number, word in enumerate(_ORDINALS[:9], 21)}
    | {"thirtieth": 30, "thirty-first": 31}
)
_ORDINAL = rf"(?P<nth>{'|'.join(sorted(_ORDINAL_NUMBERS, key=len, reverse=True))})"
_SPELLED_DAYS = (
    re.compile(rf"\b{_ORDINAL}(?P<after>\s+(?:of\s+)?{MONTH})", re.IGNORECASE),
    re.compile(rf"(?P<before>{MONTH}\s+)(?:the\s+)?{_ORDINAL}\b", re.IGNORECASE),
)
_POSSESSIVE = re.compile(rf"\b(today|yesterday|morning|night|{_WEEKDAY}|tomorrow)['’]s\b", re.IGNORECASE)
_DAY_NAMES = tuple(day.lower() for day in calendar.day_abbr)
_LAST_MONTH = 12
_CENTURY = 2000
"""The one whose years are written with two digits."""


def plain_dates(text: str) -> str:
    """Return a text with ordinals before a month in digits, and `yesterday's` as `yesterday`."""
    for pattern in _SPELLED_DAYS:
        text = pattern.sub(_numbered, text)
    return _POSSESSIVE.sub(lambda day: day[1], text)


def _numbered(match: re.Match[str]) -> str:
    found = match.groupdict("")
    return f"{found.get('before', '')}{_ORDINAL_NUMBERS[found['nth'].lower()]}{found.get('after', '')}"


def parse_date(text: str, now: dt.datetime) -> dt.date:
    """Return a past date from ISO or from words such as `yesterday` or `June 3`; raises UserError."""
    plain = plain_dates(" ".join(text.lower().split())).removeprefix("the ")
    if plain in _DAYS_AGO:
        return now.date() - dt.timedelta(days=_DAYS_AGO[plain])
    if plain == "tomorrow" or plain.startswith("next "):
        message = f"`{text}` is still to come; try `yesterday` or a date such as `2026-06-27`."
        raise UserError(message)
    if parts := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", plain):
        return _calendar_date(text, *map(int, parts.groups()))
    if plain.isdecimal() and len(plain) == len("2026"):
        return dt.date(int(plain), 1, 1)
    if parts := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})(?:[/.]((?:20)?\d{2}))?", plain):
        return _numeric_date(text, parts, now)
    # The parser costs a fifth of a second to import, and few people need it.
    import dateparser

    settings = {"PREFER_DATES_FROM": "past", "PREFER_DAY_OF_MONTH": "first", "RELATIVE_BASE": now.replace(tzinfo=None)}
    named = re.match(rf"(?P<name>{_WEEKDAY})[,.]?\s+(?:the\s+)?(?=\S)", plain)
    bare = re.sub(r"^past |\bof\b|\bthe\b", " ", plain[named.end() :] if named else plain)
    found: dt.datetime | None = dateparser.parse(" ".join(bare.split()), languages=["en"], settings=settings)
    if found is None:
        message = f"I don't understand `{text}` as a date; try `2026-06-27` or `yesterday`."
        raise UserError(message)
    if named and found.weekday() != _DAY_NAMES.index(named["name"][:3]):
        message = f"`{text}` can't be: that day is a {found:%A}."
        raise UserError(message)
    return found.date()


_DAYS_AGO = {"today": 0, "this morning": 0, "yesterday": 1, "last night": 1, "day before yesterday": 2}


def _numeric_date(text: str, parts: re.Match[str], now: dt.datetime) -> dt.date:
    """Return the date that two numbers can only mean one way; raises UserError if both may be the month."""
    first, second = int(parts[1]), int(parts[2])
    if first != second and max(first, second) <= _LAST_MONTH:
        message = f"`{text}` may be a day of two months; write it like `2026-06-27` or `27 June`."
        raise UserError(message)
    month, day = (first, second) if second > _LAST_MONTH else (second, first)
    year = int(parts[3][-2:]) + _CENTURY if parts[3] else now.year
    return _calendar_date(text, year, month, day)


def _calendar_date(text: str, year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        message = f"There is no {text} in the calendar."
        raise UserError(message) from None
