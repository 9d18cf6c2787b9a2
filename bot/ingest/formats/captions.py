"""WebVTT, SRT and SBV: cues with times, read by one tolerant reader that can name a bad line."""

from __future__ import annotations

import html
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.ingest.formats.paragraphs import is_tool_line
from bot.ingest.formats.parsed import (
    TIMESTAMP_PATTERN,
    ParsedConversation,
    ParseProblem,
    Segment,
    merge_segments,
    parse_timestamp,
)
from bot.ingest.formats.speaker_labels import LabelledLine, Shape, SpeakerLabels, find_speaker_labels, parse_line
from bot.ingest.formats.speaker_names import clean_label, is_ordinary, looks_like_name, speaker_name

_CUE_TIMING = re.compile(
    rf"\s*({TIMESTAMP_PATTERN})\s*-->\s*({TIMESTAMP_PATTERN})|(\d+:\d\d:\d\d\.\d{{3}}),\d+:\d\d:\d\d\.\d{{3}}$"
)
_VOICE_TAG = re.compile(r"<v(?:\.[^\s>]{0,60})?(?:\s+([^>]{0,120}))?>")
_TAG = re.compile(r"</?[a-z][^>]{0,200}>|<[\d:.]{1,20}>|\{\\[^{}]{1,80}\}", re.IGNORECASE)
_LINE_BREAK_MARK = re.compile(r"\\[Nnh]")
_TITLE = re.compile(r"WEBVTT[ \t]+-?[ \t]*(\S.*)")
_LANGUAGE = re.compile(r"\s*WEBVTT[^\n]*\n(?:[A-Z][^\n]*\n){0,5}?Language:\s*([a-z]{2})\b")
_MAX_CUES_PER_LABEL = 200
"""Captions name a speaker once and then go on for minutes."""

_WORD_BY_WORD = re.compile(r"<\d\d:\d\d:\d\d\.\d{3}><c[.>]")
"""Captions that scroll up word by word: each cue shows the line before it again."""

_MIN_ROLLING_CUES = 3
_MIN_OVERLAP_WORDS, _MAX_OVERLAP_WORDS = 3, 100
_NON_CUE_BLOCKS = ("NOTE", "STYLE", "REGION")
_DASH = re.compile(r"[-‐–—]\s?(?=[^\s\d-])")
_INNER_DASH = re.compile(r"(?<=[.!?…\"”’)\]])\s+[-‐–—]\s?(?=[^\s\d-])")
_INNER_ARROWS = re.compile(r"\s+(?=>>)")


@dataclass(frozen=True, slots=True)
class _Cue:
    t: float
    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)


@dataclass(frozen=True, slots=True)
class _Utterance:
    """A line of a cue; `changes_speaker` if a mark says that somebody else begins, whom it doesn't name."""

    t: float
    line: LabelledLine
    changes_speaker: bool = False


def parse_captions(text: str, _name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read captions; a block that isn't a cue is a problem, and the rest is read."""
    cues: list[_Cue] = []
    for number, block in _blocks(text):
        cue = _parse_cue(number, block)
        if isinstance(cue, ParseProblem):
            yield cue
        elif cue:
            cues.append(cue)
    cues = _spoken_cues(cues)
    has_voices = any(_VOICE_TAG.search(cue.text) for cue in cues)
    segments = _segments_by_voice(cues) if has_voices else _segments_by_label(_drop_repeated_words(cues, text))
    title, language = _TITLE.match(text), _LANGUAGE.match(text)
    yield ParsedConversation(
        merge_segments(segments),
        title=title[1].strip() if title else "",
        lang=language[1] if language else "en",
    )


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a block with the number of the first. The words of a cue may stand below an empty line."""
    block: list[str] = []
    start, is_apart, after_blank = 0, False, False
    for number, line in enumerate((*text.split("\n"), ""), 1):
        if not line.strip():
            if block and not _CUE_TIMING.match(block[-1]):
                yield start, block
                block = []
            after_blank = True
            continue
        # If the blank line is missing, the next time ends the header or the cue.
        if (
            block
            and _CUE_TIMING.match(line)
            and (block[0].startswith("WEBVTT") or any(map(_CUE_TIMING.match, block[:2])))
        ):
            index = [block.pop()] if _is_index(block, is_apart=is_apart) else []
            yield start, block
            start, block = number - len(index), index
        start = start if block else number
        block.append(line)
        is_apart, after_blank = after_blank, False
    if block:
        yield start, block


def _is_index(block: list[str], *, is_apart: bool) -> bool:
    """Return whether the last line of a block is the number or name of the next cue."""
    last = block[-1].strip()
    return len(block) > 1 and (last.isdigit() or (is_apart and " " not in last and bool(_CUE_TIMING.match(block[-2]))))


def _parse_cue(number: int, block: list[str]) -> _Cue | ParseProblem | None:
    if block[0].startswith(_NON_CUE_BLOCKS) or block[0].startswith("WEBVTT"):
        return None
    timing_index = next((index for index, line in enumerate(block[:2]) if _CUE_TIMING.match(line)), None)
    if timing_index is None:
        bad = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
        if bad is None:
            return ParseProblem(f"line {number}", "words without a time")
        return ParseProblem(f"line {number + bad}", f"{block[bad].strip()[:60]!r} is not a time")
    timing = _CUE_TIMING.match(block[timing_index])
    start = parse_timestamp(timing[1] or timing[3]) if timing else None
    lines = tuple(_LINE_BREAK_MARK.sub(" ", line).strip() for line in block[timing_index + 1 :])
    return _Cue(start or 0.0, number + timing_index, lines)


def _spoken_cues(cues: Sequence[_Cue]) -> list[_Cue]:
    """Return cues without the tool's own lines; Teams may write a cue as JSON, or its speaker on a line of its own."""
    spoken = [replace(cue, lines=_spoken_lines(cue.lines)) for cue in cues]
    firsts = [cue.lines[0] for cue in spoken if len(cue.lines) > 1]
    uses = Counter(firsts)
    names = {line for line in uses if speaker_name(line) is None or _is_name_line(line, uses[line])}
    named = sum(uses[name] for name in names)
    if len(firsts) * 5 < len(spoken) * 4 or len(uses) * 2 > len(firsts) + 1 or named * 5 < len(firsts) * 4:
        return spoken
    return [
        replace(cue, lines=(f"{cue.lines[0]}:", *cue.lines[1:])) if cue.lines and cue.lines[0] in names else cue
        for cue in spoken
    ]


def _is_name_line(line: str, uses: int) -> bool:
    return looks_like_name(line) and (uses > 1 or not is_ordinary(line))


def _spoken_lines(lines: Sequence[str]) -> tuple[str, ...]:
    text = "\n".join(lines)
    if text.startswith("{") and '"spokenText"' in text:
        try:
            fields = json.loads(text)
            return (f"<v {fields.get('speakerName') or ''}>{fields['spokenText']}",)
        except (ValueError, KeyError, TypeError, AttributeError):
            return ()
    return tuple(line for line in lines if line and not is_tool_line(_strip_tags(line)))


def _drop_repeated_words(cues: list[_Cue], text: str) -> list[_Cue]:
    """Leave out what a cue shows again of the cue before it, if the captions scroll up or grow."""
    words = [_strip_tags(cue.text).split() for cue in cues]
    firsts = [len(_strip_tags(cue.lines[0]).split()) if cue.lines else 0 for cue in cues]
    fresh = drop_repeated_words(words, firsts, is_rolling=_WORD_BY_WORD.search(text) is not None)
    if fresh is words:
        return cues
    return [replace(cue, lines=(" ".join(shown),)) for cue, shown in zip(cues, fresh, strict=True)]


def drop_repeated_words(
    words: Sequence[Sequence[str]], first_lines: Sequence[int] = (), *, is_rolling: bool = False
) -> Sequence[Sequence[str]]:
    """Return the words that each cue adds to the one before it if captions roll, which `is_rolling` may say is sure.

    They do if half of the cues begin with the end of the one before: with all of it, with three words or more, or
    with their whole first line, of so many words as `first_lines` says.
    """
    overlaps = [0, *(_overlap(before, after) for before, after in itertools.pairwise(words))]
    rolled = sum(
        count in {len(before), first} or count >= _MIN_OVERLAP_WORDS
        for count, before, first in zip(overlaps[1:], words, first_lines[1:] or [0] * len(words), strict=False)
        if count
    )
    if not is_rolling and (rolled < _MIN_ROLLING_CUES or rolled * 2 < len(words) - 1):
        return words
    return [shown[count:] for shown, count in zip(words, overlaps, strict=True)]


def _overlap(before: Sequence[str], after: Sequence[str]) -> int:
    """Return with how many words one cue ends and the next begins."""
    longest = min(len(before), len(after), _MAX_OVERLAP_WORDS)
    return next((count for count in range(longest, 0, -1) if before[-count:] == after[:count]), 0)


def _strip_tags(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def _segments_by_voice(cues: Sequence[_Cue]) -> Iterator[Segment]:
    voice = ""
    for cue in cues:
        unvoiced, *voices = _VOICE_TAG.split(cue.text)
        yield Segment(_strip_tags(unvoiced), None, cue.t)
        for name, words in zip(voices[::2], voices[1::2], strict=True):
            label = clean_label(html.unescape(name or ""))
            # Two voices without names are still two.
            yield Segment(_strip_tags(words), speaker_name(label), cue.t, starts_turn=bool(voice) and label != voice)
            voice = label


def _segments_by_label(cues: Sequence[_Cue]) -> Iterator[Segment]:
    utterances = [utterance for cue in cues for utterance in _utterances(cue)]
    lines = [utterance.line for utterance in utterances]
    labels = find_speaker_labels(lines, max_lines_per_label=_MAX_CUES_PER_LABEL, units=len(cues))
    current: str | None = None
    ended = True
    for utterance in utterances:
        segment = _to_segment(utterance, labels, current, ended=ended)
        current = segment.speaker
        ended = segment.text.endswith((".", "!", "?", "…", '"', "”")) if segment.text else ended
        yield segment


def _utterances(cue: _Cue) -> Iterator[_Utterance]:
    """Yield what each speaker says in a cue: dashes and arrows part them, labels are for later."""
    lines = [stripped for line in cue.lines if (stripped := _strip_tags(line))]
    dashes = sum(1 for line in lines if _DASH.match(line))
    for line in lines:
        is_dashed = _DASH.match(line) and (dashes > 1 or len(lines) == 1 or not line.lstrip("-‐–— ")[:1].islower())
        for part in (_INNER_DASH if is_dashed else _INNER_ARROWS).split(line):
            words = _DASH.sub("", part, count=1) if is_dashed else part.lstrip("> ")
            parsed = parse_line(words)
            # A time at the start or end of a caption is said.
            is_time = parsed.before is not None or parsed.shape is Shape.HEADING
            changes = bool(is_dashed) or part.startswith(">>")
            yield _Utterance(cue.t, LabelledLine(words, words) if is_time else parsed, changes)


def _to_segment(utterance: _Utterance, labels: SpeakerLabels, current: str | None, *, ended: bool) -> Segment:
    line = utterance.line
    if labels.names_speaker(line):
        return Segment(line.text, speaker_name(line.label), utterance.t, starts_turn=True)
    # Marks are how captioners say that somebody else speaks, whom they do not name.
    if utterance.changes_speaker or (ended and labels.is_unrecognised(line)):
        return Segment(line.raw, None, utterance.t, starts_turn=True)
    return Segment(line.raw, current, utterance.t)
