"""Where sentences begin and end in speech and in writing."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[ \t]*\n\s*|(?<=[\]”]) (?=[A-Z])")
_NEXT_LETTER = re.compile(r"\s*[\"'“‘(\[$€£#@]*([^\W_])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Inc|Corp|Co|Ltd|No|vs|etc|e\.g|i\.e|approx|est|Gen|Sen|Rep|Gov|Lt|Col|"
    r"Rev|Fig|Eq|al|cf|Jan|Feb|Aug|Sept?|Oct|Nov|Dec|U\.S|U\.K|U\.N|E\.U|a\.m|p\.m|D\.C|Ph\.D)|(?:^|[\s(])[A-Z])$"
)
_BULLET = re.compile(r"(?:[-*•–—>·]+|\(?\d{1,2}[.)]|\(?[a-z]\))\s+|[-•–·]+(?=[^\W\d])|[\s\U0001f300-\U0001faff]+")
_MAY_END_SENTENCE = frozenset({"etc", "al"})


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of a turn, bullets and outer spaces left out, in order."""
    spans: list[tuple[int, int]] = []
    start = 0
    for stop in _BOUNDARY.finditer(text):
        if _is_sentence_end(text, start, stop):
            _append_trimmed(spans, text, start, stop.end())
            start = stop.end()
    _append_trimmed(spans, text, start, len(text))
    return spans


def _is_sentence_end(text: str, start: int, stop: re.Match[str]) -> bool:
    mark = stop[0]
    if not mark.strip() or mark[0] in "!?":
        return True
    following = _NEXT_LETTER.match(text, stop.end())
    if following is not None and following[1].islower():
        return False
    if mark[0] != "." or len(mark) > 1:
        return True
    before = text[max(start, stop.start() - 8) : stop.start()]
    if before.endswith("No") and not (following and following[1].isdigit()):
        return True
    return not _ends_in_abbreviation(before)


def _ends_in_abbreviation(before: str) -> bool:
    found = _ABBREVIATION.search(before)
    return found is not None and found[0] not in _MAY_END_SENTENCE


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[end - 1].isspace():
        end -= 1
    while (lead := _BULLET.match(text, start, end)) is not None:
        start = lead.end()
    if start < end:
        spans.append((start, end))
