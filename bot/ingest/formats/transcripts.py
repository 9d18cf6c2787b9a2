"""A fetched transcript to turns, whatever format it turns out to be in; voices without a name are kept apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pkgutil import resolve_name
from urllib.parse import urlsplit

from bot.domain import Turn
from bot.ingest.formats import podcast_json
from bot.ingest.formats.decoding import text_of
from bot.ingest.formats.draft import Draft, Flaw, Parser, Unreadable

LEAST = 30
"""Words; fewer are a notice or an error page."""

_PLAIN = "bot.ingest.formats.plain_text:plain"
_CAPTIONS = "bot.ingest.formats.captions:parse"
_PAGE = "bot.ingest.formats.html_transcript:parse"
_LOOKS = (
    (re.compile(r"\s*WEBVTT\b"), _CAPTIONS),
    (re.compile(r"\s*\d{1,6}\s*\n\s*\d+:\d\d:\d\d[.,]\d+\s*-->"), _CAPTIONS),
    (re.compile(r"(?i)\s*<(?:!doctype\s+html|html|cite|head|body|p|div|article)\b"), _PAGE),
)
_MARKDOWN = re.compile(r"markdown|\.md$", re.IGNORECASE)
_VOICE = re.compile(
    r"(?P<before>^|<v[^>\n]{0,40}\s|\"speaker\"\s*:\s*\"|>|\*\*|\n)(?P<space>[ \t]*)(?:speaker|spk|voice)[\s_#-]{0,2}"
    r"(?P<number>\d{1,2}|[A-Z])\b(?=\s{0,2}[:>\"<*\[(])",
    re.IGNORECASE,
)
_NAMELESS = re.compile(r"Nameless Voice(?P<number>\w{1,2})")


def read_transcript(content: bytes, url: str, type_: str = "", charset: str = "") -> Draft:
    """Read a transcript; raises Unreadable for what holds no words of one.

    A speaker such as "Speaker 1" is kept as a voice (see `nameless`), for whom a name may be found in the words.
    """
    text = _decoded(content, charset)
    found = [draft for draft in _parsed(text, url, type_) if isinstance(draft, Draft) and draft.turns]
    if not found:
        message = "holds no words"
        raise Unreadable(message)
    draft = max(found, key=lambda one: len(one.turns))
    if sum(len(turn.text.split()) for turn in draft.turns) < LEAST:
        message = "is too short to be a transcript"
        raise Unreadable(message)
    return draft


def nameless(speaker: str | None) -> bool:
    """Tell whether a speaker is a voice that the transcript only numbers."""
    return bool(speaker and _NAMELESS.fullmatch(speaker))


def renamed(turns: tuple[Turn, ...], names: Mapping[str, str]) -> tuple[Turn, ...]:
    """Return turns with other names for their speakers; a voice for which there is none is an unknown speaker."""
    return tuple(replace(turn, speaker=_name(turn.speaker, names)) for turn in turns)


def _name(speaker: str | None, names: Mapping[str, str]) -> str | None:
    found = names.get(speaker or "")
    return found or (None if nameless(speaker) else speaker)


def _decoded(content: bytes, charset: str) -> str:
    if charset:
        try:
            return text_of(content.decode(charset).encode())
        except (UnicodeDecodeError, LookupError):
            pass
    return text_of(content)


def _parsed(text: str, url: str, type_: str) -> list[Draft | Flaw]:
    voiced = _VOICE.sub(r"\g<before>\g<space>Nameless Voice\g<number>", text)
    if voiced.lstrip().startswith("{"):
        fields = podcast_json.load(voiced)
        if not isinstance(fields, Mapping) or "segments" not in fields:
            message = "is JSON, but no transcript"
            raise Unreadable(message)
        return list(podcast_json.parse(fields))
    looks = (name for look, name in _LOOKS if look.match(voiced[:1000]))
    marked = _MARKDOWN.search(type_) or _MARKDOWN.search(urlsplit(url).path)
    parse: Parser = resolve_name(next(looks, "bot.ingest.formats.plain_text:markdown" if marked else _PLAIN))
    return list(parse(voiced, ""))
