"""What a sentence commits itself to: amounts, dates, names, causes and qualifiers, found by their form alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.nlp.lexicons import compile_cues, cue_pattern
from bot.nlp.tokens import content_stems

_SMALL = {
    word: value
    for value, word in enumerate(
        [
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
        ],
        start=2,
    )
} | {"seventeen": 17, "eighteen": 18, "nineteen": 19}
_TENS = {
    w: 10 * n
    for n, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
_MAGNITUDES = {"hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6}
_MAGNITUDES |= {"billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12, "t": 1e12}
_CURRENCY_SIGNS = {"dollar": "$", "euro": "€", "pound": "£", "yen": "¥"}
_FACTORS = {"doubl": 2.0, "twice": 2.0, "tripl": 3.0, "quadrupl": 4.0, "halv": 0.5, "half": 0.5}
_NUMBER_WORDS = "|".join([*_SMALL, *_TENS, "hundreds?", "thousands?", "millions?", "billions?", "trillions?"])
_AMOUNT = re.compile(
    rf"""(?<![A-Za-z0-9])(?:[A-Z]{{2,3}}(?=[$€£¥]))?(?P<currency>[$€£¥])?\s?
    (?:(?P<digits>\d[\d,]*(?:\.\d+)?|(?<![\w.])\.\d+)|(?P<words>(?:a\s)?\b(?:{_NUMBER_WORDS})(?:[\s-](?:and\s)?(?:{_NUMBER_WORDS}))*\b))
    (?:[\s-]?(?P<magnitude>hundred|thousand|million|billion|trillion|bn|mn|tn|[KMBTkmbt](?![A-Za-z])))?
    [\s-]?(?P<unit>%|per\s?cent(?:age)?|basis\spoints?|dollars?\b|euros?\b|pounds?\b|yen\b|x(?![A-Za-z])|fold\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_FACTOR = re.compile(r"\b(doubl|twice|tripl|quadrupl|halv|half)[a-z]*", re.IGNORECASE)
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTH = "|".join(_MONTHS) + "|" + "|".join(rf"{month[:3]}\b\.?" for month in _MONTHS) + r"|Sept\b\.?"
_DATE = re.compile(
    rf"""\b(?P<year1>(?:19|20)\d\d)-(?P<month1>\d\d)-(?P<day1>\d\d)\b
    |\b(?:(?P<day2>\d\d?)(?:st|nd|rd|th)?\s(?:of\s)?)?(?P<month2>{_MONTH})(?:\s(?P<day3>\d\d?)(?:st|nd|rd|th)?(?!\d))?
     (?:,?\s(?P<year2>(?:19|20)\d\d))?(?![A-Za-z])
    |\b(?P<ordinal>first|second|third|fourth)[ -]quarter\b(?:\sof\s(?P<year5>(?:19|20)\d\d))?
    |\b(?P<quarter>Q[1-4])(?:\s(?P<year3>(?:19|20)\d\d))?\b
    |\b(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b
    |(?<![$€£¥\d.,])\b(?P<year4>(?:19|20)\d\d)(?:s|’s|'s)?\b(?![,.]?\d|\s?(?:%|percent|million|billion))""",
    re.VERBOSE,
)
_MONTH_CONTEXT = re.compile(r"(?:in|of|by|last|next|this|since|until|early|late|mid|through)[\s-]$", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z][\w&.’'+#-]*[\w+#](?:\s(?:[A-Z][\w&.’'+#-]*[\w+#]|[A-Z]\b|\d[\w.]*))*|[A-Z]\b)"
)
CAUSAL_CUES = compile_cues("causal_marker")
ALLEGATION_CUES = compile_cues("allegation_marker")
FORECAST_CUES = re.compile(rf"\b({cue_pattern('forecast_marker')})\b|[’']ll\b", re.IGNORECASE)
NEGATION_CUES = re.compile(rf"\b(?:{cue_pattern('negation_marker')})\b|n[’']t\b")
UNCERTAINTY_CUES = compile_cues("uncertainty_marker")
HEDGE_CUES = compile_cues("hedge_marker")
_HEDGE_WINDOW = 28
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a sentence: its value with the magnitude applied, its sort ("%", "x", a currency sign or "").

    `hedged` is whether it is told as inexact, `start` where it stands.
    """

    text: str
    value: float
    unit: str
    hedged: bool
    start: int = 0

    def matches(self, other: Amount) -> bool:
        """Whether both name one amount: "29M" is "nearly 29 million"; a share is never a count."""
        if {self.unit, other.unit} == {"x", "%"}:
            share, factor = (self, other) if self.unit == "%" else (other, self)
            return factor.value < 1 and abs(share.value - 100 * factor.value) <= _ROUNDING
        near = abs(self.value - other.value) <= _ROUNDING * max(abs(self.value), 1)
        return near and (
            self.unit == other.unit or ("" in {self.unit, other.unit} and "%" not in {self.unit, other.unit})
        )


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as it was given; empty parts were not said."""

    text: str
    year: str = ""
    month: str = ""
    day: str = ""
    quarter_or_weekday: str = ""

    def is_covered_by(self, other: PartialDate) -> bool:
        """Whether everything said here was also said there."""
        pairs = (
            (self.year, other.year),
            (self.month, other.month),
            (self.day, other.day),
            (self.quarter_or_weekday, other.quarter_or_weekday),
        )
        return all(not mine or mine == theirs for mine, theirs in pairs)


def find_amounts(text: str) -> list[Amount]:
    """Return the numbers of a text; parts of names (GPT-5.5, Q3) and dates are none."""
    taken = [match.span() for match in _date_matches(text)]
    found = []
    for match in _AMOUNT.finditer(text):
        free = all(match.end() <= start or match.start() >= end for start, end in taken)
        if free and not re.search(r"[A-Za-z]-$", text[: match.start()]):
            value = _parse_digits(match["digits"]) if match["digits"] else _parse_words(match["words"])
            value *= _MAGNITUDES.get((match["magnitude"] or "").lower(), 1.0)
            found.append(Amount(match.group().strip(), value, _unit(match), _is_hedged(text, match), match.start()))
    factors = _FACTOR.finditer(text)
    return found + [
        Amount(match.group(), _FACTORS[match[1].lower()], "x", _is_hedged(text, match), match.start())
        for match in factors
    ]


def _parse_digits(digits: str) -> float:
    return float(digits.replace(",", "").rstrip(".") or 0)


def _parse_words(words: str) -> float:
    total, group = 0.0, 0.0
    for word in re.split(r"[\s-]+", words.lower()):
        singular = word.removesuffix("s") if word.rstrip("s") in _MAGNITUDES else word
        if singular == "hundred":
            group = (group or 1) * 100
        elif singular in _MAGNITUDES:
            total, group = total + (group or 1) * _MAGNITUDES[singular], 0.0
        else:
            group += _SMALL.get(word, 0) + _TENS.get(word, 0)
    return total + group


def _unit(match: re.Match[str]) -> str:
    unit = (match["unit"] or "").lower().replace(" ", "")
    if unit.startswith(("%", "percent")):
        return "%"
    if unit.startswith("basis"):
        return "bp"
    if sign := next((sign for name, sign in _CURRENCY_SIGNS.items() if unit.startswith(name)), ""):
        return sign
    return "x" if unit in {"x", "fold"} else (match["currency"] or "")


def _is_hedged(text: str, match: re.Match[str]) -> bool:
    near = text[max(0, match.start() - _HEDGE_WINDOW) : match.start()]
    before = re.split(r"[,;:.!?]\s", near)[-1]
    after = re.split(r"[,;:.!?]", text[match.end() : match.end() + 14])[0]
    return bool(HEDGE_CUES.search(before) or re.search(r"\bor so\b|\bor more\b|-?ish\b|\bplus\b|^\+", after))


def find_dates(text: str) -> list[PartialDate]:
    """Return the dates, years, quarters and weekdays of a text."""
    return [_to_partial_date(match) for match in _date_matches(text)]


def _date_matches(text: str) -> Iterator[re.Match[str]]:
    for match in _DATE.finditer(text):
        bare = match["month2"] in {"May", "March"} and not (match["day2"] or match["day3"] or match["year2"])
        if not bare or _MONTH_CONTEXT.search(text[: match.start()]):
            yield match


def _to_partial_date(match: re.Match[str]) -> PartialDate:
    part = match.groupdict(default="")
    month = _MONTHS[int(part["month1"]) - 1][:3] if part["month1"] in _MONTH_NUMBERS else part["month2"][:3]
    return PartialDate(
        text=match.group(),
        year=part["year1"] or part["year2"] or part["year3"] or part["year4"] or part["year5"],
        month=month,
        day=(part["day1"] or part["day2"] or part["day3"]).lstrip("0"),
        quarter_or_weekday=part["quarter"] or part["weekday"] or _QUARTERS.get(part["ordinal"], ""),
    )


_QUARTERS = {word: f"Q{n}" for n, word in enumerate(["first", "second", "third", "fourth"], 1)}
_MONTH_NUMBERS = {f"{number:02}" for number in range(1, 13)}


def find_names(text: str) -> list[str]:
    """Return capitalised runs; the first word of a sentence is among them, for the caller to judge."""
    return [match.group() for match in _NAME.finditer(text)]


def find_scopes(qualifier: re.Pattern[str], text: str) -> list[tuple[str, ...]]:
    """Return what each qualifier qualifies: the stems of the next two words with meaning in its clause."""
    found = []
    for match in qualifier.finditer(text):
        clause = re.split(r"[,;:.!?—–]\s", text[match.end() : match.end() + 60])[0]
        if stems := content_stems(clause)[:2]:
            found.append(tuple(stems))
    return found
