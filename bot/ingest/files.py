"""Conversations from files and folders, one after another; what cannot be read is said, and the rest is read."""

from __future__ import annotations

import datetime as dt
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from gzip import BadGzipFile
from pathlib import Path
from pkgutil import resolve_name
from typing import TypeAlias

from bot.domain import Conversation
from bot.errors import InputError
from bot.ingest.formats import jsonl, podcast_json
from bot.ingest.formats.decoding import whole
from bot.ingest.formats.draft import Draft, Flaw, Parser, Unreadable
from bot.ingest.formats.labels import EARLIEST, day

Item: TypeAlias = Conversation | InputError

_LINES = frozenset({".jsonl", ".ndjson"})
# Formats are loaded when the first file of their kind comes: a bot that reads nothing starts without them.
_PLAIN = "bot.ingest.formats.plain_text:plain"
_PARSERS: Mapping[str, str] = {
    ".vtt": "bot.ingest.formats.captions:parse",
    ".srt": "bot.ingest.formats.captions:parse",
    ".html": "bot.ingest.formats.html_transcript:parse",
    ".htm": "bot.ingest.formats.html_transcript:parse",
    ".md": "bot.ingest.formats.plain_text:markdown",
    ".markdown": "bot.ingest.formats.plain_text:markdown",
    ".txt": _PLAIN,
    ".text": _PLAIN,
    "": _PLAIN,
}
_LOOKS = (
    (r"\s*WEBVTT\b", _PARSERS[".vtt"]),
    (r"\s*\d{1,6}\s*\n\s*\d+:\d\d:\d\d[.,]\d+\s*-->", _PARSERS[".srt"]),
    (r"(?i)\s*<(?:!doctype\s+html|html|cite)\b", _PARSERS[".html"]),
)
_DASHES = re.compile(r"[-_]+")
_READ = "jsonl, json, vtt, srt, html, md and txt, each also packed as .gz"
_DATED = re.compile(r"(?P<day>(?:19|20)\d\d(?P<sep>-?)\d\d(?P=sep)\d\d)(?!\d)[-_ .]*(?P<rest>.*)")


def walk(path: Path) -> Iterator[Path]:
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


def count(path: Path) -> int:
    """Return about how many conversations a file or folder holds, without reading them."""
    return sum(_count(file) for file in walk(path))


def read_path(path: Path, today: dt.date) -> Iterator[Item]:
    """Read a file, or every file under a folder; an `InputError` stands where something could not be read."""
    root = path if _is_folder(path) else path.parent
    for file in walk(path):
        yield from read_file(file, today, root)


def read_file(path: Path, today: dt.date, root: Path | None = None) -> Iterator[Item]:
    """Read one file. Ids that it does not give come from its place under `root`, so that an edit keeps them.

    `today` bounds the dates that are believed, and dates a file that nothing else dates.
    """
    file = _File(path, root or path.parent, today)
    try:
        for found in file.contents():
            yield file.error(found.place, found.reason) if isinstance(found, Flaw) else found
    except (EOFError, BadGzipFile, zlib.error):
        yield file.error("", "the gzip file is cut short or damaged")
    except Unreadable as wrong:
        yield file.error("", str(wrong))
    except OSError as wrong:
        yield file.error("", f"cannot be opened: {(wrong.strerror or str(wrong)).lower()}")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _count(file: Path) -> int:
    try:
        return jsonl.count(file) if _kind(file) in _LINES else 1
    except OSError:
        return 1


def _kind(path: Path) -> str:
    return Path(_unpacked(path)).suffix.lower()


def _unpacked(path: Path) -> str:
    return path.name[:-3] if path.name.lower().endswith(".gz") else path.name


def _dated(stem: str) -> tuple[str, str]:
    """Return the date at the start of a file's name, if there is one, and the words after it."""
    dated = _DATED.fullmatch(stem)
    return (dated["day"], _spaced(dated["rest"] or stem)) if dated else ("", _spaced(stem))


def _shown(path: Path) -> str:
    """Return a path as text that can be stored and printed, whatever bytes its name is made of."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


def _spaced(name: str) -> str:
    return _DASHES.sub(" ", name).strip()


@dataclass(frozen=True, slots=True)
class _File:
    """One file on its way to conversations: what it does not say, its name and folder do."""

    path: Path
    root: Path
    today: dt.date

    def error(self, place: str, reason: str) -> InputError:
        return InputError(_shown(self.path), place, reason)

    def contents(self) -> Iterator[Conversation | Flaw]:
        """Read the file as what its name or, for text, its first words say it is."""
        kind = _kind(self.path)
        if self.path.is_dir():
            yield Flaw("", "this folder may not be opened")
        elif self.path.exists() and not self.path.is_file():
            yield Flaw("", "is not a regular file")
        elif kind in _LINES:
            yield from self._records()
        elif kind == ".json":
            yield from self._json(whole(self.path))
        elif kind in _PARSERS or not self.path.exists():
            yield from self._text(whole(self.path), kind)
        else:
            yield Flaw("", f"{kind} files are not read; {_READ} are")

    def _records(self) -> Iterator[Conversation | Flaw]:
        empty = True
        for found in jsonl.stream(self.path, self.today):
            empty = False
            yield found
        if empty:
            yield Flaw("", "is empty")

    def _json(self, text: str) -> Iterator[Conversation | Flaw]:
        if not text.strip():
            yield Flaw("", "is empty")
            return
        content = podcast_json.load(text)
        if isinstance(content, Mapping) and "segments" in content:
            yield from self._complete(podcast_json.parse(content))
            return
        for number, fields in enumerate(content if isinstance(content, list) else [content], 1):
            try:
                yield jsonl.record(fields, self.today)
            except Unreadable as wrong:
                yield Flaw(f"record {number}", str(wrong))

    def _text(self, text: str, kind: str) -> Iterator[Conversation | Flaw]:
        if not text.strip():
            yield Flaw("", "is empty")
            return
        declared = _PARSERS[kind]
        looks = (name for look, name in _LOOKS if declared == _PLAIN and re.match(look, text[:1000]))
        parse: Parser = resolve_name(next(looks, declared))
        yield from self._complete(parse(text, Path(_unpacked(self.path)).stem))

    def _complete(self, found: Iterator[Draft | Flaw]) -> Iterator[Conversation | Flaw]:
        for draft in found:
            if isinstance(draft, Flaw):
                yield draft
            elif draft.turns:
                yield self._conversation(draft)
            else:
                yield Flaw("", "holds no words")

    def _conversation(self, draft: Draft) -> Conversation:
        place = _shown(Path(self.root.resolve().name, self.path.relative_to(self.root)))
        when, name = _dated(Path(_unpacked(Path(place))).stem)
        return Conversation(
            id=f"{place}#{draft.key}" if draft.key else place,
            show=draft.show or _spaced(_shown(self.path.resolve().parent).rpartition("/")[2]) or "Files",
            title=draft.title or name[:1].upper() + name[1:] or place,
            date=day(draft.when or when, self.today) if draft.when or when else self._changed(),
            turns=draft.turns,
            url=draft.url,
            lang=draft.lang,
            people=draft.people,
            source=place,
        )

    def _changed(self) -> dt.date:
        # A date of change is only a last resort, and one that cannot be is no reason to refuse the file.
        changed = dt.datetime.fromtimestamp(self.path.stat().st_mtime, tz=dt.UTC).date()
        return changed if EARLIEST <= changed <= self.today else self.today
