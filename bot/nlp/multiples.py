"""Figures said without a plain number: doubled, a third of, half a billion, one in five, 25 years and 8 months."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain import Figure
from bot.nlp import numbers, units

_FACTORS = {"doubl": 2.0, "tripl": 3.0, "quadrupl": 4.0, "quintupl": 5.0, "halv": 0.5}
_FRACTIONS = {
    "half": 0.5,
    "third": 1 / 3,
    "thirds": 1 / 3,
    "quarter": 0.25,
    "quarters": 0.25,
    "fifth": 0.2,
    "fifths": 0.2,
    "sixth": 1 / 6,
    "seventh": 1 / 7,
    "eighth": 0.125,
    "ninth": 1 / 9,
    "tenth": 0.1,
    "tenths": 0.1,
}
_FACTOR = re.compile(
    r"\b(?P<verb>doubl(?:ed|es|e|ing)|tripl(?:ed|es|e|ing)|quadrupl(?:ed|es|e|ing)|quintupl(?:ed|ing)|halv(?:ed|es|"
    r"ing))\b"
    r"(?<!the double)(?![- ](?:check|click|edged|down|standard|bind|blind|duty|spend\w*|digit|barrel\w*|whammy|take|"
    r"quote|bass))"
    r"|\b(?P<twice>twice|thrice)(?= (?:as|the|its|what|that|their|more)\b)"
    r"|\b(?P<fold>two|three|four|five|six|seven|eight|nine|ten|hundred|thousand)-?fold\b",
    re.IGNORECASE,
)
_NOUN_CONTEXT = re.compile(r"\b(?:a|an|my|our|the|of|with|or|in|using|is|was|to)\s$", re.IGNORECASE)
_FRACTION = re.compile(
    r"(?<![\w-])(?:(?:(?P<count>one|two|three|four|a)[ -])(?P<part>(?:thirds|fifths|tenths)\b|quarters(?= of\b)|"
    r"(?:third|quarter|fifth|sixth|seventh|eighth|ninth|tenth)(?= (?:of|less|more|fewer|to)\b|[.,;]|$))"
    r"|(?<!first )(?<!second )(?<!other )(?<!last )(?<!better )half (?=of\b|the\b|our\b|their\b|its\b|all\b|my\b)"
    r"|half an? (?P<scale>million|billion|trillion|dozen)\b|half an hour|half a (?:year|day|decade|century))",
    re.IGNORECASE,
)
_RATIO = re.compile(
    rf"\b(?P<part>{numbers.WORDS}|\d+) (?:in|out of) (?:every )?(?P<whole>{numbers.WORDS}|\d{{1,4}})\b(?! "
    r"(?:percent|%))",
    re.IGNORECASE,
)
_DURATION = re.compile(
    rf"(?<![\w.-])(?P<years>\d+|{numbers.WORDS}) years?(?:,| and) (?P<months>\d+|{numbers.WORDS}) months?\b"
    rf"|(?<![\w.-])(?P<whole>\d+|{numbers.WORDS}|a) (?P<unit>years?|months?|hours?|weeks?) and a half\b",
    re.IGNORECASE,
)
_COMPARISON_AFTER = re.compile(
    r"[ -](?:as|more|higher|larger|bigger|faster|better|cheaper|the|its|what|greater|over|slower|smaller|less|their)\b"
)
_INCREASE_BEFORE = re.compile(
    r"\b(?:up|rose|grew|grown|increas\w+|jump\w+|by|higher|nearly|multipl\w+|expand\w+|went)\b[^.,;]{0,20}$",
    re.IGNORECASE,
)
_HALF = 0.5
_MIN_DENOMINATOR, _MAX_DENOMINATOR = 3, 1900


def find_multiples(quote: str) -> list[Figure]:
    """Return factors, shares, ratios and lengths of time."""
    flat = quote.lower()
    return [
        *(
            one
            for found in _matches_if_present(_DURATION, quote, (" month", "and a half"), flat)
            if (one := _parse_duration(found))
        ),
        *(one for found in _FACTOR.finditer(quote) if (one := _parse_factor(found, quote))),
        *(_parse_fraction(found, quote) for found in _FRACTION.finditer(quote)),
        *(
            one
            for found in _matches_if_present(_RATIO, quote, (" in ", " out of "), flat)
            if (one := _parse_ratio(found))
        ),
    ]


def _matches_if_present(
    pattern: re.Pattern[str], quote: str, needed: tuple[str, ...], flat: str
) -> Iterator[re.Match[str]]:
    return pattern.finditer(quote) if any(word in flat for word in needed) else iter(())


def times_unit(quote: str, start: int, found: re.Match[str]) -> str:
    """Tell a factor from a count: "8 times higher" is "x", "29 million times" is "times"."""
    if "times" not in found[0] or _COMPARISON_AFTER.match(quote, found.end()):
        return "x"
    large = any(scale in quote[start : found.start()] for scale in ("illion", "ousand", "undred", ","))
    return "x" if not large and _INCREASE_BEFORE.search(quote, max(0, start - 40), start) else "times"


def _parse_factor(found: re.Match[str], quote: str) -> Figure | None:
    word = found[0].lower()
    if found[0].istitle() and quote[found.end() : found.end() + 2].strip().isupper():
        return None
    if word in {"double", "triple", "quadruple"} and _NOUN_CONTEXT.search(quote, 0, found.start()):
        return None
    if found["verb"]:
        value = next(value for stem, value in _FACTORS.items() if word.startswith(stem))
    elif found["twice"]:
        value = 2.0 if word == "twice" else 3.0
    else:
        value = numbers.parse_number(found["fold"]) or 0.0
    return _build_figure(found, value, "x", quote)


def _parse_fraction(found: re.Match[str], quote: str) -> Figure:
    text = found[0].lower()
    if found["part"]:
        count = 1.0 if found["count"].lower() in {"a", "one"} else numbers.parse_number(found["count"]) or 1.0
        return _build_figure(found, count * _FRACTIONS[found["part"].lower()], "", quote)
    if not found["scale"]:
        return _build_figure(found, _HALF, text.split()[-1] if text.startswith("half a") else "", quote)
    value = _HALF * (12 if found["scale"].lower() == "dozen" else numbers.multiplier(found["scale"]))
    money = units.CURRENCY_WORD.match(quote, found.end())
    noun, end = (money[0].strip(" -"), money.end()) if money else units.counted_noun(quote, found.end())
    code = units.CURRENCY_CODES.get(noun.split(" ")[-1].lower(), "")
    return Figure(
        quote[found.start() : end],
        value,
        code or noun,
        code,
        found["scale"],
        "",
        _find_hedge(found, quote),
        found.start(),
        end,
    )


def _parse_ratio(found: re.Match[str]) -> Figure | None:
    part, whole = numbers.parse_number(found["part"]), numbers.parse_number(found["whole"])
    if part is None or whole is None or not 0 < part < whole or whole < _MIN_DENOMINATOR or whole > _MAX_DENOMINATOR:
        return None
    return Figure(found[0], part / whole, "", start=found.start(), end=found.end())


def _parse_duration(found: re.Match[str]) -> Figure | None:
    if found["unit"]:
        whole = numbers.parse_number(found["whole"]) if found["whole"].lower() != "a" else 1.0
        return (
            None
            if whole is None
            else Figure(found[0], whole + _HALF, found["unit"], start=found.start(), end=found.end())
        )
    years, months = numbers.parse_number(found["years"]), numbers.parse_number(found["months"])
    if years is None or months is None:
        return None
    return Figure(found[0], round(years + months / 12, 3), "years", start=found.start(), end=found.end())


_HEDGE_BEFORE = re.compile(
    r"\b(nearly|almost|about|around|roughly|more than|less than|over|at least|approximately|close to)\s$", re.IGNORECASE
)


def _find_hedge(found: re.Match[str], quote: str) -> str:
    before = _HEDGE_BEFORE.search(quote, max(0, found.start() - 20), found.start())
    return before[1] if before else ""


def _build_figure(found: re.Match[str], value: float, unit: str, quote: str) -> Figure:
    text = found[0].rstrip()
    end = found.start() + len(text)
    return Figure(text, value, unit, hedge=_find_hedge(found, quote), start=found.start(), end=end)
