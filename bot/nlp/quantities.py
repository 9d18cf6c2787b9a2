"""Figures: numbers that measure something, unlike those in names, dates and lists."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain import Figure
from bot.nlp.dates import MONTH_AFTER, MONTH_BEFORE, PERIOD, RELATIVE_TIME
from bot.nlp.lexicons import cue_pattern, word_list
from bot.nlp.numbers import (
    CURRENCY_CODES,
    CURRENCY_WORD,
    FACTOR,
    MEASUREMENT_UNIT,
    PERCENT,
    Number,
    find_numbers,
    is_unit,
    may_have_figure,
    parse_number,
)

_HEDGES = cue_pattern("number_hedge")
_HEDGE_BEFORE = re.compile(
    rf"(?:^|(?<=[\s(,—–-]))((?:{_HEDGES})(?:[, ]+(?:{_HEDGES}))*)[, ]*(?:a |the )?$", re.IGNORECASE
)
_HEDGE_REACH = 30
_PLUS = re.compile(r"\+|[ -](?:plus|or so|or more)(?= [a-z])(?! (?:than|of|and|or|in)\b)")
_HEDGE_AFTER = re.compile(r"[ ]?(?:or so|or more|or less|-ish|ish\b|give or take)|\+")
_LABEL_BEFORE = re.compile(rf"(?:\b(?:{cue_pattern('numbered_label')})[ -]|#|\bv)$", re.IGNORECASE)
_CAPITAL_BEFORE = re.compile(r"(?:^|[\s(\"“'‘-])(?:[A-Z][\w&'’.+#-]*|[a-z]+[A-Z]\w*)[ -]$")
_CAPITALISED = re.compile(r" [A-Z][a-z]")
_SENTENCE_OPENER = re.compile(rf"(?:^|[.!?:;,\"“]\s)(?:{cue_pattern('sentence_opener')})\s$")
_SPOKEN_LABEL_BEFORE = re.compile(rf"\b(?:{cue_pattern('spoken_label')}) $", re.IGNORECASE)
_TIME_AFTER = re.compile(r":\d\d|\s?(?:[ap]\.m|[AaPp][Mm]\b|o['’]? ?clock)|['’]s\b|\s?\(k\)")
_IDIOM = re.compile(
    r"(?: ?%| percent) (?:sure|certain|agree|right|correct|confident|positive|on board|with you|true|yes)\b"
)
_VERSION_AFTER = re.compile(r" (?:release|version|update|branch|server)s?\b")
_NAME_AFTER = re.compile(
    r"-year (?:yield|treasur|note|bond|fixed|mortgage|t-bill|rate)|-dollar (?:question|mistake|idea)|"
    rf"(?:{cue_pattern('compound_name')})\b",
    re.IGNORECASE,
)
_TIME_UNITS = frozenset("year month week day hour minute".split())
_AND_A_HALF = re.compile(r" and a half\b")
_AND = re.compile(r",? (?:and )?")
_MONEY = re.compile(r"[$€£¥₹]|\b(?:dollar|euro|cent|buck)s?\b")
_RATIO = re.compile(r" (?:in|out of) (?:every )?")
_COINS = re.compile(r"\b(?:dollar|buck|euro|pound)s? (?:and )?$", re.IGNORECASE)
_RECURRING_PERIOD = re.compile(r"daily|weekly|monthly|annual|yearly|hourly|(?:an?|per|each|every) ", re.IGNORECASE)
_PERIOD_REACH, _OPENING_PERIOD_REACH, _SENTENCE_OPENING = 40, 120, 4
_CENT, _HALF, _HUNDRED, _MONTHS = 0.01, 0.5, 100, 12
_YEAR_FIRST, _YEAR_LAST, _COMMON_YEAR_FIRST = 1500, 2100, 1900
_ARTICLE = re.compile(r"\b(?:an?|the|my|your|our|this|that) $", re.IGNORECASE)
_IN_YEAR = re.compile(r"\b(?:in|since|by|until|from|of|year|early|late) $", re.IGNORECASE)
_COUNTED_LIKE_YEARS = frozenset(
    "people users employees developers customers companies lines tokens miles hours nodes".split()
)
_MIN_BARE_VALUE = 10
_NUMERIC_NAMES = frozenset("zero one 401k 403b 3m 4k 8k 3d 2d 5g 4g 3g 2b 1b 24b".split())


def find_figures(quote: str) -> tuple[Figure, ...]:
    """Return the figures of a quote in order; `quote[figure.start:figure.end] == figure.text`."""
    if not may_have_figure(quote.lower()):
        return ()
    chosen = _without_overlaps([*find_multiples(quote), *_find_measured(quote)])
    periods = [period.span() for period in PERIOD.finditer(quote)] if chosen else []
    outside = [figure for figure in chosen if not any(a <= figure.start and figure.end <= b for a, b in periods)]
    return tuple(_attach_period(figure, quote, periods) for figure in outside or chosen if figure.value is not None)


def _find_measured(quote: str) -> list[Figure]:
    """Return plain numbers, ratios of two, and lengths of time; the start of a range has the unit of its end."""
    figures: list[Figure] = []
    numbers = find_numbers(quote)
    has_money = _MONEY.search(quote) is not None
    for before, number, after in zip([None, *numbers], numbers, [*numbers[1:], None], strict=False):
        last = figures[-1] if before and figures and figures[-1].start == before.start else None
        figure = _parse_figure(number, quote, after.end if number.opens_range and after else number.end)
        if whole := _parse_ratio(before, number, quote) or _join(last, figure, quote):
            figures[-1:] = [*figures[-1:], whole] if last is None else [whole]
        elif figure and _is_coins(number, figure, quote):
            figures[-1:] = figures[-1:] if last is None else []
        elif figure and _is_meaningful(figure, has_money=has_money) and not _is_scheme(before, number, quote):
            figures.append(figure)
    return figures


def _is_scheme(before: Number | None, number: Number, quote: str) -> bool:
    """Return whether a number is the whole of "three of five" or "one in a million", which isn't a share."""
    if before is None:
        return False
    gap = quote[before.end : number.start]
    return gap == " of " or (before.value == 1 and _RATIO.fullmatch(gap) is not None)


def _parse_figure(number: Number, quote: str, measured_to: int) -> Figure | None:
    """Return a number with the unit that follows `measured_to`, or None if it is part of a name, a date or a time."""
    if number.value is None or _is_part_of_name(number, quote, measured_to):
        return None
    plus = _PLUS.match(quote, measured_to)
    unit, end = _parse_unit(number, quote, plus.end() if plus else measured_to)
    after = _HEDGE_AFTER.match(quote, end)
    currency = CURRENCY_CODES.get((number.sign or unit.rsplit(" ", maxsplit=1)[-1].removesuffix("s")).upper(), "")
    value = number.value * (_CENT if unit.startswith("cent") else 1.0)
    if half := _AND_A_HALF.match(quote, end) if unit.rstrip("s") in _TIME_UNITS else None:
        value, end = value + _HALF, half.end()
    end = number.end if number.opens_range else end
    return Figure(
        text=quote[number.start : end],
        value=value,
        unit=currency or unit,
        currency=currency,
        magnitude=number.magnitude,
        hedge=_hedge_before(quote, number.start) or (after or plus or " ")[0].strip(" -"),
        start=number.start,
        end=end,
    )


def _is_coins(number: Number, figure: Figure, quote: str) -> bool:
    """Return whether a number after dollars is the cents of that sum, which is then no figure: a dollar and 50."""
    may_be = (number.value or 0) < _HUNDRED and figure.unit in {"", "USD"}
    return may_be and _COINS.search(quote, max(0, number.start - 16), number.start) is not None


def _parse_unit(number: Number, quote: str, at: int) -> tuple[str, int]:
    if suffix := PERCENT.match(quote, at):
        return "%" if suffix["percent"] else suffix[0].split(" a ")[-1].strip(" -"), suffix.end()
    if suffix := FACTOR.match(quote, at):
        return _times_unit(quote, number, suffix), suffix.end()
    if suffix := CURRENCY_WORD.match(quote, at) or MEASUREMENT_UNIT.match(quote, at):
        return suffix[0].strip(" -"), suffix.end()
    return ("", at) if number.sign else counted_noun(quote, at, may_be_singular=abs(number.value or 0) <= 1)


def _is_part_of_name(number: Number, quote: str, end: int) -> bool:
    """Return whether a number measured to `end` belongs to a name, a date, a time of day or a list."""
    start, written = number.start, quote[number.start : number.end]
    if number.sign:
        return False
    if _NAME_AFTER.match(quote, end) or RELATIVE_TIME.match(quote, end):
        return True
    if PERCENT.match(quote, end):
        return (number.value or 0) >= _HUNDRED and _IDIOM.match(quote, end) is not None
    if _TIME_AFTER.match(quote, end) or written.lower() in _NUMERIC_NAMES or _is_year(number, quote):
        return True
    if written[0].isalpha():
        is_label = number.scale == 1 and _SPOKEN_LABEL_BEFORE.search(quote, 0, start) is not None
        return is_label or _is_spoken_name(quote, start, end)
    if number.scale > 1 and not written[-1].isupper():
        return False
    if written[-1].isalpha() and _ARTICLE.search(quote, 0, start) and not counted_noun(quote, end)[0]:
        return True
    return _are_digits_part_of_name(number, quote)


def _is_spoken_name(quote: str, start: int, end: int) -> bool:
    """Return whether a number in words has a capital and so has the word after it, as in Two Sigma."""
    return quote[start].isupper() and _CAPITALISED.match(quote, end) is not None


def _are_digits_part_of_name(number: Number, quote: str) -> bool:
    written, end = quote[number.start : number.end], number.end
    before = quote[max(0, number.start - 40) : number.start]
    if quote[end : end + 1] == "." and not before.strip() and "," not in written:
        return True
    if "." in written and _VERSION_AFTER.match(quote, end):
        return True
    if _LABEL_BEFORE.search(before) or MONTH_BEFORE.search(before) or MONTH_AFTER.match(quote, end):
        return True
    if "," in written or (is_unit(quote, end) and quote[end : end + 1] != "X"):
        return False
    return _CAPITAL_BEFORE.search(before) is not None and _SENTENCE_OPENER.search(before) is None


def _is_year(number: Number, quote: str) -> bool:
    """Return whether a number is a year, in digits or in words ("two thousand and eight")."""
    written, value = quote[number.start : number.end], number.value or 0.0
    if not _YEAR_FIRST <= value <= _YEAR_LAST or not value.is_integer() or number.scale > _HUNDRED or "," in written:
        return False
    if _IN_YEAR.search(quote, 0, number.start):
        return True
    counted = counted_noun(quote, number.end)[0].lower()
    is_round = value < _COMMON_YEAR_FIRST or value % _HUNDRED == 0
    return not (counted in _COUNTED_LIKE_YEARS or (is_round and (_is_plural(counted) or written[0].isalpha())))


def _is_meaningful(figure: Figure, *, has_money: bool) -> bool:
    """Return whether a figure is more than a bare small number or a number of vague things.

    In a sentence that `has_money` a bare number may be either dollars or cents: "a dollar, and the others are 50".
    """
    if figure.value is None:
        return False
    if figure.currency or figure.magnitude or figure.unit in {"%", "x"}:
        return True
    if figure.unit in VAGUE_NOUNS:
        return bool(figure.hedge) and figure.value >= _MIN_BARE_VALUE
    if figure.unit:
        return True
    is_hedged = bool(figure.hedge) and figure.hedge != "like" and "." not in figure.text
    return figure.value >= _MIN_BARE_VALUE and not has_money and (is_hedged or "," in figure.text)


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
    word: 1 / parts
    for parts, word in enumerate("half third quarter fifth sixth seventh eighth ninth tenth".split(), start=2)
}
_FACTOR = re.compile(
    r"\b(?P<verb>doubl(?:ed|es|e|ing)|tripl(?:ed|es|e|ing)|quadrupl(?:ed|es|e|ing)|quintupl(?:ed|ing)|halv(?:ed|es|"
    r"ing))\b"
    r"(?<!the double)(?!-)(?! (?:check|click|edged|down|standard|bind|blind|duty|spen[dt]\w*|digit|barrel\w*|whammy|"
    r"take|quote|bass))"
    r"|\b(?P<twice>twice|thrice)(?= (?:as|the|its|what|that|their|more)\b)"
    r"|\b(?P<fold>two|three|four|five|six|seven|eight|nine|ten|hundred|thousand)-?fold\b",
    re.IGNORECASE,
)
_NOUN_CONTEXT = re.compile(
    r"\b(?:a|an|my|our|the|of|with|or|in|using|is|was|to|where|these|those|are|for|their|its|his|her|your|be)\s$",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    r"(?<![\w-])(?:(?:(?P<count>one|two|three|four|a)[ -])(?P<part>(?:thirds|fifths|tenths)\b|quarters(?= of\b)|"
    r"(?:third|quarter|fifth|sixth|seventh|eighth|ninth|tenth)(?= (?:of(?! a century)|less|more|fewer|to)\b|[.,;]|$))"
    r"|(?<!first )(?<!second )(?<!other )(?<!last )(?<!better )half (?=(?:of|the|our|their|its|all|my)\b"
    r"(?! (?:story|battle|time|fun|problem)))"
    r"|half an hour|half a (?:year|day|decade|century)|a (?P<unit>year|month|week|day|hour) and a half\b)",
    re.IGNORECASE,
)
_MULTIPLE_CUES = (
    "half third quarter fifth sixth seventh eighth ninth tenth fold twice thrice doubl tripl quadrupl quintupl halv"
).split()
"""No text without one of them has a factor or a share."""
_COMPARISON_AFTER = re.compile(
    r"[ -](?:as|more|higher|larger|bigger|faster|better|cheaper|the|its|what|greater|over|slower|smaller|less|"
    r"their|our|my|your)\b"
)
_INCREASE_BEFORE = re.compile(
    r"\b(?:up|rose|grew|grown|increas\w+|jump\w+|by|higher|nearly|multipl\w+|expand\w+|went)\b[^.,;]{0,20}$",
    re.IGNORECASE,
)
_SHARE_BEFORE = re.compile(r"\b(?:by|to|than|about|nearly|almost|roughly|over|under|around|up|down) $", re.IGNORECASE)
_MIN_DENOMINATOR, _MAX_DENOMINATOR = 3, 1900


def find_multiples(quote: str) -> list[Figure]:
    """Return factors and shares that have no number of their own: "doubled", "two thirds", "a year and a half"."""
    lowered = quote.lower()
    if not any(cue in lowered for cue in _MULTIPLE_CUES):
        return []
    return [
        *(figure for match in _FACTOR.finditer(quote) if (figure := _parse_factor(match, quote))),
        *(_parse_fraction(match, quote) for match in _FRACTION.finditer(quote) if not _is_coin_or_season(match)),
    ]


def _times_unit(quote: str, number: Number, match: re.Match[str]) -> str:
    """Return the unit of "times": "x" for a factor ("8 times higher"), "times" for a count ("29 million times")."""
    if "times" not in match[0] or _COMPARISON_AFTER.match(quote, match.end()):
        return "x"
    is_small = number.scale == 1 and (number.value or 0) < _COMMON_YEAR_FIRST
    return "x" if is_small and _INCREASE_BEFORE.search(quote, max(0, number.start - 40), number.start) else "times"


def _parse_factor(match: re.Match[str], quote: str) -> Figure | None:
    word = match[0].lower()
    if match[0].istitle() and quote[match.end() : match.end() + 2].strip().isupper():
        return None
    if word.rstrip("s") in {"double", "triple", "quadruple"} and _NOUN_CONTEXT.search(quote, 0, match.start()):
        return None
    if match["verb"]:
        value = next(value for stem, value in _FACTORS.items() if word.startswith(stem))
    elif match["twice"]:
        value = 2.0 if word == "twice" else 3.0
    else:
        value = parse_number(match["fold"]) or 0.0
    return _build_figure(match, value, "x", quote)


def _is_coin_or_season(match: re.Match[str]) -> bool:
    """Return whether "a quarter" that is of nothing may be a coin or three months, not a share."""
    is_bare = match[0].lower() in {"a quarter", "one quarter"} and not match.string.startswith(" ", match.end())
    return is_bare and _SHARE_BEFORE.search(match.string, 0, match.start()) is None


def _parse_fraction(match: re.Match[str], quote: str) -> Figure:
    text = match[0].lower()
    if match["part"]:
        count = 1.0 if match["count"].lower() in {"a", "one"} else parse_number(match["count"]) or 1.0
        return _build_figure(match, count * _FRACTIONS[match["part"].lower().removesuffix("s")], "", quote)
    if text.startswith("a "):
        return _build_figure(match, 1 + _HALF, match["unit"], quote)
    return _build_figure(match, _HALF, text.split()[-1] if text.startswith("half a") else "", quote)


def _parse_ratio(part: Number | None, whole: Number, quote: str) -> Figure | None:
    """Return "one in five" as a share."""
    if not part or not part.value or not whole.value or not _RATIO.fullmatch(quote, part.end, whole.start):
        return None
    if part.value >= whole.value or not _MIN_DENOMINATOR <= whole.value <= _MAX_DENOMINATOR:
        return None
    if PERCENT.match(quote, whole.end):
        return None
    return Figure(quote[part.start : whole.end], part.value / whole.value, start=part.start, end=whole.end)


def _join(first: Figure | None, second: Figure | None, quote: str) -> Figure | None:
    """Return "25 years and 8 months" as one length of time in years, and dollars with their cents as one sum."""
    if not first or not second or not first.value or not second.value:
        return None
    if not _AND.fullmatch(quote, first.end, second.start):
        return None
    if first.unit.startswith("year") and second.unit.startswith("month"):
        value = round(first.value + second.value / _MONTHS, 3)
    elif first.currency and first.currency == second.currency and second.value < 1 <= first.value:
        value = first.value + second.value
    else:
        return None
    return replace(first, text=quote[first.start : second.end], value=value, end=second.end)


def _hedge_before(quote: str, start: int) -> str:
    hedge = _HEDGE_BEFORE.search(quote, max(0, start - _HEDGE_REACH), start)
    return hedge[1] if hedge else ""


def _build_figure(match: re.Match[str], value: float, unit: str, quote: str) -> Figure:
    text = match[0].rstrip()
    end = match.start() + len(text)
    return Figure(text, value, unit, hedge=_hedge_before(quote, match.start()), start=match.start(), end=end)


_WORD = re.compile(r"([ -])([A-Za-z](?:[A-Za-z'’]*[A-Za-z])?(?:-[a-z]+)*)(?=([^\w]|$))")
_ADJECTIVE = re.compile(r"(?:al|ed|ly|ous|ic|ive)$")
_ACRONYMS = re.compile(r"[A-Z]{2,}s")
_MEASURED = re.compile(rf"(?:[A-Z]{{2,}}(?! \d)|{'|'.join(word_list('measured_noun'))})\b")
_MORE = re.compile(r" more(?= [a-z])(?! (?:than|or|and|in|to|of|like)\b)")
_NOT_COUNTED = word_list("not_counted")
_COMPOUNDED = frozenset("data staff bitcoin ether series sales".split())
_IRREGULAR_PLURALS = _COMPOUNDED | frozenset(
    "people children men women gentlemen feet teeth mice fish aircraft criteria phenomena alumni bacteria vertices "
    "indices employees personnel percent horsepower".split()
)
_NOT_PLURAL = frozenset(
    "is was has this its us plus less as does various previous business process access loss becomes comes gets makes "
    "takes says goes means happens gives knows thinks wants helps tells keeps lets".split()
)
VAGUE_NOUNS = word_list("vague_noun")
"""Nouns that make a small number no figure: two things, three reasons."""
_MAX_NOUN_WORDS, _MIN_PLURAL = 4, 3


def counted_noun(text: str, start: int, *, may_be_singular: bool = False) -> tuple[str, int]:
    """Return the noun that a number ending at `start` counts, and where it ends; ("", start) if there is none.

    Without `may_be_singular` a noun is a plural or measures another, as in an 8 core processor.
    """
    noun, end, is_plural = "", start, False
    more = _MORE.match(text, start)
    place = more.end() if more else start
    for _ in range(_MAX_NOUN_WORDS):
        word = _WORD.match(text, place)
        if word is None or "'" in word[2] or "’" in word[2]:
            break
        if word[2].lower().split("-" if word[1] == "-" else None)[0] in _NOT_COUNTED:
            break
        place = word.end(2)
        if word[1] == "-":
            return (noun, end) if noun or _ADJECTIVE.search(word[2]) else (word[2].lower(), place)
        if _is_plural(word[2].lower()) or _ACRONYMS.fullmatch(word[2]):
            noun, end, is_plural = word[2], place, True
            if word[2].islower() and word[2] not in _COMPOUNDED:
                break
        elif is_plural:
            break
        elif not noun and (_MEASURED.match(text, word.start(2)) or (may_be_singular and not word[2].istitle())):
            noun, end = word[2], place
        may_be_singular = False
    return noun, end


def _is_plural(word: str) -> bool:
    if word in _IRREGULAR_PLURALS:
        return True
    return (
        len(word) > _MIN_PLURAL
        and word.endswith("s")
        and not word.endswith(("ss", "us", "arizes", "alizes", "ifies"))
        and word not in _NOT_PLURAL
    )
