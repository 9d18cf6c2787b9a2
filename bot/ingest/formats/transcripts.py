"""Fetched transcripts to turns, whatever format they turn out to be in; unnamed speakers are kept apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from bot.domain import Turn
from bot.ingest.formats import PLAIN_TEXT, declared_format, sniff_format
from bot.ingest.formats.parsed import ParsedConversation, ParseError, ParseProblem, decode_text, word_count

MIN_WORDS = 30
"""Words; fewer are a notice or an error page."""

_NUMBERED_SPEAKER = re.compile(
    r"(?P<before>^|<v[^>\n]{0,40}\s|\"speaker\"\s*:\s*\"|>|\*\*|\n)(?P<space>[ \t]*)(?:speaker|spk|voice)[\s_#-]{0,2}"
    r"(?P<number>\d{1,2}|[A-Z])\b(?=\s{0,2}[:>\"<*\[(])",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"Nameless Voice(?P<number>\w{1,2})")


def read_transcript(content: bytes, url: str, type_: str = "", charset: str = "") -> ParsedConversation:
    """Read a transcript; raises ParseError for anything else.

    A speaker such as "Speaker 1" is kept apart (see `is_unnamed_speaker`): the words may tell the name.
    """
    parsed = _parse(decode_text(content, charset), url, type_)
    drafts = [draft for draft in parsed if isinstance(draft, ParsedConversation) and draft.turns]
    if not drafts:
        message = "holds no words"
        raise ParseError(message)
    longest = max(drafts, key=lambda draft: len(draft.turns))
    if word_count(longest.turns) < MIN_WORDS:
        message = "is too short to be a transcript"
        raise ParseError(message)
    return longest


def is_unnamed_speaker(speaker: str | None) -> bool:
    """Return whether the transcript only numbers a speaker."""
    return bool(speaker and _PLACEHOLDER.fullmatch(speaker))


def rename_speakers(turns: tuple[Turn, ...], names: Mapping[str, str]) -> tuple[Turn, ...]:
    """Return turns with other names for their speakers; a numbered speaker without one becomes unknown."""
    known = {turn.speaker: None if is_unnamed_speaker(turn.speaker) else turn.speaker for turn in turns} | {**names}
    return tuple(replace(turn, speaker=known[turn.speaker]) for turn in turns)


def _parse(text: str, url: str, type_: str) -> Iterator[ParsedConversation | ParseProblem]:
    marked = _NUMBERED_SPEAKER.sub(r"\g<before>\g<space>Nameless Voice\g<number>", text)
    # Declarations are often wrong, so one counts only for a format that does not show in the text.
    declared = declared_format(PurePosixPath(urlsplit(url).path).suffix, type_)
    fallback = PLAIN_TEXT if declared is None or declared.signature else declared
    return (sniff_format(marked) or fallback).parse(marked, "")
