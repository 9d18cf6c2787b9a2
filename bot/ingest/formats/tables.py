"""Tables of what was said, a row for each caption or utterance: Whisper's TSV, and the CSV of meeting tools."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bot.ingest.formats.json_transcripts import guess_transcript, parse_transcript
from bot.ingest.formats.parsed import MAX_RECORD_BYTES, ParsedConversation, ParseError, ParseProblem


def parse_table(text: str, _name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read a table whose first row names its columns; raises ParseError if none of them holds what was said."""
    header = text.lstrip().partition("\n")[0]
    delimiter = max("\t,;", key=header.count)
    csv.field_size_limit(MAX_RECORD_BYTES)
    try:
        names, *rows = csv.reader(io.StringIO(text.lstrip()), delimiter=delimiter)
    except (csv.Error, ValueError) as error:
        message = f"is no table: {error}"
        raise ParseError(message) from error
    keys = ["_".join(name.lower().replace("(", " ").replace(")", " ").split()) for name in names]
    items = [dict(zip(keys, map(_number_or_text, row), strict=False)) for row in rows if any(row)]
    found = guess_transcript(items)
    if not found:
        message = "is a table without a column of words, such as text, beside one of speakers or times"
        raise ParseError(message)
    yield from parse_transcript(items, found)


def _number_or_text(cell: str) -> object:
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < _LONGEST_NUMBER else cell


_LONGEST_NUMBER = 12
