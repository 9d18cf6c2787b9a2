"""What the parsers of all formats return, and what they share: decoding, times, dates and joining segments."""

from __future__ import annotations

import codecs
import datetime as dt
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bot.domain import UNDATED, Person, Turn
from bot.ingest.formats.moments import find_date, parse_moment
from bot.nlp.lexicons import word_pairs


class ParseError(Exception):
    """A file or a part of it is not what it should be; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class ParsedConversation:
    """A conversation as far as its text tells; a file's name and folder fill the gaps.

    `date_text` is a date as written there, and `id_suffix` sets several conversations of one file apart. `detail` says
    what the text was taken for, beside its format.
    """

    turns: tuple[Turn, ...]
    title: str = ""
    show: str = ""
    date_text: str = ""
    url: str | None = None
    lang: str = "en"
    people: tuple[Person, ...] = ()
    id_suffix: str = ""
    description: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ParseProblem:
    """Something in a file that could not be read: the place ("line 12") and the reason in words."""

    location: str
    reason: str


ParseText: TypeAlias = Callable[[str, str], Iterator[ParsedConversation | ParseProblem]]
"""Takes a file's whole text and its name without the extension."""


DecodeBytes: TypeAlias = Callable[[bytes], str]
"""Takes a file's bytes; raises ParseError if they are not what they should be."""


MEGABYTE = 1_000_000
MAX_FILE_BYTES = 50 * MEGABYTE
"""Decoded bytes of a file that is read whole."""

MAX_RECORD_BYTES = 16 * MEGABYTE
"""Decoded bytes of one record of a file that is read record by record."""

MAX_GZIP_RATIO = 50
"""Text shrinks three to twenty times; a gzip file that grows by more than this, and over the limit, is a bomb."""

GZIP_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error)
"""What reading a gzip file raises if it is cut short or damaged."""

_CONTROL_BYTES = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
_BINARY_SIGNATURES = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,30})", re.IGNORECASE)
_UTF16_BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@contextmanager
def open_decompressed(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open a file for reading its bytes, unpacked if they are packed with gzip."""
    with path.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not is_packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield unpacked


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes, unpacked; raises ParseError if there are too many."""
    with open_decompressed(path) as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        message = f"holds more than {MAX_FILE_BYTES // MEGABYTE} MB"
        raise ParseError(message)
    return content


def read_text(path: Path) -> str:
    """Return a file's text with plain line ends; raises ParseError if it is too large or not text."""
    return decode_text(read_bytes(path))


def decode_text(content: bytes, charset: str = "") -> str:
    """Decode text, in the character set that was declared if it fits; raises ParseError if it isn't text."""
    reject_binary(content[:4096])
    text = _decode(content, charset).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\x00", "\ufffd").replace("\f", "\n")


def strip_comments(text: str) -> str:
    """Return marked-up text without its `<!-- comments -->`."""
    before, *parts = text.split("<!--")
    return before + "".join(part.partition("-->")[2] if "-->" in part else part for part in parts)


def reject_binary(head: bytes) -> None:
    """Raise ParseError for content that isn't text in any common character set."""
    for magic, name in _BINARY_SIGNATURES.items():
        if head.startswith(magic):
            message = f"is {name}, not text"
            raise ParseError(message)
    control_bytes = sum(byte in _CONTROL_BYTES for byte in head)
    if _detect_utf16(head) is None and (b"\x00" in head or control_bytes > len(head) // 10):
        message = "is binary, not text"
        raise ParseError(message)


def _detect_utf16(head: bytes) -> str | None:
    if wide := _UTF16_BOMS.get(head[:2]):
        return wide
    # Without a byte order mark, Latin letters in UTF-16 leave every second byte zero.
    pairs = head[: len(head) // 2 * 2]
    if not any(pairs[1::2]) and any(pairs):
        return "utf-16-le"
    return "utf-16-be" if not any(pairs[::2]) and any(pairs) else None


def _decode(content: bytes, charset: str) -> str:
    declared = _CHARSET.search(content[:2048])
    names = [charset, _detect_utf16(content[:4096]), "utf-8", declared and declared[1].decode(), "cp1252"]
    for name in filter(None, names):
        with suppress(UnicodeDecodeError, LookupError):
            return content.decode(name)
    return content.decode("latin-1")


TIMESTAMP_PATTERN = r"(?:\d{1,3}:\d{1,2}:\d{1,2}|\d{1,3}:\d{2})(?:[.,]\d{1,9}|[:;]\d{2}(?!\d))?"
"""Matches 1:02, 00:01:02, 00:01:02.500, and 00:01:02:12 with frames."""

_UNITS = {name: f"(?:{unit})" for name, unit in word_pairs("time_unit")}
_PARTS = [rf"\d{{1,3}}\s?(?i:{unit})" for unit in _UNITS.values()]
_AND = r",?\s?(?:(?:and|und|et|e|y|en|i|och|og|и)\s)?"
_SPOKEN = rf"(?:{_PARTS[0]}(?:{_AND}{_PARTS[1]})?(?:{_AND}{_PARTS[2]})?|{_PARTS[1]}(?:{_AND}{_PARTS[2]})?|{_PARTS[2]})"

LONG_TIMESTAMP_PATTERN = rf"(?:{_SPOKEN}(?:\s?{TIMESTAMP_PATTERN})?(?![^\W\d_])|{TIMESTAMP_PATTERN})"
"""Matches those, "1 minute, 2 seconds", and both at once."""

_IS_CLOCK = re.compile(TIMESTAMP_PATTERN)
_FRAMES = re.compile(r"(\d:\d\d?:\d\d?)[:;]\d\d$")
_COUNTED = [rf"(?:(?P<{name}>\d+)\s?{unit})?" for name, unit in _UNITS.items()]
_IS_SPOKEN = re.compile(
    rf"(?=\d)(?:{_COUNTED[0]}{_AND}{_COUNTED[1]}{_AND}{_COUNTED[2]})(?:\s?{TIMESTAMP_PATTERN})?", re.IGNORECASE
)

MAX_SECONDS = 10_000_000.0
"""Seconds; no conversation lasts four months."""

EARLIEST_DATE = dt.date(1990, 1, 1)

_ISO_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)")


def parse_timestamp(text: str) -> float | None:
    """Return a time such as 00:12:34.5 or "1 minute, 2 seconds" in seconds, or None for anything else."""
    words = text.strip()
    if _IS_CLOCK.fullmatch(words):
        return clock_seconds(_FRAMES.sub(r"\1", words.replace(",", ".")))
    spoken = _IS_SPOKEN.fullmatch(words)
    counts = spoken and [int(spoken[part] or 0) for part in ("hours", "minutes", "seconds")]
    return counts[0] * 3600.0 + counts[1] * 60 + counts[2] if counts else None


def clock_seconds(text: str) -> float:
    """Return what a clock shows, such as 12:34 or 1:02:03.5, in seconds."""
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + float(part)
    return total


def to_seconds(value: object) -> float | None:
    """Return a number of seconds as it is, or a written time in seconds; raises ParseError for anything else."""
    if value is None:
        return None
    t = parse_timestamp(value) if isinstance(value, str) else value
    if isinstance(t, bool) or not isinstance(t, int | float) or not 0 <= t <= MAX_SECONDS:
        message = f"{str(value)[:40]!r} is not a time in seconds"
        raise ParseError(message)
    return float(t)


def parse_date(text: str, today: dt.date) -> dt.date:
    """Return the date that a text is, begins with or holds.

    An age, "3h" or "2 days ago", counts from `today`; one in weeks or more is no date: `UNDATED`. Raises ParseError if
    there is none, and for dates before 1990 or after tomorrow.
    """
    if (days := parse_age(text)) is not None:
        return UNDATED if days > _MAX_DAYS_AGO else today - dt.timedelta(days)
    date = _parse_calendar_date(text.strip(), today)
    if not is_believable(date, today):
        message = f"the date {date} is before 1990 or in the future"
        raise ParseError(message)
    return date


_AGE = re.compile(
    r"(?:(?P<now>just now|now|today)|(?P<yesterday>yesterday)|(?P<count>\d{1,3}|an?) ?(?P<unit>s|secs?|seconds?|m|mins?"
    r"|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|mos?|months?|y|yrs?|years?)\.?(?: ago)?)",
    re.IGNORECASE,
)
_HOURS_A_DAY, _MAX_DAYS_AGO = 24, 6
_DAYS_OF_UNIT = {"d": 1, "w": 7, "mo": 30, "y": 365}


def parse_age(text: str) -> int | None:
    """Return how many days ago an age such as "3h", "2 days ago" or "1mo" is, about; None for anything else."""
    age = _AGE.fullmatch(text.strip())
    if age is None:
        return None
    if not age["unit"]:
        return 1 if age["yesterday"] else 0
    count = int(age["count"]) if age["count"].isdecimal() else 1
    unit = age["unit"].lower()
    if unit.startswith("h"):
        return count // _HOURS_A_DAY
    return count * next((days for name, days in _DAYS_OF_UNIT.items() if unit.startswith(name)), 0)


def is_believable(date: dt.date, today: dt.date) -> bool:
    """Return whether a talk can have been held on a day: from 1990 to tomorrow, which it is somewhere already."""
    return EARLIEST_DATE <= date <= today + dt.timedelta(days=1)


def _parse_calendar_date(text: str, today: dt.date) -> dt.date:
    if numbers := _ISO_DATE.match(text):
        with suppress(ValueError):
            return dt.date(*map(int, numbers.groups()))
    moment = parse_moment(text, dt.datetime.combine(today, dt.time(), dt.UTC))
    if found := moment.date() if moment else find_date(text):
        return found
    message = f"{text[:40]!r} is not a date"
    raise ParseError(message)


SOFT_TURN_SECONDS = 30.0
"""Seconds after which a turn ends with its sentence, so that a time link lands near the words."""

MAX_TURN_SECONDS = 120.0
"""Seconds after which a turn ends anywhere; captions without full stops would never end."""

_SENTENCE_ENDS = (".", "!", "?", "…", '"', "”")


@dataclass(frozen=True, slots=True)
class Segment:
    """A few words with their speaker, `t` seconds in. `starts_turn` begins a new turn, whoever speaks."""

    text: str
    speaker: str | None = None
    t: float | None = None
    starts_turn: bool = False


def merge_segments(segments: Iterable[Segment]) -> tuple[Turn, ...]:
    """Join consecutive segments of one speaker; a long turn ends with a sentence, or half a minute before the next."""
    turns: list[Turn] = []
    current: list[Segment] = []
    for segment in segments:
        if segment.text:
            if current and _starts_new_turn(current, segment):
                turns.append(_to_turn(current))
                current = []
            current.append(segment)
    return (*turns, _to_turn(current)) if current else tuple(turns)


def word_count(turns: Iterable[Turn]) -> int:
    """Return how many words the turns have."""
    return sum(len(turn.text.split()) for turn in turns)


def _starts_new_turn(open_turn: list[Segment], segment: Segment) -> bool:
    first, last = open_turn[0], open_turn[-1]
    if segment.starts_turn or segment.speaker != first.speaker:
        return True
    if segment.t is None or first.t is None:
        return False
    seconds = segment.t - first.t
    if last.t is not None and segment.t - last.t >= SOFT_TURN_SECONDS:
        return True
    return seconds >= MAX_TURN_SECONDS or (seconds >= SOFT_TURN_SECONDS and last.text.endswith(_SENTENCE_ENDS))


def _to_turn(segments: list[Segment]) -> Turn:
    return Turn(" ".join(segment.text for segment in segments), segments[0].speaker, segments[0].t)
