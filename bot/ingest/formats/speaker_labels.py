"""Decides which words before a colon are a speaker's name, over a whole transcript, never from one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from bot.domain import Turn
from bot.ingest.formats.parsed import TIMESTAMP_PATTERN, parse_timestamp, speaker_name

_WORD = r"[^\W\d_][\w.’'&-]*"
_NAME = rf"(?P<name>{_WORD}(?: {_WORD}){{0,4}}(?: \d{{1,2}})?)"
_BOLD_LABEL = re.compile(
    r"(?:\*\*|__)(?P<name>[^*_\n:]{1,60}?)(?P<inner>:?)\s*(?:\*\*|__)(?P<outer>\s*:)?\s*(?P<rest>.*)"
)
_PLAIN_LABEL = re.compile(
    rf"{_NAME}(?: \((?P<short>[^\W\d_]{{1,4}})\))?(?:\s+[\[(]?(?P<early>{TIMESTAMP_PATTERN})[\])]?)?\s?:"
    r"(?:\s+(?P<text>\S.*)|\s*)"
)
_HEADING_LABEL = re.compile(rf"{_NAME}\s+[\[(]?(?P<late>{TIMESTAMP_PATTERN})[\])]?")
# A bare 12:30 before words is a time of day; in brackets, with hours or on a line of its own it is a timestamp.
_TIMESTAMP = re.compile(
    rf"(?:[\[(](?P<closed>{TIMESTAMP_PATTERN})[\])]|(?P<full>\d+:\d\d:\d\d\S*)|(?P<alone>{TIMESTAMP_PATTERN})(?=\s*$))(?:\s*[-–—](?=\s))?\s*"
)
_MAX_LABEL_CHARS = 90
_NAME_PARTICLE = re.compile(r"van|von|de|der|den|del|della|di|da|la|le|bin|al|el|of|the|and|y")
_NOT_A_NAME = re.compile(
    r"breaking|just|in|update[ds]?|notes?|warning|edit|ps|tl;?dr|sources?|links?|via|question|answer|examples?|step|part|"
    r"chapter|date|title|topics?|intro|introduction|summary|conclusion|details?|include|here|why|how|what|when|where|who|"
    r"important|reminder|tip|correction|disclaimer|copyright|sponsors?|https?|today|tomorrow|yesterday|however|"
    r"meanwhile|(?:mon|tues|wednes|thurs|fri|satur|sun)day|exclusive|watch|read|new|news|alert|developing|thread|"
    r"first|second|third|finally|also|bonus|so|and|but|then",
    re.IGNORECASE,
)
_MIN_LOWERCASE_USES = 3


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """A line as written, and taken apart: a possible name before it, a time (seconds), and what is left.

    `is_marked_up` says that the markup itself makes the label one, `has_timestamp` that a time stands right beside
    it; `initials` stand for the name from there on.
    """

    raw: str
    text: str
    label: str = ""
    t: float | None = None
    is_marked_up: bool = False
    has_timestamp: bool = False
    initials: str = ""


def parse_line(line: str) -> LabelledLine:
    """Take one line apart; whether its label is a speaker's name is for `find_speaker_labels` to say."""
    t, rest = _split_timestamp(line)
    labelled = _parse_bold_label(rest) or _parse_plain_label(rest) or LabelledLine(rest, rest)
    after, text = _split_timestamp(labelled.text) if labelled.label else (None, labelled.text)
    beside = after if after is not None else labelled.t
    stamped = bool(labelled.label) and beside is not None
    return replace(labelled, text=text, t=t if beside is None else beside, has_timestamp=stamped)


def _split_timestamp(line: str) -> tuple[float | None, str]:
    stamp = _TIMESTAMP.match(line)
    t = parse_timestamp(stamp["closed"] or stamp["full"] or stamp["alone"]) if stamp else None
    return (t, line[stamp.end() :]) if stamp and t is not None else (None, line)


def find_speaker_labels(
    lines: Sequence[LabelledLine], declared: Sequence[str] = (), *, max_lines_per_label: int = 12
) -> frozenset[str]:
    """Return the labels that are speakers: declared ones, and those that look and recur as names do.

    If markup sets labels apart, only those count; others count if one line in `max_lines_per_label` has one.
    """
    spoken = sum(1 for line in lines if line.raw)
    set_apart = _recurring_names([line for line in lines if line.is_marked_up], spoken)
    plain = [line for line in lines if line.label and not line.is_marked_up]
    known = {line.label for line in plain} & set(declared)
    if not set_apart and sum(_looks_like_name(line.label) for line in plain) >= max(2, spoken // max_lines_per_label):
        known |= _recurring_names(plain, spoken)
    return frozenset(set_apart | known)


def _recurring_names(lines: Sequence[LabelledLine], total_lines: int) -> set[str]:
    names = Counter(line.label for line in lines if _looks_like_name(line.label))
    mostly = names.total() * 2 >= total_lines
    stamped = {line.label for line in lines if line.has_timestamp}
    nobody = {line.label for line in lines if line.is_marked_up and not speaker_name(line.label)} if names else set()
    return nobody | {
        name for name, times in names.items() if mostly or " " in name or name in stamped or _is_recurring(name, times)
    }


def _is_recurring(name: str, times: int) -> bool:
    return times > 1 if name[0].isupper() else times >= _MIN_LOWERCASE_USES


def _parse_bold_label(line: str) -> LabelledLine | None:
    found = _BOLD_LABEL.fullmatch(line)
    if not found or not found["name"].strip():
        return None
    if not (found["inner"] or found["outer"] or _split_timestamp(found["rest"])[0] is not None):
        return None
    return LabelledLine(line, found["rest"], found["name"].strip(), is_marked_up=True)


def _parse_plain_label(line: str) -> LabelledLine | None:
    if len(line) < _MAX_LABEL_CHARS and (headed := _HEADING_LABEL.fullmatch(line)):
        return LabelledLine(line, "", headed["name"], parse_timestamp(headed["late"]))
    found = _PLAIN_LABEL.fullmatch(line) if ":" in line[:_MAX_LABEL_CHARS] else None
    if not found:
        return None
    early = parse_timestamp(found["early"]) if found["early"] else None
    return LabelledLine(line, found["text"] or "", found["name"], early, initials=found["short"] or "")


def _looks_like_name(name: str) -> bool:
    words = name.split()
    if all(_NOT_A_NAME.fullmatch(word.strip(".'’")) for word in words):
        return False
    return len(words) == 1 or all(not word[0].islower() or _NAME_PARTICLE.fullmatch(word) for word in words)


MAX_WRAPPED_CHARS = 100
"""A text without a longer line (in characters) was wrapped by hand: only a blank line ends its paragraphs."""

_MIN_WRAPPED_CHARS = 40
_LIST_ITEM = re.compile(r"(?:[-*+•–]|\d{1,3}[.)])\s+|#{1,6}\s")

Clean = Callable[[str], str]


@dataclass(slots=True)
class _OpenTurn:
    """A turn that is still being spoken."""

    speaker: str | None
    t: float | None
    paragraphs: list[str] = field(default_factory=list)

    def to_turn(self) -> Turn:
        return Turn("\n".join(self.paragraphs), self.speaker, self.t)


def split_paragraphs(text: str, declared: Sequence[str] = ()) -> list[LabelledLine]:
    """Return the paragraphs of a text, each taken apart; hand-wrapped lines are joined again."""
    lines = [line.strip() for line in text.split("\n")]
    if not _is_hard_wrapped(lines):
        return [parse_line(line) for line in lines if line]
    names = find_speaker_labels([parse_line(line) for line in lines if line], declared)
    joined: list[str] = []
    after_blank = True
    for line in lines:
        if line and (after_blank or _LIST_ITEM.match(line) or parse_line(line).label in names):
            joined.append(line)
        elif line:
            joined[-1] += " " + line
        after_blank = not line
    return [parse_line(line) for line in joined]


def build_turns(lines: Iterable[LabelledLine], labels: frozenset[str], clean: Clean = str.strip) -> tuple[Turn, ...]:
    """Make turns of paragraphs: a speaker goes on until the next label; without labels each paragraph is a turn.

    A paragraph with a time of its own begins a turn, so that its words can be found in the recording.
    """
    names_by_initials = {line.initials: line.label for line in lines if line.initials and line.label in labels}
    spoken: list[_OpenTurn] = []
    for line in lines:
        named = line.label in labels
        if named:
            spoken.append(_OpenTurn(speaker_name(names_by_initials.get(line.label, line.label)), line.t))
        elif not labels or not spoken or line.t is not None:
            spoken.append(_OpenTurn(spoken[-1].speaker if spoken and labels else None, line.t))
        spoken[-1].paragraphs += filter(None, [clean(line.text if named else line.raw)])
    return tuple(turn.to_turn() for turn in _carry_timestamps(spoken))


def _carry_timestamps(open_turns: Sequence[_OpenTurn]) -> Iterable[_OpenTurn]:
    """Leave out turns without words; a timestamp on a line of its own belongs to the words below it."""
    t: float | None = None
    for turn in open_turns:
        turn.t = t if turn.t is None else turn.t
        t = None
        if turn.paragraphs:
            yield turn
        else:
            t = turn.t


def _is_hard_wrapped(lines: Sequence[str]) -> bool:
    lengths = [len(line) for line in lines if line]
    return bool(lengths) and max(lengths) <= MAX_WRAPPED_CHARS and median(lengths) > _MIN_WRAPPED_CHARS
