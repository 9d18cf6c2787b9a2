"""Numbers as people write and say them: digits, fractions, words and magnitudes."""

from __future__ import annotations

import re

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
    """Return the number written in digits or words; None where it is neither."""
    digits = _DIGITS.fullmatch(text)
    return _parse_digits(digits) if digits else _parse_words(text)


def _parse_digits(found: re.Match[str]) -> float | None:
    whole, over, under, divisor, glyph = found.groups()
    number = float(whole.replace(",", "")) if whole.strip(",.") else 0.0
    if divisor:
        return number / int(divisor)
    if over:
        return number + int(over) / int(under) if int(under) else None
    return number + _GLYPHS.get(glyph or "", 0.0)


def _parse_words(text: str) -> float | None:
    total = part = 0.0
    seen = False
    for word in re.split(r"[ -]+", text.lower()):
        if word in {"a", "and", "of"}:
            continue
        seen = True
        if word in _UNITS or word in _TENS:
            part += _UNITS.get(word, 0.0) + _TENS.get(word, 0.0)
        elif word == "couple":
            part += 2
        elif word == "dozen":
            part = (part or 1.0) * 12
        elif word == "hundred":
            part = (part or 1.0) * 100
        elif word in _MULTIPLIERS:
            total += (part or 1.0) * _MULTIPLIERS[word]
            part = 0.0
        else:
            return None
    return total + part if seen else None
