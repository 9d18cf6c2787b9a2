"""Conversation records: one JSON object for each conversation, one a line or in a list."""

from __future__ import annotations

import codecs
import datetime as dt
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from gzip import BadGzipFile
from pathlib import Path

from bot.domain import Chapter, Conversation, Person, Role, Turn
from bot.ingest.formats.decoding import FILE_LIMIT, MEGABYTE, PACKED_RATIO, RECORD_LIMIT, opened, refuse_binary, whole
from bot.ingest.formats.draft import Flaw, Unreadable
from bot.ingest.formats.labels import day, moment

Fields = Mapping[str, object]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def stream(path: Path, today: dt.date) -> Iterator[Conversation | Flaw]:
    """Read a file of records one line at a time; a bad line is a flaw, and the next is read."""
    number = 0
    try:
        with opened(path) as packed:
            for number, line in _lines(_narrow(packed, path), _limit(path)):
                yield _line(line, number, today) if isinstance(line, bytes) else Flaw(f"line {number}", line)
    except (EOFError, BadGzipFile, zlib.error):
        yield Flaw(f"after line {number}", "the gzip file is cut short or damaged; the rest is not read")


def count(path: Path) -> int:
    """Return how many lines a file of records has, as far as it can be read."""
    lines = 0
    limit = _limit(path)
    try:
        with opened(path) as packed:
            while packed.tell() <= limit and (block := packed.read(MEGABYTE)):
                lines += block.count(b"\n")
    except (EOFError, BadGzipFile, zlib.error):
        pass
    return max(lines, 1)


def _limit(path: Path) -> int:
    return max(FILE_LIMIT, PACKED_RATIO * path.stat().st_size)


def _lines(stream: io.BufferedIOBase, limit: int) -> Iterator[tuple[int, bytes | str]]:
    """Yield lines that hold something with their numbers, and words in place of one that cannot be read."""
    number, total, parts, size = 1, 0, [b""], 0
    # A whole read that meets a broken end would give nothing; single reads give all that comes before.
    while block := stream.read1(MEGABYTE):
        total += len(block)
        if total > limit:
            yield number, f"the file unpacks to over {limit // MEGABYTE} MB; the rest is not read"
            return
        first, *others = block.split(b"\n")
        size += len(first)
        if size <= RECORD_LIMIT:
            parts.append(first)
        for other in others if any(others) else others[-1:]:
            yield from _filled(number, parts, size)
            number, parts, size = number + 1, [other], len(other)
        number += 0 if any(others) else max(0, len(others) - 1)
    yield from _filled(number, parts, size)


def _filled(number: int, parts: list[bytes], size: int) -> Iterator[tuple[int, bytes | str]]:
    if size > RECORD_LIMIT:
        yield number, f"is longer than {RECORD_LIMIT // MEGABYTE} MB"
    elif line := b"".join(parts).strip():
        yield number, line


def record(fields: object, today: dt.date) -> Conversation:
    """Make a conversation of one record; raises Unreadable that names the field and what is wrong with it."""
    if not isinstance(fields, Mapping):
        message = "is not a record with fields"
        raise Unreadable(message)
    return Conversation(
        id=_words(fields, "id"),
        show=_words(fields, "show"),
        title=_words(fields, "title"),
        date=day(_words(fields, "date"), today),
        turns=tuple(_turn(item, number) for number, item in enumerate(_list(fields, "turns"), 1)),
        url=_optional(fields, "url") or None,
        lang=_optional(fields, "lang") or "en",
        people=tuple(_person(item) for item in _list(fields, "people", needed=False)),
        chapters=tuple(_chapter(item) for item in _list(fields, "chapters", needed=False)),
        licence=_optional(fields, "licence"),
        source=_optional(fields, "source"),
    )


def _narrow(stream: io.BufferedIOBase, path: Path) -> io.BufferedIOBase:
    head = stream.read(4096)
    refuse_binary(head)
    stream.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return io.BytesIO(whole(path).encode())
    return stream


def _line(line: bytes, number: int, today: dt.date) -> Conversation | Flaw:
    try:
        return record(json.loads(line.decode("utf-8-sig")), today)
    except json.JSONDecodeError as wrong:
        return Flaw(f"line {number}", f"is not JSON: {wrong.msg} at character {wrong.pos + 1}")
    except UnicodeDecodeError:
        return Flaw(f"line {number}", "is not UTF-8")
    except RecursionError:
        return Flaw(f"line {number}", "is nested too deeply")
    except ValueError:
        return Flaw(f"line {number}", "holds a number that is too long")
    except Unreadable as wrong:
        return Flaw(f"line {number}", str(wrong))


def _clean(text: str) -> str:
    # One character for one, so that spans in the record stay where they are.
    return _UNSTORABLE.sub("\ufffd", text)


def _words(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        message = f"has no {name}" if value in (None, "") else f"{name} is not text"
        raise Unreadable(message)
    return _clean(value)


def _optional(fields: Fields, name: str) -> str:
    return _words(fields, name) if fields.get(name) else ""


def _list(fields: Fields, name: str, *, needed: bool = True) -> list[object]:
    value = fields.get(name)
    if value is None and not needed:
        return []
    if not isinstance(value, list) or (needed and not value):
        message = f"has no {name}" if not value else f"{name} is not a list"
        raise Unreadable(message)
    return value


def _turn(item: object, number: int) -> Turn:
    if not isinstance(item, Mapping) or not isinstance(item.get("text"), str):
        message = f"turn {number} has no text"
        raise Unreadable(message)
    name = item.get("speaker")
    if name is not None and not isinstance(name, str):
        message = f"turn {number}: the speaker is not a name"
        raise Unreadable(message)
    return Turn(_clean(item["text"]), _clean(name).strip() or None if name else None, moment(item.get("t")))


def _person(item: object) -> Person:
    if not isinstance(item, Mapping):
        message = "people holds something that is no person"
        raise Unreadable(message)
    return Person(_words(item, "name"), Role.HOST if item.get("role") == Role.HOST else Role.GUEST)


def _chapter(item: object) -> Chapter:
    if not isinstance(item, Mapping):
        message = "chapters holds something that is no chapter"
        raise Unreadable(message)
    return Chapter(moment(item.get("t")) or 0.0, _words(item, "title"))
