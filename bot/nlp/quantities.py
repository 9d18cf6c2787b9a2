"""Figures: numbers that measure something, unlike those in names, dates and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.domain import Figure
from bot.nlp import numbers
from bot.nlp.dates import MONTH_AFTER, MONTH_BEFORE, PERIOD, RELATIVE_TIME
from bot.nlp.lexicons import cue_pattern, word_list

_HEDGES = cue_pattern("number_hedge")
_HEDGE_BEFORE = re.compile(
    rf"(?:^|(?<=[\s(,—–-]))((?:{_HEDGES})(?:[, ]+(?:{_HEDGES}))*)[, ]*(?:a |the )?$", re.IGNORECASE
)
_HEDGE_REACH = 30
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
_LABEL_BEFORE = re.compile(rf"(?:\b(?:{cue_pattern('numbered_label')})[ -]|#|\bv)$", re.IGNORECASE)
_CAPITAL_BEFORE = re.compile(r"(?:^|[\s(\"“'‘-])(?:[A-Z][\w&'’.+#-]*|[a-z]+[A-Z]\w*)[ -]$")
_SENTENCE_OPENER = re.compile(rf"(?:^|[.!?:;,\"“]\s)(?:{cue_pattern('sentence_opener')})\s$")
_SPOKEN_LABEL_BEFORE = re.compile(rf"\b(?:{cue_pattern('spoken_label')}) $", re.IGNORECASE)
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
_NUMERIC_NAMES = frozenset("401k 403b 4k 8k 3d 2d 5g 4g 3g 2b 1b 24b".split())
_FIGURE_HINT = re.compile(rf"[\d¼½¾⅓⅔⅛]|\b(?:{cue_pattern('figure_hint')})")


def find_figures(quote: str) -> tuple[Figure, ...]:
    """Return the figures of a quote in order; `quote[figure.start:figure.end] == figure.text`."""
    if not may_have_figure(quote.lower()):
        return ()
    periods = [figures.span() for figures in PERIOD.finditer(quote)]
    figures = [*find_multiples(quote), *_find_numbers(quote)]
    chosen = _without_overlaps(figures)
    outside = [figure for figure in chosen if not any(a <= figure.start and figure.end <= b for a, b in periods)]
    return tuple(_attach_period(figure, quote, periods) for figure in outside or chosen if figure.value is not None)


def may_have_figure(lowered: str) -> bool:
    """Return whether lower-case words may hold a figure; fast, and never wrong about a no."""
    return _FIGURE_HINT.search(lowered) is not None


def _find_numbers(quote: str) -> list[Figure]:
    figures: list[Figure] = []
    open_range: Figure | None = None
    for match in _NUMBER.finditer(quote):
        figure = _parse_figure(match, quote)
        if open_range is not None and figure is not None and _is_range(quote, open_range, match.start()):
            figures[-1:] = [_complete_range_start(open_range, figure)]
        if figure is None:
            open_range = None
            continue
        figures.append(figure)
        open_range = figure if not figure.magnitude and figure.unit == figure.currency else None
    return [each for each in figures if _is_meaningful(each, quote)]


def _is_range(quote: str, first: Figure, second: int) -> bool:
    between = quote[max(0, first.start - 9) : first.start].lower().endswith("between ")
    return (_BETWEEN if between else _RANGE).fullmatch(quote, first.end, second) is not None


def _parse_figure(match: re.Match[str], quote: str) -> Figure | None:
    """Return a number with its unit and hedge, or None if it is part of a name, a date or a time."""
    number = numbers.parse_number(match["number"])
    if number is None or _is_part_of_name(match, quote):
        return None
    magnitude = (match["scale"] or "").strip(" -")
    half = 0.5 if match["half"] or match["half2"] else 0.0
    value = (number + half * numbers.multiplier(_magnitude_word(match["number"]))) * numbers.multiplier(magnitude)
    unit, end = _parse_unit(match, quote)
    after = _HEDGE_AFTER.match(quote, end)
    currency = _currency_code(match, unit)
    value *= _CENT if unit.startswith("cent") else 1.0
    return Figure(
        text=quote[match.start() : end],
        value=value,
        unit=currency or unit,
        currency=currency,
        magnitude=magnitude or _magnitude_word(match["number"]),
        hedge=_hedge_before(quote, match.start()) or (after[0].strip() if after else match["plus"] or ""),
        start=match.start(),
        end=end,
    )


def _magnitude_word(number: str) -> str:
    last = re.split(r"[ -]", number)[-1].lower()
    return last if last in {"thousand", "million", "billion", "trillion"} else ""


def _currency_code(match: re.Match[str], unit: str) -> str:
    sign = match["currency"]
    return (
        CURRENCY_CODES.get(sign.upper(), "")
        if sign
        else CURRENCY_CODES.get(unit.rsplit(" ", maxsplit=1)[-1].lower(), "")
    )


def _parse_unit(match: re.Match[str], quote: str) -> tuple[str, int]:
    at = match.end()
    if suffix := PERCENT.match(quote, at):
        word = suffix[0].strip(" -")
        return ("%" if word in {"%", "percent", "per cent"} else word), suffix.end()
    if suffix := FACTOR.match(quote, at):
        return times_unit(quote, match.start(), suffix), suffix.end()
    if suffix := CURRENCY_WORD.match(quote, at) or MEASUREMENT_UNIT.match(quote, at):
        return suffix[0].strip(" -"), suffix.end()
    if match["currency"]:
        return "", at
    return counted_noun(quote, at)


def _is_part_of_name(match: re.Match[str], quote: str) -> bool:
    """Return whether a number belongs to a name, a date, a time of day or a list."""
    number, end = match["number"], match.end()
    if match["currency"]:
        return False
    if quote[end : end + 6] == "-year " and _BOND_MATURITY.match(quote, end):
        return True
    if match[0].lower() in _NUMERIC_NAMES or (number.lower() == "one" and not match["scale"]):
        return PERCENT.match(quote, end) is None
    if _IDIOM.match(quote, end) or RELATIVE_TIME.match(quote, end):
        return True
    if PERCENT.match(quote, end) or (match["scale"] and match["scale"][0] in " -"):
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
    if glued and not (MEASUREMENT_UNIT.match(quote, end) or FACTOR.match(quote, end)):
        return True
    if _TIME_OR_ORDINAL_AFTER.match(quote, end) or (
        quote[end : end + 1] == "." and not before.strip() and "," not in number
    ):
        return True
    if _LABEL_BEFORE.search(before) or MONTH_BEFORE.search(before) or MONTH_AFTER.match(quote, end):
        return True
    if _is_year(number, quote, end, before):
        return True
    if "," in number or match["scale"] or MEASUREMENT_UNIT.match(quote, end) or FACTOR.match(quote, end):
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
    """Return whether a figure is more than a bare small number or a number of vague things."""
    if figure.value is None:
        return False
    if figure.currency or figure.magnitude or figure.unit in {"%", "x"}:
        return True
    if figure.unit in VAGUE_NOUNS:
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
    """Give the start of a range the magnitude and unit that are said only at its end."""
    value = first.value
    if first.currency and not second.magnitude:
        return first
    if value is not None and second.magnitude and not first.magnitude:
        value *= numbers.multiplier(second.magnitude)
    return replace(first, value=value, unit=second.unit, currency=second.currency, magnitude=second.magnitude)


def _without_overlaps(figures: list[Figure]) -> list[Figure]:
    chosen: list[Figure] = []
    for figure in sorted(figures, key=lambda each: (each.start, -each.end)):
        if not chosen or figure.start >= chosen[-1].end:
            chosen.append(figure)
    return chosen


def _attach_period(figure: Figure, quote: str, periods: list[tuple[int, int]]) -> Figure:
    """Attach the nearest period: one after the figure first; one that opens the sentence reaches further."""
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
            figure
            for match in _matches_if_present(_DURATION, quote, (" month", "and a half"), flat)
            if (figure := _parse_duration(match))
        ),
        *(figure for match in _FACTOR.finditer(quote) if (figure := _parse_factor(match, quote))),
        *(_parse_fraction(match, quote) for match in _FRACTION.finditer(quote)),
        *(
            figure
            for match in _matches_if_present(_RATIO, quote, (" in ", " out of "), flat)
            if (figure := _parse_ratio(match))
        ),
    ]


def _matches_if_present(
    pattern: re.Pattern[str], quote: str, needed: tuple[str, ...], flat: str
) -> Iterator[re.Match[str]]:
    return pattern.finditer(quote) if any(word in flat for word in needed) else iter(())


def times_unit(quote: str, start: int, match: re.Match[str]) -> str:
    """Return the unit of "times": "x" for a factor ("8 times higher"), "times" for a count ("29 million times")."""
    if "times" not in match[0] or _COMPARISON_AFTER.match(quote, match.end()):
        return "x"
    large = any(scale in quote[start : match.start()] for scale in ("illion", "ousand", "undred", ","))
    return "x" if not large and _INCREASE_BEFORE.search(quote, max(0, start - 40), start) else "times"


def _parse_factor(match: re.Match[str], quote: str) -> Figure | None:
    word = match[0].lower()
    if match[0].istitle() and quote[match.end() : match.end() + 2].strip().isupper():
        return None
    if word in {"double", "triple", "quadruple"} and _NOUN_CONTEXT.search(quote, 0, match.start()):
        return None
    if match["verb"]:
        value = next(value for stem, value in _FACTORS.items() if word.startswith(stem))
    elif match["twice"]:
        value = 2.0 if word == "twice" else 3.0
    else:
        value = numbers.parse_number(match["fold"]) or 0.0
    return _build_figure(match, value, "x", quote)


def _parse_fraction(match: re.Match[str], quote: str) -> Figure:
    text = match[0].lower()
    if match["part"]:
        count = 1.0 if match["count"].lower() in {"a", "one"} else numbers.parse_number(match["count"]) or 1.0
        return _build_figure(match, count * _FRACTIONS[match["part"].lower()], "", quote)
    if not match["scale"]:
        return _build_figure(match, _HALF, text.split()[-1] if text.startswith("half a") else "", quote)
    value = _HALF * (12 if match["scale"].lower() == "dozen" else numbers.multiplier(match["scale"]))
    money = CURRENCY_WORD.match(quote, match.end())
    noun, end = (money[0].strip(" -"), money.end()) if money else counted_noun(quote, match.end())
    code = CURRENCY_CODES.get(noun.split(" ")[-1].lower(), "")
    return Figure(
        quote[match.start() : end],
        value,
        code or noun,
        code,
        match["scale"],
        "",
        _hedge_before(quote, match.start()),
        match.start(),
        end,
    )


def _parse_ratio(match: re.Match[str]) -> Figure | None:
    part, whole = numbers.parse_number(match["part"]), numbers.parse_number(match["whole"])
    if part is None or whole is None or not 0 < part < whole or whole < _MIN_DENOMINATOR or whole > _MAX_DENOMINATOR:
        return None
    return Figure(match[0], part / whole, "", start=match.start(), end=match.end())


def _parse_duration(match: re.Match[str]) -> Figure | None:
    if match["unit"]:
        whole = numbers.parse_number(match["whole"]) if match["whole"].lower() != "a" else 1.0
        return (
            None
            if whole is None
            else Figure(match[0], whole + _HALF, match["unit"], start=match.start(), end=match.end())
        )
    years, months = numbers.parse_number(match["years"]), numbers.parse_number(match["months"])
    if years is None or months is None:
        return None
    return Figure(match[0], round(years + months / 12, 3), "years", start=match.start(), end=match.end())


def _hedge_before(quote: str, start: int) -> str:
    hedge = _HEDGE_BEFORE.search(quote, max(0, start - _HEDGE_REACH), start)
    return hedge[1] if hedge else ""


def _build_figure(match: re.Match[str], value: float, unit: str, quote: str) -> Figure:
    text = match[0].rstrip()
    end = match.start() + len(text)
    return Figure(text, value, unit, hedge=_hedge_before(quote, match.start()), start=match.start(), end=end)


PERCENT = re.compile(r"[ -]?(?:%|percentage[ -]points?\b|percent\b|per cent\b)|[ -]?(?:basis points?|bps)\b")
FACTOR = re.compile(r"[ -]?(?:[xX×](?![\w])|fold\b)|[ -]times\b")
CURRENCY_WORD = re.compile(
    r"[ -](?:(?:US |Canadian |Australian )?dollars?|bucks?|euros?|pounds sterling|yen|cents?|USD|EUR|GBP)\b"
)
MEASUREMENT_UNIT = re.compile(rf"[ -]?(?:{cue_pattern('measurement_unit')})\b")
CURRENCY_CODES = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "A$": "AUD", "C$": "CAD", "HK$": "HKD",
    "dollar": "USD", "dollars": "USD", "bucks": "USD", "buck": "USD", "euro": "EUR", "euros": "EUR", "usd": "USD",
    "yen": "JPY", "cents": "USD", "cent": "USD", "eur": "EUR", "gbp": "GBP", "sterling": "GBP",
}  # fmt: skip

_WORD = re.compile(r"([ -])([A-Za-z][A-Za-z'’]*(?:-[a-z]+)*)(?=([^\w]|$))")
_NOT_COUNTED = word_list("not_counted")
_IRREGULAR_PLURALS = frozenset(
    "people children men women staff employees personnel data percent bitcoin ether series".split()
)
_NOT_PLURAL = frozenset(
    "is was has this its us plus less as does various previous business process access loss".split()
)
VAGUE_NOUNS = word_list("vague_noun")
"""Nouns that make a small number no figure: two things, three reasons."""
_MAX_NOUN_WORDS, _MIN_PLURAL = 4, 3


def counted_noun(text: str, start: int) -> tuple[str, int]:
    """Return the noun that a number ending at `start` counts, and where it ends; ("", start) if there is none."""
    first, first_end = "", start
    place = start
    for _ in range(_MAX_NOUN_WORDS):
        word = _WORD.match(text, place)
        if word is None or word[2].lower() in _NOT_COUNTED:
            break
        place = word.end(2)
        if word[1] == "-":
            return word[2].lower(), place
        if "'" in word[2] or "’" in word[2]:
            break
        if _is_plural(word[2].lower()):
            return word[2], place
        if not first and not word[2].istitle():
            first, first_end = word[2], place
    return first, first_end


def _is_plural(word: str) -> bool:
    if word in _IRREGULAR_PLURALS:
        return True
    return (
        len(word) > _MIN_PLURAL
        and word.endswith("s")
        and not word.endswith(("ss", "us", "ous"))
        and word not in _NOT_PLURAL
    )
