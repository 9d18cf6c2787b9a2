"""A fetched transcript to turns, whatever format it turns out to be in; voices without a name are kept apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pkgutil import resolve_name
from urllib.parse import urlsplit

from bot.domain import Turn
from bot.ingest.formats import json_formats
from bot.ingest.formats.parsed import ParsedConversation, ParseError, ParseProblem, ParseText, decode_text

MIN_WORDS = 30
"""Words; fewer are a notice or an error page."""

_PLAIN_TEXT = "bot.ingest.formats.plain_text:plain"
_CAPTIONS = "bot.ingest.formats.captions:parse"
_HTML = "bot.ingest.formats.html_pages:parse"
_SIGNATURES = (
    (re.compile(r"\s*WEBVTT\b"), _CAPTIONS),
    (re.compile(r"\s*\d{1,6}\s*\n\s*\d+:\d\d:\d\d[.,]\d+\s*-->"), _CAPTIONS),
    (re.compile(r"(?i)\s*<(?:!doctype\s+html|html|cite|head|body|p|div|article)\b"), _HTML),
)
_MARKDOWN = re.compile(r"markdown|\.md$", re.IGNORECASE)
_NUMBERED_SPEAKER = re.compile(
    r"(?P<before>^|<v[^>\n]{0,40}\s|\"speaker\"\s*:\s*\"|>|\*\*|\n)(?P<space>[ \t]*)(?:speaker|spk|voice)[\s_#-]{0,2}"
    r"(?P<number>\d{1,2}|[A-Z])\b(?=\s{0,2}[:>\"<*\[(])",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"Nameless Voice(?P<number>\w{1,2})")


def read_transcript(content: bytes, url: str, type_: str = "", charset: str = "") -> ParsedConversation:
    """Read a transcript; raises Unreadable for what holds no words of one.

    A speaker such as "Speaker 1" is kept as a voice (see `nameless`), for whom a name may be found in the words.
    """
    text = _decode(content, charset)
    found = [draft for draft in _parse(text, url, type_) if isinstance(draft, ParsedConversation) and draft.turns]
    if not found:
        message = "holds no words"
        raise ParseError(message)
    draft = max(found, key=lambda one: len(one.turns))
    if sum(len(turn.text.split()) for turn in draft.turns) < MIN_WORDS:
        message = "is too short to be a transcript"
        raise ParseError(message)
    return draft


def is_unnamed_speaker(speaker: str | None) -> bool:
    """Tell whether a speaker is a voice that the transcript only numbers."""
    return bool(speaker and _PLACEHOLDER.fullmatch(speaker))


def rename_speakers(turns: tuple[Turn, ...], names: Mapping[str, str]) -> tuple[Turn, ...]:
    """Return turns with other names for their speakers; a voice for which there is none is an unknown speaker."""
    return tuple(replace(turn, speaker=_resolve_speaker(turn.speaker, names)) for turn in turns)


def _resolve_speaker(speaker: str | None, names: Mapping[str, str]) -> str | None:
    found = names.get(speaker or "")
    return found or (None if is_unnamed_speaker(speaker) else speaker)


def _decode(content: bytes, charset: str) -> str:
    if charset:
        try:
            return decode_text(content.decode(charset).encode())
        except (UnicodeDecodeError, LookupError):
            pass
    return decode_text(content)


def _parse(text: str, url: str, type_: str) -> list[ParsedConversation | ParseProblem]:
    voiced = _NUMBERED_SPEAKER.sub(r"\g<before>\g<space>Nameless Voice\g<number>", text)
    if voiced.lstrip().startswith("{"):
        fields = json_formats.load_json(voiced)
        if not isinstance(fields, Mapping) or "segments" not in fields:
            message = "is JSON, but no transcript"
            raise ParseError(message)
        return list(json_formats.parse(fields))
    looks = (name for look, name in _SIGNATURES if look.match(voiced[:1000]))
    marked = _MARKDOWN.search(type_) or _MARKDOWN.search(urlsplit(url).path)
    parse: ParseText = resolve_name(next(looks, "bot.ingest.formats.plain_text:markdown" if marked else _PLAIN_TEXT))
    return list(parse(voiced, ""))
