"""Conversations from files and folders, one after another; what cannot be read is said, and the rest is read."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from gzip import BadGzipFile
from importlib.resources import files
from pathlib import Path
from pkgutil import resolve_name
from typing import TypeAlias

from bot.domain import Conversation
from bot.errors import InputError
from bot.ingest.formats import json_formats
from bot.ingest.formats.json_formats import parse_record
from bot.ingest.formats.parsed import (
    EARLIEST_DATE,
    ParsedConversation,
    ParseError,
    ParseProblem,
    ParseText,
    parse_date,
    read_text,
)

ImportItem: TypeAlias = Conversation | InputError

_JSONL_SUFFIXES = frozenset({".jsonl", ".ndjson"})
# Formats are loaded when the first file of their kind comes: a bot that reads nothing starts without them.
_PLAIN_TEXT = "bot.ingest.formats.plain_text:plain"
_PARSERS: Mapping[str, str] = {
    ".vtt": "bot.ingest.formats.captions:parse",
    ".srt": "bot.ingest.formats.captions:parse",
    ".html": "bot.ingest.formats.html_pages:parse",
    ".htm": "bot.ingest.formats.html_pages:parse",
    ".md": "bot.ingest.formats.plain_text:markdown",
    ".markdown": "bot.ingest.formats.plain_text:markdown",
    ".txt": _PLAIN_TEXT,
    ".text": _PLAIN_TEXT,
    "": _PLAIN_TEXT,
}
_SIGNATURES = (
    (r"\s*WEBVTT\b", _PARSERS[".vtt"]),
    (r"\s*\d{1,6}\s*\n\s*\d+:\d\d:\d\d[.,]\d+\s*-->", _PARSERS[".srt"]),
    (r"(?i)\s*<(?:!doctype\s+html|html|cite)\b", _PARSERS[".html"]),
)
_DASHES = re.compile(r"[-_]+")
_SUPPORTED_FORMATS = "jsonl, json, vtt, srt, html, md and txt, each also packed as .gz"
_DATED_NAME = re.compile(r"(?P<day>(?:19|20)\d\d(?P<sep>-?)\d\d(?P=sep)\d\d)(?!\d)[-_ .]*(?P<rest>.*)")


def iter_files(path: Path) -> Iterator[Path]:
    """Yield a file itself, or a folder's files in order and then the folders in it that cannot be opened.

    Names with a leading dot are left out.
    """
    if not _is_folder(path):
        yield path
        return
    shut: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=shut.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))
    yield from (Path(wrong.filename) for wrong in shut)


def estimate_count(path: Path) -> int:
    """Return about how many conversations a file or folder holds, without reading them."""
    return sum(_estimate_file(file) for file in iter_files(path))


def read_path(path: Path, today: dt.date) -> Iterator[ImportItem]:
    """Read a file, or every file under a folder; an `InputError` stands where something could not be read."""
    root = path if _is_folder(path) else path.parent
    for file in iter_files(path):
        yield from read_file(file, today, root)


def read_file(path: Path, today: dt.date, root: Path | None = None) -> Iterator[ImportItem]:
    """Read one file. Ids that it does not give come from its place under `root`, so that an edit keeps them.

    `today` bounds the dates that are believed, and dates a file that nothing else dates.
    """
    file = _File(path, root or path.parent, today)
    try:
        for found in file.parse():
            yield file.error(found.location, found.reason) if isinstance(found, ParseProblem) else found
    except (EOFError, BadGzipFile, zlib.error):
        yield file.error("", "the gzip file is cut short or damaged")
    except ParseError as wrong:
        yield file.error("", str(wrong))
    except OSError as wrong:
        yield file.error("", f"cannot be opened: {(wrong.strerror or str(wrong)).lower()}")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _estimate_file(file: Path) -> int:
    try:
        return json_formats.count_lines(file) if _suffix(file) in _JSONL_SUFFIXES else 1
    except OSError:
        return 1


def _suffix(path: Path) -> str:
    return Path(_without_gz(path)).suffix.lower()


def _without_gz(path: Path) -> str:
    return path.name[:-3] if path.name.lower().endswith(".gz") else path.name


def _split_date(stem: str) -> tuple[str, str]:
    """Return the date at the start of a file's name, if there is one, and the words after it."""
    dated = _DATED_NAME.fullmatch(stem)
    return (dated["day"], _dashes_to_spaces(dated["rest"] or stem)) if dated else ("", _dashes_to_spaces(stem))


def _printable_path(path: Path) -> str:
    """Return a path as text that can be stored and printed, whatever bytes its name is made of."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


def _dashes_to_spaces(name: str) -> str:
    return _DASHES.sub(" ", name).strip()


@dataclass(frozen=True, slots=True)
class _File:
    """One file on its way to conversations: what it does not say, its name and folder do."""

    path: Path
    root: Path
    today: dt.date

    def error(self, place: str, reason: str) -> InputError:
        return InputError(_printable_path(self.path), place, reason)

    def parse(self) -> Iterator[Conversation | ParseProblem]:
        """Read the file as what its name or, for text, its first words say it is."""
        kind = _suffix(self.path)
        if self.path.is_dir():
            yield ParseProblem("", "this folder may not be opened")
        elif self.path.exists() and not self.path.is_file():
            yield ParseProblem("", "is not a regular file")
        elif kind in _JSONL_SUFFIXES:
            yield from self._parse_jsonl()
        elif kind == ".json":
            yield from self._parse_json(read_text(self.path))
        elif kind in _PARSERS or not self.path.exists():
            yield from self._parse_text(read_text(self.path), kind)
        else:
            yield ParseProblem("", f"{kind} files are not read; {_SUPPORTED_FORMATS} are")

    def _parse_jsonl(self) -> Iterator[Conversation | ParseProblem]:
        empty = True
        for found in json_formats.read_records(self.path, self.today):
            empty = False
            yield found
        if empty:
            yield ParseProblem("", "is empty")

    def _parse_json(self, text: str) -> Iterator[Conversation | ParseProblem]:
        if not text.strip():
            yield ParseProblem("", "is empty")
            return
        content = json_formats.load_json(text)
        if isinstance(content, Mapping) and "segments" in content:
            yield from self._to_conversations(json_formats.parse(content))
            return
        for number, fields in enumerate(content if isinstance(content, list) else [content], 1):
            try:
                yield json_formats.parse_record(fields, self.today)
            except ParseError as wrong:
                yield ParseProblem(f"record {number}", str(wrong))

    def _parse_text(self, text: str, suffix: str) -> Iterator[Conversation | ParseProblem]:
        if not text.strip():
            yield ParseProblem("", "is empty")
            return
        declared = _PARSERS[suffix]
        looks = (name for look, name in _SIGNATURES if declared == _PLAIN_TEXT and re.match(look, text[:1000]))
        parse: ParseText = resolve_name(next(looks, declared))
        yield from self._to_conversations(parse(text, Path(_without_gz(self.path)).stem))

    def _to_conversations(
        self, parsed: Iterator[ParsedConversation | ParseProblem]
    ) -> Iterator[Conversation | ParseProblem]:
        for draft in parsed:
            if isinstance(draft, ParseProblem):
                yield draft
            elif draft.turns:
                yield self._to_conversation(draft)
            else:
                yield ParseProblem("", "holds no words")

    def _to_conversation(self, draft: ParsedConversation) -> Conversation:
        place = _printable_path(Path(self.root.resolve().name, self.path.relative_to(self.root)))
        when, name = _split_date(Path(_without_gz(Path(place))).stem)
        return Conversation(
            id=f"{place}#{draft.id_suffix}" if draft.id_suffix else place,
            show=draft.show
            or _dashes_to_spaces(_printable_path(self.path.resolve().parent).rpartition("/")[2])
            or "Files",
            title=draft.title or name[:1].upper() + name[1:] or place,
            date=parse_date(draft.date_text or when, self.today) if draft.date_text or when else self._modified_date(),
            turns=draft.turns,
            url=draft.url,
            lang=draft.lang,
            people=draft.people,
            source=place,
        )

    def _modified_date(self) -> dt.date:
        # A date of change is only a last resort, and one that cannot be is no reason to refuse the file.
        changed = dt.datetime.fromtimestamp(self.path.stat().st_mtime, tz=dt.UTC).date()
        return changed if EARLIEST_DATE <= changed <= self.today else self.today


def sample_conversations(today: dt.date) -> tuple[Conversation, ...]:
    """Return the sample conversations, dated as many days before `today` as their `days_ago` says."""
    return _load("conversations.jsonl", today)


def uncorrected_samples(today: dt.date) -> tuple[Conversation, ...]:
    """Return samples as they stood before they were corrected: taking in `samples` afterwards is an edit."""
    return _load("edited.jsonl", today)


def _load(name: str, today: dt.date) -> tuple[Conversation, ...]:
    page = (files("bot") / "samples" / name).read_text("utf-8")
    return tuple(_parse_sample(line, today) for line in page.splitlines() if line.strip())


def _parse_sample(line: str, today: dt.date) -> Conversation:
    fields = json.loads(line)
    said = today - dt.timedelta(days=fields.pop("days_ago"))
    return parse_record({**fields, "date": said.isoformat()}, today)
