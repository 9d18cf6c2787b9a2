"""Numbers as people write and say them: the one grammar that figures, amounts and the gate rest on.

A number is read whole or not at all: "one point three billion" is 1.3e9; "fifty fifty" and "2.4.1" have no value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from bot.nlp.dates import date_matches
from bot.nlp.lexicons import HEDGE_MARKERS, cue_pattern, opening_pattern, read_lines

_TEENS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen".split()
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: float(value) for value, word in enumerate(_TEENS)} | {
    word: 10.0 * value for value, word in enumerate(_TENS, start=2)
}
_PARTS = {"three": 0.75, "two": 2 / 3, "half": 0.5, "quarter": 0.25, "third": 1 / 3, "couple": 2.0, "a": 1.0}
_GLYPHS = {"¼": 0.25, "½": 0.5, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125, "⅜": 0.375, "⅝": 0.625, "⅞": 0.875}
_LARGE = {
    "dozen": 12.0,
    "hundred": 1e2,
    **dict.fromkeys(("thousand", "grand", "k"), 1e3),
    **dict.fromkeys(("lakh", "lac"), 1e5),
    **dict.fromkeys(("million", "mn", "mm", "m"), 1e6),
    **dict.fromkeys(("crore", "cr"), 1e7),
    **dict.fromkeys(("billion", "bn", "b"), 1e9),
    **dict.fromkeys(("trillion", "tn", "t"), 1e12),
    "quadrillion": 1e15,
}
_HUNDRED = 100.0
_LARGE_WORDS = "hundred|dozen|thousand|grand|million|billion|trillion|quadrillion|lakh|lac|crore"
_SMALL_WORDS = "|".join(sorted(_SMALL, key=len, reverse=True))
_SIGN = r"(?:us|a|c|hk|s|nz)?\$|[€£¥₹]|\b(?:usd|eur|gbp|inr|jpy|rs\.?)(?=[ ]?\d)"
# Captions cut a number at its point: "$2. 1 billion". A unit or a range behind it shows that no sentence ends there.
_IS_CUT = rf"(?=\s?(?:%|(?:percent|per[ ]cent|bps|bn|mn|tn|[kmbt]|to|or|{_LARGE_WORDS})\b|[-–]\s?\d))"
_IS_PART = rf"(?=(?:{_LARGE_WORDS}|percent|per[ ]cent|percentage|basis)\b)"
# Matched against lower case, which is three times as fast as ignoring case.
_PIECE = re.compile(
    rf"""(?<!\w)(?=[\d$€£¥₹.¼½¾⅓⅔⅛⅜⅝⅞acehginrsuj])(?:(?P<sign>{_SIGN})[ ]?)?
      (?P<digits>(?<=.)\d{{1,3}}\.[ ]\d{{1,3}}{_IS_CUT}|\d+[ ]\.\d+
        |\d{{1,3}}(?:[ ,]{{1,2}}\d{{3}})*[ ,]{{1,2}}000\b(?![.,]\d)
        |\d+(?:[.,'’\u00a0\u202f]\d+)*|(?<![\w.])\.\d+|(?=[¼½¾⅓⅔⅛⅜⅝⅞]))
      (?P<part>(?:[- ]\d/\d|/[2348])\b(?![.,/]?\d)|[ ]?[¼½¾⅓⅔⅛⅜⅝⅞])?
    |\b(?=[acdefghlmnopqstzb])(?:
      (?P<opening>(?:an?[ ])?couple(?:[ ]of)?[ ](?=(?:{_LARGE_WORDS})\b)|an?[ -](?=(?:{_LARGE_WORDS})\b)
        |(?:(?:(?:an?|one)[ ])?(?:half|quarter)|three[ -]quarters)(?:[ ]of)?(?:[ -]an?)?[ -]{_IS_PART})
      |(?P<large>{_LARGE_WORDS}|(?<=\d[ ])[mbtr]+illions)|(?P<small>{_SMALL_WORDS})
      |(?P<plural>tens|(?:hundred|dozen|thousand|[mbtr]+illion)s)
      |(?P<half>and[ -](?:(?:an?|one|1)[ -])?(?:half|quarter|third)|and[ ](?:three[ -]quarters|two[ -]thirds))
      |(?P<vague>(?:several|few|many|multiple|multi|some)[ -](?=(?:{_LARGE_WORDS})\b))
      |(?P<point>point)(?=[ ](?:oh|\d|{_SMALL_WORDS}))|(?P<oh>oh)(?=[ ](?:{_SMALL_WORDS})))(?:(?<=[ -])|\b)""",
    re.VERBOSE,
)
_SUFFIX = re.compile(r"[ ]?(?:(?i:bn|mn|tn|cr)|MM)\b|(?:[kKMBbT]|m(?=[ ](?:[a-z]+s|[A-Z]{3})\b))\b")
_SUFFIX_OF_MONEY = re.compile(r"[ ]?(?:bn|mn|tn|mm|cr)\b|[kmbt]\b", re.IGNORECASE)
_GROUPED = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d\d)+,\d{3}|[1-9]\d*|0)(?:\.\d+)?|\.\d+")
_GROUPED_OTHERWISE = re.compile(r"\d{1,3}(?:['’\u00a0\u202f ]\d{3})+|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")
_DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}")
_COUNTED_AFTER = re.compile(
    rf"[ -]?(?:%|percent|x|{_LARGE_WORDS}|(?:year|month|week|day|hour|minute|second|pound|time|inche)s|"
    rf"{cue_pattern('measurement_unit')})\b"
)
_JOINTS = frozenset({" and ", "-and-", ", ", ", and "})
_GROUP_AFTER = re.compile(rf"(?:{_SMALL_WORDS}) (?:hundred|thousand)\b", re.IGNORECASE)
_TO = re.compile(r"\s?(?:-\s?)?(?:-|–|—|to|or)\s?")
_MAX_SPREAD = 5
_YEAR = re.compile(r"(?:19|20)\d\d")
_GLUED_BEFORE = re.compile(r"[\w.,/:#@&'’]$|(?:couple of|few|several) $|[^\W\d_](?<!\d[kKmMbBtT])(?<!\d[bmt]n)[-–]$")
_GLUED_AFTER = re.compile(r"\w+")
_CUT_BEFORE = re.compile(r"(?<![\w.,/])\d{1,3}$")
_CUT_POINT = re.compile(rf"\.[ ]\d{{1,3}}{_IS_CUT}", re.IGNORECASE)
_POINT_IN_TIME = re.compile(r"\b(?:that|this|the|some|an?|what|which|one|data|my|your) $", re.IGNORECASE)
_UNFINISHED = re.compile(r"[ -]?(?:some(?:thing)?|odd)\b|[/:.,]\d|[_@]", re.IGNORECASE)
_MINUS = re.compile(
    r"(^|[\s(])[-\u2212]$|"
    r"(^|[^\w\s] |\b(?:is|was|were|at|of|to|are|be|an?|from|by|had|about|around|like) )(?:minus|negative) $",
    re.IGNORECASE,
)
_CUT_AFTER = re.compile(r"\.\s\d{1,3}\b")
_ORDINAL = re.compile(
    r"(?: and)?[ -](?:first|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|[a-z]+teenth|"
    r"[a-z]+tieth|hundredth)s?\b|(?<=ty)[ -]second\b",
    re.IGNORECASE,
)

PERCENT = re.compile(
    r"(?: of an?)?[ -]?(?:(?P<percent>%|percent\b|per cent\b)|percentage[ -]points?\b)|"
    r"(?: of an?)?[ -]?(?:basis points?|bps)\b"
)
FACTOR = re.compile(r"[ -]?(?:[xX×](?![\w])|fold\b)|[ -]times\b")
CURRENCY_WORD = re.compile(
    r"[ -](?:(?:US |Canadian |Australian )?dollars?|bucks?|euros?|pounds sterling|yen|rupees?|cents?|USD|EUR|GBP|INR)\b"
)
MEASUREMENT_UNIT = re.compile(rf"[ -]?(?:{cue_pattern('measurement_unit')})\b")
CURRENCY_CODES = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "A$": "AUD", "C$": "CAD", "HK$": "HKD",
    "S$": "SGD", "NZ$": "NZD", "RS": "INR", "RS.": "INR", "USD": "USD", "EUR": "EUR", "GBP": "GBP", "INR": "INR",
    "JPY": "JPY", "DOLLAR": "USD", "BUCK": "USD", "EURO": "EUR", "YEN": "JPY", "CENT": "USD", "STERLING": "GBP",
    "RUPEE": "INR",
}  # fmt: skip
"""Signs, codes and words of money, in capitals and the singular, and their currency."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text, from `start` to `end`; `value` is None if it can't be read whole.

    `scale` is what its last words multiply by, such as 1e6, `magnitude` the word for it; `sign` stands for money.
    A number that opens a range has the scale and the sign of the one that ends it.
    """

    start: int
    end: int
    value: float | None
    scale: float = 1.0
    magnitude: str = ""
    sign: str = ""
    opens_range: bool = False


Token = tuple[str, float]


def may_have_figure(lowered: str) -> bool:
    """Return whether lower-case words may hold a figure; fast, and never wrong about a no."""
    return _FIGURE_HINT.search(lowered) is not None


def find_numbers(text: str) -> list[Number]:
    """Return the numbers of a text in order, also those that have no value."""
    numbers: list[Number] = []
    run: list[re.Match[str]] = []
    lowered = text.lower()
    for piece in _PIECE.finditer(lowered if len(lowered) == len(text) else text):
        if run and not _is_joined(text, run[-1], piece):
            numbers += _read(text, run)
            run = []
        run.append(piece)
    numbers += _read(text, run)
    return _join_ranges(text, numbers)


def parse_number(text: str) -> float | None:
    """Return the number written in digits or words; None if it is neither."""
    numbers = find_numbers(text)
    return numbers[0].value if len(numbers) == 1 and (numbers[0].start, numbers[0].end) == (0, len(text)) else None


def is_decimal_point(text: str, stop: int) -> bool:
    """Return whether the full stop at a place is in a number that a caption cut: "$2. 1 billion"."""
    is_cut = text[max(0, stop - 1) : stop].isdigit() and _CUT_POINT.match(text, stop) is not None
    return is_cut and _CUT_BEFORE.search(text, max(0, stop - 4), stop) is not None


def is_unit(text: str, at: int) -> bool:
    """Return whether a unit of measurement or a sign for "times" begins at a place."""
    return bool(MEASUREMENT_UNIT.match(text, at) or FACTOR.match(text, at))


def _is_joined(text: str, piece: re.Match[str], following: re.Match[str]) -> bool:
    """Return whether two pieces that follow each other belong to one number, be it one that makes no sense."""
    gap = text[piece.end() : following.start()].lower()
    if following["sign"] or following["vague"] or gap not in {"", " ", "-", "+", "+ ", " of ", *_JOINTS}:
        return False
    if gap in {"+", "+ "}:
        return following["large"] is not None
    if gap == " of ":
        return bool(piece["plural"] and following["plural"])
    if gap in _JOINTS:
        has_group = "," not in gap or _GROUP_AFTER.match(text, following.start()) is not None
        return bool(piece["large"] and following["small"]) and has_group
    is_year = piece["digits"] and _YEAR.fullmatch(piece[0])
    if following["digits"] is not None:
        return gap != "-" and not is_year
    return not (is_year and (following["small"] or following["opening"]))


def _read(text: str, run: Sequence[re.Match[str]]) -> Iterator[Number]:
    """Yield a run of pieces as one number, or as two if only an "and" or a comma holds it together."""
    while run and (run[0]["half"] or run[0]["oh"] or _is_point_in_time(text, run[0])):
        run = run[1:]
    if not run:
        return
    joints = [at for at in range(1, len(run)) if text[run[at - 1].end() : run[at].start()].lower() in _JOINTS]
    is_between = _is_between(text, run[0].start())
    number = _whole(text, run)
    if joints and (number.value is None or is_between):
        at = joints[0] if is_between else joints[-1]
        yield from (*_read(text, run[:at]), *_read(text, run[at:]))
    else:
        yield number


def _is_between(text: str, start: int) -> bool:
    return text[max(0, start - 8) : start].lower() == "between "


def _is_point_in_time(text: str, piece: re.Match[str]) -> bool:
    return piece["point"] is not None and _POINT_IN_TIME.search(text, 0, piece.start()) is not None


def _whole(text: str, run: Sequence[re.Match[str]]) -> Number:
    """Return a run of pieces as one number, with its suffix and its minus."""
    start, is_digits = run[0].start(), run[-1]["digits"] is not None
    end = run[-1].start() + len(run[-1][0].rstrip(" -"))
    tokens = [token for piece in run for token in _tokens(text, piece)]
    large = [piece["large"] for piece in run if piece["large"] not in {None, "hundred", "dozen"}]
    suffix = (_SUFFIX_OF_MONEY if run[0]["sign"] else _SUFFIX).match(text, end) if is_digits else None
    if suffix:
        end, large = suffix.end(), [suffix[0].strip()]
        tokens.append(("large", _LARGE[large[0].lower()]))
    number = Number(
        start,
        end,
        _compose(tokens),
        math.prod(value for _, value in takewhile(lambda token: token[0] == "large", reversed(tokens))),
        large[-1] if large else "",
        run[0]["sign"] or "",
    )
    if is_digits and (glued := _GLUED_AFTER.match(text, end)) and not is_unit(text, end):
        return replace(number, end=glued.end(), value=None)
    is_odd = (
        text[start:end].lower() == "grand"
        or text.startswith("RS", start)
        or _GLUED_BEFORE.search(text[max(0, start - 12) : start])
        or _UNFINISHED.match(text, end)
        or (number.sign and number.scale == 1 and _CUT_AFTER.match(text, end))
        or (not is_digits and _ORDINAL.match(text, end))
    )
    if number.value is None or is_odd:
        return replace(number, value=None)
    minus = _MINUS.search(text, max(0, start - 16), start)
    return replace(number, start=minus.end(minus.lastindex or 0), value=-number.value) if minus else number


def _tokens(text: str, piece: re.Match[str]) -> Iterator[Token]:
    kind, word = piece.lastgroup or "", piece[0].strip(" -")
    if piece["digits"] is not None:
        yield "digits", _parse_digits(piece, text)
    elif kind in {"opening", "half"}:
        yield kind, next((value for part, value in _PARTS.items() if part in word.removeprefix("and")), math.nan)
    else:
        yield kind, _SMALL.get(word, _LARGE.get(word.removesuffix("s"), math.nan))


def _parse_digits(piece: re.Match[str], text: str) -> float:
    """Return what digits, a glyph or a fraction behind them are worth; not a number if their form is unknown."""
    written, part = re.sub(r"(?<=[.,]) | (?=\.)", "", piece["digits"]), (piece["part"] or "").lstrip(" -")
    if _GROUPED.fullmatch(written):
        whole = float(written.replace(",", ""))
    elif _GROUPED_OTHERWISE.fullmatch(written):
        whole = float(re.sub(r"\D", "", written.split(",")[0]) + "." + written.partition(",")[2])
    elif _DECIMAL_COMMA.fullmatch(written) and (
        piece["sign"] or _SUFFIX.match(text, piece.end()) or _COUNTED_AFTER.match(text, piece.end())
    ):
        whole = float(written.replace(",", "."))
    else:
        whole = math.nan if written else 0.0
    if part.startswith("/"):
        return whole / int(part[1])
    over, _, under = part.partition("/")
    return whole + (_GLYPHS.get(part, 0.0) if not under else int(over) / (int(under) or math.nan))


@dataclass(slots=True)
class _Sum:
    """What the words and digits of a number have come to so far.

    `group` is what stands before the next large word. `room` is what the next small number has to be less than: ten
    after "twenty", a hundred after "two hundred".
    """

    total: float = 0.0
    group: float = 0.0
    room: float = math.inf
    last: float = math.inf
    decimals: str | None = None

    def add(self, kind: str, value: float, before: str) -> bool:
        """Add a word; return whether it can stand behind the one before."""
        match kind:
            case "small" | "digits" | "oh" if self.decimals is not None:
                return self._add_decimal(kind, value)
            case "small" | "digits" | "opening":
                return self._add_small(kind, value)
            case "half" if before:
                self.group += value * (_HUNDRED if self.group >= _HUNDRED else 1 if self.group else self.last)
                self.room = 0
                return True
            case "point" if self.decimals is None:
                self.decimals, self.room = "", 0
                return True
            case "large":
                self.decimals = None
                return self._multiply(value) if value <= _HUNDRED else self._close_group(value, before)
        return False

    def _add_decimal(self, kind: str, value: float) -> bool:
        digits = "0" if kind == "oh" else f"{value:g}"
        after_tens = value < self.room
        self.decimals = f"{(self.decimals or '')[: -1 if after_tens else None]}{digits}"
        self.room = 10 if _is_tens(kind, value) else 0
        self.group = float(f"{int(self.group)}.{self.decimals}") if self.decimals.isdigit() else math.nan
        return self.decimals.isdigit()

    def _add_small(self, kind: str, value: float) -> bool:
        is_first = self.room == math.inf
        fits = value < self.room and (is_first or (value > 0 and kind != "digits"))
        self.group += value
        self.room = 10 if _is_tens(kind, value) else 0
        return fits

    def _multiply(self, value: float) -> bool:
        """Apply "hundred" or "dozen"; only the first group may lack a number before it."""
        fits = self.group < _HUNDRED and (self.group > 0 or not self.total)
        self.group = (self.group or 1) * value
        self.room = _HUNDRED if value == _HUNDRED else 0
        return fits

    def _close_group(self, value: float, before: str) -> bool:
        """Apply "thousand", "million" and so on to what stands before it."""
        fits = value != self.last or before == "large"
        if value < self.last and (self.group or not before):
            self.total += (self.group or 1) * value
        else:
            self.total = (self.total + self.group) * value
        self.room = value if self.group.is_integer() else 0
        self.group, self.last = 0.0, value
        return fits


def _is_tens(kind: str, value: float) -> bool:
    return kind == "small" and value in {_SMALL[word] for word in _TENS}


def _compose(tokens: Sequence[Token]) -> float | None:
    """Return the value of words and digits that stand in a row, or None if they make no number."""
    result, before = _Sum(), ""
    for kind, value in tokens:
        if not result.add(kind, value, before):
            return None
        before = kind
    value = result.total + result.group
    return None if math.isnan(value) else value


def _join_ranges(text: str, numbers: list[Number]) -> list[Number]:
    """Complete ranges ("$1.3-1.5B"), and take their values from numbers in a row that are none: 50-50, 9-11-2001."""
    gaps = [text[first.end : second.start].lower() for first, second in pairwise(numbers)]
    for at, (gap, first, second) in enumerate(zip(gaps, numbers, numbers[1:], strict=False)):
        is_glued = gap in {"-", "–"}
        is_between = gap == " and " and _is_between(text, first.start)
        if not is_glued and not is_between and not _TO.fullmatch(gap) and (gap != ", " or not _is_next(first, second)):
            continue
        is_chain = any(other in {"-", "–"} for other in (*gaps[max(0, at - 1) : at], *gaps[at + 1 : at + 2]))
        is_code = is_glued and (is_chain or _is_split(first, second))
        if _is_range(first, second, spread=1 if is_glued else _MAX_SPREAD) and not is_code:
            numbers[at : at + 2] = _complete(first, second, shares_sign=is_glued or second.scale > 1)
            continue
        is_vague = first.scale > 1 if gap == " or " else second.value in {None, 1} and first.scale == 1
        if is_glued or (is_vague and second.scale == 1):
            numbers[at : at + 2] = [replace(first, value=None), replace(second, value=None)]
    return numbers


def _is_range(first: Number, second: Number, spread: float) -> bool:
    """Return whether one number can open a range that the other ends, being less than `spread` times as large."""
    if first.value is None or second.value is None or second.value == 1:
        return False
    if first.scale == 1:
        return first.value < spread * second.value / second.scale
    return first.value < spread * second.value


def _is_next(first: Number, second: Number) -> bool:
    """Return whether "five, six hundred" is meant as a range."""
    return first.scale == 1 and (second.value or 0) / second.scale - (first.value or 0) == 1


def _is_split(first: Number, second: Number) -> bool:
    """Return whether two numbers share a whole, as 30-70 does, or are parts of a code, as 555-4477 is."""
    low, high = first.value or 0, second.value or 0
    spread = _MAX_SPREAD if low >= _HUNDRED else _MAX_SPREAD**2
    return low + high == _HUNDRED or (second.scale == 1 and high > spread * low)


def _complete(first: Number, second: Number, *, shares_sign: bool) -> list[Number]:
    value, scale, magnitude = first.value, first.scale, first.magnitude
    if value is not None and scale == 1:
        value, scale, magnitude = value * second.scale, second.scale, second.magnitude
    sign = first.sign or second.sign
    first = replace(first, value=value, scale=scale, magnitude=magnitude, sign=sign, opens_range=True)
    return [first, replace(second, sign=sign) if shares_sign else second]


_FIGURE_HINT = re.compile(rf"[\d¼½¾⅓⅔⅛]|\b{opening_pattern(*read_lines('lexicons/figure_hint.txt'))}")

CURRENCY_SIGNS = "$€£¥"
"""Signs of money in evidence; what a statement says in one of them has to be said in it."""

_FACTORS = {"doubl": 2.0, "twice": 2.0, "tripl": 3.0, "quadrupl": 4.0, "halv": 0.5, "half": 0.5}
_FACTOR = re.compile(rf"\b({'|'.join(_FACTORS)})[a-z]*", re.IGNORECASE)
_AMOUNT_UNIT = re.compile(
    r"[\s-]?(?:(?P<percent>%|per\s?cent(?:age)?)|(?P<bp>basis\spoints?|bps\b)|(?P<money>dollar|euro|pound|yen)s?\b|"
    r"(?P<x>x(?![A-Za-z])|fold\b))",
    re.IGNORECASE,
)
_AMOUNT_UNITS = {"percent": "%", "bp": "bp", "x": "x", "money": ""}
_MONEY = {"dollar": "$", "euro": "€", "pound": "£", "yen": "¥"}
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_LABEL_BEFORE = re.compile(r"[A-Za-z]-")
_HEDGE_WINDOW = 28
_HEDGE_AFTER = re.compile(r"\bor so\b|\bor more\b|-?ish\b|\bplus\b|^\+")
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a sentence, with the magnitude applied; `unit` is "%", "bp", "x", a currency sign or "".

    `value` is not a number if it can't be read whole. `hedged` is whether it is given as inexact, `start` where it
    stands.
    """

    text: str
    value: float
    unit: str
    hedged: bool
    start: int = 0

    def matches(self, other: Amount) -> bool:
        """Return whether both are the same amount: "29M" is "nearly 29 million"; a share is never a count."""
        if math.isnan(self.value):
            return self.text.lower() == other.text.lower()
        if {self.unit, other.unit} == {"x", "%"}:
            share, factor = (self, other) if self.unit == "%" else (other, self)
            return factor.value < 1 and abs(share.value - 100 * factor.value) <= _ROUNDING
        near = abs(self.value - other.value) <= _ROUNDING * max(abs(self.value), 1)
        return near and (
            self.unit == other.unit or ("" in {self.unit, other.unit} and "%" not in {self.unit, other.unit})
        )


def find_amounts(text: str) -> list[Amount]:
    """Return the amounts of a text, factors last; parts of names (GPT-5.5, Q3) and dates are none."""
    if not may_have_figure(text.lower()):
        return []
    dates = [match.span() for match in date_matches(text)]
    numbers = [
        number
        for number in find_numbers(text)
        if not _overlaps(number.start, number.end, dates)
        and text[number.start : number.end].lower() not in {"one", "zero"}
        and not (number.value is None and _LABEL_BEFORE.search(text, max(0, number.start - 2), number.start))
    ]
    taken = [(number.start, number.end) for number in numbers]
    factors = [match for match in _FACTOR.finditer(text) if not _overlaps(*match.span(), taken)]
    return [
        *(_amount(text, number) for number in numbers),
        *(_hedged(text, *match.span(), _FACTORS[match[1].lower()], "x") for match in factors),
    ]


def _overlaps(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < last and end > first for first, last in spans)


def _amount(text: str, number: Number) -> Amount:
    value = math.nan if number.value is None else abs(number.value)
    unit = _AMOUNT_UNIT.match(text, number.end)
    symbol = _SYMBOLS.get(CURRENCY_CODES.get(number.sign.upper(), ""), number.sign)
    if unit is None:
        return _hedged(text, number.start, number.end, value, symbol)
    return _hedged(
        text, number.start, unit.end(), value, _AMOUNT_UNITS[unit.lastgroup or ""] or _MONEY[unit["money"].lower()]
    )


def _hedged(text: str, start: int, end: int, value: float, unit: str) -> Amount:
    before = re.split(r"[,;:.!?]\s", text[max(0, start - _HEDGE_WINDOW) : start])[-1]
    after = re.split(r"[,;:.!?]", text[end : end + _HEDGE_WINDOW // 2])[0]
    is_hedged = HEDGE_MARKERS.search(before) is not None or _HEDGE_AFTER.search(after) is not None
    return Amount(text[start:end], value, unit, is_hedged, start)
