"""The few lines of `name: value` between two `---` that many transcripts begin with."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
_ENTRY = re.compile(r"([A-Za-z_][\w-]*):[ \t]*(.*)")
_ITEM = re.compile(r"\s*-\s+(.*)")


def split_front_matter(text: str) -> tuple[dict[str, list[str]], str]:
    """Return the header's values by lower-case name, and the text after it; a nested value is left out."""
    block = _BLOCK.match(text)
    if not block:
        return {}, text
    header: dict[str, list[str]] = {}
    values: list[str] = []
    for line in block[1].split("\n"):
        if entry := _ENTRY.fullmatch(line.rstrip()):
            values = header[entry[1].lower()] = _parse_values(entry[2])
        elif item := _ITEM.fullmatch(line.rstrip()):
            values.append(_strip_quotes(item[1]))
    return header, text[block.end() :]


def _parse_values(text: str) -> list[str]:
    if text.startswith("[") and text.endswith("]"):
        return [value for part in text[1:-1].split(",") if (value := _strip_quotes(part))]
    return [value] if (value := _strip_quotes(text)) else []


def _strip_quotes(text: str) -> str:
    words = text.strip()
    quoted = len(words) > 1 and words[0] == words[-1] and words[0] in "\"'"
    return words[1:-1] if quoted else words
