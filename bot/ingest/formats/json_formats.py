"""JSON: conversation records, one a line or in a list, and transcripts."""

from __future__ import annotations

import codecs
import datetime as dt
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from bot.domain import Chapter, Conversation, Person, Role, Turn
from bot.ingest.formats.html_text import clean_description
from bot.ingest.formats.json_transcripts import find_transcript, parse_transcript
from bot.ingest.formats.parsed import (
    GZIP_ERRORS,
    MAX_FILE_BYTES,
    MAX_GZIP_RATIO,
    MAX_RECORD_BYTES,
    MEGABYTE,
    ParsedConversation,
    ParseError,
    ParseProblem,
    open_decompressed,
    parse_date,
    read_text,
    reject_binary,
    to_seconds,
)
from bot.ingest.formats.speaker_names import speaker_name

Fields = Mapping[str, object]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_records(path: Path, today: dt.date) -> Iterator[Conversation | ParseProblem]:
    """Read a file of records one line at a time; a bad line is a problem, and the next is read."""
    number = 0
    try:
        with open_decompressed(path) as stream:
            for number, line in _iter_lines(_as_utf8(stream, path), _max_bytes(path)):
                yield (
                    _parse_line(line, number, today)
                    if isinstance(line, bytes)
                    else ParseProblem(f"line {number}", line)
                )
    except GZIP_ERRORS:
        yield ParseProblem(f"after line {number}", "the gzip file is cut short or damaged; the rest is not read")


def count_lines(path: Path) -> int:
    """Return how many lines a file of records has, as far as it can be read."""
    lines = 0
    limit = _max_bytes(path)
    with suppress(*GZIP_ERRORS), open_decompressed(path) as stream:
        while stream.tell() <= limit and (block := stream.read(MEGABYTE)):
            lines += block.count(b"\n")
    return max(lines, 1)


def _max_bytes(path: Path) -> int:
    return max(MAX_FILE_BYTES, MAX_GZIP_RATIO * path.stat().st_size)


def _iter_lines(stream: io.BufferedIOBase, limit: int) -> Iterator[tuple[int, bytes | str]]:
    """Yield lines that are not blank with their numbers, and a problem in place of one that cannot be read."""
    number, total, parts, size = 1, 0, [b""], 0
    # A read to the end would fail at a damaged end; single reads give all that comes before it.
    while block := stream.read1(MEGABYTE):
        total += len(block)
        if total > limit:
            yield number, f"the file unpacks to over {limit // MEGABYTE} MB; the rest is not read"
            return
        first, *others = block.split(b"\n")
        size += len(first)
        if size <= MAX_RECORD_BYTES:
            parts.append(first)
        for other in others if any(others) else others[-1:]:
            yield from _line_or_problem(number, parts, size)
            number, parts, size = number + 1, [other], len(other)
        number += 0 if any(others) else max(0, len(others) - 1)
    yield from _line_or_problem(number, parts, size)


def _line_or_problem(number: int, parts: list[bytes], size: int) -> Iterator[tuple[int, bytes | str]]:
    if size > MAX_RECORD_BYTES:
        yield number, f"is longer than {MAX_RECORD_BYTES // MEGABYTE} MB"
    elif line := b"".join(parts).strip():
        yield number, line


def parse_record(fields: object, today: dt.date) -> Conversation:
    """Make a conversation of one record; raises ParseError that names the field and what is wrong with it."""
    if not isinstance(fields, Mapping):
        message = "is not a record with fields"
        raise ParseError(message)
    return Conversation(
        id=_required_text(fields, "id"),
        show=_required_text(fields, "show"),
        title=_required_text(fields, "title"),
        date=parse_date(_required_text(fields, "date"), today),
        turns=tuple(_parse_turn(item, number) for number, item in enumerate(_list_field(fields, "turns"), 1)),
        url=_optional_text(fields, "url") or None,
        lang=_optional_text(fields, "lang") or "en",
        people=tuple(_parse_person(item) for item in _list_field(fields, "people", required=False)),
        chapters=tuple(_parse_chapter(item) for item in _list_field(fields, "chapters", required=False)),
        licence=_optional_text(fields, "licence"),
        source=_optional_text(fields, "source"),
        description=_description(fields),
    )


def _as_utf8(stream: io.BufferedIOBase, path: Path) -> io.BufferedIOBase:
    head = stream.read(4096)
    reject_binary(head)
    stream.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return io.BytesIO(read_text(path).encode())
    return stream


def _parse_line(line: bytes, number: int, today: dt.date) -> Conversation | ParseProblem:
    try:
        return parse_record(_loads(line.decode("utf-8-sig")), today)
    except json.JSONDecodeError as error:
        return ParseProblem(f"line {number}", f"is not JSON: {error.msg} at character {error.pos + 1}")
    except UnicodeDecodeError:
        return ParseProblem(f"line {number}", "is not UTF-8")
    except ParseError as error:
        return ParseProblem(f"line {number}", str(error))


def _replace_unstorable(text: str) -> str:
    # One character for one, so that spans in the record stay where they are.
    return _UNSTORABLE.sub("\ufffd", text)


def _required_text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        message = f"has no {name}" if value in (None, "") else f"{name} is not text"
        raise ParseError(message)
    return _replace_unstorable(value)


def _optional_text(fields: Fields, name: str) -> str:
    return _required_text(fields, name) if fields.get(name) else ""


def _list_field(fields: Fields, name: str, *, required: bool = True) -> list[object]:
    value = fields.get(name)
    if value is None and not required:
        return []
    if not isinstance(value, list) or (required and not value):
        message = f"has no {name}" if not value else f"{name} is not a list"
        raise ParseError(message)
    return value


def _parse_turn(item: object, number: int) -> Turn:
    if not isinstance(item, Mapping) or not isinstance(item.get("text"), str):
        message = f"turn {number} has no text"
        raise ParseError(message)
    name = item.get("speaker")
    if name is not None and not isinstance(name, str):
        message = f"turn {number}: the speaker is not a name"
        raise ParseError(message)
    return Turn(
        _replace_unstorable(item["text"]),
        speaker_name(_replace_unstorable(name)) or None if name else None,
        to_seconds(item.get("t")),
    )


def _parse_person(item: object) -> Person:
    if not isinstance(item, Mapping):
        message = "people holds something that is not a person"
        raise ParseError(message)
    return Person(_required_text(item, "name"), Role.HOST if item.get("role") == Role.HOST else Role.GUEST)


def _parse_chapter(item: object) -> Chapter:
    if not isinstance(item, Mapping):
        message = "chapters holds something that is not a chapter"
        raise ParseError(message)
    return Chapter(to_seconds(item.get("t")) or 0.0, _required_text(item, "title"))


def load_json(text: str) -> object:
    """Return what a JSON text holds; raises ParseError that says what is wrong with it."""
    try:
        return _loads(text)
    except json.JSONDecodeError as error:
        message = f"line {error.lineno} is not JSON: {error.msg}"
    raise ParseError(message)


def _loads(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        message = "is nested too deeply"
    except ValueError:
        message = "holds a number that is too long"
    raise ParseError(message)


def parse_json(text: str, _name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read a transcript of any tool; raises ParseError for JSON that isn't one."""
    content = load_json(text)
    found = find_transcript(content)
    if not found:
        message = "is JSON, but not a transcript"
        raise ParseError(message)
    yield from parse_transcript(content, found)


def _description(fields: Fields) -> str:
    return clean_description(_replace_unstorable(_text(fields, "description")))


def _text(content: Fields, name: str) -> str:
    value = content.get(name)
    return value.strip() if isinstance(value, str) else ""
