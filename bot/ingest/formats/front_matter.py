"""The few lines of `name: value` between two `---` that many transcripts begin with."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
_ENTRY = re.compile(r"([A-Za-z_][\w-]*):[ \t]*(.*)")
_ITEM = re.compile(r"\s*-\s+(.*)")


def split(text: str) -> tuple[dict[str, list[str]], str]:
    """Return the header's values by lower-case name, and the text after it; a nested value is left out."""
    block = _BLOCK.match(text)
    if not block:
        return {}, text
    header: dict[str, list[str]] = {}
    values: list[str] = []
    for line in block[1].split("\n"):
        if entry := _ENTRY.fullmatch(line.rstrip()):
            values = header[entry[1].lower()] = _values(entry[2])
        elif item := _ITEM.fullmatch(line.rstrip()):
            values.append(_unquoted(item[1]))
    return header, text[block.end() :]


def _values(written: str) -> list[str]:
    if written.startswith("[") and written.endswith("]"):
        return [value for part in written[1:-1].split(",") if (value := _unquoted(part))]
    return [value] if (value := _unquoted(written)) else []


def _unquoted(written: str) -> str:
    words = written.strip()
    quoted = len(words) > 1 and words[0] == words[-1] and words[0] in "\"'"
    return words[1:-1] if quoted else words
