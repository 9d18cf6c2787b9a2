"""Which words in a sentence make it the kind of answer that was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.qa.question import AnswerType, ParsedQuestion

_UNIT_BOOST = 1.3
_NUMERAL = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|[mb]illion|trillion)s?"
)

_FIGURE = re.compile(
    rf"\d|\b(?:{_NUMERAL}|half|third|quarter|percent|per cent|double[ds]?|tripled?|twice|none|nobody)\b",
    re.IGNORECASE,
)
_TIME_EXPRESSION = re.compile(
    r"\b(?:1[89]\d\d|20\d\d|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|yesterday|tomorrow|tonight|ago|quarter|months?"
    r"|(?:last|next|this) (?:week|year|spring|summer|autumn|fall|winter)|by the end of|in (?:the )?spring)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|due to|thanks to|reasons?|that's why|which is why|so that|therefore|driven by|caused|leads? to"
    r"|led to|in order to|since)\b",
    re.IGNORECASE,
)
_MEANING = re.compile(
    r"\b(?:(?:is|are|was|makes?|means?|stands for)(?: basically| just| kind of| sort of)? (?:an?|the|like|when|where"
    r"|how|what)|refers? to|called|which is)\b",
    re.IGNORECASE,
)
_POLARITY = re.compile(r"\b(?:yes|no|not|never|nobody|none|indeed|cannot)\b|n['’]t\b", re.IGNORECASE)
_PAST_EVENT = re.compile(
    r"\b(?:\w{3,}ed|fell|rose|grew|cut|shut|hit|broke|began|won|lost|sold|bought|went|made|said|told)\b",
    re.IGNORECASE,
)
_CAPITALISED_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_DURATION = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|decades?)\b", re.IGNORECASE
)
_MONEY = re.compile(r"[$€£¥]\s?\d|\b(?:dollars?|euros?|pounds?|cents?)\b", re.IGNORECASE)
_SHARE = re.compile(r"\d\s?%|\bper ?cent\b|\b(?:half|third|quarter|tenth)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow many (?:\w+ )?(\w+)", re.IGNORECASE)
_EXPECTED_UNITS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"\bhow (?:long|soon|old)\b", re.IGNORECASE), _DURATION),
    (
        re.compile(
            r"\b(?:how much|what)\b.*\b(?:costs?|pays?|paid|spen[dt]\w*|earn\w*|price\w*|worth|rais\w+|charges?)\b",
            re.IGNORECASE,
        ),
        _MONEY,
    ),
    (re.compile(r"\b(?:what|which) (?:share|percent\w*|fraction|part)\b|\bby how much\b", re.IGNORECASE), _SHARE),
)
_BOOSTS: dict[AnswerType, tuple[re.Pattern[str], float]] = {
    AnswerType.FIGURE: (_FIGURE, 1.8),
    AnswerType.WHEN: (_TIME_EXPRESSION, 1.5),
    AnswerType.WHY: (_REASON, 1.5),
    AnswerType.WHO: (_CAPITALISED_NAME, 1.15),
    AnswerType.DEFINITION: (_MEANING, 1.4),
    AnswerType.YES_NO: (_POLARITY, 1.25),
    AnswerType.EVENT: (_PAST_EVENT, 1.6),
}


def answer_type_boost(parsed: ParsedQuestion) -> Callable[[str], float]:
    """Return a function that says by how much a sentence is to be preferred; 1 is not at all."""
    kind, factor = _BOOSTS.get(parsed.answer_type, (None, 1.0))
    unit = _expected_unit(parsed)

    def of(quote: str) -> float:
        if kind is None or not kind.search(quote):
            return 1.0
        return factor * _UNIT_BOOST if unit and unit.search(quote) else factor

    return of


def _expected_unit(parsed: ParsedQuestion) -> re.Pattern[str] | None:
    counted = _HOW_MANY.search(parsed.text)
    if counted:
        return re.compile(rf"(?:\d|\b{_NUMERAL})\W+(?:\w+\W+){{0,2}}{re.escape(counted[1][:-1])}", re.IGNORECASE)
    return next((unit for question, unit in _EXPECTED_UNITS if question.search(parsed.text)), None)
