"""Figures: numbers that measure something, as opposed to numbers in names, dates and lists."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain import Figure
from bot.nlp import multiples, numbers, units
from bot.nlp.lexicons import word_set

_HEDGES = (
    "nearly|almost|approximately|approx\\.?|about|around|roughly|over|more than|less than|fewer than|under|up to|"
    "at least|at most|as many as|as much as|as little as|as few as|as low as|as high as|close to|just over|just under|"
    "just shy of|an estimated|estimated|upwards? of|north of|south of|some|somewhere around|in the range of|well over|"
    "probably|maybe|perhaps|like|above|below|well above|on the order of|a little over|a bit over|a little under|"
    "slightly more than|slightly less than|slightly over|slightly under|not even|~|≈|>|<"
)
_HEDGE_BEFORE = re.compile(
    rf"(?:^|(?<=[\s(,—–-]))((?:{_HEDGES})(?:[, ]+(?:{_HEDGES}))*)[, ]*(?:a |the )?$", re.IGNORECASE
)
_HEDGE_AFTER = re.compile(r"[ ]?(?:or so|or more|or less|-ish|ish\b|give or take)|\+")
_NUMBER = re.compile(
    rf"(?<![\w.,/:#@&'’_-])(?P<currency>(?:US|A|C|HK)?\$|[€£¥₹])?(?P<number>{numbers.DIGITS_PATTERN}|\b{numbers.WORDS}\b)"
    r"(?P<half> and a half)?(?:(?P<scale>[ -]?(?:hundred|thousand|million|billion|trillion|quadrillion|grand|bn|"
    r"mn)\b|(?:k|K|m|M|B|b|T)\b)"
    r"(?!-dollar))?(?P<half2> and a half)?(?P<plus>\+)?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s?(?:-|–|—|to|or)\s?")
_BETWEEN = re.compile(r"\s?(?:-|–|—|to|or|and)\s?")
_LABEL_BEFORE = re.compile(
    r"(?:\b(?:section|chapter|article|title|rule|form|episode|version|series|season|part|page|step|level|phase|"
    r"stage|tier|"
    r"type|class|number|no\.|figure|table|item|lesson|volume|round|route|highway|line|bip|pep|rfc|eip|issue|port|"
    r"question|day|week|grade|room|flight|layer|windows|python|formula|error|status|code|resolution|room|track|act)[ -]"
    r"|#|\bv)$",
    re.IGNORECASE,
)
_CAPITAL_BEFORE = re.compile(r"(?:^|[\s(\"“'‘-])(?:[A-Z][\w&'’.+#-]*|[a-z]+[A-Z]\w*)[ -]$")
_SENTENCE_OPENER = re.compile(
    r"(?:^|[.!?:;,\"“]\s)(?:In|The|Over|About|Around|Nearly|Almost|And|But|So|Then|With|For|At|From|Only|Just|Some|"
    r"Of|Now|"
    r"Our|My|Their|His|Her|Its|These|Those|Another|Roughly|Approximately|To|By|Under|After|Before|Between|Up|All|"
    r"Had|We|Yes|"
    r"Yeah|Like|Maybe|There|Out|Every|Than|If|When|Because|Since|Total|More|Less)\s$"
)
_SPOKEN_LABEL_BEFORE = re.compile(
    r"\b(?:layer|phase|chapter|part|step|number|episode|version|season|act|round|type|tier|level|day|week|question|"
    r"stage) $",
    re.IGNORECASE,
)
_TIME_OR_ORDINAL_AFTER = re.compile(
    r":\d\d|\s?(?:[ap]\.m|[AaPp][Mm]\b|o['’]clock)|(?:st|nd|rd|th)\b|(?:['’]?s)\b|\.\d+\.|/\d|-\d{3,}|\s?\(k\)"
)
_IDIOM = re.compile(
    r"(?: ?%| percent) (?:sure|certain|agree|right|correct|confident|positive|on board|with you|true|yes)\b|-dollar "
    r"(?:question|mistake|idea)",
    re.IGNORECASE,
)
_BOND_MATURITY = re.compile(r"-year (?:yield|treasur|note|bond|fixed|mortgage|t-bill|rate)", re.IGNORECASE)
_RECURRING_PERIOD = re.compile(r"daily|weekly|monthly|annual|yearly|hourly|(?:an?|per|each|every) ", re.IGNORECASE)
_PERIOD_REACH, _OPENING_PERIOD_REACH, _SENTENCE_OPENING = 40, 120, 4
_CENT = 0.01
_YEAR_DIGITS = 4
_YEAR_FIRST, _YEAR_LAST = 1500, 2100
_MIN_DIGITS_VALUE, _MIN_WORDS_VALUE = 10, 20
_NUMERIC_NAMES = word_set("401k 403b 4k 8k 3d 2d 5g 4g 3g 2b 1b 24b")
_FIGURE_HINT = re.compile(
    r"[\d¼½¾⅓⅔⅛]|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    r"seventeen|"
    r"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|"
    r"trillion|percent|"
    r"dozen|half|third|thirds|quarter|fifth|doubl|tripl|quadrupl|halv|twice|tenfold|one in)",
)


def find_figures(quote: str) -> tuple[Figure, ...]:
    """Return the figures of a quote in order; `quote[figure.start:figure.end] == figure.text`."""
    if not may_have_figure(quote.lower()):
        return ()
    periods = [found.span() for found in units.PERIOD.finditer(quote)]
    found = [*multiples.find_multiples(quote), *_find_numbers(quote)]
    chosen = _without_overlaps(found)
    outside = [one for one in chosen if not any(a <= one.start and one.end <= b for a, b in periods)]
    return tuple(_attach_period(one, quote, periods) for one in outside or chosen if one.value is not None)


def may_have_figure(lowered: str) -> bool:
    """Tell quickly whether lower-case words can hold a figure at all."""
    return _FIGURE_HINT.search(lowered) is not None


def _find_numbers(quote: str) -> list[Figure]:
    found: list[Figure] = []
    open_range: Figure | None = None
    for match in _NUMBER.finditer(quote):
        one = _parse_figure(match, quote)
        if open_range is not None and one is not None and _is_range(quote, open_range, match.start()):
            found[-1:] = [_complete_range_start(open_range, one)]
        if one is None:
            open_range = None
            continue
        found.append(one)
        open_range = one if not one.magnitude and one.unit == one.currency else None
    return [one for one in found if _is_meaningful(one, quote)]


def _is_range(quote: str, first: Figure, second: int) -> bool:
    between = quote[max(0, first.start - 9) : first.start].lower().endswith("between ")
    return (_BETWEEN if between else _RANGE).fullmatch(quote, first.end, second) is not None


def _parse_figure(match: re.Match[str], quote: str) -> Figure | None:
    """Read one number with all around it, or None where it is a name, a date or a time."""
    number = numbers.parse_number(match["number"])
    if number is None or _is_part_of_name(match, quote):
        return None
    magnitude = (match["scale"] or "").strip(" -")
    half = 0.5 if match["half"] or match["half2"] else 0.0
    value = (number + half * numbers.multiplier(_magnitude_word(match["number"]))) * numbers.multiplier(magnitude)
    unit, end = _parse_unit(match, quote)
    hedge = _HEDGE_BEFORE.search(quote, max(0, match.start() - 30), match.start())
    after = _HEDGE_AFTER.match(quote, end)
    currency = _currency_code(match, unit)
    value *= _CENT if unit.startswith("cent") else 1.0
    return Figure(
        text=quote[match.start() : end],
        value=value,
        unit=currency or unit,
        currency=currency,
        magnitude=magnitude or _magnitude_word(match["number"]),
        hedge=hedge[1] if hedge else (after[0].strip() if after else match["plus"] or ""),
        start=match.start(),
        end=end,
    )


def _magnitude_word(number: str) -> str:
    last = re.split(r"[ -]", number)[-1].lower()
    return last if last in {"thousand", "million", "billion", "trillion"} else ""


def _currency_code(match: re.Match[str], unit: str) -> str:
    sign = match["currency"]
    return (
        units.CURRENCY_CODES.get(sign.upper(), "")
        if sign
        else units.CURRENCY_CODES.get(unit.rsplit(" ", maxsplit=1)[-1].lower(), "")
    )


def _parse_unit(match: re.Match[str], quote: str) -> tuple[str, int]:
    at = match.end()
    if found := units.PERCENT.match(quote, at):
        word = found[0].strip(" -")
        return ("%" if word in {"%", "percent", "per cent"} else word), found.end()
    if found := units.FACTOR.match(quote, at):
        return multiples.times_unit(quote, match.start(), found), found.end()
    if found := units.CURRENCY_WORD.match(quote, at) or units.MEASUREMENT_UNIT.match(quote, at):
        return found[0].strip(" -"), found.end()
    if match["currency"]:
        return "", at
    return units.counted_noun(quote, at)


def _is_part_of_name(match: re.Match[str], quote: str) -> bool:
    """Tell whether the number belongs to a name, a date, a time of day or a list."""
    number, end = match["number"], match.end()
    if match["currency"]:
        return False
    if quote[end : end + 6] == "-year " and _BOND_MATURITY.match(quote, end):
        return True
    if match[0].lower() in _NUMERIC_NAMES or (number.lower() == "one" and not match["scale"]):
        return units.PERCENT.match(quote, end) is None
    if _IDIOM.match(quote, end) or units.RELATIVE_TIME.match(quote, end):
        return True
    if units.PERCENT.match(quote, end) or (match["scale"] and match["scale"][0] in " -"):
        return False
    if number[0].isalpha():
        if _SPOKEN_LABEL_BEFORE.search(quote, 0, match.start()) or number.lower() == "zero":
            return True
        return (
            quote[end : end + 1] == "-" and not number[0].isupper() and bool(re.match(r"-(?:sided|way)", quote[end:]))
        )
    return _are_digits_part_of_name(match, quote)


def _are_digits_part_of_name(match: re.Match[str], quote: str) -> bool:
    number, end = match["number"], match.end()
    before = quote[max(0, match.start() - 40) : match.start()]
    glued = quote[end : end + 1].isalpha() or quote[end : end + 1] == "_"
    if glued and not (units.MEASUREMENT_UNIT.match(quote, end) or units.FACTOR.match(quote, end)):
        return True
    if _TIME_OR_ORDINAL_AFTER.match(quote, end) or (
        quote[end : end + 1] == "." and not before.strip() and "," not in number
    ):
        return True
    if _LABEL_BEFORE.search(before) or units.MONTH_BEFORE.search(before) or units.MONTH_AFTER.match(quote, end):
        return True
    if _is_year(number, quote, end, before):
        return True
    if "," in number or match["scale"] or units.MEASUREMENT_UNIT.match(quote, end) or units.FACTOR.match(quote, end):
        return False
    return _CAPITAL_BEFORE.search(before) is not None and _SENTENCE_OPENER.search(before) is None


def _is_year(number: str, quote: str, end: int, before: str) -> bool:
    if len(number) != _YEAR_DIGITS or not number.isdigit() or not _YEAR_FIRST <= int(number) <= _YEAR_LAST:
        return False
    counted = re.match(
        r" (?:people|users|employees|developers|customers|companies|lines|tokens|miles|hours|nodes)\b", quote[end:]
    )
    return counted is None or re.search(r"\b(?:in|since|by|until)\s$", before, re.IGNORECASE) is not None


def _is_meaningful(figure: Figure, quote: str) -> bool:
    """Leave out bare small numbers and numbers of vague things."""
    if figure.value is None:
        return False
    if figure.currency or figure.magnitude or figure.unit in {"%", "x"}:
        return True
    if figure.unit in units.VAGUE_NOUNS:
        return bool(figure.hedge) and figure.value >= _MIN_DIGITS_VALUE
    if figure.unit:
        return True
    digits = quote[figure.start].isdigit()
    return bool(
        figure.value >= (_MIN_DIGITS_VALUE if digits else _MIN_WORDS_VALUE)
        or figure.hedge
        or (digits and "." in figure.text)
    )


def _complete_range_start(first: Figure, second: Figure) -> Figure:
    """Give the first end of a range the magnitude and unit that are said once, at its end."""
    value = first.value
    if first.currency and not second.magnitude:
        return first
    if value is not None and second.magnitude and not first.magnitude:
        value *= numbers.multiplier(second.magnitude)
    return replace(first, value=value, unit=second.unit, currency=second.currency, magnitude=second.magnitude)


def _without_overlaps(found: list[Figure]) -> list[Figure]:
    chosen: list[Figure] = []
    for one in sorted(found, key=lambda each: (each.start, -each.end)):
        if not chosen or one.start >= chosen[-1].end:
            chosen.append(one)
    return chosen


def _attach_period(figure: Figure, quote: str, periods: list[tuple[int, int]]) -> Figure:
    """Attach the nearest period, one that follows before one that precedes; the sentence's first counts from afar."""
    after = [(a - figure.end, quote[a:b]) for a, b in periods if 0 <= a - figure.end <= _PERIOD_REACH]
    before = [
        (figure.start - b, quote[a:b])
        for a, b in periods
        if 0 <= figure.start - b <= (_OPENING_PERIOD_REACH if a < _SENTENCE_OPENING else _PERIOD_REACH)
    ]
    nearest = min(after, default=None) or min(
        (each for each in before if not _RECURRING_PERIOD.match(each[1])), default=None
    )
    return replace(figure, period=nearest[1]) if nearest else figure
