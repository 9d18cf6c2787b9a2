"""Conversations from files and folders, one after another; what cannot be read is reported, and the rest is read."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TypeAlias

from bot.domain import PASTED, UNDATED, Conversation
from bot.errors import InputError
from bot.ingest.formats import FORMATS, JSON, JSON_LINES, PDF, PLAIN_TEXT, WORD, Format, declared_format, sniff_format
from bot.ingest.formats.json_formats import count_lines, load_json, parse_record, read_records
from bot.ingest.formats.json_transcripts import find_transcript, parse_transcript
from bot.ingest.formats.moments import find_date
from bot.ingest.formats.parsed import (
    EARLIEST_DATE,
    GZIP_ERRORS,
    ParsedConversation,
    ParseError,
    ParseProblem,
    is_believable,
    parse_date,
    read_bytes,
)

ImportItem: TypeAlias = Conversation | InputError

_MAX_NAME_BYTES = 200
"""How much of a name is kept: a little less than any disk takes."""

_DASHES = re.compile(r"[-_]+")
_DATE_INSIDE = re.compile(
    r"(?:GMT|UTC)?(?<!\d)(?:(?:19|20)\d\d(?P<sep>[-._]?)(?:0[1-9]|1[0-2])(?P=sep)(?:0[1-9]|[12]\d|3[01])(?!\d)"
    r"(?:[-_T ](?:at )?\d\d[-_.:h]?\d\d(?:[-_.:]?\d\d)?Z?(?: ?(?:GMT|UTC)(?:[+-]\d\d?(?:[_:]?\d\d)?)?)?)?"
    r"|\d{1,2}[-_.]\d{1,2}[-_.]\d{4}(?!\d)|\d{1,2} [^\W\d_]{3,9} \d{4}(?!\d))|[^\W\d_]{3,9} \d{1,2},? \d{4}(?!\d)"
)
"""A date in a name, with the time of day: GMT20260611-090312_Recording, call-20260611_090312, call 11 June 2026."""

_ISO_SEPARATORS = re.compile(r"(\d{4})[._](\d\d)[._](\d\d)")
_TOOL_WORD = (
    r"[-_. ]+(?:(?:Meeting[ _])?(?:Recording|Transcript|transcript)|otter[._ ]ai|\d{3,4}x\d{3,4}|cc"
    r"|(?<=\.)[a-z]{2}(?:-[A-Z]{2}|-orig)?)(?=[-_. ]|$)"
)
"""What tools add to the names of files, at their end or beside a date: Recording.transcript, call.en, call_otter.ai."""

_TOOL_WORDS_AT_START = re.compile(rf"(?:{_TOOL_WORD})+")
_TOOL_WORDS_AT_END = re.compile(rf"(?:{_TOOL_WORD})+[-_. ]*$")


def iter_files(path: Path) -> Iterator[Path]:
    """Yield a file itself, or a folder's files in order and then the folders in it that cannot be opened.

    Names with a leading dot are left out.
    """
    if not _is_folder(path):
        yield path
        return
    errors: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))
    yield from (Path(error.filename) for error in errors)


def estimate_count(path: Path) -> int:
    """Return about how many conversations a file or folder holds, without reading them."""
    return sum(_estimate_file(file) for file in iter_files(path))


@dataclass(frozen=True, slots=True)
class Given:
    """What whoever hands files over says of them: it comes before what a file says. `date` is as it was written.

    `place` stands for the folder in ids, and `space` is the one that may read them.
    """

    show: str = ""
    title: str = ""
    date: str = ""
    place: str = ""
    space: str | None = None


def read_path(path: Path, today: dt.date, given: Given | None = None) -> Iterator[ImportItem]:
    """Read a file, or every file under a folder; yields an `InputError` for each thing that could not be read."""
    root = path if _is_folder(path) else path.parent
    for file in iter_files(path):
        yield from read_file(file, today, root, given)


def read_file(path: Path, today: dt.date, root: Path | None = None, given: Given | None = None) -> Iterator[ImportItem]:
    """Read one file. Ids that it does not give come from its place under `root`, so an edit keeps them.

    `today` bounds the dates that are believed. A file that nothing dates is `UNDATED`; posts are of the day on which
    they were pasted.
    """
    file = _File(path, root or path.parent, today, given or Given())
    try:
        for parsed in file.parse():
            yield file.error(parsed.location, parsed.reason) if isinstance(parsed, ParseProblem) else parsed
    except GZIP_ERRORS:
        yield file.error("", "the gzip file is cut short or damaged")
    except ParseError as error:
        yield file.error("", str(error))
    except OSError as error:
        yield file.error("", f"cannot be opened: {(error.strerror or str(error)).lower()}")


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file that somebody sent holds: conversations, and places and reasons of what could not be read.

    `key` is the id of the first conversation, `format` the name of the format it was read as, and `left` how many
    conversations more there are.
    """

    key: str
    conversations: tuple[Conversation, ...]
    problems: tuple[tuple[str, str], ...] = ()
    format: str = ""
    left: int = 0


def read_upload(content: bytes, name: str, today: dt.date, space: str, most: int) -> Upload:
    """Read a file that somebody sent from a space, at most so many conversations: they and their ids are its own.

    The ids come from the content: tools give many files one name, and the same file again is the same conversation.
    `name` tells the format, and may tell the title and date; a folder in it counts for nothing. It runs in the sandbox.
    """
    given = Given(place=f"upload/{space}", space=space)
    with TemporaryDirectory(prefix="overheard-") as folder:
        # A talk whose show nobody names has that of its folder.
        path = Path(folder, "Uploads", _plain_name(name))
        path.parent.mkdir()
        path.write_bytes(content)
        items = list(read_file(path, today, path.parent, given))
        form = format_name(path)
    key = f"upload-{hashlib.sha256(space.encode() + b'/' + content).hexdigest()[:16]}"
    found = [item for item in items if isinstance(item, Conversation)]
    return Upload(
        key,
        tuple(replace(one, id=f"{key}.{n}" if n else key) for n, one in enumerate(found[:most])),
        tuple((item.location, item.reason) for item in items if isinstance(item, InputError)),
        form,
        len(found[most:]),
    )


def _plain_name(name: str) -> str:
    """Return a name that any disk takes, without folders; it ends as it did, since that tells the format."""
    last = PurePosixPath(name.replace("\\", "/").replace("\0", "")).name.lstrip(".")
    return last.encode("utf-8", "replace")[-_MAX_NAME_BYTES:].decode("utf-8", "ignore") or "upload.txt"


def unread_type(name: str) -> str:
    """Return why files of such a name are not read, "" if they are."""
    suffix = _suffix(Path(name))
    if declared_format(suffix):
        return ""
    *others, last = (form.suffixes[0][1:] for form in FORMATS)
    return f"{suffix} files are not read; {', '.join(others)} and {last} are, also as .gz"


def format_name(path: Path) -> str:
    """Return the name of the format that a file is read as, "" if it cannot be read as any."""
    try:
        declared = declared_format(_suffix(path))
        if declared is None or declared is JSON_LINES:
            return declared.name if declared else ""
        text = declared.decode(read_bytes(path))
        known = _detect_format(declared, text)
    except (*GZIP_ERRORS, ParseError, OSError):
        return ""
    with suppress(ParseError):
        drafts = known.parse(text, Path(_without_gz(path)).stem) if text.strip() else ()
        detail = next((draft.detail for draft in drafts if isinstance(draft, ParsedConversation)), "")
        return f"{known.name}, {detail}" if detail else known.name
    return known.name


def _detect_format(declared: Format, text: str) -> Format:
    """Return the format of a file's text: a suffix other than a plain text's or a document's is believed."""
    return (sniff_format(text) or declared) if declared in {PLAIN_TEXT, WORD, PDF} else declared


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _estimate_file(file: Path) -> int:
    try:
        return count_lines(file) if declared_format(_suffix(file)) is JSON_LINES else 1
    except OSError:
        return 1


def _suffix(path: Path) -> str:
    return Path(_without_gz(path)).suffix.lower()


def _without_gz(path: Path) -> str:
    return path.name[:-3] if path.name.lower().endswith(".gz") else path.name


def _split_date(stem: str, today: dt.date) -> tuple[dt.date | None, str]:
    """Return the date in a file's name and the other words of it, without the tools' own.

    A day on which no talk can have been held, "Outlook to 1 January 2030", is one of the words.
    """
    words = _TOOL_WORDS_AT_END.sub("", stem)
    dated = _DATE_INSIDE.search(words)
    day = find_date(_ISO_SEPARATORS.sub(r"\1-\2-\3", dated[0])) if dated else None
    if dated is None or day is None or not is_believable(day, today):
        return None, _dashes_to_spaces(words or stem)
    before = _TOOL_WORDS_AT_END.sub("", words[: dated.start()])
    after = _TOOL_WORDS_AT_START.sub("", words[dated.end() :])
    rest = " ".join(part.strip(" -_()[].,") for part in (before, after)).strip()
    return day, _dashes_to_spaces(rest) or _dashes_to_spaces(stem)


def _printable_path(path: Path) -> str:
    """Return a path as text that can be stored and printed, whatever bytes its name is made of."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


def _dashes_to_spaces(name: str) -> str:
    return _DASHES.sub(" ", name).strip()


@dataclass(frozen=True, slots=True)
class _File:
    """One file on its way to conversations: its name and folder tell what it does not say."""

    path: Path
    root: Path
    today: dt.date
    given: Given

    def error(self, place: str, reason: str) -> InputError:
        return InputError(_printable_path(self.path), place, reason)

    def parse(self) -> Iterator[Conversation | ParseProblem]:
        """Read the file in the format that its name or, for plain text, its first words tell."""
        suffix = _suffix(self.path)
        known = declared_format(suffix)
        if self.path.is_dir():
            yield ParseProblem("", "this folder may not be opened")
        elif self.path.exists() and not self.path.is_file():
            yield ParseProblem("", "is not a regular file")
        elif known is None and self.path.exists():
            yield ParseProblem("", unread_type(self.path.name))
        elif known is JSON_LINES:
            records = read_records(self.path, self.today)
            yield self._as_given(next(records, ParseProblem("", "is empty")))
            yield from map(self._as_given, records)
        else:
            declared = known or PLAIN_TEXT
            content = read_bytes(self.path)
            text = declared.decode(content) if content else ""
            yield from self._parse_text(text, declared) if text.strip() else [ParseProblem("", "is empty")]

    def _parse_text(self, text: str, declared: Format) -> Iterator[Conversation | ParseProblem]:
        known = _detect_format(declared, text)
        if known is JSON:
            yield from self._parse_json(load_json(text))
        else:
            yield from self._to_conversations(known.parse(text, Path(_without_gz(self.path)).stem))

    def _parse_json(self, content: object) -> Iterator[Conversation | ParseProblem]:
        if found := find_transcript(content):
            yield from self._to_conversations(parse_transcript(content, found))
            return
        for number, fields in enumerate(content if isinstance(content, list) else [content], 1):
            yield self._as_given(self._parse_record(fields, number))

    def _parse_record(self, fields: object, number: int) -> Conversation | ParseProblem:
        try:
            return parse_record(fields, self.today)
        except ParseError as error:
            return ParseProblem(f"record {number}", str(error))

    def _as_given(self, found: Conversation | ParseProblem) -> Conversation | ParseProblem:
        """Return a record with what whoever hands it over says of it; of a space, its id is in there, too."""
        if isinstance(found, ParseProblem):
            return found
        given = self.given
        return replace(
            found,
            id=f"{self._place()}#{found.id}" if given.place else found.id,
            show=given.show or found.show,
            title=given.title or found.title,
            date=parse_date(given.date, self.today) if given.date else found.date,
            space=given.space,
        )

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
        place = self._place()
        named, name = _split_date(Path(_without_gz(Path(place))).stem, self.today)
        return Conversation(
            id=f"{place}#{draft.id_suffix}" if draft.id_suffix else place,
            show=self.given.show
            or draft.show
            or _dashes_to_spaces(_printable_path(self.path.resolve().parent).rpartition("/")[2])
            or "Files",
            title=self.given.title or draft.title or name[:1].upper() + name[1:] or place,
            date=self._date(draft, named),
            turns=draft.turns,
            url=draft.url,
            lang=draft.lang,
            people=draft.people,
            source=place,
            space=self.given.space,
            description=draft.description,
        )

    def _place(self) -> str:
        folder = self.given.place or self.root.resolve().name
        return _printable_path(Path(folder, self.path.relative_to(self.root)))

    def _date(self, draft: ParsedConversation, named: dt.date | None) -> dt.date:
        """Return what dates a talk. Only a date that was given has to be one: others may be what the talk is about."""
        if self.given.date:
            return parse_date(self.given.date, self.today)
        with suppress(ParseError):
            return parse_date(draft.date_text, self.today)
        return named or self._folder_date() or self._undated(draft)

    def _folder_date(self) -> dt.date | None:
        """Return the date in the name of the file's folder: "2026-06-11 09.03.12 Weekly call"."""
        if self.given.place:
            return None
        return _split_date(self.path.resolve().parent.name, self.today)[0]

    def _undated(self, draft: ParsedConversation) -> dt.date:
        """Return the day on which posts were pasted; when a talk was held, no date of a file tells."""
        if draft.show != PASTED:
            return UNDATED
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
