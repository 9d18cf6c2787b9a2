"""Paragraphs of a text, and the turns they make once it is known which labels are speakers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bot.domain import Turn
from bot.ingest.formats.labels import speaker_name
from bot.ingest.formats.speaker_labels import LabelledLine, find_speaker_labels, parse_line

MAX_WRAPPED_CHARS = 100
"""Characters: a text without a longer line was wrapped by hand, and only a blank line ends its paragraphs."""

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
    fresh = True
    for line in lines:
        if line and (fresh or _LIST_ITEM.match(line) or parse_line(line).label in names):
            joined.append(line)
        elif line:
            joined[-1] += " " + line
        fresh = not line
    return [parse_line(line) for line in joined]


def build_turns(lines: Iterable[LabelledLine], labels: frozenset[str], clean: Clean = str.strip) -> tuple[Turn, ...]:
    """Make turns of paragraphs: a speaker keeps the word until the next label; without labels each stands alone.

    A paragraph with a time of its own begins a turn, so that its words can be found in the recording.
    """
    shorts = {line.initials: line.label for line in lines if line.initials and line.label in labels}
    spoken: list[_OpenTurn] = []
    for line in lines:
        named = line.label in labels
        if named:
            spoken.append(_OpenTurn(speaker_name(shorts.get(line.label, line.label)), line.t))
        elif not labels or not spoken or line.t is not None:
            spoken.append(_OpenTurn(spoken[-1].speaker if spoken and labels else None, line.t))
        spoken[-1].paragraphs += filter(None, [clean(line.text if named else line.raw)])
    return tuple(turn.to_turn() for turn in _carry_timestamps(spoken))


def _carry_timestamps(open_turns: Sequence[_OpenTurn]) -> Iterable[_OpenTurn]:
    """Leave out turns without words; a time stamp on a line of its own belongs to the words below it."""
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
