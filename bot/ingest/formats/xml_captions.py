"""Captions in XML: TTML, and YouTube's own kinds, which hold times as seconds or milliseconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.ingest.formats.captions import drop_repeated_words
from bot.ingest.formats.parsed import (
    MAX_SECONDS,
    ParsedConversation,
    ParseError,
    ParseProblem,
    Segment,
    merge_segments,
    parse_timestamp,
)
from bot.ingest.formats.speaker_names import speaker_name

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

TICKS_PER_SECOND = 10_000_000.0
_AGENT = "{http://www.w3.org/ns/ttml#metadata}agent"
_AGENT_NAME = "{http://www.w3.org/ns/ttml#metadata}name"
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_OFFSET = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|t)?")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "t": 1 / TICKS_PER_SECOND}


def parse_xml_captions(text: str, _name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read captions in XML; raises ParseError if it is damaged."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        message = "is XML that is damaged"
        raise ParseError(message)
    names = {agent.get(_ID, ""): agent.findtext(_AGENT_NAME) or "" for agent in root.iter(_AGENT)}
    segments = list(_segments(root, names))
    words = drop_repeated_words([segment.text.split() for segment in segments])
    yield ParsedConversation(
        merge_segments(
            Segment(" ".join(fresh), segment.speaker, segment.t, segment.starts_turn)
            for segment, fresh in zip(segments, words, strict=True)
        ),
        lang=(root.get(_LANG) or "en")[:2].lower(),
    )


def _segments(root: Element, names: dict[str, str]) -> Iterator[Segment]:
    voice = ""
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        start = element.get("begin") or element.get("t") or element.get("start")
        if name not in {"p", "text"} or start is None:
            continue
        # YouTube's newer kind counts milliseconds, its older one and TTML seconds.
        t = _seconds(start, 0.001 if element.get("t") else 1.0)
        label = element.get(_AGENT) or ""
        changes = bool(voice and label) and label != voice
        voice = label or voice
        spoken = speaker_name(names.get(label) or label) if label else None
        yield Segment(" ".join(_words(element).split()), spoken or None, t, starts_turn=changes)


def _words(element: Element) -> str:
    """Return an element's text; words that are elements of their own may stand without a space between them."""
    parts = [str(part) for part in element.itertext()]
    is_split = len(parts) > 1 and not any(part[:1].isspace() or part[-1:].isspace() for part in parts)
    return (" " if is_split else "").join(parts)


def _seconds(text: str, unit: float) -> float | None:
    offset = _OFFSET.fullmatch(text.strip())
    t = float(offset[1]) * (_UNITS[offset[2]] if offset[2] else unit) if offset else parse_timestamp(text)
    return round(t, 3) if t is not None and 0 <= t <= MAX_SECONDS else None
