"""What a text says of itself above its words: YAML or TOML between rules, or plain lines of facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain import Person, Role
from bot.ingest.formats.speaker_names import clean_label

_FIELDS = {
    "title": "title episodetitle name",
    "show": "show podcast channel channelname uploader series program programme publication source",
    "date": "date published uploaddate uploaded releasedate released publishdate publisheddate publishedat pubdate "
    "publicationdate recorded recordedat recordingdate meetingdate aired airdate created createdat starttime",
    "url": "url link media webpageurl originalurl videourl sourceurl permalink canonical",
    "language": "lang language",
    "description": "description summary",
    "host": "hosts host",
    "guest": "speakers speaker guests guest participants attendees people",
    "other": "episode duration category tags",
}
"""What a field may be called, in lower case and without marks between its words; the first ones are preferred."""

_NAMES = {meaning: names.split() for meaning, names in _FIELDS.items()}
_KNOWN = frozenset(name for names in _NAMES.values() for name in names)
_TELLING = frozenset(name for meaning in ("title", "show", "date", "url") for name in _NAMES[meaning])
"""What a talk's header has at least one of; lines that name only a host and a guest are what they say."""

_BLOCK = re.compile(r"\s*(?P<rule>---|\+\+\+)[ \t]*\n(.*?)\n(?P=rule)[ \t]*(?:\n|$)", re.DOTALL)
_FIRST_LINES = re.compile(r"\s*(?P<rule>)((?:[^\n]{1,500}\n){1,15}?[^\n]{1,500})(?:\n[ \t]*\n|\n?$)")
_ENTRY = re.compile(r"([A-Za-z_][\w -]{0,30}?)\s*[:=](?!//)[ \t]*(.*)")
_TEXT_MARK = re.compile(r"[|>][+-]?")
_ITEM = re.compile(r"\s*-\s+(?:name:\s*)?(.*)")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values of a header by their field, whose name is in lower case and without marks between its words."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def first(self, meaning: str) -> str:
        """Return the first value of what is meant; a show is never an address."""
        found = [self.values[name][0] for name in _NAMES[meaning] if self.values.get(name)]
        return next((value for value in found if meaning != "show" or "://" not in value), "")

    @property
    def people(self) -> tuple[Person, ...]:
        """Whom it names; one line of several names is parted at its commas."""
        people: dict[str, Person] = {}
        for role in (Role.HOST, Role.GUEST):
            for listed in (self.values.get(name, ()) for name in _NAMES[role.value]):
                names = listed[0].split(",") if len(listed) == 1 else listed
                for label in filter(None, map(clean_label, names)):
                    people.setdefault(label, Person(label, role))
        return tuple(people.values())


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """Return the header and the text after it; nested values are left out.

    A value behind "|" or ">" is the indented lines below it.
    """
    block = _fenced_block(text) or _open_block(text)
    if not block:
        return FrontMatter(), text
    header: dict[str, list[str]] = {}
    values: list[str] = []
    is_text: dict[str, bool] = {}
    key = ""
    for line in block[2].split("\n"):
        if entry := _ENTRY.fullmatch(line.rstrip()):
            key = _key(entry[1])
            is_text[key] = _TEXT_MARK.fullmatch(entry[2]) is not None
            values = header[key] = [] if is_text[key] else _parse_values(entry[2])
        elif is_text.get(key):
            values.append(line.strip())
        elif item := _ITEM.fullmatch(line.rstrip()):
            values.append(_strip_quotes(item[1]))
    texts = {key: ["\n".join(lines).strip()] for key, lines in header.items() if is_text[key]}
    return FrontMatter(header | texts), text[block.end() :]


def _fenced_block(text: str) -> re.Match[str] | None:
    """Return a header between rules; without a known fact in it, the rules part one post from another."""
    block = _BLOCK.match(text)
    return block if block and any(key in _KNOWN for key in _keys(block)) else None


def _open_block(text: str) -> re.Match[str] | None:
    """Return a header without rules around it: the lines up to a blank one.

    Each names a fact of its own, most of them known ones, and one at least what only a header tells.
    """
    block = _FIRST_LINES.match(text)
    keys = _keys(block) if block else []
    is_header = len(keys) > 1 and len(keys) == len(set(keys)) and "" not in keys and _TELLING.intersection(keys)
    return block if is_header and sum(key in _KNOWN for key in keys) * 2 > len(keys) else None


def _keys(block: re.Match[str]) -> list[str]:
    """Return the fact that each line of a header names, "" for a line that names none."""
    entries = (_ENTRY.fullmatch(line.strip()) for line in block[2].split("\n"))
    return [_key(entry[1]) if entry else "" for entry in entries]


def _key(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _parse_values(text: str) -> list[str]:
    if text.startswith("[") and text.endswith("]"):
        return [value for part in text[1:-1].split(",") if (value := _strip_quotes(part))]
    return [value] if (value := _strip_quotes(text)) else []


def _strip_quotes(text: str) -> str:
    words = text.strip()
    quoted = len(words) > 1 and words[0] == words[-1] and words[0] in "\"'"
    return words[1:-1] if quoted else words
