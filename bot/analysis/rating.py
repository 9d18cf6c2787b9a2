"""How well each sentence answers a question."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.analysis.adverts import adverts
from bot.analysis.asked import Asked, Wanted
from bot.analysis.evidence import Held, Line
from bot.analysis.noise import quiet
from bot.analysis.wording import topical, weight
from bot.model import UNKNOWN_SPEAKER

_NEAREST = 24
_AROUND = 0.5
_SHORTEST = 7
_TITLE = 0.5
_THEIR_OWN = 1.6
_OTHERS = {True: 0.2, False: 0.9}
_QUIET = 0.4
_IN_UNIT = 1.3
_NUMERAL = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|[mb]illion|trillion)s?"
)

_FIGURE = re.compile(
    rf"\d|\b(?:{_NUMERAL}|half|third|quarter|percent|per cent|double[ds]?|tripled?|twice|none|nobody)\b",
    re.IGNORECASE,
)
_MOMENT = re.compile(
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
_HAPPENED = re.compile(
    r"\b(?:\w{3,}ed|fell|rose|grew|cut|shut|hit|broke|began|won|lost|sold|bought|went|made|said|told)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_LASTING = re.compile(r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|decades?)\b", re.IGNORECASE)
_MONEY = re.compile(r"[$€£¥]\s?\d|\b(?:dollars?|euros?|pounds?|cents?)\b", re.IGNORECASE)
_SHARE = re.compile(r"\d\s?%|\bper ?cent\b|\b(?:half|third|quarter|tenth)\b", re.IGNORECASE)
_COUNTED = re.compile(r"\bhow many (?:\w+ )?(\w+)", re.IGNORECASE)
_UNITS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"\bhow (?:long|soon|old)\b", re.IGNORECASE), _LASTING),
    (
        re.compile(
            r"\bhow much\b.*\b(?:costs?|pays?|paid|spen\w+|earns?|price\w*|worth|raise\w*|rais\w+)\b", re.IGNORECASE
        ),
        _MONEY,
    ),
    (re.compile(r"\b(?:what|which) (?:share|percent\w*|fraction|part)\b|\bby how much\b", re.IGNORECASE), _SHARE),
)
_OF_KIND: dict[Wanted, tuple[re.Pattern[str], float]] = {
    Wanted.FIGURE: (_FIGURE, 1.8),
    Wanted.WHEN: (_MOMENT, 1.5),
    Wanted.WHY: (_REASON, 1.5),
    Wanted.WHO: (_NAMED, 1.15),
    Wanted.MEANING: (_MEANING, 1.4),
    Wanted.WHETHER: (_POLARITY, 1.25),
    Wanted.EVENT: (_HAPPENED, 1.3),
}


@dataclass(frozen=True, slots=True)
class Rated:
    """A line and how well it answers; scores compare within one question only."""

    line: Line
    score: float


def rate(asked: Asked, found: Sequence[Held]) -> list[Rated]:
    """Return the lines nearest to the question, best first, each once."""
    top = max((one.hit.score for one in found), default=0.0) or 1.0
    meant = _named_speakers(asked, found)
    lines = {
        (line.passage.origin.conversation, line.turn, line.quote): (one, line) for one in found for line in one.lines
    }
    rated = (Rated(line, _score(asked, one, line, top, meant)) for one, line in lines.values())
    near = sorted(rated, key=lambda one: -one.score)[:_NEAREST]
    sold = _adverts(found, near)
    return sorted((_hushed(one, sold) for one in near), key=lambda one: -one.score)


def _score(asked: Asked, one: Held, line: Line, top: float, meant: frozenset[str]) -> float:
    topic = frozenset(asked.topic)
    said = sum(map(weight, topic & line.stems))
    around = sum(map(weight, topic & (one.place | line.before) - line.stems))
    score = said + _AROUND * min(around, said + _AROUND) + line.hit.similarity
    score *= _of_kind(asked, line.quote)
    if meant:
        score *= _THEIR_OWN if line.speaker in meant else _OTHERS[asked.attributed]
    score *= min(1.0, len(line.stems) / _SHORTEST)
    return score * (0.6 + 0.4 * max(0.0, line.hit.score) / top) / math.sqrt(1 + line.rank / 10)


def _of_kind(asked: Asked, quote: str) -> float:
    pattern, factor = _OF_KIND.get(asked.wanted, (None, 1.0))
    if not (pattern and pattern.search(quote)):
        return 1.0
    unit = next((unit for kind, unit in _UNITS if kind.search(asked.text)), None)
    counted = _COUNTED.search(asked.text)
    if counted:
        unit = re.compile(rf"(?:\d|\b{_NUMERAL})\W+(?:\w+\W+){{0,2}}{re.escape(counted[1][:-1])}", re.IGNORECASE)
    return factor * (_IN_UNIT if unit and unit.search(quote) else 1.0)


def _adverts(found: Sequence[Held], near: Sequence[Rated]) -> frozenset[tuple[int, str]]:
    """Return rank and words of the lines, in the hits that matter, that belong to an advertisement."""
    ranks = {one.line.rank for one in near}
    lines = [one.lines for rank, one in enumerate(found) if rank in ranks]
    marked = ((said, adverts([(line.turn, line.quote) for line in said])) for said in lines)
    return frozenset((said[index].rank, said[index].quote) for said, marks in marked for index in marks)


def _hushed(one: Rated, sold: frozenset[tuple[int, str]]) -> Rated:
    hushed = (one.line.rank, one.line.quote) in sold or quiet(one.line.quote)
    return Rated(one.line, one.score * _QUIET) if hushed else one


def _named_speakers(asked: Asked, found: Iterable[Held]) -> frozenset[str]:
    question = frozenset(asked.topic)
    speakers = {line.speaker for one in found for line in one.lines} - {UNKNOWN_SPEAKER}
    return frozenset(speaker for speaker in speakers if _named(speaker, question))


def _named(speaker: str, question: frozenset[str]) -> bool:
    *first, last = topical(speaker) or ("",)
    return last in question or any(part in question for part in first if weight(part) > _TITLE)
