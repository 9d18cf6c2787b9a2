"""What an answer of each type looks like: a figure, a date, a reason, a name, a definition."""

from __future__ import annotations

import re

from bot.nlp.dates import MONTHS, WEEKDAYS
from bot.nlp.lexicons import compile_cues
from bot.qa.question import AnswerType, ParsedQuestion

_NUMERAL = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|[mb]illion|trillion)s?"
)
_FIGURE = re.compile(
    rf"\d|\b(?:{_NUMERAL}|half|third|quarter|percent|per cent|double[ds]?|tripled?|twice|none|nobody)\b",
    re.IGNORECASE,
)
_TIME_EXPRESSION = re.compile(
    rf"\b(?:1[89]\d\d|20\d\d|{'|'.join((*MONTHS, *WEEKDAYS))}|today|yesterday|tomorrow|tonight|ago|quarter|months?|"
    r"(?:last|next|this) (?:week|year|spring|summer|autumn|fall|winter)|by the end of|in (?:the )?spring)\b",
    re.IGNORECASE,
)
_REASON = compile_cues("reason")
_MEANING = re.compile(
    r"\b(?:(?:is|are|was|makes?|means?|stands for)(?: basically| just| kind of| sort of)? (?:an?|the|like|when|where"
    r"|how|what)|refers? to|called|which is)\b",
    re.IGNORECASE,
)
_POLARITY = re.compile(r"\b(?:yes|yeah|no|not|never|nobody|none|indeed|cannot)\b|n['’]t\b", re.IGNORECASE)
_PAST_EVENT = re.compile(
    r"\b(?:\w{3,}ed|fell|rose|grew|cut|shut|hit|broke|began|won|lost|sold|bought|went|made|said|told)\b",
    re.IGNORECASE,
)
_CAPITALISED_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_OPINION = re.compile(r"\b(?:I|we|my|our)\b|\b(?:think|believe|feel|opinion|should|best|better|worst|great)\b")
_DURATION = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|decades?)\b", re.IGNORECASE
)
_MONEY = re.compile(r"[$€£¥]\s?\d|\b(?:dollars?|euros?|pounds?|cents?|bucks|[mb]illion)\b", re.IGNORECASE)
_SHARE = re.compile(r"\d\s?%|\bper ?cent\b|\b(?:half|third|quarter|tenth)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow many (?:\w+ )?(\w+)", re.IGNORECASE)
_UNITS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"\bhow (?:long|soon|old)\b|\bhow much time\b", re.IGNORECASE), _DURATION),
    (
        re.compile(
            r"\b(?:how much|how big|what)\b.*\b(?:costs?|pays?|paid|spen[dt]\w*|earn\w*|price\w*|worth|rais\w+"
            r"|charges?|revenue|valuation|funding|invest\w*|salary|budget|fine)\b",
            re.IGNORECASE,
        ),
        _MONEY,
    ),
    (
        re.compile(r"\b(?:what|which) (?:share|percent\w*|fraction|part|%)|\bby how much\b|\brate\b", re.IGNORECASE),
        _SHARE,
    ),
)
_SHAPES: dict[AnswerType, re.Pattern[str]] = {
    AnswerType.FIGURE: _FIGURE,
    AnswerType.WHEN: _TIME_EXPRESSION,
    AnswerType.WHY: _REASON,
    AnswerType.WHO: _CAPITALISED_NAME,
    AnswerType.DEFINITION: _MEANING,
    AnswerType.YES_NO: _POLARITY,
    AnswerType.EVENT: _PAST_EVENT,
    AnswerType.OPEN: _OPINION,
    AnswerType.COMPARISON: re.compile(
        r"\b(?:than|while|whereas|but|both|differ\w*|instead|versus|other)\b|\b\w+er\b", re.IGNORECASE
    ),
}


def expected_shape(parsed: ParsedQuestion) -> re.Pattern[str]:
    """Return what the answer to a question has, as a rule, by its type."""
    return _SHAPES[parsed.answer_type]


def expected_unit(parsed: ParsedQuestion) -> re.Pattern[str] | None:
    """Return what the figure that a question asks for measures, if that is known: money, a share, a time, things."""
    counted = _HOW_MANY.search(parsed.text)
    if counted:
        return re.compile(rf"(?:\d|\b{_NUMERAL})\W+(?:\w+\W+){{0,2}}{re.escape(counted[1][:-1])}", re.IGNORECASE)
    return next((unit for question, unit in _UNITS if question.search(parsed.text)), None)
