"""WebVTT and SRT: cues with times, read by one tolerant reader that can name a bad line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.ingest.formats.cues import Piece, join
from bot.ingest.formats.draft import Draft, Flaw
from bot.ingest.formats.labels import TIME, seconds, speaker
from bot.ingest.formats.speaker_labels import Labelled, accepted, labelled

_TIMING = re.compile(rf"\s*({TIME})\s*-->\s*({TIME})")
_VOICE = re.compile(r"<v(?:\.[^\s>]{0,60})?(?:\s+([^>]{0,120}))?>")
_TAG = re.compile(r"</?[a-z][^>]{0,200}>|<[\d:.]{1,20}>", re.IGNORECASE)
_TITLE = re.compile(r"WEBVTT[ \t]+-?[ \t]*(\S.*)")
_LABELS_ONE_IN = 200
"""Captions name a speaker once and then go on for minutes."""

_ROLLING = re.compile(r"<\d\d:\d\d:\d\d\.\d{3}><c[.>]")
"""Captions that scroll up word by word: each cue shows the line before it again."""

_ASIDE = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class _Cue:
    t: float
    line: int
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        return " ".join(self.lines)


def parse(text: str, _name: str) -> Iterator[Draft | Flaw]:
    """Read captions; a block that is no cue is a flaw, and the rest is read."""
    cues: list[_Cue] = []
    for number, block in _blocks(text):
        cue = _cue(number, block)
        if isinstance(cue, Flaw):
            yield cue
        elif cue:
            cues.append(cue)
    cues = _once(cues) if _ROLLING.search(text) else cues
    pieces = _voiced(cues) if any(_VOICE.search(cue.words) for cue in cues) else _prefixed(cues)
    title = _TITLE.match(text)
    yield Draft(join(pieces), title=title[1].strip() if title else "")


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that belong together, with the number of the first of them."""
    block: list[str] = []
    for number, line in enumerate((*text.split("\n"), ""), 1):
        if block and _over(block, line):
            index = [block.pop()] if line.strip() and block[-1].strip().isdigit() else []
            yield number - len(index) - len(block), block
            block = index
        if line.strip() or block:
            block.append(line)


def _over(block: list[str], line: str) -> bool:
    # A caption may leave its first line blank by a space; a line without anything ends it.
    if not line.strip():
        return not (line and "-->" in block[-1])
    # Where the blank line is missing, the next time tells that the header or a cue is over.
    begun = block[0].startswith("WEBVTT") or any(map(_TIMING.match, block[:2]))
    return begun and _TIMING.match(line) is not None


def _cue(number: int, block: list[str]) -> _Cue | Flaw | None:
    if block[0].startswith(_ASIDE) or block[0].startswith("WEBVTT"):
        return None
    at = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
    if at is None:
        return Flaw(f"line {number}", "words without a time")
    timing = _TIMING.match(block[at])
    start = seconds(timing[1]) if timing else None
    if start is None:
        return Flaw(f"line {number + at}", f"{block[at].strip()[:60]!r} is not a time")
    return _Cue(start, number + at, tuple(line.strip() for line in block[at + 1 :]))


def _once(cues: list[_Cue]) -> list[_Cue]:
    kept: list[_Cue] = []
    shown = ""
    for cue in cues:
        lines = [line for line in cue.lines if _plain(line)]
        fresh = tuple(line for line in lines if _plain(line) != shown)
        shown = _plain(lines[-1]) if lines else shown
        kept.append(replace(cue, lines=fresh))
    return kept


def _plain(words: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", words)).split())


def _voiced(cues: list[_Cue]) -> Iterator[Piece]:
    for cue in cues:
        unvoiced, *voices = _VOICE.split(cue.words)
        yield Piece(_plain(unvoiced), None, cue.t)
        for name, words in zip(voices[::2], voices[1::2], strict=True):
            yield Piece(_plain(words), speaker(html.unescape(name or "")), cue.t)


def _prefixed(cues: list[_Cue]) -> Iterator[Piece]:
    lines = [labelled(_plain(cue.words)) for cue in cues]
    names = accepted(lines, one_in=_LABELS_ONE_IN)
    current: str | None = None
    for cue, line in zip(cues, lines, strict=True):
        piece = _piece(line, names, current)
        current = piece.speaker
        yield replace(piece, t=cue.t)


def _piece(line: Labelled, names: frozenset[str], current: str | None) -> Piece:
    if line.name in names:
        return Piece(line.text, speaker(line.name), fresh=True)
    # Two arrows are the captioners' sign for another speaker whom they do not name.
    if line.whole.startswith(">>"):
        return Piece(line.whole.lstrip("> "), None, fresh=True)
    return Piece(line.whole, current)
