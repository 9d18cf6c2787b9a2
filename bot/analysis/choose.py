"""The sentences that answer best: on the topic, of the kind asked for, each adding something."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.analysis.asked import Asked, Wanted
from bot.analysis.evidence import Line, place
from bot.analysis.noise import quiet
from bot.analysis.opposed import opposed
from bot.analysis.wording import stems, topical, weight
from bot.model import UNKNOWN_SPEAKER, Hit

_MOST = 3
_MOST_COMPARED = 4
_WORTH_ADDING = 0.45
_SETTING = 0.5
_COVERED = 0.65
_SHORTEST = 5
_SAME = 0.7
_TITLE = 0.5
_OTHERS = {True: 0.35, False: 0.9}

_FIGURE = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?"
    r"|[mb]illions?|trillions?|half|third|quarter|percent|per cent|double[ds]?|tripled?|twice|none|nobody)\b",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"\b(?:1[89]\d\d|20\d\d|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|yesterday|tomorrow|tonight|ago|quarter"
    r"|(?:last|next|this) (?:week|month|year|spring|summer|autumn|fall|winter)|by the end of)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|due to|thanks to|reasons?|that's why|which is why|so that|therefore|driven by|caused|leads? to"
    r"|led to|in order to|since)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_MEANING = re.compile(
    r"\b(?:(?:is|are|was|makes?|means?|stands for)(?: basically| just| kind of| sort of)? (?:an?|the|like|when|where"
    r"|how|what)|refers? to|called|which is)\b",
    re.IGNORECASE,
)
_OF_KIND: dict[Wanted, tuple[re.Pattern[str], float]] = {
    Wanted.FIGURE: (_FIGURE, 1.8),
    Wanted.WHEN: (_MOMENT, 1.5),
    Wanted.WHY: (_REASON, 1.5),
    Wanted.WHO: (_NAMED, 1.15),
    Wanted.MEANING: (_MEANING, 1.4),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lines of an answer, best first, and whether two of them contradict each other."""

    lines: tuple[Line, ...]
    opposed: bool = False


def choose(asked: Asked, found: Sequence[Line], hits: Sequence[Hit]) -> Chosen:
    """Return one to four lines; each source the question names has its say, and so has the other side."""
    rated = _rated(asked, found, hits)
    if not rated:
        return Chosen(())
    best, *_ = rated
    other = next((line for line, score in rated[1:] if score >= best[1] / 2 and opposed(best[0], line)), None)
    first = [best[0], *([other] if other else [])]
    kept = _extended(asked, first + _voices(asked, rated), rated)
    return Chosen(tuple(kept), opposed=other is not None)


def nearest(asked: Asked, found: Sequence[Line], hits: Sequence[Hit]) -> Line | None:
    """Return the line that comes closest to the question."""
    return next((line for line, _ in _rated(asked, found, hits)), None)


def _rated(asked: Asked, found: Sequence[Line], hits: Sequence[Hit]) -> list[tuple[Line, float]]:
    top = max((hit.score for hit in hits), default=0.0) or 1.0
    meant = _named_speakers(asked, found)
    rated = [(line, _score(asked, line, top, meant)) for line in found if len(line.quote) > 1]
    return sorted(rated, key=lambda pair: -pair[1])


def _score(asked: Asked, line: Line, top: float, meant: frozenset[str]) -> float:
    said = sum(weight(stem) for stem in asked.topic if stem in line.stems)
    around = sum(weight(stem) for stem in asked.topic if stem in line.setting and stem not in line.stems)
    score = said + _SETTING * min(around, said + 0.5) + line.hit.similarity
    pattern, factor = _OF_KIND.get(asked.wanted, (None, 1.0))
    if pattern and pattern.search(line.quote):
        score *= factor
    if meant:
        score *= 1.6 if line.speaker in meant else _OTHERS[asked.attributed]
    if quiet(line.quote):
        score *= 0.4
    score *= min(1.0, len(line.quote.split()) / _SHORTEST)
    return score * (0.6 + 0.4 * max(0.0, line.hit.score) / top) / math.sqrt(1 + line.rank / 10)


def _named_speakers(asked: Asked, found: Iterable[Line]) -> frozenset[str]:
    question = frozenset(asked.topic)
    speakers = {line.speaker for line in found} - {UNKNOWN_SPEAKER}
    return frozenset(speaker for speaker in speakers if _named(speaker, question))


def _named(speaker: str, question: frozenset[str]) -> bool:
    *first, last = topical(speaker) or ("",)
    return last in question or any(part in question for part in first if weight(part) > _TITLE)


def _voices(asked: Asked, rated: Sequence[tuple[Line, float]]) -> list[Line]:
    said: dict[str, Line] = {}
    for source in asked.sources:
        parts = frozenset(stems(source))
        line = next((line for line, score in rated if score > 0 and parts <= place(line.passage)), None)
        if line:
            said.setdefault(source, line)
    return list(said.values())[:_MOST_COMPARED]


def _extended(asked: Asked, first: Sequence[Line], rated: Sequence[tuple[Line, float]]) -> list[Line]:
    kept: list[Line] = []
    for line in first:
        if not _repeats(line, kept):
            kept.append(line)
    most = max(len(kept), _MOST_COMPARED if asked.wanted is Wanted.COMPARISON else _MOST)
    floor = _WORTH_ADDING * rated[0][1]
    scores = [pair for pair in rated if pair[1] >= floor]
    while len(kept) < min(most, _MOST_COMPARED):
        covered = frozenset().union(*(line.stems for line in kept))
        gains = [(score * _news(asked, line, covered), line) for line, score in scores if not _repeats(line, kept)]
        gain, line = max(gains, key=lambda pair: pair[0], default=(0.0, kept[0]))
        if gain < floor:
            break
        kept.append(line)
    return kept[:_MOST_COMPARED]


def _news(asked: Asked, line: Line, covered: frozenset[str]) -> float:
    said = [stem for stem in asked.topic if stem in line.stems]
    total = sum(map(weight, said))
    new = sum(weight(stem) for stem in said if stem not in covered)
    return _COVERED + (1 - _COVERED) * new / total if total else _COVERED


def _repeats(line: Line, kept: Iterable[Line]) -> bool:
    return any(
        line.quote in other.quote
        or other.quote in line.quote
        or len(line.stems & other.stems) > _SAME * len(line.stems)
        for other in kept
    )
