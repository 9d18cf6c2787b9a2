"""Lays a transcript's text out: its lines joined where they were wrapped, its headings put beside what they head."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

from bot.domain import Person
from bot.ingest.formats.moments import find_date
from bot.ingest.formats.parsed import LONG_TIMESTAMP_PATTERN, TIMESTAMP_PATTERN, parse_timestamp
from bot.ingest.formats.speaker_labels import LabelledLine, SpeakerLabels, find_speaker_labels, parse_line
from bot.ingest.formats.speaker_names import clean_label, could_be_name, is_ordinary, looks_like_name, speaker_name
from bot.nlp.lexicons import cue_pattern

MAX_WRAPPED_CHARS = 100
"""A text without a longer line (in characters) was wrapped by hand: only a blank line ends its paragraphs."""

_MIN_WRAPPED_CHARS = 40
_LONGEST_TOOL_LINE = 400
_LIST_ITEM = re.compile(r"(?:[-*+•–]|\d{1,3}[.)])\s+|#{1,6}\s")
_TIME_ONLY = re.compile(
    rf"@?[\[(]?(?P<t>{LONG_TIMESTAMP_PATTERN})(?:\s?[AaPp]\.?[Mm]\.?)?[\])]?(?:\s*(?:-->|[-–—])\s*[\[(]?{TIMESTAMP_PATTERN}[\])]?)?:?"
)
_SENTENCE_END = re.compile(r"[.!?…:;,。！？][\"”’)\]]?$")
_INNER_LABEL = re.compile(
    r"(?<=[.!?…\"”’)\]])\s+(?P<head>(?P<name>(?:[^\s:.!?,;]+\.? ){0,4}[^\s:.!?,;]+(?: \([^()]{1,40}\))?)"
    r"(?::\s?[\[(]?|\s?[\[(])\d{1,2}:\d\d:\d\d[\])]?:?(?=\s))"
)
_BARE_TIME = re.compile(rf"(?P<t>{TIMESTAMP_PATTERN})\s+(?P<words>\S.*)")
_LABEL_START = re.compile(r"[^:\n]{1,70}:(?:\*\*|__)?\s")
_LABEL_AND_TIME = re.compile(rf"(?P<label>[^:\n]{{1,70}}:(?:\*\*|__)?)\s+(?P<t>{TIMESTAMP_PATTERN})\s+(?P<words>\S.*)")
_LABEL_SHARE = 0.8
_INNER_TIME = re.compile(r"\d:\d\d:\d\d")
_MIN_SHARE = 0.6
_MIN_HEADINGS = 3
_FEW = 2


def is_tool_line(line: str) -> bool:
    """Return whether a line is a transcription tool's own: "Transcribed by …", "Transcription ended after …"."""
    return len(line) <= _LONGEST_TOOL_LINE and _tool_lines().fullmatch(line.strip("*_ ")) is not None


@cache
def _tool_lines() -> re.Pattern[str]:
    return re.compile(cue_pattern("tool_line"), re.IGNORECASE)


def split_paragraphs(text: str, declared: Sequence[str] = ()) -> list[LabelledLine]:
    """Return the paragraphs of a text, each taken apart; hand-wrapped lines are joined again."""
    written = _bracket_label_times(_bracket_times([line.strip() for line in text.split("\n")]))
    headed = _join_headings(["" if is_tool_line(line) else line for line in written])
    lines = [part for line in headed for part in _split_at_labels(line)]
    if not _is_hard_wrapped(lines):
        return [parse_line(line) for line in lines if line]
    labels = find_speaker_labels([parse_line(line) for line in lines if line], declared)
    joined: list[str] = []
    after_blank = True
    for line in lines:
        parsed = parse_line(line)
        starts = after_blank or _LIST_ITEM.match(line) or parsed.before is not None or labels.names_speaker(parsed)
        if line and starts:
            joined.append(line)
        elif line:
            joined[-1] += " " + line
        after_blank = not line
    return [parse_line(line) for line in joined]


def _bracket_times(lines: Sequence[str]) -> Sequence[str]:
    """Put brackets around the bare times at the start of nearly all lines, "0:05 and now": they are no times of day."""
    timed = [found for line in lines if (found := _BARE_TIME.fullmatch(line))]
    times = [parse_timestamp(found["t"]) or 0.0 for found in timed]
    rising = all(before <= after for before, after in itertools.pairwise(times))
    if len(timed) < _MIN_HEADINGS or not rising or len(timed) < _MIN_SHARE * sum(map(bool, lines)):
        return lines
    return [f"[{found['t']}] {found['words']}" if (found := _BARE_TIME.fullmatch(line)) else line for line in lines]


def _bracket_label_times(lines: Sequence[str]) -> Sequence[str]:
    """Put brackets around the bare times after nearly all labels, "Name: 0:05 And now": they are no times of day."""
    labelled = sum(1 for line in lines if _LABEL_START.match(line))
    timed = [found for line in lines if (found := _LABEL_AND_TIME.fullmatch(line))]
    times = [parse_timestamp(found["t"]) or 0.0 for found in timed]
    rising = all(before <= after for before, after in itertools.pairwise(times))
    if len(timed) < _MIN_HEADINGS or not rising or len(timed) < _LABEL_SHARE * labelled:
        return lines
    return [
        f"{found['label']} [{found['t']}] {found['words']}" if (found := _LABEL_AND_TIME.fullmatch(line)) else line
        for line in lines
    ]


def _is_hard_wrapped(lines: Sequence[str]) -> bool:
    lengths = [len(line) for line in lines if line]
    return bool(lengths) and max(lengths) <= MAX_WRAPPED_CHARS and median(lengths) > _MIN_WRAPPED_CHARS


def _split_at_labels(line: str) -> list[str]:
    """Return a paragraph in parts if another speaker's label with a time stands inside it."""
    if not _INNER_TIME.search(line, 1):
        return [line]
    parts, start = [], 0
    for match in _INNER_LABEL.finditer(line):
        if looks_like_name(match["name"]):
            parts.append(line[start : match.start()])
            start = match.start("head")
    return [*parts, line[start:]]


def _join_headings(lines: Sequence[str]) -> list[str]:
    """Put names and times that stand on lines of their own together, as "Name  0:03"; a name alone becomes "Name:"."""
    times = {index for index, line in enumerate(lines) if line and _TIME_ONLY.fullmatch(line)}
    if len(times) > 1:
        lines = _merge_times(lines, times)
        filled = [line for line in lines if line]
        places = [index for index, line in enumerate(filled) if _TIME_ONLY.fullmatch(line)]
        for step in (-1, 1):
            if _are_names([filled[i + step] for i in places if 0 <= i + step < len(filled)], len(places)):
                return list(_join_pairs(filled, set(places), step))
        return list(lines)
    return _mark_lone_names(lines)


def _merge_times(lines: Sequence[str], times: set[int]) -> list[str]:
    """Leave out a time that only repeats, in words or figures, the one on the line before."""
    return [line for index, line in enumerate(lines) if not (index in times and index - 1 in times)]


def _is_bare_name(line: str) -> bool:
    if not line or _SENTENCE_END.search(line):
        return False
    return speaker_name(line) is None or (looks_like_name(line) and not is_ordinary(line))


def _are_names(neighbours: Sequence[str], times: int) -> bool:
    """Return whether the lines beside the times are names: nearly all look like one, and some come again."""
    names = Counter(clean_label(line) for line in neighbours if _is_bare_name(line))
    recurs = bool(names) and (max(names.values()) > 1 or times < _MIN_HEADINGS)
    return names.total() >= _MIN_SHARE * times and recurs


def _join_pairs(filled: Sequence[str], times: set[int], step: int) -> Iterator[str]:
    named = {index + step for index in times if 0 <= index + step < len(filled) and could_be_name(filled[index + step])}
    for index, line in enumerate(filled):
        if index in named and index not in times:
            continue
        time = _TIME_ONLY.fullmatch(line) if index in times and index + step in named else None
        if time:
            yield f"{filled[index + step]}  {time['t']}"
        elif not (index + 1 in named and _is_initials(line, filled[index + 1])):
            yield line


def _is_initials(line: str, name: str) -> bool:
    """Return whether a line is what a tool shows in place of a picture."""
    letters = "".join(word[0] for word in name.split())
    return line.isupper() and letters.upper().startswith(line)


def _mark_lone_names(lines: Sequence[str]) -> list[str]:
    """Put a colon after names that stand alone above what they say, if nothing else labels the words."""
    filled = [line for line in lines if line]
    if len(filled) < _MIN_HEADINGS or find_speaker_labels([parse_line(line) for line in filled]):
        return list(lines)
    uses = Counter(line for line in filled if looks_like_name(line) and not _SENTENCE_END.search(line))
    recurring = {line for line, times in uses.items() if times > (_FEW if is_ordinary(line) else 1)}
    if not recurring or sum(map(uses.__getitem__, recurring)) * 6 < len(filled):
        return list(lines)
    heads = [line in recurring for line in filled]
    doubled = sum(head and following for head, following in itertools.pairwise(heads))
    if heads[-1] or doubled * _HEADS_PER_DOUBT > sum(heads):
        return list(lines)
    return list(_label_lone_names(lines, recurring, set(uses)))


_HEADS_PER_DOUBT = 10
"""Of so many names, one may have another below it: somebody says a name, or a word as short as one."""


def _label_lone_names(lines: Sequence[str], recurring: set[str], namelike: set[str]) -> Iterator[str]:
    before, is_head = "", False
    for line in lines:
        is_head = bool(line) and not is_head and (line in recurring or (line in namelike and not before))
        yield _lone_label(line, recurring) if is_head else line
        before = line


def _lone_label(line: str, recurring: set[str]) -> str:
    """Return a line that stands where names do as a label; one that comes once and is no name is nobody's words."""
    return f"{line}:" if line in recurring or not is_ordinary(line) else f"Unknown Speaker: {line}"


_SECTION = re.compile(
    r"(?:meeting )?(?:transcript(?:ion)?|summary|summary keywords|keywords|notes|outline|agenda|recording)s?:?",
    re.IGNORECASE,
)
_PEOPLE_SECTION = re.compile(
    r"(?:attendees|participants|speakers|invited|people|panellists|panelists):?", re.IGNORECASE
)
_TITLE_DATE = re.compile(
    r" ?[(-]? ?\d{4}-?\d\d-?\d\d.*$| [-–—] (?:meeting )?transcript(?:ion)?$|\.(?:mp[34]|m4a|wav|mov|webm|ogg)$",
    re.IGNORECASE,
)
_MAX_HEADER_WORDS = 30


@dataclass(frozen=True, slots=True)
class Preamble:
    """What stands above the first speaker's words: about the talk, and no part of it."""

    title: str = ""
    date_text: str = ""
    people: tuple[Person, ...] = ()


def split_preamble(lines: Sequence[LabelledLine], labels: SpeakerLabels) -> tuple[Preamble, Sequence[LabelledLine]]:
    """Return what the lines before the first label tell, and the lines of speech. Whole sentences are speech."""
    first = next((index for index, line in enumerate(lines) if labels.names_speaker(line)), 0)
    header = [line.raw for line in lines[:first] if _is_header(line)]
    spoken = [line for line in lines[:first] if not _is_header(line)]
    dates = filter(None, (find_date(line) for line in header))
    date = next(dates, None)
    people: list[Person] = []
    titles = []
    for before, line in zip(["", *header], header, strict=False):
        if _PEOPLE_SECTION.fullmatch(before):
            people += [Person(clean_label(name)) for name in line.split(",") if looks_like_name(clean_label(name))]
        elif not (_PEOPLE_SECTION.fullmatch(line) or _SECTION.fullmatch(line) or _is_only_date(line)):
            titles.append(line)
    title = _TITLE_DATE.sub("", " ".join(titles[0].split())).strip(" -") if titles else ""
    return Preamble(title, date.isoformat() if date else "", tuple(people)), [*spoken, *lines[first:]]


def _is_header(line: LabelledLine) -> bool:
    words = line.raw.split()
    if line.t is not None and not words:
        return False
    return len(words) <= _MAX_HEADER_WORDS and not re.search(r"[.!?…。]['\"”’)]?$", line.raw)


def _is_only_date(line: str) -> bool:
    dated = find_date(line) is not None and len(line.split()) <= _MAX_DATE_WORDS and "transcript" not in line.lower()
    return bool(dated and not re.search(r"[^\W\d_]{13,}|\d{8}", line)) or _TIME_ONLY.fullmatch(line) is not None


_MAX_DATE_WORDS = 7
