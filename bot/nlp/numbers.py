"""Numbers as people write and say them: digits, fractions, words, magnitudes, and what they are an amount of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.nlp.dates import date_matches
from bot.nlp.lexicons import HEDGE_MARKERS

_UNITS = {
    word: float(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10.0 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_GLYPHS = {"¼": 0.25, "½": 0.5, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125, "⅜": 0.375, "⅝": 0.625, "⅞": 0.875}
_MULTIPLIERS = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "grand": 1e3,
    "million": 1e6,
    "mn": 1e6,
    "mm": 1e6,
    "m": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "b": 1e9,
    "trillion": 1e12,
    "tn": 1e12,
    "t": 1e12,
    "quadrillion": 1e15,
}
_SMALL_NUMBERS = "|".join([*_UNITS, *_TENS])
WORDS = (
    r"(?:(?:a couple(?: of)?|a(?= (?:couple|hundred|thousand|million|billion|trillion|quadrillion|dozen))|"
    rf"{_SMALL_NUMBERS})[ -])?(?:{_SMALL_NUMBERS}|hundred|thousand|million|billion|trillion|quadrillion|dozen)"
    rf"(?:(?:[ -](?:and[ -])?)(?:{_SMALL_NUMBERS}|hundred|thousand|million|billion|trillion|quadrillion)\b(?! (?:times "
    r")?as\b))*"
)
"""A pattern for numbers in words."""
DIGITS_PATTERN = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[- ]\d/\d\b|/[2348]\b| ?[¼½¾⅓⅔⅛⅜⅝⅞])?|[¼½¾⅓⅔⅛⅜⅝⅞]"
)
"""A pattern for numbers in digits."""
_DIGITS = re.compile(r"([\d,.]*)(?:[- ](\d)/(\d)|/(\d)| ?([¼½¾⅓⅔⅛⅜⅝⅞]))?$")


def multiplier(word: str) -> float:
    """Return what a magnitude multiplies by; 1 for no magnitude."""
    return _MULTIPLIERS.get(word.lower().rstrip("s"), 1.0)


def parse_number(text: str) -> float | None:
    """Return the number written in digits or words; None if it is neither."""
    digits = _DIGITS.fullmatch(text)
    return _parse_digits(digits) if digits else _parse_words(text)


def _parse_digits(match: re.Match[str]) -> float | None:
    whole, over, under, divisor, glyph = match.groups()
    number = float(whole.replace(",", "")) if whole.strip(",.") else 0.0
    if divisor:
        return number / int(divisor)
    if over:
        return number + int(over) / int(under) if int(under) else None
    return number + _GLYPHS.get(glyph or "", 0.0)


def _parse_words(text: str) -> float | None:
    total = part = 0.0
    seen = False
    for word in re.split(r"[\s-]+", text.lower()):
        if word in {"a", "and", "of"}:
            continue
        seen = True
        if word in _UNITS or word in _TENS:
            part += _UNITS.get(word, 0.0) + _TENS.get(word, 0.0)
        elif word == "couple":
            part += 2
        elif word == "dozen":
            part = (part or 1.0) * 12
        elif word in {"hundred", "hundreds"}:
            part = (part or 1.0) * 100
        elif word.removesuffix("s") in _MULTIPLIERS:
            total += (part or 1.0) * multiplier(word)
            part = 0.0
        else:
            return None
    return total + part if seen else None


CURRENCY_SIGNS = "$€£¥"
"""Signs of money in evidence; what a statement says in one of them has to be said in it."""

_CURRENCY_WORDS = {"dollar": "$", "euro": "€", "pound": "£", "yen": "¥"}
_FACTORS = {"doubl": 2.0, "twice": 2.0, "tripl": 3.0, "quadrupl": 4.0, "halv": 0.5, "half": 0.5}
_COUNT_WORDS = "|".join(
    (
        *(word for word, value in _UNITS.items() if value > 1),
        *_TENS,
        *(f"{word}s?" for word in ("hundred", "thousand", "million", "billion", "trillion")),
    )
)
_AMOUNT = re.compile(
    rf"""(?<![A-Za-z0-9])(?:[A-Z]{{2,3}}(?=[{CURRENCY_SIGNS}]))?(?P<currency>[{CURRENCY_SIGNS}])?\s?
    (?:(?P<digits>\d[\d,]*(?:\.\d+)?|(?<![\w.])\.\d+)
      |(?P<words>(?:a\s)?\b(?:{_COUNT_WORDS})(?:[\s-](?:and\s)?(?:{_COUNT_WORDS}))*\b))
    (?:[\s-]?(?P<magnitude>hundred|thousand|million|billion|trillion|bn|mn|tn|[KMBTkmbt](?![A-Za-z])))?
    [\s-]?(?P<unit>%|per\s?cent(?:age)?|basis\spoints?|dollars?\b|euros?\b|pounds?\b|yen\b|x(?![A-Za-z])|fold\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_FACTOR = re.compile(rf"\b({'|'.join(_FACTORS)})[a-z]*", re.IGNORECASE)
_GLUED_BEFORE = re.compile(r"[A-Za-z]-$")
_HEDGE_WINDOW = 28
_HEDGE_AFTER = re.compile(r"\bor so\b|\bor more\b|-?ish\b|\bplus\b|^\+")
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a sentence, with the magnitude applied; `unit` is "%", "bp", "x", a currency sign or "".

    `hedged` is whether it is given as inexact, `start` where it stands.
    """

    text: str
    value: float
    unit: str
    hedged: bool
    start: int = 0

    def matches(self, other: Amount) -> bool:
        """Return whether both are the same amount: "29M" is "nearly 29 million"; a share is never a count."""
        if {self.unit, other.unit} == {"x", "%"}:
            share, factor = (self, other) if self.unit == "%" else (other, self)
            return factor.value < 1 and abs(share.value - 100 * factor.value) <= _ROUNDING
        near = abs(self.value - other.value) <= _ROUNDING * max(abs(self.value), 1)
        return near and (
            self.unit == other.unit or ("" in {self.unit, other.unit} and "%" not in {self.unit, other.unit})
        )


def find_amounts(text: str) -> list[Amount]:
    """Return the amounts of a text, factors last; parts of names (GPT-5.5, Q3) and dates are none."""
    dates = [match.span() for match in date_matches(text)]
    amounts = []
    for match in _AMOUNT.finditer(text):
        is_free = all(match.end() <= start or match.start() >= end for start, end in dates)
        if is_free and not _GLUED_BEFORE.search(text[: match.start()]):
            value = (parse_number(match["digits"] or match["words"]) or 0.0) * multiplier(match["magnitude"] or "")
            amounts.append(_amount(match, value, _amount_unit(match)))
    return amounts + [_amount(match, _FACTORS[match[1].lower()], "x") for match in _FACTOR.finditer(text)]


def _amount(match: re.Match[str], value: float, unit: str) -> Amount:
    return Amount(match.group().strip(), value, unit, _is_hedged(match), match.start())


def _amount_unit(match: re.Match[str]) -> str:
    unit = (match["unit"] or "").lower().replace(" ", "")
    if unit.startswith(("%", "percent")):
        return "%"
    if unit.startswith("basis"):
        return "bp"
    if sign := _CURRENCY_WORDS.get(unit.removesuffix("s")):
        return sign
    return "x" if unit in {"x", "fold"} else (match["currency"] or "")


def _is_hedged(match: re.Match[str]) -> bool:
    text, start, end = match.string, match.start(), match.end()
    before = re.split(r"[,;:.!?]\s", text[max(0, start - _HEDGE_WINDOW) : start])[-1]
    after = re.split(r"[,;:.!?]", text[end : end + _HEDGE_WINDOW // 2])[0]
    return bool(HEDGE_MARKERS.search(before) or _HEDGE_AFTER.search(after))
