"""Podcasting 2.0 JSON transcripts, and JSON files of conversation records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bot.ingest.formats.cues import Segment, merge_segments
from bot.ingest.formats.draft import ParsedConversation, ParseError, ParseProblem
from bot.ingest.formats.labels import speaker_name, to_seconds


def load_json(text: str) -> object:
    """Return what a JSON text holds; raises Unreadable that says in words what is wrong with it."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        message = f"line {wrong.lineno} is not JSON: {wrong.msg}"
    except RecursionError:
        message = "is nested too deeply"
    except ValueError:
        message = "holds a number that is too long"
    raise ParseError(message)


def parse(content: Mapping[str, object]) -> Iterator[ParsedConversation | ParseProblem]:
    """Read a transcript's segments; one that is broken is a flaw, and the rest is read."""
    segments = content["segments"]
    if not isinstance(segments, list):
        yield ParseProblem("", "segments is not a list")
        return
    pieces = []
    for number, segment in enumerate(segments, 1):
        try:
            pieces.append(_parse_segment(segment))
        except ParseError as wrong:
            yield ParseProblem(f"segment {number}", str(wrong))
    yield ParsedConversation(merge_segments(pieces), title=_text(content, "title"), show=_text(content, "show"))


def _parse_segment(segment: object) -> Segment:
    if not isinstance(segment, Mapping) or not isinstance(segment.get("body"), str):
        message = "has no body"
        raise ParseError(message)
    name = segment.get("speaker")
    if name is not None and not isinstance(name, str):
        message = "the speaker is not a name"
        raise ParseError(message)
    return Segment(" ".join(segment["body"].split()), speaker_name(name), to_seconds(segment.get("startTime")))


def _text(content: Mapping[str, object], name: str) -> str:
    value = content.get(name)
    return value.strip() if isinstance(value, str) else ""
