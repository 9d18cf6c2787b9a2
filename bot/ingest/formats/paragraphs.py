"""Paragraphs of a text, and the turns they make once it is known which labels are speakers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bot.domain import Turn
from bot.ingest.formats.labels import speaker
from bot.ingest.formats.speaker_labels import Labelled, accepted, labelled

WRAPPED_AT = 100
"""Characters: a text without a longer line was wrapped by hand, and only a blank line ends its paragraphs."""

_WRAPPED_FROM = 40
_LIST = re.compile(r"(?:[-*+•–]|\d{1,3}[.)])\s+|#{1,6}\s")

Clean = Callable[[str], str]


@dataclass(slots=True)
class _Open:
    """A turn that is still being spoken."""

    speaker: str | None
    t: float | None
    paragraphs: list[str] = field(default_factory=list)

    def closed(self) -> Turn:
        return Turn("\n".join(self.paragraphs), self.speaker, self.t)


def paragraphs(text: str, declared: Sequence[str] = ()) -> list[Labelled]:
    """Return the paragraphs of a text, each taken apart; hand-wrapped lines are joined again."""
    lines = [line.strip() for line in text.split("\n")]
    if not _wrapped(lines):
        return [labelled(line) for line in lines if line]
    names = accepted([labelled(line) for line in lines if line], declared)
    joined: list[str] = []
    fresh = True
    for line in lines:
        if line and (fresh or _LIST.match(line) or labelled(line).name in names):
            joined.append(line)
        elif line:
            joined[-1] += " " + line
        fresh = not line
    return [labelled(line) for line in joined]


def turns(lines: Iterable[Labelled], names: frozenset[str], clean: Clean = str.strip) -> tuple[Turn, ...]:
    """Make turns of paragraphs: a speaker keeps the word until the next label; without labels each stands alone.

    A paragraph with a time of its own begins a turn, so that its words can be found in the recording.
    """
    shorts = {line.short: line.name for line in lines if line.short and line.name in names}
    spoken: list[_Open] = []
    for line in lines:
        named = line.name in names
        if named:
            spoken.append(_Open(speaker(shorts.get(line.name, line.name)), line.t))
        elif not names or not spoken or line.t is not None:
            spoken.append(_Open(spoken[-1].speaker if spoken and names else None, line.t))
        spoken[-1].paragraphs += filter(None, [clean(line.text if named else line.whole)])
    return tuple(turn.closed() for turn in _timed(spoken))


def _timed(spoken: Sequence[_Open]) -> Iterable[_Open]:
    """Leave out turns without words; a time stamp on a line of its own belongs to the words below it."""
    t: float | None = None
    for turn in spoken:
        turn.t = t if turn.t is None else turn.t
        t = None
        if turn.paragraphs:
            yield turn
        else:
            t = turn.t


def _wrapped(lines: Sequence[str]) -> bool:
    lengths = [len(line) for line in lines if line]
    return bool(lengths) and max(lengths) <= WRAPPED_AT and median(lengths) > _WRAPPED_FROM
