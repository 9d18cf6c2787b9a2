"""Who wrote a post and when, where that stands in its text: lines of names, handles and dates above or below it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.ingest.formats.moments import parse_moment
from bot.ingest.formats.parsed import parse_age
from bot.ingest.formats.speaker_names import clean_label, is_ordinary, looks_like_name, speaker_name

_MAX_LINES, _MAX_CHARS = 6, 120
"""How many lines at either end of a post, of how many characters, may be about it."""

_MAX_NAME_WORDS = 5
_ENDS = ".!?…:"
_ANY_TIME = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_PARTS = re.compile(r"\s*[·•|\t]\s*|\s+[—–-]\s+|^[—–-]\s*")
_HANDLE = re.compile(r"(?P<name>(?:[^\s@(]+ ){0,6})\(?(?P<handle>@\w[\w.]{0,40}|u/\w{1,40})\)?(?:[,:]? +(?P<rest>.+))?")
_SAID_TO_BE = re.compile(
    r"^(?:(?:posted|published|written) (?:by|on)|author|from|date|posted|published|by|on)\b\s*:?\s*(?=\S)",
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"[\d.,]+\s?[KMB]?\+? (?:views?|likes?|reposts?|retweets?|replies|reply|comments?|bookmarks?|points?|upvotes?)"
    r"|follow(?:ing)?|edited|verified(?: account)?|(?:1st|2nd|3rd)\+?|show more|promoted"
    r"|\d{1,2}:\d\d\s?(?:[ap]\.?m\.?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signature:
    """The author and the date of a post as they are written there, "" for either that isn't, and its other lines."""

    author: str
    date_text: str
    lines: tuple[str, ...]


class _About(NamedTuple):
    """What one line says about a post."""

    name: str = ""
    handle: str = ""
    date: str = ""


def read_signature(lines: Sequence[str]) -> Signature:
    """Take what says who wrote a post, and when, from its first or last lines; a name alone says neither."""
    found, above = _read_above(lines)
    if found.date:
        return _signature(found, lines[above:], lines)
    below, count = _read_below(lines)
    if below.date or not above:
        found = _About(found.name or below.name, found.handle or below.handle, below.date)
    return _signature(found, lines[above : len(lines) - count], lines)


def begins_post(line: str) -> bool:
    """Return whether a line names the handle of an author, and a date: what follows is their post."""
    if "@" not in line and "u/" not in line:
        return False
    about = _read_line(line)
    return about is not None and bool(about.handle and about.date) and line[0] not in "—–-"


def _signature(found: _About, rest: Sequence[str], lines: Sequence[str]) -> Signature:
    # "Today" alone is a word of the post.
    is_dated = found.date and (found.name or found.handle or re.search(r"\d", found.date))
    if not rest or not (is_dated or (found.name and found.handle)):
        return Signature("", "", tuple(lines))
    return Signature(speaker_name(found.name) or found.handle, found.date, tuple(rest))


def _read_above(lines: Sequence[str]) -> tuple[_About, int]:
    """Return what the first lines say about the post, and how many they are: one of them may be a job."""
    found, count, has_job = _About(), 0, False
    for index, line in enumerate(lines[:_MAX_LINES]):
        about = _read_line(line, is_first=not index)
        if about is None:
            following = _read_line(lines[index + 1]) if index + 1 < len(lines) else None
            has_job = not has_job and bool(found.name) and not (found.handle or found.date) and line[-1] not in _ENDS
            if has_job and following and following.date:
                continue
            break
        if found.date and (about.date or about.name or about.handle):
            break
        found = _About(found.name or about.name, found.handle or about.handle, found.date or about.date)
        count = index + 1
    return found, count


def _read_below(lines: Sequence[str]) -> tuple[_About, int]:
    """Return what the last lines say about the post, and how many they are; without a date they say nothing."""
    found, count = _About(), 0
    for index, line in enumerate(reversed(lines[-2:]), 1):
        about = _read_line(line)
        if about is None:
            break
        if about.date and not found.date:
            found, count = about, index
    return found, count


def _read_line(line: str, *, is_first: bool = False) -> _About | None:
    """Return what a line says about a post, or None if some of it says something else."""
    if len(line) > _MAX_CHARS:
        return None
    found = _About()
    for about in _read_parts(line):
        if about is None:
            return None
        found = _About(found.name or about.name, found.handle or about.handle, found.date or about.date)
    # The name that stands alone is the author's only above everything else.
    return None if found.name and not (found.handle or found.date or is_first) else found


def _read_parts(line: str) -> Iterator[_About | None]:
    for part in filter(None, _PARTS.split(line.strip())):
        bare = part.strip(" ()")
        if not bare or _NOISE.fullmatch(bare):
            yield _About()
        elif _is_date(bare):
            yield _About(date=bare)
        elif handled := _HANDLE.fullmatch(_SAID_TO_BE.sub("", bare)):
            rest = (handled["rest"] or "").strip()
            yield _About(clean_label(handled["name"]), handled["handle"], rest) if not rest or _is_date(rest) else None
        else:
            yield _read_words(bare)


def _read_words(part: str) -> _About | None:
    """Return the name or the date that a part is, after "by" or "Posted on", or both with a comma between them."""
    told = _SAID_TO_BE.match(part)
    words = part[told.end() :] if told else part
    if told and _is_date(words):
        return _About(date=words)
    name, _, date = words.partition(", ")
    if date and _is_date(date) and _is_name(name):
        return _About(clean_label(name), date=date)
    return _About(clean_label(words)) if _is_name(words) else None


def _is_name(words: str) -> bool:
    count = len(words.split())
    return 1 < count <= _MAX_NAME_WORDS and looks_like_name(words) and not is_ordinary(words) and words[-1] not in _ENDS


def _is_date(words: str) -> bool:
    return parse_age(words) is not None or parse_moment(words, _ANY_TIME) is not None
