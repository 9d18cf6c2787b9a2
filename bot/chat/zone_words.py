"""Where a typed schedule names its time zone: after a time, with the word `time`, after `in`, or between dashes."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.chat.schedule_words import CLOCK_TIME, DAYS, SCHEDULE_GOES_ON
from bot.chat.time_zones import has_zone_letters, is_city, is_place, parse_zone
from bot.errors import UserError

_ZONE_NAME = re.compile(
    r"\b(?:in\s+|tz\s+)?(?P<zone>(?i:UTC|GMT)\s*[+-]\s*\d{1,2}(?::?\d{2})?|[A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?|UTC|GMT)\b"
)
_OFFSET = re.compile(r"\s*[+-]\s*\d")
_WORDS = r"[\w.'-]+(?:\s+[\w.'-]+){0,3}"
_JOINT = r"[\s,;/|–—-]*"
_NEAR = re.compile(rf"{_JOINT}(?:\(\s*)?(?:(?P<within>in|tz)\s+)?(?P<place>{_WORDS})", re.IGNORECASE)
_DAYS_NEAR = re.compile(rf"{_JOINT}{DAYS.pattern}", re.IGNORECASE)
_PLACE_IN = re.compile(rf"\bin\s+(?P<place>{_WORDS})", re.IGNORECASE)
_PLACE_ENDS = re.compile(rf"\s*(?:$|[^\w\s'-]|-\s|\d|time\b|{SCHEDULE_GOES_ON})", re.IGNORECASE)
_PLACE_TIME = re.compile(rf"(?P<place>(?:[\w.'-]+\s+){{1,4}})time\b(?={_PLACE_ENDS.pattern})", re.IGNORECASE)
_OUR_TIME = re.compile(r"\b(?:in\s+)?(?:my|our|local)\s+(?:own\s+)?time(?:\s*zone)?\b", re.IGNORECASE)
_ANOTHER_PLACE = re.compile(rf"\s*(?:,\s*)?(?:\band\b|\bor\b|&|\+|/)\s*(?:in\s+)?(?P<place>{_WORDS})", re.IGNORECASE)
_PIECE = re.compile(r"(?:(?<=[,/|–—;])|(?<=\s-))\s+(?P<place>[^,/|–—;]{2,40}?)(?=\s*(?:[,/|–—;]|\s-\s|$))")
_END = re.compile(r"\s*(?:$|[,;/|–—)]|-\s)")
_PART_OF_DAY = re.compile(r"the\b|an?\b|\d", re.IGNORECASE)


def remove_span(text: str, span: tuple[int, int]) -> str:
    """Return a text without a part of it."""
    return " ".join((text[: span[0]] + " " + text[span[1] :]).split()).strip(" ,;")


def extract_place_after_time(text: str) -> tuple[str, str]:
    """Find a place that directly follows a time or days, as in `7am tokyo`; elsewhere it may be what a brief is about.

    Raises UserError for a second one, and for words behind `in` that name none.
    """
    text = " ".join(_OUR_TIME.sub(" ", text).split())
    for time in CLOCK_TIME.finditer(text):
        days = _DAYS_NEAR.match(text, time.end())
        for start in (time.end(), days.end() if days else None):
            if start is not None and (near := _NEAR.match(text, start)):
                end = _place_end(text, near, is_place)
                if end and (near["within"] or _PLACE_ENDS.match(text, end) or text[:end].endswith("time")):
                    return text[near.start("place") : end], _without_place(text, (start, end))
                _refuse_unknown_place(text, near)
    for days in DAYS.finditer(text):
        near = _NEAR.match(text, days.end())
        end = _place_end(text, near, is_place) if near and text[: days.start()].strip() else 0
        if near and end and _END.match(text, end):
            return text[near.start("place") : end], _without_place(text, (days.end(), end))
    return "", text


def extract_zone(text: str) -> tuple[str, str]:
    """Find a zone by its name, `Oslo time`, `in Berlin`, a place between signs, or letters at the end."""
    found = _ZONE_NAME.search(text)
    if found and ("/" not in found["zone"] or is_city(found["zone"]) or found["zone"][0].isupper()):
        return found["zone"], _without_place(text, found.span())
    for timed in _PLACE_TIME.finditer(text):
        words = timed["place"].split()
        for count in range(len(words)):
            place = " ".join(words[count:])
            if is_place(place) or is_city(place):
                start = timed.end("place") - len(" ".join(words[count:])) - 1
                return place, _without_place(text, (start, timed.end()))
    for near in _PLACE_IN.finditer(text):
        if end := _place_end(text, near, is_city):
            return text[near.start("place") : end], _without_place(text, (near.start(), end))
    for piece in _PIECE.finditer(text):
        if is_place(piece["place"]) and is_city(piece["place"]):
            return piece["place"], _without_place(text, piece.span("place"))
    *others, last = text.split()
    return (last, " ".join(others)) if has_zone_letters(last) else ("", text)


def _place_end(text: str, near: re.Match[str], is_known: Callable[[str], bool]) -> int:
    """Return where the longest place ends that begins here, 0 if there is none."""
    words = near["place"].split()
    for count in range(len(words), 0, -1):
        place = " ".join(words[:count])
        end = near.start("place") + len(place)
        if is_known(place) and not _OFFSET.match(text, end):
            return end
    return 0


def _without_place(text: str, span: tuple[int, int]) -> str:
    """Return a text without its zone; raises UserError if another one follows."""
    if text[span[1] : span[1] + 1] == ")" and text.rfind("(", span[0], span[1]) >= 0:
        span = (span[0], span[1] + 1)
    if (other := _ANOTHER_PLACE.match(text, span[1])) and (end := _place_end(text, other, is_place)):
        places = f"{text[slice(*span)]}{text[span[1] : end]}".strip(" ,")
        message = f"A brief comes at one time of day, in one time zone; leave out one of them: `{places}`."
        raise UserError(message, "tz")
    return remove_span(text, span)


def _refuse_unknown_place(text: str, near: re.Match[str]) -> None:
    """Raise UserError if a time is said to be in some place that is none, and nothing else follows."""
    named = near["within"] or near["place"].casefold().endswith(" time")
    if named and _END.match(text, near.end()) and not _PART_OF_DAY.match(near["place"]):
        parse_zone(near["place"])
