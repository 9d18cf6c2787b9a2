"""WebVTT and SRT: cues with times, read by one tolerant reader that can name a bad line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.ingest.formats.parsed import (
    TIMESTAMP_PATTERN,
    ParsedConversation,
    ParseProblem,
    Segment,
    merge_segments,
    parse_timestamp,
    speaker_name,
)
from bot.ingest.formats.speaker_labels import LabelledLine, find_speaker_labels, parse_line

_CUE_TIMING = re.compile(rf"\s*({TIMESTAMP_PATTERN})\s*-->\s*({TIMESTAMP_PATTERN})")
_VOICE_TAG = re.compile(r"<v(?:\.[^\s>]{0,60})?(?:\s+([^>]{0,120}))?>")
_TAG = re.compile(r"</?[a-z][^>]{0,200}>|<[\d:.]{1,20}>", re.IGNORECASE)
_TITLE = re.compile(r"WEBVTT[ \t]+-?[ \t]*(\S.*)")
_MAX_CUES_PER_LABEL = 200
"""Captions name a speaker once and then go on for minutes."""

_ROLLING = re.compile(r"<\d\d:\d\d:\d\d\.\d{3}><c[.>]")
"""Captions that scroll up word by word: each cue shows the line before it again."""

_NON_CUE_BLOCKS = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class _Cue:
    t: float
    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)


def parse_captions(text: str, _name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read captions; a block that isn't a cue is a problem, and the rest is read."""
    cues: list[_Cue] = []
    for number, block in _blocks(text):
        cue = _parse_cue(number, block)
        if isinstance(cue, ParseProblem):
            yield cue
        elif cue:
            cues.append(cue)
    cues = _drop_repeated_lines(cues) if _ROLLING.search(text) else cues
    segments = (
        _segments_by_voice(cues) if any(_VOICE_TAG.search(cue.text) for cue in cues) else _segments_by_label(cues)
    )
    title = _TITLE.match(text)
    yield ParsedConversation(merge_segments(segments), title=title[1].strip() if title else "")


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines between blank ones, with the number of the first."""
    block: list[str] = []
    for number, line in enumerate((*text.split("\n"), ""), 1):
        if block and _ends_block(block, line):
            index = [block.pop()] if line.strip() and block[-1].strip().isdigit() else []
            yield number - len(index) - len(block), block
            block = index
        if line.strip() or block:
            block.append(line)


def _ends_block(block: list[str], line: str) -> bool:
    # A caption may leave its first line blank by a space; a line without anything ends it.
    if not line.strip():
        return not (line and "-->" in block[-1])
    # If the blank line is missing, the next time ends the header or the cue.
    has_begun = block[0].startswith("WEBVTT") or any(map(_CUE_TIMING.match, block[:2]))
    return has_begun and _CUE_TIMING.match(line) is not None


def _parse_cue(number: int, block: list[str]) -> _Cue | ParseProblem | None:
    if block[0].startswith(_NON_CUE_BLOCKS) or block[0].startswith("WEBVTT"):
        return None
    timing_index = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
    if timing_index is None:
        return ParseProblem(f"line {number}", "words without a time")
    timing = _CUE_TIMING.match(block[timing_index])
    start = parse_timestamp(timing[1]) if timing else None
    if start is None:
        return ParseProblem(f"line {number + timing_index}", f"{block[timing_index].strip()[:60]!r} is not a time")
    return _Cue(start, number + timing_index, tuple(line.strip() for line in block[timing_index + 1 :]))


def _drop_repeated_lines(cues: list[_Cue]) -> list[_Cue]:
    cleaned: list[_Cue] = []
    shown = ""
    for cue in cues:
        lines = [line for line in cue.lines if _strip_tags(line)]
        fresh = tuple(line for line in lines if _strip_tags(line) != shown)
        shown = _strip_tags(lines[-1]) if lines else shown
        cleaned.append(replace(cue, lines=fresh))
    return cleaned


def _strip_tags(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def _segments_by_voice(cues: list[_Cue]) -> Iterator[Segment]:
    for cue in cues:
        unvoiced, *voices = _VOICE_TAG.split(cue.text)
        yield Segment(_strip_tags(unvoiced), None, cue.t)
        for name, words in zip(voices[::2], voices[1::2], strict=True):
            yield Segment(_strip_tags(words), speaker_name(html.unescape(name or "")), cue.t)


def _segments_by_label(cues: list[_Cue]) -> Iterator[Segment]:
    lines = [parse_line(_strip_tags(cue.text)) for cue in cues]
    names = find_speaker_labels(lines, max_lines_per_label=_MAX_CUES_PER_LABEL)
    current: str | None = None
    for cue, line in zip(cues, lines, strict=True):
        segment = _to_segment(line, names, current)
        current = segment.speaker
        yield replace(segment, t=cue.t)


def _to_segment(line: LabelledLine, names: frozenset[str], current: str | None) -> Segment:
    if line.label in names:
        return Segment(line.text, speaker_name(line.label), starts_turn=True)
    # Two arrows are how captioners mark another speaker whom they do not name.
    if line.raw.startswith(">>"):
        return Segment(line.raw.lstrip("> "), None, starts_turn=True)
    return Segment(line.raw, current)
