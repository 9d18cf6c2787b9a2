"""The time a question asks about: "in 2023", "since March", "before June 2024", "as of 1 May", "the latest"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise
from typing import TypeAlias

from bot.domain import EventDate
from bot.nlp.calendar_spans import add_units, calendar_unit, day_span, months_span, part_of, years_span
from bot.nlp.dates import MONTHS, WEEKDAYS, YEAR
from bot.nlp.lexicons import cue_pattern
from bot.nlp.numbers import parse_number

_MONTH = rf"(?P<month>(?:{'|'.join((*MONTHS, *(month[:3] for month in MONTHS)))}|sept)\b\.?)"
_PART = r"(?:(?P<part>early|late|mid|(?:the )?(?:end|start|beginning|middle) of)[ -])?"
_OF_YEAR = rf"(?:,? (?:of )?(?P<year>{YEAR}|'\d\d)(?!\w))"
_UNIT = r"(?P<unit>day|week|month|quarter|year|decade)"
_SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_COUNT = r"(?P<count>\d{1,3}|an?|(?:a )?(?:couple(?: of)?|few)|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
_VAGUE_COUNTS = {"a": 1, "an": 1, "couple": 2, "few": 5}
_CENTURY, _HALF_CENTURY = 2000, 50
Resolve: TypeAlias = Callable[[re.Match[str], dt.date], EventDate | None]


class Scope(Enum):
    """What a period bounds."""

    SAID = auto()
    """When it was said: nothing said at another time answers."""
    HAPPENED = auto()
    """When it happened: what was said at another time answers if it names the period."""
    MENTIONED = auto()
    """Nothing: it is only one of the words, as in "the 2022 World Cup"."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a question asks about, both included, in the words of `phrase`; None is no bound."""

    since: dt.date | None
    until: dt.date | None
    phrase: str
    scope: Scope = Scope.SAID

    def is_named_in(self, text: str) -> bool:
        """Return whether a text names the year of the period and, if it is part of one, its month."""
        first = self.since or self.until
        if first is None or str(first.year) not in text:
            return False
        is_year = self.since is None or self.until is None or (self.until - self.since).days > _LONG_PERIOD_DAYS
        return is_year or MONTHS[first.month - 1].lower() in text.lower()

    def covers(self, day: dt.date) -> bool:
        """Return whether a day lies within."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


_LONG_PERIOD_DAYS = 100


def find_period(question: str, today: dt.date) -> Period | None:
    """Return the period that a question asks about, None if it asks about any; times without a year are past ones."""
    times = _times(question, today)
    for (one, first), (other, last) in pairwise(times):
        between = question[one.end() : other.start()]
        start = _RANGE_START.search(question[: one.start()])
        if start and _RANGE_LINK.fullmatch(between):
            # "Between March and June 2022": the year counts for both.
            since = first.first if first.first <= last.last else first.first.replace(year=last.last.year)
            return Period(min(since, last.first), last.last, question[start.start() : other.end()].strip())
    for match, span in times:
        if (period := _bounded(question, match, span)).scope is not Scope.MENTIONED:
            return period
    return None


def find_cutoff(question: str, period: Period | None, today: dt.date) -> Period | None:
    """Return the day after which nothing counts, if a question has one beside its period ("in 2023, as of May")."""
    others = (_bounded(question, match, span) for match, span in _times(question, today))
    bounds = [
        each for each in others if each.until and each.since is None and period and each.phrase not in period.phrase
    ]
    return min(bounds, key=lambda each: each.until or today, default=None)


def asks_for_latest(question: str) -> bool:
    """Return whether a question asks for what is newest."""
    return _LATEST.search(question) is not None


def without_period(question: str, period: Period | None) -> str:
    """Return a question without the words that say of which time it asks, for a search within it."""
    bare = question.replace(period.phrase, " ", 1) if period else question
    bare = _LATEST_WORDS.sub(" ", bare)
    return " ".join(bare.split()) if re.search(r"\w{3}", bare) else question


_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|recently|currently|right now|these days|nowadays|at the moment|"
    r"up to date|any (?:news|updates?)|what(?:'s| is) new|as of (?:now|today))\b",
    re.IGNORECASE,
)
_LATEST_WORDS = re.compile(
    r"\b(?:(?:the )?(?:latest|newest|most recent)(?: news| update)?(?= (?:on|about|from)\b| news\b)|right now"
    r"|these days|nowadays|at the moment|as of (?:now|today))\b",
    re.IGNORECASE,
)
_RANGE_START = re.compile(r"\b(?:between|from|in|during)\s+$", re.IGNORECASE)
_RANGE_LINK = re.compile(r"\s*(?:and|to|through|until|till|-)\s*", re.IGNORECASE)
_BEFORE = re.compile(
    r"(?:(?P<since>\b(?:ever )?since|\bstarting(?: in| from)?)|(?P<after>\bafter|\blater than|\bpast)|"
    r"(?P<before>\bbefore|\bprior to|\bearlier than)|(?P<until>\buntil|\btill|\bup to|\bas of|\bby|\bthrough)|"
    r"(?P<within>\bback in|\bin|\bduring|\bon|\bat|\bfrom|\bover|\bwithin|\bbetween|\bthroughout))\s+(?:the )?$",
    re.IGNORECASE,
)
_ONWARD = re.compile(r"\s+(?:onwards?|on|or later|and later|and after|to (?:now|today))\b", re.IGNORECASE)
_EARLIER = re.compile(r"\s+(?:or earlier|and earlier|and before)\b", re.IGNORECASE)
_SPEAKS = re.compile(
    rf"\b(?:{cue_pattern('view_verb')}|stance|opinions?|views?|take|cited?|quoted?|told|talk\w*|spoke|according|"
    r"discuss\w*|guests?|hosts?|episodes?|interviews?|podcasts?|press conference|meeting)\b",
    re.IGNORECASE,
)
_EDITION = re.compile(
    r"\s+(?:\w+ )?(?:episode|show|interview|press conference|meeting|podcast|edition)\b", re.IGNORECASE
)
_RELATIVE = re.compile(rf"\b(?:last|this|past|ago|today|yesterday|{'|'.join(WEEKDAYS)})\b", re.IGNORECASE)
_OF = re.compile(r"\bof\s+$", re.IGNORECASE)
_AT_END = re.compile(r"[\s?.!)]*$")
_DEFINED = re.compile(r"^\W*(?:[Ww]hat|[Ww]ho)(?:'s| is| are| was| were)\s+(?:(?:the\s+)?(?:[A-Z]\w*\s+)+)?$")
"""Before what is asked for itself: "Who is June?", "What is Windows 2000?"."""
_STARTS = re.compile(r"^\W*(?:in\s+)?$", re.IGNORECASE)


def _bounded(question: str, match: re.Match[str], span: EventDate) -> Period:
    is_relative = _RELATIVE.search(match[0]) is not None
    before, end = _BEFORE.search(question[: match.start()]), match.end()
    start = before.start() if before else match.start()
    phrase = question[start:end].strip()
    if onward := _ONWARD.match(question, end):
        return Period(span.first, None, phrase + onward[0])
    if earlier := _EARLIER.match(question, end):
        return Period(None, span.last, phrase + earlier[0])
    spoken = Scope.SAID if is_relative or _SPEAKS.search(question) else Scope.HAPPENED
    period = Period(span.first, span.last, phrase, spoken)
    if before is None and _OF.search(question[: match.start()]) and (span.last - span.first).days > _LONG_PERIOD_DAYS:
        return replace(period, scope=Scope.MENTIONED)  # "the world cup of 1998"
    if before is None or before["within"]:
        if edition := _EDITION.match(question, end):
            return replace(period, scope=Scope.SAID, phrase=phrase if before else phrase + edition[0])
        ends = _AT_END.match(question, end) and not _DEFINED.search(question[: match.start()])
        if before or is_relative or ends or _STARTS.match(question[: match.start()]):
            return period
        return replace(period, scope=Scope.MENTIONED)
    if before["since"]:
        return Period(span.first, None, phrase)
    if before["after"]:
        return Period(span.last + dt.timedelta(1), None, phrase)
    until = span.first - dt.timedelta(1) if before["before"] else span.last
    return Period(None, until, phrase)


def _times(question: str, today: dt.date) -> list[tuple[re.Match[str], EventDate]]:
    """Return the times of a question in order; of two that overlap, the one of the earlier kind."""
    found: list[tuple[re.Match[str], EventDate]] = []
    for pattern, resolve in _KINDS:
        for match in pattern.finditer(question):
            is_free = all(match.end() <= other.start() or match.start() >= other.end() for other, _ in found)
            if is_free and (span := _span(resolve, match, today)):
                found.append((match, span))
    return sorted(found, key=lambda time: time[0].start())


def _span(resolve: Resolve, match: re.Match[str], today: dt.date) -> EventDate | None:
    """Return the days of a time; None if it isn't in the calendar, or is written in letters that only look alike."""
    try:
        return resolve(match, today) if match[0].isascii() else None
    except ValueError:  # "300 decades ago" lies before the year 1
        return None


def _iso_day(match: re.Match[str], _: dt.date) -> EventDate | None:
    return day_span(int(match[1]), int(match[2]), int(match[3]))


def _day(match: re.Match[str], today: dt.date) -> EventDate | None:
    years = [_year(match["year"])] if match["year"] else [today.year, today.year - 1]
    days = [span for year in years if (span := day_span(year, _month_number(match), int(match["day"])))]
    return next((span for span in days if match["year"] or span.first <= today), None)


def _month(match: re.Match[str], today: dt.date) -> EventDate | None:
    number = _month_number(match)
    if match["year"]:
        return part_of(months_span(_year(match["year"]), number), match["part"])
    word, before = match["month"].lower().strip("."), match.string[: match.start()]
    if word in _OTHER_WORDS and not _BEFORE.search(before):
        return None
    if word in _NAMES and _OF_PEOPLE.search(before) and not _GOES_ON.match(match.string, match.end()):
        return None
    return part_of(months_span(today.year - (number > today.month), number), match["part"])


_OTHER_WORDS = {"may", "march", "august", *(month[:3].lower() for month in MONTHS)}
"""Months, short or whole, that are other words or names as well: a preposition must introduce them."""
_NAMES = {"jan", "may"}
_OF_PEOPLE = re.compile(r"\b(?:from|on|at|over|within)\s+$", re.IGNORECASE)
_GOES_ON = re.compile(
    rf"\s+(?:onwards?|or later|to (?:now|today))\b|\s+on\W*$|\s*(?:and|to|through|until|till|-)\s*{_MONTH}",
    re.IGNORECASE,
)
"""What follows a month of these names after "from": "from Jan to March", "from May on"."""


def _quarter(match: re.Match[str], today: dt.date) -> EventDate | None:
    first = 3 * int(match["digit"] or _ORDINALS[match["ordinal"].lower()]) - 2
    return months_span(_year(match["year"]) if match["year"] else today.year - (first > today.month), first, 3)


def _season(match: re.Match[str], _: dt.date) -> EventDate:
    return months_span(_year(match["year"]), _SEASONS[match["season"].lower()], 3)


def _decade(match: re.Match[str], _: dt.date) -> EventDate:
    return years_span(int(match[1]), int(match[1]) + 9)


def _whole_year(match: re.Match[str], _: dt.date) -> EventDate | None:
    before, after = match.string[: match.start()], match.string[match.end() :]
    if _MEASURES.search(before) or (_UP_TO.search(before) and _SEVERAL.match(after)):
        return None
    if _COUNTED.match(after) and not _WITHIN_YEAR.search(before):
        return None
    return part_of(years_span(int(match["year"]), int(match["year"])), match["part"])


_MEASURES = re.compile(r"\b(?:at|(?:more|less|fewer) than|at (?:least|most)|nearly|almost)\s+$", re.IGNORECASE)
_UP_TO = re.compile(r"\b(?:over|up to|within|past)\s+$", re.IGNORECASE)
_SEVERAL = re.compile(r"\s+(?!(?:is|was|has|does|as|this|its|us)\b)[a-z]+s\b")
_COUNTED = re.compile(
    r"\s+(?:people|users|customers|employees|workers|jobs|staff|units|dollars|euros|pounds|bucks|feet|miles|yards|acres"
    r"|(?:kilo)?met(?:er|re)s|tons|tonnes|barrels|watts|times|words|pages)\b",
    re.IGNORECASE,
)
_WITHIN_YEAR = re.compile(r"\b(?:in|during|since|throughout|early|late|mid)[ -]$", re.IGNORECASE)
"""Numbers like years that count something: "at 2000 metres", "over 2000 claims", "by 2000 users"."""


def _named_unit(match: re.Match[str], today: dt.date) -> EventDate:
    way, unit = match["way"].lower(), match["unit"].lower()
    if unit == "day" or way == "past":
        return EventDate(add_units(today, -1, unit), today)
    here = calendar_unit(today, unit)
    return here if way == "this" else calendar_unit(here.first - dt.timedelta(1), unit)


def _window(match: re.Match[str], today: dt.date) -> EventDate:
    return EventDate(add_units(today, -_count(match), match["unit"].lower()), today)


def _ago(match: re.Match[str], today: dt.date) -> EventDate:
    unit = match["unit"].lower()
    then = add_units(today, -_count(match), unit)
    return EventDate(then, then) if unit == "day" else calendar_unit(then, unit)


def _named_day(match: re.Match[str], today: dt.date) -> EventDate | None:
    if match[0].lower() == "today" and not _PAST.search(match.string):
        return None
    day = today - dt.timedelta(match[0].lower() == "yesterday")
    return EventDate(day, day)


_PAST = re.compile(r"\b(?:did|was|were|has|have|said|told|news|happened)\b", re.IGNORECASE)
"""In questions without one of these, "today" means nowadays."""


def _weekday(match: re.Match[str], today: dt.date) -> EventDate:
    weekday = [each.lower() for each in WEEKDAYS].index(match["day"].lower())
    back = (today.weekday() - weekday) % len(WEEKDAYS) or len(WEEKDAYS) * (match["way"].lower() == "last")
    return EventDate(today - dt.timedelta(back), today - dt.timedelta(back))


def _count(match: re.Match[str]) -> float:
    words = match["count"].lower().removeprefix("a ").removesuffix(" of")
    return _VAGUE_COUNTS.get(words) or parse_number(words) or 1.0


def _month_number(match: re.Match[str]) -> int:
    return [month[:3] for month in MONTHS].index(match["month"][:3].capitalize()) + 1


def _year(written: str) -> int:
    if written.isdecimal():
        return int(written)
    short = int(written[1:])
    return _CENTURY + short - (_CENTURY // 20 if short > _HALF_CENTURY else 0)


_KINDS: tuple[tuple[re.Pattern[str], Resolve], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), resolve)
    for pattern, resolve in (
        (rf"\b({YEAR})-(\d\d)-(\d\d)\b", _iso_day),
        (rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}{_OF_YEAR}?(?!\w)", _day),
        (rf"\b{_MONTH} (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]){_OF_YEAR}?(?!\w)", _day),
        (rf"\b{_PART}{_MONTH}{_OF_YEAR}?(?!\w)", _month),
        (rf"\b(?:q(?P<digit>[1-4])|(?P<ordinal>{'|'.join(_ORDINALS)}) quarter){_OF_YEAR}?(?!\w)", _quarter),
        (rf"\b(?P<season>{'|'.join(_SEASONS)}){_OF_YEAR}", _season),
        (r"\b((?:19|20)\d0)'?s\b", _decade),
        (rf"\b{_PART}(?P<year>{YEAR})(?![\w%]|[,.]\d|\s?%)", _whole_year),
        (r"\b(?P<way>last|this|past) (?P<unit>day|week|month|quarter|year)\b", _named_unit),
        (rf"\b(?:the |these )?(?:last|past) {_COUNT} {_UNIT}s?\b", _window),
        (rf"\b{_COUNT} {_UNIT}s? ago\b", _ago),
        (r"\b(?:today|yesterday)\b(?!')", _named_day),
        (rf"\b(?P<way>last|this|on) (?P<day>{'|'.join(WEEKDAYS)})\b", _weekday),
    )
)
