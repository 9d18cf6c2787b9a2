"""Which words before a colon are a speaker's name: decided over a whole transcript, never from one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.ingest.formats.labels import TIME, seconds, speaker

_WORD = r"[^\W\d_][\w.’'&-]*"
_NAME = rf"(?P<name>{_WORD}(?: {_WORD}){{0,4}}(?: \d{{1,2}})?)"
_BOLD = re.compile(r"(?:\*\*|__)(?P<name>[^*_\n:]{1,60}?)(?P<inner>:?)\s*(?:\*\*|__)(?P<outer>\s*:)?\s*(?P<rest>.*)")
_PLAIN = re.compile(
    rf"{_NAME}(?: \((?P<short>[^\W\d_]{{1,4}})\))?(?:\s+[\[(]?(?P<early>{TIME})[\])]?)?\s?:(?:\s+(?P<text>\S.*)|\s*)"
)
_HEADED = re.compile(rf"{_NAME}\s+[\[(]?(?P<late>{TIME})[\])]?")
# A bare 12:30 before words is a time of day; with brackets, hours or a line of its own it is a time stamp.
_STAMP = re.compile(
    rf"(?:[\[(](?P<closed>{TIME})[\])]|(?P<full>\d+:\d\d:\d\d\S*)|(?P<alone>{TIME})(?=\s*$))(?:\s*[-–—](?=\s))?\s*"
)
_LABEL_ENDS = 90
_JOINING = re.compile(r"van|von|de|der|den|del|della|di|da|la|le|bin|al|el|of|the|and|y")
_HEADLINE = re.compile(
    r"breaking|just|in|update[ds]?|notes?|warning|edit|ps|tl;?dr|sources?|links?|via|question|answer|examples?|step|part|"
    r"chapter|date|title|topics?|intro|introduction|summary|conclusion|details?|include|here|why|how|what|when|where|who|"
    r"important|reminder|tip|correction|disclaimer|copyright|sponsors?|https?|today|tomorrow|yesterday|however|"
    r"meanwhile|(?:mon|tues|wednes|thurs|fri|satur|sun)day|exclusive|watch|read|new|news|alert|developing|thread|"
    r"first|second|third|finally|also|bonus|so|and|but|then",
    re.IGNORECASE,
)
_RECURS = 3


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line as written, and taken apart: a possible name before it, a time (seconds), and what is left.

    `sure` is True where the markup itself says that the label is one, `stamped` where a time stands right
    beside it; `short` are initials that stand for the name from there on.
    """

    whole: str
    text: str
    name: str = ""
    t: float | None = None
    sure: bool = False
    stamped: bool = False
    short: str = ""


def labelled(line: str) -> Labelled:
    """Take one line apart; whether its label is a speaker's name is for `accepted` to say."""
    t, rest = _stamped(line)
    found = _bold(rest) or _plain(rest) or Labelled(rest, rest)
    after, text = _stamped(found.text) if found.name else (None, found.text)
    beside = after if after is not None else found.t
    stamped = bool(found.name) and beside is not None
    return replace(found, text=text, t=t if beside is None else beside, stamped=stamped)


def _stamped(line: str) -> tuple[float | None, str]:
    stamp = _STAMP.match(line)
    t = seconds(stamp["closed"] or stamp["full"] or stamp["alone"]) if stamp else None
    return (t, line[stamp.end() :]) if stamp and t is not None else (None, line)


def accepted(lines: Sequence[Labelled], declared: Sequence[str] = (), *, one_in: int = 12) -> frozenset[str]:
    """Return the labels that are speakers: declared ones, and those that look and recur as names do.

    Where markup sets labels apart, only those count; other labels do where one line in `one_in` has one.
    """
    spoken = sum(1 for line in lines if line.whole)
    set_apart = _speakers([line for line in lines if line.sure], spoken)
    plain = [line for line in lines if line.name and not line.sure]
    known = {line.name for line in plain} & set(declared)
    if not set_apart and sum(_name_like(line.name) for line in plain) >= max(2, spoken // one_in):
        known |= _speakers(plain, spoken)
    return frozenset(set_apart | known)


def _speakers(lines: Sequence[Labelled], spoken: int) -> set[str]:
    names = Counter(line.name for line in lines if _name_like(line.name))
    mostly = names.total() * 2 >= spoken
    stamped = {line.name for line in lines if line.stamped}
    nobody = {line.name for line in lines if line.sure and not speaker(line.name)} if names else set()
    return nobody | {
        name for name, times in names.items() if mostly or " " in name or name in stamped or _recurs(name, times)
    }


def _recurs(name: str, times: int) -> bool:
    return times > 1 if name[0].isupper() else times >= _RECURS


def _bold(line: str) -> Labelled | None:
    found = _BOLD.fullmatch(line)
    if not found or not found["name"].strip():
        return None
    if not (found["inner"] or found["outer"] or _stamped(found["rest"])[0] is not None):
        return None
    return Labelled(line, found["rest"], found["name"].strip(), sure=True)


def _plain(line: str) -> Labelled | None:
    if len(line) < _LABEL_ENDS and (headed := _HEADED.fullmatch(line)):
        return Labelled(line, "", headed["name"], seconds(headed["late"]))
    found = _PLAIN.fullmatch(line) if ":" in line[:_LABEL_ENDS] else None
    if not found:
        return None
    early = seconds(found["early"]) if found["early"] else None
    return Labelled(line, found["text"] or "", found["name"], early, short=found["short"] or "")


def _name_like(name: str) -> bool:
    words = name.split()
    if all(_HEADLINE.fullmatch(word.strip(".'’")) for word in words):
        return False
    return len(words) == 1 or all(not word[0].islower() or _JOINING.fullmatch(word) for word in words)
