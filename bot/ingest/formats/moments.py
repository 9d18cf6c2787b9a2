"""Dates and times as feeds and tools write them: every word is read, in the main languages, or the date isn't."""

from __future__ import annotations

import datetime as dt
import logging
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.nlp.lexicons import word_list, word_pairs

logger = logging.getLogger(__name__)

MAX_DATE_CHARS = 80

_MONTHS_IN_YEAR = 12
_HALF_DAY = 12
"""Hours."""
_YEARS_BACK = 8
"""Years in which a date without one is looked for: on each weekday, a day comes round at least once in them."""
_TWO_DIGIT_PIVOT = 70
_CENTURY = 2000
_YEAR_DIGITS, _HOUR_DIGITS, _COMPACT_CLOCK = 4, 2, {4, 6}
_LONGEST_ABBREVIATION = 5

_EAST_ASIAN_DATE = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_EAST_ASIAN_TIME = re.compile(r"(\d{1,2})\s?[時时시点]\s?(\d{1,2})\s?[分분](?:\s?\d{1,2}\s?[秒초])?")
_EAST_ASIAN_HALF = {"午前": "am ", "上午": "am ", "오전": "am ", "午後": "pm ", "下午": "pm ", "오후": "pm "}
_SCANNER = re.compile(
    r"(?P<iso>(?<!\d)(?P<y>\d{4})(?:(?P<s>[-/.])(?P<m>\d{1,2})(?:(?P=s)(?P<d>\d{1,2}))?|(?P<mm>\d\d)(?P<dd>\d\d))(?!\d)[t_]?)"
    r"|(?P<numeric>(?<!\d)(?P<first>\d{1,2})(?P<sep>[-/.])\s?(?P<second>\d{1,2})(?P=sep)\s?(?P<y2>\d{4}|\d\d)(?![\d:]))"
    r"|(?P<clock>(?P<h>\d{1,2})(?::(?P<min>\d\d)(?::(?P<sec>\d\d)(?:[.,]\d+)?)?|h(?P<hmin>\d\d)?|\.(?P<dotted>\d\d)(?=\s?uhr))(?!\d))"
    r"|(?P<half>[ap]\.?\s?m\b\.?)"
    r"|(?P<offset>(?:(?:utc|gmt)\s?)?[+−-]\s?\d{1,2}(?::?\d\d)?(?!\d))"
    r"|(?P<number>['’]?\d{1,6})(?:st|nd|rd|th|er|º|ª|:a|:e)?(?!\d)\.?"
    r"|(?P<region>[a-z]+/[a-z_]+(?:/[a-z_]+)?)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?\.?)"
    r"|(?P<mark>[\s,;|·•()\[\]–—]+|-)"
)


@dataclass(slots=True)
class _Reading:
    """What the words of a date have said so far."""

    year: int = 0
    month: int = 0
    day: int = 0
    hour: int = 0
    minute: int = 0
    second: int = 0
    half: str = ""
    zone: dt.tzinfo | None = None
    numbers: list[str] = field(default_factory=list)
    weekdays: frozenset[int] = frozenset()
    has_clock: bool = False
    is_month_doubtful: bool = False


def parse_moment(text: str, now: dt.datetime) -> dt.datetime | None:
    """Return the moment that a text gives, in UTC, or None if any part of it is unknown.

    Without a zone it is taken for UTC, without a clock for midnight, and without a year for the last one before `now`.
    """
    words = " ".join(_plain(text).split())
    if not words or len(words) > MAX_DATE_CHARS:
        return None
    reading = _Reading()
    end = 0
    for match in _SCANNER.finditer(words):
        if match.start() != end or not _take(reading, match):
            return None
        end = match.end()
    return _moment(reading, now) if end == len(words) else None


def find_date(text: str) -> dt.date | None:
    """Return the first whole date, with its year, inside a line: "Board call (11 June 2026, 9:03) - Transcript"."""
    for match in _DATE_IN_LINE.finditer(text):
        if found := parse_moment(match[0].replace("_", "-"), _ANY_TIME):
            return found.date()
    return None


_ANY_TIME = dt.datetime.min.replace(tzinfo=dt.UTC)
_DATE_IN_LINE = re.compile(
    r"(?<!\d)(?<!\d[-/.])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{8}(?=_\d{4,6}|\D|$)|\d{1,2}[./]\d{1,2}[./]\d{4}"
    r"|(?:1[3-9]|2\d|3[01])[-_](?:0?[1-9]|1[0-2])[-_]\d{4}|(?:0?[1-9]|1[0-2])[-_](?:1[3-9]|2\d|3[01])[-_]\d{4}"
    r"|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]"
    r"|\d{1,2}(?:st|nd|rd|th|er|º|\.)?\s(?:of\s|de\s)?[^\W\d_]{3,12}\.?,?\s(?:de\s|del\s)?\d{4}"
    r"|[^\W\d_]{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4})(?!\d)"
)


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    for half, latin in _EAST_ASIAN_HALF.items():
        plain = plain.replace(half, latin)
    plain = _EAST_ASIAN_TIME.sub(r" \1:\2", _EAST_ASIAN_DATE.sub(r"\1-\2-\3", plain))
    return unicodedata.normalize(
        "NFC", re.sub(r"\([月火水木金土日一二三四五六월화수목금토일]\)|[星期週周]+[一二三四五六日天]", " ", plain)
    )


def _take(reading: _Reading, match: re.Match[str]) -> bool:
    """Note what one part says; return whether it is known."""
    match match.lastgroup:
        case "iso":
            reading.year, reading.month = int(match["y"]), int(match["m"] or match["mm"])
            reading.day = int(match["d"] or match["dd"] or 1)
        case "numeric":
            _take_numeric(reading, match)
        case "clock":
            return _take_clock(reading, match["h"], match["min"] or match["hmin"] or match["dotted"], match["sec"])
        case "half":
            return _take_half(reading, match[0][0])
        case "offset":
            return _take_offset(reading, match[0])
        case "number":
            return _take_number(reading, match["number"])
        case "region":
            return _take_zone(reading, match[0])
        case "word":
            return _take_word(reading, match[0].rstrip("."))
    return True


def _take_numeric(reading: _Reading, match: re.Match[str]) -> None:
    """Read 31.12.2026 and 12/31/2026; if both could be the day, a slash parts an American date."""
    first, second, year = int(match["first"]), int(match["second"]), match["y2"]
    month_first = second > _MONTHS_IN_YEAR or (match["sep"] == "/" and first <= _MONTHS_IN_YEAR)
    reading.month, reading.day = (first, second) if month_first else (second, first)
    reading.year = _whole_year(year)


def _take_clock(reading: _Reading, hour: str, minute: str | None, second: str | None) -> bool:
    if reading.has_clock:
        return False
    reading.hour, reading.minute, reading.second = int(hour), int(minute or 0), int(second or 0)
    reading.has_clock = True
    return reading.hour <= _HALF_DAY * 2


def _take_half(reading: _Reading, half: str) -> bool:
    # "am" is also German: am 11. Juni.
    if not reading.has_clock and reading.numbers and reading.month:
        reading.has_clock, reading.hour = True, int(reading.numbers.pop())
    reading.half = half if reading.has_clock else reading.half or half
    return True


def _take_offset(reading: _Reading, text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    if not reading.has_clock:
        return text[0] == "-" and _take_number(reading, digits)
    hours, minutes = (digits, "0") if len(digits) <= _HOUR_DIGITS else (digits[:-2], digits[-2:])
    ahead = dt.timedelta(hours=int(hours), minutes=int(minutes))
    if ahead >= dt.timedelta(days=1):
        return False
    reading.zone = dt.timezone(ahead if "+" in text else -ahead)
    return True


def _take_number(reading: _Reading, number: str) -> bool:
    is_clock = len(number) in _COMPACT_CLOCK and reading.month and reading.day and not reading.has_clock
    if is_clock:
        return _take_clock(reading, number[:2], number[2:4], number[4:])
    reading.numbers.append(number)
    return len(number) <= _YEAR_DIGITS


def _take_zone(reading: _Reading, name: str) -> bool:
    with suppress(ZoneInfoNotFoundError, ValueError):
        reading.zone = reading.zone or ZoneInfo(
            "/".join("_".join(map(str.capitalize, part.split("_"))) for part in name.split("/"))
        )
        return True
    return False


def _take_word(reading: _Reading, word: str) -> bool:
    months, weekdays = _calendar_words().get(word, (frozenset(), frozenset()))
    if months and (not reading.month or reading.is_month_doubtful):
        # "mar" is Tuesday in French and March in most languages: if another word is a month, it is Tuesday.
        reading.month, reading.is_month_doubtful = min(months), bool(weekdays)
    elif not weekdays:
        return word in _fillers() or _take_zone_word(reading, word)
    reading.weekdays |= weekdays
    return True


def _take_zone_word(reading: _Reading, word: str) -> bool:
    if not reading.has_clock:
        return False
    if zone := _zones().get(word):
        return bool(reading.zone) or (_take_offset(reading, zone) if zone[0] in "+-" else _take_zone(reading, zone))
    if len(word) > _LONGEST_ABBREVIATION:
        return False
    logger.warning("The time zone %r isn't known; it is taken for UTC", word)
    return True


def _whole_year(text: str) -> int:
    digits = text.lstrip("'’")
    year = int(digits)
    if len(digits) > _YEAR_DIGITS // 2:
        return year
    return year + (_CENTURY if year < _TWO_DIGIT_PIVOT else _CENTURY - 100)


def _moment(reading: _Reading, now: dt.datetime) -> dt.datetime | None:
    numbers = reading.numbers
    if not reading.year and (
        years := [number for number in numbers if len(number) == _YEAR_DIGITS or number[0] in "'’"]
    ):
        reading.year = _whole_year(years[0])
        numbers.remove(years[0])
    if not reading.day and numbers:
        reading.day = int(numbers.pop(0))
    if not reading.year and numbers:
        reading.year = _whole_year(numbers.pop(0))
    if numbers or not (reading.month and reading.day):
        return None
    if reading.half and reading.has_clock and reading.hour <= _HALF_DAY:
        reading.hour = reading.hour % _HALF_DAY + (_HALF_DAY if reading.half == "p" else 0)
    years_back = range(1) if reading.year else range(_YEARS_BACK)
    moments = (_in_year(reading, (reading.year or now.year) - back) for back in years_back)
    return next((moment for moment in moments if moment and (reading.year or _fits(moment, reading, now))), None)


def _in_year(reading: _Reading, year: int) -> dt.datetime | None:
    try:
        local = dt.datetime(year, reading.month, reading.day, tzinfo=reading.zone or dt.UTC)
        local += dt.timedelta(hours=reading.hour, minutes=reading.minute, seconds=reading.second)
        return local.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _fits(moment: dt.datetime, reading: _Reading, now: dt.datetime) -> bool:
    return moment <= now + dt.timedelta(days=1) and (not reading.weekdays or moment.weekday() in reading.weekdays)


@cache
def _calendar_words() -> dict[str, tuple[frozenset[int], frozenset[int]]]:
    """Return by word the months (1 to 12) and the weekdays (Monday is 0) that it may mean."""
    words: dict[str, tuple[frozenset[int], frozenset[int]]] = {}
    for number, (name, others) in enumerate(word_pairs("calendar_word")):
        is_month = number < _MONTHS_IN_YEAR
        for word in (name, *others.split()):
            months, weekdays = words.get(word, (frozenset(), frozenset()))
            one = frozenset({number + 1 if is_month else number - _MONTHS_IN_YEAR})
            words[word] = (months | one, weekdays) if is_month else (months, weekdays | one)
    return words


@cache
def _fillers() -> frozenset[str]:
    return word_list("date_filler")


@cache
def _zones() -> dict[str, str]:
    return dict(word_pairs("time_zone"))
