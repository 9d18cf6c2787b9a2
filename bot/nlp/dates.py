"""Dates as people write and say them: months, weekdays, quarters, and times relative to now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
YEAR = r"(?:19|20)\d\d"
"""A pattern for years of living memory."""

_ABBREVIATED = tuple(month[:3] for month in MONTHS)
MONTH = f"(?:{'|'.join(MONTHS)}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
"""A pattern for the names of months, short or whole."""
_TIME_UNIT = "(?:seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|decades?)"
_COUNT = (
    r"(?:\d+(?:\.\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a couple(?: of)?|a few|several|"
    r"a single|couple(?: of)?|few)"
)
PERIOD = re.compile(
    r"\b(?:(?:a|an|per|each|every) (?:single )?(?:second|minute|hour|day|week|month|quarter|year|night)\b(?! "
    r"(?:and|of))"
    r"|annual(?:ly|i[sz]ed)|monthly|daily|weekly|yearly|hourly|overnight"
    r"|(?:year|quarter|month|week)[- ](?:over|on|to)[- ](?:year|quarter|month|week|date)|YoY|QoQ|MoM|YTD"
    rf"|(?:(?:in|over|within|during|for|of) )?(?:the )?(?:last|past|next|coming|previous|first|following) "
    rf"(?:{_COUNT} )?{_TIME_UNIT}\b"
    r"|(?:this|last|next) (?:spring|summer|fall|autumn|winter|time)"
    rf"|(?:in|within|over) {_COUNT}(?: single)? {_TIME_UNIT}\b(?! of\b)"
    rf"|(?:(?:by|in|since|until|till|through|beyond|before|after|from|as of|of|for|during|around)[ ])?"
    r"(?:the )?(?:end of |start of |beginning of |calendar year |fiscal year |fiscal |fall of |summer of |year )?"
    r"(?:early |late |mid[- ])?(?:(?:Q[1-4]|[1-4]Q|H[12]|FY)[ ]?(?:of )?(?:'\d\d|(?:19|20)?\d\d)?\b|(?:19|"
    r"20)\d\d\b(?!,\d))"
    r"|(?:the )?(?:first|second|third|fourth|last) (?:quarter|half)(?: of (?:19|20)\d\d| of (?:the|this|last) year)?"
    rf"|(?:(?:by|in|on|since|until|as of|through|this|last) )(?:early |late |mid-)?{MONTH}\b(?: \d{{1,2}}(?:st|nd|"
    r"rd|th)?)?"
    r"(?:,? (?:19|20)\d\d)?|this (?:year|month|week|quarter)\b|today\b|yesterday\b|so far\b)",
    re.IGNORECASE,
)
"""A stretch or point of time that a figure refers to."""

RELATIVE_TIME = re.compile(rf"(?: or so)? {_TIME_UNIT} (?:ago|later|earlier)\b")
MONTH_BEFORE = re.compile(rf"\b{MONTH}\.? (?:the )?$")
MONTH_AFTER = re.compile(rf"(?:st|nd|rd|th)?(?: of)? {MONTH}\b")

_MONTH_WITH_STOP = "|".join((*MONTHS, *(rf"{month}\b\.?" for month in (*_ABBREVIATED, "Sept"))))
_DATE = re.compile(
    rf"""\b(?P<year1>{YEAR})-(?P<month1>\d\d)-(?P<day1>\d\d)\b
    |\b(?:(?P<day2>\d\d?)(?:st|nd|rd|th)?\s(?:of\s)?)?(?P<month2>{_MONTH_WITH_STOP})(?:\s(?P<day3>\d\d?)(?:st|nd|rd|th)?(?!\d))?
     (?:,?\s(?P<year2>{YEAR}))?(?![A-Za-z])
    |\b(?P<ordinal>first|second|third|fourth)[ -]quarter\b(?:\sof\s(?P<year5>{YEAR}))?
    |\b(?P<quarter>Q[1-4])(?:\s(?P<year3>{YEAR}))?\b
    |\b(?P<weekday>{"|".join(WEEKDAYS)})\b
    |(?<![$€£¥\d.,])\b(?P<year4>{YEAR})(?:s|’s|'s)?\b(?![,.]?\d|\s?(?:%|percent|million|billion))""",
    re.VERBOSE,
)
MONTH_CONTEXT = re.compile(r"(?:in|of|by|last|next|this|since|until|early|late|mid|through)[\s-]$", re.IGNORECASE)
_QUARTERS = {word: f"Q{n}" for n, word in enumerate(["first", "second", "third", "fourth"], 1)}
_MONTH_NUMBERS = {f"{number:02}" for number in range(1, 13)}


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as it was given; parts that were not are empty."""

    text: str
    year: str = ""
    month: str = ""
    day: str = ""
    quarter_or_weekday: str = ""

    def is_covered_by(self, other: PartialDate) -> bool:
        """Return whether the other date has all the parts that this one has, and the same."""
        pairs = (
            (self.year, other.year),
            (self.month, other.month),
            (self.day, other.day),
            (self.quarter_or_weekday, other.quarter_or_weekday),
        )
        return all(not mine or mine == theirs for mine, theirs in pairs)


def find_dates(text: str) -> list[PartialDate]:
    """Return the dates, years, quarters and weekdays of a text."""
    return [_to_partial_date(match) for match in date_matches(text)]


def date_matches(text: str) -> Iterator[re.Match[str]]:
    """Yield the places of dates; a bare "May" or "March" needs a word such as "in" before it."""
    for match in _DATE.finditer(text):
        bare = match["month2"] in {"May", "March"} and not (match["day2"] or match["day3"] or match["year2"])
        if not bare or MONTH_CONTEXT.search(text[: match.start()]):
            yield match


def _to_partial_date(match: re.Match[str]) -> PartialDate:
    part = match.groupdict(default="")
    month = _ABBREVIATED[int(part["month1"]) - 1] if part["month1"] in _MONTH_NUMBERS else part["month2"][:3]
    return PartialDate(
        text=match.group(),
        year=part["year1"] or part["year2"] or part["year3"] or part["year4"] or part["year5"],
        month=month,
        day=(part["day1"] or part["day2"] or part["day3"]).lstrip("0"),
        quarter_or_weekday=part["quarter"] or part["weekday"] or _QUARTERS.get(part["ordinal"], ""),
    )
