"""Decides which words are a speaker's label by their place and shape over a whole transcript, never from one line."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain import Turn
from bot.ingest.formats.moments import find_date
from bot.ingest.formats.parsed import (
    LONG_TIMESTAMP_PATTERN,
    TIMESTAMP_PATTERN,
    Segment,
    merge_segments,
    parse_timestamp,
)
from bot.ingest.formats.speaker_names import (
    MAX_LABEL_CHARS,
    clean_label,
    could_be_name,
    is_ordinary,
    looks_like_name,
    speaker_name,
)
from bot.nlp.lexicons import cue_pattern


class Shape(StrEnum):
    """How a label stands on its line."""

    MARKED = "marked"
    """Markup sets it apart: `**Name:** words`."""
    BRACKETED = "bracketed"
    """`[Name] words`, `[Name]: words`"""
    HEADING = "heading"
    """Alone on its line with a time: `Name 0:04`, `0:04 - Name`; the words stand below."""
    STAMPED = "stamped"
    """Before words, with a time beside it: `Name (0:04): words`, `0:04 Name: words`."""
    COLON = "colon"
    """Before words, parted off by nothing but a colon."""
    SHOUTED = "shouted"
    """Before words, in capitals, parted off by a full stop: `CHAIR NAME. Words`, `Mr. NAME. Words`."""
    NONE = ""


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """A line as written, and taken apart: a possible label, its shape, a time (seconds), and what is left.

    `before` is a time at the very start, which counts whether the label does or not; `is_time_of_day` says that the
    time is a clock's, and `initials` stand for the label from there on.
    """

    raw: str
    text: str
    label: str = ""
    t: float | None = None
    shape: Shape = Shape.NONE
    initials: str = ""
    before: float | None = None
    is_time_of_day: bool = False


_STAMP = rf"[\[(]?(?P<t>{LONG_TIMESTAMP_PATTERN})(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?[\])]?"
_HEADING = re.compile(rf"(?P<name>\S.{{0,79}}?)(?:\s*[-–—|•·,:@]\s+|\s+|(?=[\[(])){_STAMP}\s?:?")
_BOLD = re.compile(r"(?P<mark>\*{1,3}|__?)(?P<inner>[^*\n]{1,90}?)(?P=mark)(?P<colon>\s*[:：])?[,\s]*(?P<rest>.*)")
_BOLD_NAME = re.compile(
    rf"(?P<name>\S.{{0,59}}?)(?P<colon>\s*[:：])?(?:\s*[\[(]?(?P<t>{TIMESTAMP_PATTERN})[\])]?)?(?P<end>\s*[:：])?"
)
_BRACKETED = re.compile(r"[\[(](?P<name>[^\[\]()\n]{1,60})[\])](?P<colon>\s?[:：])?\s*(?P<rest>.*)")
_COLON = re.compile(
    rf"(?:\d{{1,4}}[.)]\s+)?(?P<name>[^:：\n]{{1,{MAX_LABEL_CHARS}}}?)(?: \((?P<short>[^\W\d_]{{1,4}})\))?"
    rf"(?:\s*[\[(](?P<closed>{TIMESTAMP_PATTERN})[\])]|\s+(?P<open>{TIMESTAMP_PATTERN}))?"
    r"\s?(?::(?=\s|$|[\[(]|[^\x00-\x7f])|：)\s*(?P<text>.*)"
)
_SPACED = re.compile(
    rf"(?P<name>\S.{{0,{MAX_LABEL_CHARS}}}?)(?:\s*[\[(](?P<closed>{TIMESTAMP_PATTERN})[\])]|(?:\s{{2,}}|\t)(?P<open>{TIMESTAMP_PATTERN}))"
    r"\s+(?P<text>\S.*)"
)
_RULED = re.compile(rf"(?P<name>\S.{{0,{MAX_LABEL_CHARS}}}?)(?:\t+|\s+[-–—|]\s+)(?P<text>\S.*)")
_CAPITALS = r"[^\W\d_a-z](?:[^\W\d_a-z]|['’-]|\.(?=[^\W\d_a-z]))*"
_SHOUTED = re.compile(
    r"(?P<name>(?:(?:Mr|Ms|Mrs|Mx|Dr|The|Senator|Chair(?:man|woman)?|Sen|Rep)\.? )?"
    rf"{_CAPITALS}(?: {_CAPITALS}){{0,4}})\.\s+(?P<text>\S.*)"
)
_CHAT = re.compile(r"From\s+(?P<name>\S.*?)(?:\s+to\s+\S.*)?", re.IGNORECASE)
# A bare 12:30 before words is a time of day; in brackets, with hours, or parted off by a rule it is a timestamp.
_TIMESTAMP = re.compile(
    rf"@?(?:[\[(](?P<closed>{TIMESTAMP_PATTERN})(?:\s*(?:-->|[-–—])\s*{TIMESTAMP_PATTERN})?[\])]"
    rf"|(?P<range>{TIMESTAMP_PATTERN})\s*(?:-->|[-–—])\s*{TIMESTAMP_PATTERN}"
    rf"|(?P<full>\d{{1,3}}:\d\d:\d\d(?:[.,:;]\d+)?)(?!\d)|(?P<ruled>{TIMESTAMP_PATTERN})(?=\s*[-–—|]\s|\t)"
    rf"|(?P<alone>{LONG_TIMESTAMP_PATTERN})(?=\s*$))(?:\s*[-–—|:](?=\s))?\s*"
)
_OPEN_TIME = re.compile(rf"(?P<t>{TIMESTAMP_PATTERN})\s+(?P<rest>\S.*)")
_STAGE_DIRECTION = re.compile(
    rf"(?:\w+ ){{0,2}}(?:{cue_pattern('stage_direction')}).*|(?:\w+ )?\w+(?:ing|s)", re.IGNORECASE
)
_LONGEST_HEADING = 110
_DIGIT = re.compile(r"\d")
_HALF_DAY_MINUTES = 720
_MIN_LOWERCASE_USES = 3
_FEW = 2
_TIMES_PER_FALL = 10
"""Of so many times, one may be lower than the one before: recordings are joined, and typists slip."""


def parse_line(line: str) -> LabelledLine:
    """Take one line apart; whether its label is a speaker's is for `find_speaker_labels` to say."""
    t, rest = _split_timestamp(line.lstrip("\u200e\u200f\u202a\u202b\ufeff"))
    labelled = _parse_bold(rest) or _parse_bracketed(rest) or _parse_heading(rest, t) or _parse_colon(rest)
    labelled = labelled or _parse_spaced(rest, t) or _parse_shouted(rest) or LabelledLine(rest, rest)
    if not labelled.label:
        return replace(labelled, t=t, before=t)
    after, text = _split_timestamp(labelled.text)
    stamps = [stamp for stamp in (after, labelled.t, t) if stamp is not None]
    is_stamped = stamps and labelled.shape is Shape.COLON
    shape = (Shape.STAMPED if text else Shape.HEADING) if is_stamped else labelled.shape
    return replace(labelled, text=text, t=stamps[0] if stamps else None, shape=shape, before=t)


def _split_timestamp(line: str) -> tuple[float | None, str]:
    stamp = _TIMESTAMP.match(line)
    t = parse_timestamp(next(filter(None, stamp.groups()))) if stamp else None
    return (t, line[stamp.end() :]) if stamp and t is not None else (None, line)


def _parse_bold(line: str) -> LabelledLine | None:
    found = _BOLD.fullmatch(line)
    if not found:
        return None
    t, inner = _split_timestamp(found["inner"].strip())
    named = _BOLD_NAME.fullmatch(inner)
    if not named:
        return None
    t = parse_timestamp(named["t"]) if named["t"] else t
    after, text = _split_timestamp(found["rest"])
    has_colon = bool(found["colon"] or named["colon"] or named["end"])
    if t is None and after is None and not has_colon and (opened := _OPEN_TIME.match(text)):
        after, text = parse_timestamp(opened["t"]), opened["rest"]
    t = t if after is None else after
    label = clean_label(named["name"])
    if not has_colon and t is None and (text or (is_ordinary(label) and speaker_name(label))):
        return None
    return LabelledLine(line, text.removeprefix(":").lstrip(), label, t, Shape.MARKED)


def _parse_bracketed(line: str) -> LabelledLine | None:
    found = _BRACKETED.fullmatch(line)
    if not found or (_STAGE_DIRECTION.fullmatch(found["name"]) and is_ordinary(found["name"])):
        return None
    t, text = _split_timestamp(found["rest"])
    if not text and t is None and not found["colon"]:
        return None
    if t is not None and not text:
        # Zoom writes the time of day.
        return LabelledLine(line, text, clean_label(found["name"]), t, Shape.HEADING, is_time_of_day=True)
    return LabelledLine(line, text, clean_label(found["name"]), t, Shape.BRACKETED)


def _parse_heading(line: str, before: float | None) -> LabelledLine | None:
    """Take apart a line that is only a name and a time, or, after a time, only a name."""
    if len(line) > _LONGEST_HEADING or (before is None and not _DIGIT.search(line)) or find_date(line):
        return None
    if found := _HEADING.fullmatch(line):
        seconds, half = parse_timestamp(found["t"]), found["half"]
        if half and seconds is not None:
            minutes = seconds if found["t"].count(":") == 1 else seconds / 60
            seconds = (minutes % _HALF_DAY_MINUTES + (_HALF_DAY_MINUTES if half in "Pp" else 0)) * 60
        return LabelledLine(line, "", clean_label(found["name"]), seconds, Shape.HEADING, is_time_of_day=bool(half))
    if before is not None and could_be_name(line.rstrip(":")):
        return LabelledLine(line, "", clean_label(line), before, Shape.HEADING)
    if (found := _OPEN_TIME.fullmatch(line)) and looks_like_name(found["rest"]):
        return LabelledLine(line, "", clean_label(found["rest"]), parse_timestamp(found["t"]), Shape.HEADING)
    return None


def _parse_colon(line: str) -> LabelledLine | None:
    found = _COLON.fullmatch(line) if re.search("[:：]", line[:_LONGEST_HEADING]) else None
    if not found or not could_be_name(found["name"]):
        return None
    stamp = found["closed"] or found["open"]
    t = parse_timestamp(stamp) if stamp else None
    chat = _CHAT.fullmatch(found["name"])
    label = clean_label(chat["name"] if chat else found["name"])
    initials = found["short"] or ""
    return LabelledLine(line, found["text"], label, t, Shape.COLON, initials, is_time_of_day=bool(chat))


def _parse_shouted(line: str) -> LabelledLine | None:
    """Take apart a label as stenographers write it: CHAIR WHITFIELD. Good afternoon."""
    found = _SHOUTED.fullmatch(line)
    if not found or not could_be_name(found["name"]):
        return None
    return LabelledLine(line, found["text"], clean_label(found["name"]), None, Shape.SHOUTED)


def _parse_spaced(line: str, before: float | None) -> LabelledLine | None:
    found = (_SPACED.fullmatch(line) if _DIGIT.search(line[:_LONGEST_HEADING]) else None) or (
        _RULED.fullmatch(line) if before is not None else None
    )
    if not found or not could_be_name(found["name"]):
        return None
    stamp = found.groupdict().get("closed") or found.groupdict().get("open")
    t = parse_timestamp(stamp) if stamp else before
    return LabelledLine(line, found["text"], clean_label(found["name"]), t, Shape.STAMPED)


@dataclass(frozen=True, slots=True)
class SpeakerLabels:
    """The labels of a transcript that are speakers', and the shapes in which they stand."""

    names: frozenset[str] = frozenset()
    shapes: frozenset[Shape] = frozenset()

    @property
    def description(self) -> str:
        """How the transcript sets its speakers apart, in words."""
        return " and ".join(_SHAPE_WORDS[shape] for shape in sorted(self.shapes))

    def __bool__(self) -> bool:
        """Return whether the transcript has any."""
        return bool(self.names)

    def names_speaker(self, line: LabelledLine) -> bool:
        """Return whether the label of a line is a speaker's."""
        return line.label in self.names

    def is_unrecognised(self, line: LabelledLine) -> bool:
        """Return whether a line seems to have another speaker's label: its words aren't those of the one before."""
        if not self.names or not line.label or line.label in self.names:
            return False
        if line.shape in {Shape.COLON, Shape.SHOUTED} or line.shape not in self.shapes:
            return looks_like_name(line.label) and not is_ordinary(line.label) and line.shape in _INLINE
        return could_be_name(line.label)


_SHAPE_WORDS = {
    Shape.MARKED: "speakers in bold",
    Shape.BRACKETED: "speakers in brackets",
    Shape.HEADING: "speakers and times above their words",
    Shape.STAMPED: "speakers and times before their words",
    Shape.COLON: "speakers before a colon",
    Shape.SHOUTED: "speakers in capitals",
}
_INLINE = frozenset({Shape.COLON, Shape.STAMPED})


def find_speaker_labels(
    lines: Sequence[LabelledLine], declared: Sequence[str] = (), *, max_lines_per_label: int = 12, units: int = 0
) -> SpeakerLabels:
    """Return the labels that are speakers': declared ones, and those that stand and recur as speakers' do.

    If markup sets labels apart, only those count. Labels with a time beside them count if the times rise; those with
    only a colon if one line in `max_lines_per_label` has one, of `units` (lines with words, unless it says otherwise).
    """
    spoken = units or sum(1 for line in lines if line.raw)
    by_shape = {shape: [line for line in lines if line.label and line.shape is shape] for shape in Shape}
    marked = _recurring_names(by_shape[Shape.MARKED], spoken)
    known = {line.label for line in lines if line.label} & {clean_label(name) for name in declared}
    if marked:
        return SpeakerLabels(frozenset(marked | known), frozenset({Shape.MARKED}))
    found = {shape: _timed_names(lines, shape) for shape in (Shape.HEADING, Shape.STAMPED)}
    found[Shape.BRACKETED] = _bracketed_names(by_shape[Shape.BRACKETED], spoken)
    timed = sum(len(by_shape[shape]) for shape, names in found.items() if names)
    plain = [line for line in by_shape[Shape.COLON] if looks_like_name(line.label) or _is_numbered(line.label)]
    if len(plain) >= max(2, spoken // max_lines_per_label) and len(plain) >= timed:
        found[Shape.COLON] = _recurring_names(plain, spoken)
    elif units:
        # Captions shout the names of those who are not in the picture, or label nearly every line.
        mostly = (timed + len(plain)) * 2 >= units
        found[Shape.COLON] = {
            line.label for line in plain if (mostly or line.label.isupper()) and _is_telling(line.label)
        }
    shouted = Counter(line.label for line in by_shape[Shape.SHOUTED] if _is_telling(line.label))
    if not any(found.values()) and shouted.total() >= max(2, spoken // max_lines_per_label):
        found[Shape.SHOUTED] = {name for name, count in shouted.items() if count > 1}
    names = known.union(*found.values())
    return SpeakerLabels(frozenset(names), frozenset(shape for shape, some in found.items() if some - {""}))


def _recurring_names(lines: Sequence[LabelledLine], total_lines: int) -> set[str]:
    names = Counter(line.label for line in lines if looks_like_name(line.label) or _is_numbered(line.label))
    mostly = names.total() * 2 >= total_lines
    nobody = {line.label for line in lines if line.label and speaker_name(line.label) is None} if names else set()
    stamped = {line.label for line in lines if line.t is not None}
    return nobody | {
        name for name, times in names.items() if mostly or " " in name or name in stamped or _is_recurring(name, times)
    }


def _is_numbered(label: str) -> bool:
    """Return whether a label numbers a voice; a single letter may also stand before the lines of a list."""
    return len(label) > 1 and speaker_name(label) is None


def _is_recurring(name: str, times: int) -> bool:
    return times > 1 if not name[0].islower() else times >= _MIN_LOWERCASE_USES


def _timed_names(lines: Sequence[LabelledLine], shape: Shape) -> set[str]:
    """Return the labels of one shape with times, if the times rise and words follow."""
    places = [index for index, line in enumerate(lines) if line.label and line.shape is shape and line.t is not None]
    times = [lines[index].t or 0.0 for index in places]
    falls = sum(before > after for before, after in itertools.pairwise(times))
    worded = sum(bool(lines[index].text) or _is_worded(lines, index) for index in places)
    if falls > max(len(times) // _TIMES_PER_FALL, len(times) > _FEW) or worded * 2 < len(places):
        return set()
    uses = Counter(lines[index].label for index in places)
    named = {label for label, count in uses.items() if looks_like_name(label) or (count > 1 and could_be_name(label))}
    # Lines of a chapter list or of captions are as long as names can be, but hardly one comes twice.
    unlike_names = len(named) * 2 < len(uses) if shape is Shape.HEADING else len(uses) > _FEW + 1
    return set() if max(uses.values(), default=0) == 1 and len(uses) > _FEW and unlike_names else named


def _is_worded(lines: Sequence[LabelledLine], index: int) -> bool:
    following = lines[index + 1] if index + 1 < len(lines) else None
    return following is not None and (
        following.shape is not lines[index].shape or following.label == lines[index].label
    )


def _bracketed_names(lines: Sequence[LabelledLine], total_lines: int) -> set[str]:
    """Return the labels in brackets that recur, are shouted, or number a voice; others are sounds and remarks."""
    uses = Counter(line.label for line in lines if could_be_name(line.label) or speaker_name(line.label) is None)
    mostly = uses.total() * 2 >= total_lines
    return {
        label
        for label, times in uses.items()
        if speaker_name(label) is None
        or (looks_like_name(label) and (mostly or times > 1 or (label.isupper() and _is_telling(label))))
    }


def _is_telling(label: str) -> bool:
    """Return whether a label is no word of the language: a name, or what is said for want of one."""
    return len(label) > 1 and (speaker_name(label) is None or not is_ordinary(label))


Clean = Callable[[str], str]


@dataclass(slots=True)
class _OpenTurn:
    """A turn that is still being spoken."""

    speaker: str | None
    t: float | None
    paragraphs: list[str] = field(default_factory=list)

    def to_turn(self) -> Turn:
        return Turn("\n".join(self.paragraphs), self.speaker, self.t)


def build_turns(lines: Iterable[LabelledLine], labels: SpeakerLabels, clean: Clean = str.strip) -> tuple[Turn, ...]:
    """Make turns of paragraphs: a speaker goes on until the next label; without labels each paragraph is a turn.

    A paragraph with a time of its own begins a turn, so that its words can be found in the recording. After a label
    that may be a speaker's or not, nobody is named.
    """
    lines = tuple(lines)
    if not labels and is_timed(lines):
        return merge_segments(_caption_segments(lines, clean))
    first = next((line.t for line in lines if line.is_time_of_day and labels.names_speaker(line)), None)
    if first:
        lines = tuple(line if line.t is None else replace(line, t=max(0.0, line.t - first)) for line in lines)
    names_by_initials = {line.initials: line.label for line in lines if line.initials and labels.names_speaker(line)}
    spoken: list[_OpenTurn] = []
    for line in lines:
        named = labels.names_speaker(line)
        if named:
            spoken.append(_OpenTurn(speaker_name(names_by_initials.get(line.label, line.label)), line.t))
        elif labels.is_unrecognised(line):
            spoken.append(_OpenTurn(None, line.t))
        elif not labels or not spoken or line.before is not None:
            spoken.append(_OpenTurn(spoken[-1].speaker if spoken and labels else None, line.before))
        spoken[-1].paragraphs += filter(None, [clean(line.text if named else line.raw)])
    return tuple(turn.to_turn() for turn in _carry_timestamps(spoken))


def is_timed(lines: Sequence[LabelledLine]) -> bool:
    """Return whether lines are captions: times stand at the start or on every other line, and they rise."""
    times = [line.before for line in lines if line.before is not None]
    rising = all(before <= after for before, after in itertools.pairwise(times))
    return rising and len(times) > 1 and len(times) * _LINES_PER_TIME >= len(lines)


_LINES_PER_TIME = 3


def _caption_segments(lines: Iterable[LabelledLine], clean: Clean) -> Iterator[Segment]:
    t: float | None = None
    for line in lines:
        t = line.before if line.before is not None else t
        yield Segment(clean(line.raw), None, t)
        t = None if line.raw else t


def _carry_timestamps(open_turns: Sequence[_OpenTurn]) -> Iterator[_OpenTurn]:
    """Leave out turns without words; a timestamp on a line of its own belongs to the words below it."""
    t: float | None = None
    for turn in open_turns:
        turn.t = t if turn.t is None else turn.t
        t = None
        if turn.paragraphs:
            yield turn
        else:
            t = turn.t
