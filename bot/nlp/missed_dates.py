"""What a text looks forward to though it is over: whoever wrote it, wrote it before that."""

from __future__ import annotations

import datetime as dt
import re

from bot.nlp.calendar_spans import add_units
from bot.nlp.event_dates import calendar_times
from bot.nlp.lexicons import compile_cues

_AWAITED = compile_cues("awaited")
_NOT_AWAITED = re.compile(r"\b(?:was|were|had|said|told|would|could)\b", re.IGNORECASE)
"""What shows that it was somebody else who looked forward, before the text was written."""
_PARTING = re.compile(r"[,;:.!?]\s|\s(?:and|but|so|because)\s|\s[-–—]+\s|\b(?:that|which|who)\b")
_YEAR_NUMBER = re.compile(r"(?:1[5-9]|20)\d\d|[’']\d\d")
_MAX_BETWEEN = 40
"""Characters between a time and what looks forward to it."""
_OPENING_CHARS = len("In the end of ")
_NEAR = dt.timedelta(90)
"""A month is named without its year for longer ahead than a day is; what was over within this is the one meant."""


def missed_date(text: str, written: dt.date, late: dt.timedelta) -> str:
    """Return the words of a time to which a text looks forward though it was over so long before a day; "" if none.

    A day without a year is the nearest of that name, and any other time without one is over if that was lately.
    """
    cues = [] if _NOT_AWAITED.search(text) else [cue.span() for cue in _AWAITED.finditer(text)]
    for start, end, date in calendar_times(text, written) if cues else ():
        # The comma after a time that opens a sentence parts nothing.
        comma = ", " if start < _OPENING_CHARS else ""
        between = [text[min(cue[1], end) : max(cue[0], start)].removeprefix(comma) for cue in cues]
        if all(len(words) > _MAX_BETWEEN or _PARTING.search(words) for words in between):
            continue
        before = add_units(date.last, -1, "year")
        near = date.first - written if date.first == date.last else _NEAR
        is_before = not _YEAR_NUMBER.search(text[start:end]) and written - before < near
        if written - (before if is_before else date.last) > late:
            return text[start:end].strip(" .")
    return ""
