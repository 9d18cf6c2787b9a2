"""When an event happened or is due: times in a text, resolved against the day on which it was said."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from bot.domain import EventDate
from bot.nlp.calendar_spans import (
    COUNTS,
    UNIT,
    YEAR_DIGITS,
    YEAR_NAME,
    add_units,
    calendar_unit,
    day_span,
    months_span,
    parse_counts,
    parse_year,
    part_of,
    years_span,
)
from bot.nlp.dates import MONTH, MONTH_CONTEXT, MONTHS, WEEKDAYS
from bot.nlp.lexicons import cue_pattern, word_pairs


def event_date(text: str, said: dt.date) -> EventDate | None:
    """Return when what a text tells happened or is due, if it was said on a date; None if that isn't sure.

    Several dates that don't lie within one another, dates that something is compared with ("than in 2019"), and times
    of a story's own ("two years later") give none. "Since March" lasts to the day it was said, "by 2030" begins there.
    """
    if not _FIRST_YEAR < said.year < _LAST_YEAR:
        return None
    found = [(time, _date_of(time, text, said)) for time in _find_times(text, said)]
    if not found or _IN_ANOTHER_TIME.search(text) or _QUESTION.search(text):
        return None
    dates = {time: date for time, date in found if isinstance(date, EventDate)}
    is_sure = dates and all(date is not _Vague.UNSURE for _, date in found)
    return _common(dates, text) if is_sure else None


def calendar_times(text: str, said: dt.date) -> Iterator[tuple[int, int, EventDate]]:
    """Yield the times of the calendar that a text names: start, end and date, whatever stands around them.

    One without a year is that of its tense. Times that count from the day it was said ("in two weeks") are none.
    """
    for time in _find_times(text, said):
        if isinstance(time.date, EventDate) and not time.kind.is_relative:
            yield time.start, time.end, time.date


_FIRST_YEAR, _LAST_YEAR = 1000, 9000
"""Years from which and to which counts lead to dates that can be written."""
_QUESTION = re.compile(r"(?<!right)(?<!okay)(?<!you know)\?\W*$")
_ALTERNATIVE = re.compile(r"(?:,? or |, |,? and )(?:maybe |in |the )*")


def _common(dates: Mapping[_Time, EventDate], text: str) -> EventDate | None:
    """Return the date that lies within all the others, or the span of "March, April and May"."""
    best = min(dates.values(), key=lambda date: date.last - date.first)
    if all(date.first <= best.first and best.last <= date.last for date in dates.values()):
        return best
    times = sorted(dates)
    for one, other in itertools.pairwise(times):
        follows = dates[one].last < dates[other].first <= dates[one].last + _LATELY
        if not follows or not _ALTERNATIVE.fullmatch(text, one.end, other.start):
            return None
    return EventDate(dates[times[0]].first, dates[times[-1]].last)


class _Vague(Enum):
    """Why a time gives no date."""

    UNSURE = auto()
    REFERENCE = auto()
    """It only says what something else is compared with, or which one of several things is meant."""


class _Time(NamedTuple):
    """A time in a text, from `start` to `end`; no date if it is one, but unsure."""

    start: int
    end: int
    date: EventDate | _Vague | None
    kind: _Kind


_Resolve: TypeAlias = "Callable[[re.Match[str], dt.date], EventDate | _Vague | None]"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One way to name a time.

    No text without one of the `cues` among its words has it. `is_relative` is whether it counts from the day it was
    said; a `span` says by itself how long something lasts.
    """

    cues: frozenset[str]
    pattern: re.Pattern[str]
    resolve: _Resolve
    is_relative: bool = False
    is_span: bool = False


_WORD = re.compile(r"[a-z]+")
_YEAR_NUMBER = re.compile(r"(?:1[5-9]|20)\d\d|[’']\d\d")
_YEAR_CUE = "2000"
"""Stands for any year in digits among the words of a text."""


def _find_times(text: str, said: dt.date) -> Iterator[_Time]:
    """Yield the times of a text; of two that overlap, the one of the earlier kind."""
    taken: list[tuple[int, int]] = []
    lower = text.lower()
    words = set(_WORD.findall(lower))
    if _YEAR_NUMBER.search(lower):
        words.add(_YEAR_CUE)
    for kind in _KINDS if not _CUES.isdisjoint(words) else ():
        if kind.cues.isdisjoint(words):
            continue
        for match in kind.pattern.finditer(text):
            if all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                yield _Time(*match.span(), kind.resolve(match, said), kind)


# What stands around a time.

_IN_ANOTHER_TIME = re.compile(rf"://|\bFY ?'?\d|\b(?i:{cue_pattern('another_time')})\b")
_BEFORE = re.compile(
    r"\b(?:(?P<since>since)|(?P<by>by)|(?P<until>until|till|through|up to|to|well into)|"
    r"(?P<unsure>before|prior to|after|beyond|not|unlike|back (?:in time )?to|having(?: \w+){1,4}|"
    r"(?:before|after|since|by the time)(?:,? [\w’']+){1,5})|"
    r"(?P<reference>(?:than|versus|vs\.?|compared (?:to|with)|relative to)(?: [\w$€£%.,’']+){0,3}|from|"
    r"as (?:it|they|we|you|he|she|I) (?:was|were|did|had)(?: \w+)?)),?\s+"
    r"(?:(?:in|at|during|of|about|around|the|like|maybe|some|as|on|roughly|almost|nearly|just|only|over|more than) )*$",
    re.IGNORECASE,
)
"""What stands before a time; what is compared, or told with it, isn't dated by it."""
_AFTER_REFERENCE = re.compile(r"[’']s?\b")
_AFTER_UNSURE = re.compile(r" (?:and|or) (?:prior|earlier|before|later|after|on|onwards?)\b|, \d\d?, \d")
_SUPERLATIVE_SINCE = re.compile(r"\b(?:\w+est|first|most|least|worst|best|last)\b.*\bsince\b", re.IGNORECASE)
_BEFORE_CHARS = 40
_CONTRAST = re.compile(r"\btoday\b(?![’'])")
_LATELY = dt.timedelta(30)
_IN_RELATIVE_CLAUSE = re.compile(
    r"(?:(?<!\bit )(?<!\bthis )(?<!\bthat )(?<!\bthere )\b(?:is|are|will|can)\b.*\b(?:that|where)|\b(?:who|which|what))"
    r"\b[^,;.]*$",
    re.IGNORECASE,
)
"""Behind a statement about today, a clause about the past only says which thing is meant."""


def _date_of(time: _Time, text: str, said: dt.date) -> EventDate | _Vague:
    """Return the date that a time gives with what stands around it."""
    date = time.date
    if isinstance(date, _Vague):
        return date
    relation = _BEFORE.search(text[max(0, time.start - _BEFORE_CHARS) : time.start])
    if _AFTER_REFERENCE.match(text, time.end) or (relation and relation["reference"]):
        return _Vague.REFERENCE
    if date is None or (relation and relation["unsure"]) or _AFTER_UNSURE.match(text, time.end):
        return _Vague.UNSURE
    if date.last < said - _LATELY and (_CONTRAST.search(text) or _IN_RELATIVE_CLAUSE.search(text[: time.start])):
        return _Vague.UNSURE
    if time.kind.is_relative and _is_in_quotes(text, time.start):
        return _Vague.UNSURE
    if relation is None or time.kind.is_span:
        return date
    if relation["since"]:
        is_record = _SUPERLATIVE_SINCE.search(text[: time.start])
        return _Vague.UNSURE if is_record else EventDate(date.first, max(said, date.first))
    if date.last > said:
        return EventDate(min(said, date.first), date.last)
    return date if relation["by"] else _Vague.UNSURE


def _is_in_quotes(text: str, start: int) -> bool:
    before = text[:start]
    return before.count('"') % 2 == 1 or text.count('"', start) % 2 == 1 or before.count("“") > before.count("”")


_IRREGULAR_FORMS = "|".join(form for _, forms in word_pairs("irregular_verb") for form in forms.split())
_TENSE = re.compile(
    rf"\b(?:{cue_pattern('future_tense')})\b|[’']ll\b|(?P<past>\b(?:{cue_pattern('past_tense')}|{_IRREGULAR_FORMS})\b)"
)
_HABIT = re.compile(r"\b(?i:every|each|usually|typically|always|often|sometimes|annual|annually)\b")


_CLAUSE_BREAK = re.compile(r"[,;:.!?]\s|\s(?:and|but|so|because)\s|\s[-–—]+\s")


def _is_past(match: re.Match[str]) -> bool | None:
    """Return the tense of a time's clause, by the verb nearest before it, or else after it; None without one.

    "May" is no verb.
    """
    text = match.string.lower()
    start = max((stop.end() for stop in _CLAUSE_BREAK.finditer(text, 0, match.start())), default=0)
    stop = _CLAUSE_BREAK.search(text, match.end())
    for first, last in ((start, stop.start() if stop else len(text)), (0, len(text))):
        verbs = [
            verb for verb in _TENSE.finditer(text, first, last) if match.string[verb.start() : verb.start() + 1] != "M"
        ]
        if verbs:
            nearest = max(
                (verb for verb in verbs if verb.start() < match.start()), key=re.Match.start, default=verbs[0]
            )
            return nearest["past"] is not None
    return None


_NEAR_DAYS = 90
"""Days within which a date without year and tense is the one meant: another is at least nine months off."""
_TOO_NEAR_DAYS = 30


def _nearest(match: re.Match[str], dates: Sequence[EventDate], said: dt.date, which: str = "") -> EventDate | None:
    """Return the one of a date's returns that "last" or "next" means, or the tense if neither is said."""
    if which in {"last", "past"}:
        return max((date for date in dates if date.last < said), key=_first_day, default=None)
    if which in {"next", "coming"}:
        return min((date for date in dates if date.first > said), key=_first_day, default=None)
    if _HABIT.search(match.string):
        return None
    is_past = _is_past(match)
    if which == "this":
        return min(dates, key=lambda date: _days_away(date, said))
    if is_past is None:
        near = [date for date in dates if _days_away(date, said) <= _NEAR_DAYS]
        return near[0] if len(near) == 1 else None
    if is_past:
        best = max((date for date in dates if date.first <= said), key=_first_day, default=None)
    else:
        best = min((date for date in dates if date.last >= said), key=_first_day, default=None)
    closest = min(dates, key=lambda date: _days_away(date, said))
    # The day before yesterday next year: the verb was another clause's.
    is_doubtful = best is None or (best != closest and _days_away(closest, said) <= _TOO_NEAR_DAYS)
    return None if is_doubtful else best


def _first_day(date: EventDate) -> dt.date:
    return date.first


def _days_away(date: EventDate, said: dt.date) -> int:
    return max((date.first - said).days, (said - date.last).days, 0)


# How each kind of time is resolved.


def _iso_day(match: re.Match[str], _: dt.date) -> EventDate | None:
    return day_span(int(match[1]), int(match[2]), int(match[3]))


_CENTURY = 100


def _year_range(match: re.Match[str], _: dt.date) -> EventDate | None:
    first, last = int(match[1] or match[3]), int(match[2] or match[4])
    last += first - first % _CENTURY if last < _CENTURY else 0
    return years_span(first, last) if first < last else None


_MONTH_BEFORE = re.compile(rf"{MONTH_CONTEXT.pattern}|\b(?-i:{MONTH}),? (?:and |or )?$", re.IGNORECASE)
_MONTH_NUMBERS = {month[:3]: number for number, month in enumerate(MONTHS, 1)}


def _month(match: re.Match[str], said: dt.date) -> EventDate | _Vague | None:
    part, which, day, year = match["part"], (match["which"] or "").lower(), match["day"] or match["day2"], match["year"]
    if not (day or year or which or part or _MONTH_BEFORE.search(match.string[: match.start("month")])):
        return _Vague.REFERENCE
    number = _MONTH_NUMBERS[match["month"][:3]]
    named = parse_year(year, said) if year else None
    years = [named] if named else range(said.year - 1, said.year + 2)
    if day:
        last = int(match["until"] or day)
        dates = [span for each in years if (span := _days(each, number, int(day), last))]
    else:
        dates = [part_of(months_span(each, number), part) for each in years]
    return (dates[0] if dates else None) if named else _nearest(match, dates, said, which)


def _days(year: int, month: int, first: int, last: int) -> EventDate | None:
    start, end = day_span(year, month, first), day_span(year, month, last)
    return EventDate(start.first, end.last) if start and end and start.first <= end.last else None


_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "back": 2, "latter": 2}


def _quarter(match: re.Match[str], said: dt.date) -> EventDate | None:
    number = int(match["digit"] or _ORDINALS[match["word"].lower()])
    named = parse_year(match["year"], said) if match["year"] else None
    if named:
        return months_span(named, 3 * number - 2, 3)
    return _nearest(match, [months_span(said.year + by, 3 * number - 2, 3) for by in (-1, 0, 1)], said)


def _half(match: re.Match[str], said: dt.date) -> EventDate | None:
    number, year = int(match["digit"] or _ORDINALS[match["word"].lower()]), parse_year(match["year"], said)
    return months_span(year, 6 * number - 5, 6) if year else None


_SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}


_THE_SEASON = re.compile(r"\b(?i:over|earlier in|later in) the $")


def _season(match: re.Match[str], said: dt.date) -> EventDate | _Vague | None:
    month = _SEASONS[match["season"].lower()]
    if not (match["which"] or match["year"] or _THE_SEASON.search(match.string[: match.start()])):
        return _Vague.REFERENCE
    named = parse_year(match["year"], said) if match["year"] else None
    if named:
        return part_of(months_span(named, month, 3), match["part"])
    dates = [months_span(said.year + by, month, 3) for by in (-2, -1, 0, 1)]
    return _nearest(match, dates, said, (match["which"] or "").lower().split(" ")[-1])


_NAMED = re.compile(r" [A-Z]")
_DECADES = {"thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980}
_DECADES["nineties"] = 1990


def _decade(match: re.Match[str], _: dt.date) -> EventDate | None:
    first = int(match["digits"] or 0) or _DECADES.get((match["word"] or "").lower()) or 1900 + int(match["short"] or 0)
    if _NAMED.match(match.string, match.end()) or not (match["digits"] or first >= min(_DECADES.values())):
        return None
    return part_of(years_span(first, first + 9), match["part"])


def _century(match: re.Match[str], _: dt.date) -> EventDate | None:
    number = int(match[1] or {"nineteenth": 19, "twentieth": 20}[match[2].lower()])
    return years_span(_CENTURY * (number - 1) + 1, _CENTURY * number)


_TIME_OF_YEAR = re.compile(
    r"(?:\b(?:in|since|by|until|till|to|of|from|during|around|about|circa|early|late|mid|through|into|between|before|after|maybe|"
    r"probably|like|was|is|it[’']s|even|back|as|than|only|but|so|what|when|here in)[ -]|^\W*|[(,:;—–-] ?)$",
    re.IGNORECASE,
)
_NOT_COUNTED = "is|was|has|does|as|this|us|its|his|perhaps|sometimes|always|yes"
_COUNTED = re.compile(
    r" ?(?:%|percent|million|billion|thousand|hundred)|,\d|\.\d|[-–](?!ish)\w|"
    rf" (?!(?:{_NOT_COUNTED})\b)[a-z-]+s\b"
)


def _year(match: re.Match[str], said: dt.date) -> EventDate | None:
    part, words = match["part"], match["year"]
    is_number = words[0].isdecimal() and not part
    # It may as well be a number of things, part of a name, or which one of several crises is meant.
    if is_number and not _TIME_OF_YEAR.search(match.string[: match.start()]):
        return None
    if (is_number and _COUNTED.match(match.string, match.end())) or (words.lower() == "the year" and not part):
        return None
    year = parse_year(words, said)
    date = part_of(years_span(year, year), part) if year else None
    # What came late in the year, as told in January, came in the year before.
    is_other_year = date and words.lower() == "the year" and date.first > said and _is_past(match)
    return None if is_other_year else date


def _ago(match: re.Match[str], said: dt.date) -> EventDate | None:
    least, most, unit = parse_counts(match)
    half = 0.5 if match["half"] or match["half2"] else 0.0
    most = max(most, {"two": 2, "three": 3}.get((match["tail"] or "").lower(), 0))
    slack = _slack(least, most, unit)
    return (
        EventDate(add_units(said, -most - half - slack, unit), add_units(said, slack - least - half, unit))
        if least
        else None
    )


def _from_now(match: re.Match[str], said: dt.date) -> EventDate | None:
    least, most, unit = parse_counts(match)
    is_rate = match["count"].lower() in {"a", "an"} and not match["now"]
    if not least or is_rate or (not match["now"] and _is_past(match) is not False):
        return None
    if (match["by"] or "").lower() == "within":
        return EventDate(said, add_units(said, most, unit))
    slack = _slack(least, most, unit)
    return EventDate(add_units(said, least - slack, unit), add_units(said, most + slack, unit))


def _slack(least: float, most: float, unit: str) -> float:
    """Return how inexact a count is, in its units: nobody says "ten years ago" to the day."""
    if least != most:
        return 0.0
    return max(0.0 if unit == "day" else 0.5 * min(least, 1.0), most / 10 if most % 5 == 0 else 0.0)


def _window(match: re.Match[str], said: dt.date) -> EventDate | None:
    _, count, unit = parse_counts(match)
    is_vague = not match["count"] and (match["unit"].lower() in {"day", "century"} or match[0].endswith("s"))
    if not count or is_vague:
        return None
    if match["way"].lower() in {"last", "past"}:
        return EventDate(add_units(said, -count, unit), said)
    is_future = _is_past(match) is False or ((match["within"] or "for").lower() != "for" and not _is_past(match))
    return EventDate(said, add_units(said, count, unit)) if is_future else None


def _this_time(match: re.Match[str], said: dt.date) -> EventDate:
    then = add_units(said, _STEPS[match["way"].lower()], "year")
    return EventDate(add_units(then, -_ABOUT_MONTHS, "month"), add_units(then, _ABOUT_MONTHS, "month"))


_ABOUT_MONTHS = 2
_STEPS = {"last": -1, "past": -1, "next": 1, "coming": 1}


def _is_new_year(day: dt.date) -> bool:
    return day.month == 1 and day.day <= _NEW_YEAR_DAYS


_NEW_YEAR_DAYS = 15


def _named_unit(match: re.Match[str], said: dt.date) -> EventDate | None:
    unit, edge, way = match["unit"].lower(), (match["edge"] or "").lower(), match["way"].lower()
    is_past = _is_past(match)
    # In the first days of January, "this year" is as often the one that has just ended.
    if (way == "the" and is_past) or (way == "this" and is_past is not False and unit == "year" and _is_new_year(said)):
        return None
    here = calendar_unit(said, unit)
    whole = calendar_unit(add_units(here.first, _STEPS.get(way, 0), unit), unit)
    if edge == "earlier":
        return EventDate(whole.first, max(whole.first, min(said, whole.last)))
    if edge == "later":
        return EventDate(min(whole.last, max(said, whole.first)), whole.last)
    return part_of(whole, match["part"])


_FIGURATIVE = frozenset({"tomorrow", "tonight"})
_NAMED_DAYS = {"the day before yesterday": -2, "yesterday": -1, "last night": -1, "tomorrow": 1}


def _named_day(match: re.Match[str], said: dt.date) -> EventDate | None:
    if match[0].lower() in _FIGURATIVE and (_is_past(match) is not False or _CONTRAST.search(match.string)):
        return None
    day = said + dt.timedelta(_NAMED_DAYS.get(match[0].lower(), 0))
    return EventDate(day, day)


def _weekday(match: re.Match[str], said: dt.date) -> EventDate | None:
    monday, number = said - dt.timedelta(said.weekday()), WEEKDAYS.index(match["day"])
    days = [monday + dt.timedelta(number + 7 * week) for week in (-1, 0, 1)]
    return _nearest(match, [EventDate(day, day) for day in days], said, match["which"].lower())


_EDGE = r"(?:\b(?P<part>early|late|mid)[ -](?:in )?(?:the )?)?"
_PART = r"(?:\b(?P<part>early|late|mid|(?:the )?(?:end|close|beginning|start|middle) of)[ -](?:in )?)?"
_ABOUT = "(?:about |around |roughly |like |maybe |the )?"
_OF_YEAR = rf"(?:,? (?:of |in )?(?P<year>{YEAR_NAME}))?"


def _kind(cues: str, resolve: _Resolve, *pattern: str, is_relative: bool = False, is_span: bool = False) -> _Kind:
    """Make a kind of time; the cues are words in lower case of which its texts have one."""
    return _Kind(frozenset(cues.split()), re.compile("".join(pattern), re.IGNORECASE), resolve, is_relative, is_span)


_KINDS = (
    _kind("time", _this_time, r"\bthis time (?P<way>last|next) year\b", is_relative=True),
    _kind(_YEAR_CUE, _iso_day, r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b"),
    _kind(
        _YEAR_CUE,
        _year_range,
        rf"\b(?:({YEAR_DIGITS})[-–—/]((?:19|20)?\d\d)|",
        rf"(?:from|between) ({YEAR_DIGITS}) (?:\w+ )?(?:to|and|through|until) (?:\w+ )?({YEAR_DIGITS}))\b",
        is_span=True,
    ),
    _kind(
        f"{' '.join(MONTHS)} {' '.join(month[:3] for month in MONTHS)} sept".lower(),
        _month,
        r"(?:\b(?P<part>early|late|mid|end|beginning|start|middle)[ -](?:of )?)?",
        r"(?:\b(?P<which>last|this|next|past|coming) )?(?:\b(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? )?",
        rf"\b(?P<month>(?-i:{MONTH}))\b\.?(?: (?:the )?(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?:[-–](?P<until>\d\d?))?",
        rf"(?![\w:%]|[.,]\d| (?:percent|[mb]illion)))?{_OF_YEAR}",
    ),
    _kind(
        "q quarter",
        _quarter,
        rf"\b(?:Q(?P<digit>[1-4])|(?P<word>first|second|third|fourth)[ -]quarter)\b{_OF_YEAR}",
    ),
    _kind(
        "half h",
        _half,
        rf"\b(?:H(?P<digit>[12])|(?P<word>first|second|back|latter) half)(?: of)? (?P<year>{YEAR_NAME})",
    ),
    _kind(
        "spring summer fall autumn winter",
        _season,
        rf"{_EDGE}(?:\b(?P<which>last|this|next|(?:this )?(?:past|coming)) )?",
        rf"\b(?P<season>spring|summer|autumn|fall|winter)\b{_OF_YEAR}",
    ),
    _kind(
        " ".join([_YEAR_CUE, *_DECADES]),
        _decade,
        r"(?:\b(?P<part>early|late|mid)[- ])?(?:the )?(?:\b(?P<digits>(?:1[5-9]|20)\d0)[’']?s\b|",
        r"(?<!\w)[’'](?P<short>\d0)[’']?s\b|",
        rf"(?:(?<=the )|(?<=late )|(?<=early )|(?<=mid-))(?P<word>{'|'.join(_DECADES)})\b)",
    ),
    _kind("century", _century, r"\b(?:(\d\d)th|(nineteenth|twentieth)) century\b"),
    _kind(
        "ago",
        _ago,
        rf"(?<![\d,.])\b{COUNTS}(?P<half> and a half)? {UNIT}(?P<half2> and a half)?",
        r"(?: or (?P<tail>two|three|so|more))?(?: now)? ago\b",
        is_relative=True,
    ),
    _kind(
        "now",
        _from_now,
        rf"\b(?:(?P<by>in|within) {_ABOUT})?{COUNTS} {UNIT}(?P<now> from now)\b",
        is_relative=True,
        is_span=True,
    ),
    _kind(
        "days weeks months years decades year",
        _from_now,
        rf"\b(?P<by>in|within) {_ABOUT}{COUNTS} {UNIT}(?P<now>)\b(?! of)",
        is_relative=True,
        is_span=True,
    ),
    *(
        _kind(
            "last past next coming",
            _window,
            r"(?:\b(?P<within>over|in|for|during|within|throughout|across) )?\b",
            rf"{words} {UNIT}\b(?! (?:of|worth)\b)",
            is_relative=True,
            is_span=True,
        )
        for words in (
            rf"(?:the|these|this) (?P<way>last|past|next|coming)(?: {COUNTS})?",
            rf"(?P<way>last|past|next|coming) {COUNTS}",
        )
    ),
    _kind(
        "week month quarter year decade century",
        _named_unit,
        rf"{_PART}(?:(?P<edge>earlier|later) )?\b(?P<way>(?<!the )(?:last|next)|this|(?<=end of )the) ",
        r"(?P<unit>week|month|quarter|year|decade|century)\b",
        is_relative=True,
    ),
    _kind(
        f"{_YEAR_CUE} year twenty nineteen eighteen thousand",
        _year,
        rf"{_PART}(?P<year>{YEAR_NAME})",
    ),
    _kind(
        "yesterday tomorrow night tonight morning afternoon evening",
        _named_day,
        r"\b(?:the day before yesterday|(?<!almost )(?<!like )yesterday|(?<!of )(?<!or )tomorrow|last night|tonight|",
        r"this (?:morning|afternoon|evening))\b",
        is_relative=True,
    ),
    _kind(
        " ".join(WEEKDAYS).lower(),
        _weekday,
        rf"(?<!\bthe )\b(?P<which>last|this|next) (?P<day>(?-i:{'|'.join(WEEKDAYS)}))\b",
        is_relative=True,
    ),
)
_CUES = frozenset().union(*(kind.cues for kind in _KINDS))
