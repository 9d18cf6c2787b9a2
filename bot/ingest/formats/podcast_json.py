"""Podcasting 2.0 JSON transcripts, and JSON files of conversation records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bot.ingest.formats.cues import Piece, join
from bot.ingest.formats.draft import Draft, Flaw, Unreadable
from bot.ingest.formats.labels import moment, speaker


def load(text: str) -> object:
    """Return what a JSON text holds; raises Unreadable that says in words what is wrong with it."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        message = f"line {wrong.lineno} is not JSON: {wrong.msg}"
    except RecursionError:
        message = "is nested too deeply"
    except ValueError:
        message = "holds a number that is too long"
    raise Unreadable(message)


def parse(content: Mapping[str, object]) -> Iterator[Draft | Flaw]:
    """Read a transcript's segments; one that is broken is a flaw, and the rest is read."""
    segments = content["segments"]
    if not isinstance(segments, list):
        yield Flaw("", "segments is not a list")
        return
    pieces = []
    for number, segment in enumerate(segments, 1):
        try:
            pieces.append(_piece(segment))
        except Unreadable as wrong:
            yield Flaw(f"segment {number}", str(wrong))
    yield Draft(join(pieces), title=_text(content, "title"), show=_text(content, "show"))


def _piece(segment: object) -> Piece:
    if not isinstance(segment, Mapping) or not isinstance(segment.get("body"), str):
        message = "has no body"
        raise Unreadable(message)
    name = segment.get("speaker")
    if name is not None and not isinstance(name, str):
        message = "the speaker is not a name"
        raise Unreadable(message)
    return Piece(" ".join(segment["body"].split()), speaker(name), moment(segment.get("startTime")))


def _text(content: Mapping[str, object], name: str) -> str:
    value = content.get(name)
    return value.strip() if isinstance(value, str) else ""
