"""HTML transcripts: Podcasting 2.0 (`cite`, `time`, `p`) and common pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lxml import etree

from bot.ingest.formats.draft import ParsedConversation, ParseError, ParseProblem
from bot.ingest.formats.labels import parse_timestamp
from bot.ingest.formats.paragraphs import build_turns
from bot.ingest.formats.speaker_labels import LabelledLine, find_speaker_labels, parse_line

_SKIPPED_TAGS = re.compile("script|style|nav|footer|noscript|template|svg|form|button|select|textarea|iframe")
_BLOCK_TAGS = re.compile("p|div|[uod]l|li|blockquote|section|article|main|table|t[dhr]|d[dt]|[bh]r|pre|body")
_LABEL_TAGS = frozenset({"cite", "strong", "b"})
_HEADING_TAGS = re.compile("title|h[1-6]")
_META_FIELDS = {
    "og:title": "title",
    "og:site_name": "show",
    "og:url": "url",
    "article:published_time": "date",
    "date": "date",
}
_MAX_DEPTH = 512
"""Elements inside each other: the parser looks through all of them at each end tag that ends none."""

_CHUNK_BYTES = 65_536
"""Bytes: what is parsed before nesting that is too deep can end it."""


def parse(text: str, _name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read the words of a page; navigation, scripts and headings are none."""
    page = _ParserTarget()
    try:
        _feed_parser(text.encode("utf-8", "replace"), page)
    except ParseError as wrong:
        yield ParseProblem("", f"{wrong}; the rest is not read")
        page.flush()
    said = build_turns(page.lines, find_speaker_labels(page.lines))
    facts = page.metadata
    yield ParsedConversation(
        said,
        title=facts.get("title", "") or facts.get("heading", ""),
        show=facts.get("show", ""),
        date_text=facts.get("date", ""),
        url=facts.get("url") or None,
        lang=facts.get("lang", "")[:2].lower() or "en",
    )


def _feed_parser(content: bytes, page: _ParserTarget) -> None:
    parser = etree.HTMLParser(target=page, encoding="utf-8", huge_tree=True)
    for at in range(0, len(content), _CHUNK_BYTES):
        parser.feed(content[at : at + _CHUNK_BYTES])
    parser.close()


class _ParserTarget:
    """Gathers paragraphs, each with the label and the time that stand before it; the parser tells it what it meets."""

    def __init__(self) -> None:
        self.lines: list[LabelledLine] = []
        self.metadata: dict[str, str] = {}
        self._depth = 0
        self._skipped_depth = 0
        self._current_part = ""
        self._pending_speaker = ""
        self._parts: dict[str, list[str]] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Notice what the coming words are: silent, a heading, a label, a time or speech."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            message = "is nested too deeply"
            raise ParseError(message)
        self._skipped_depth += _SKIPPED_TAGS.fullmatch(tag) is not None
        if tag == "html":
            self.metadata["lang"] = attributes.get("lang", "")
        elif tag == "meta":
            self._add_metadata(attributes)
        elif _BLOCK_TAGS.fullmatch(tag) or _HEADING_TAGS.fullmatch(tag):
            self.flush()
        if tag in _LABEL_TAGS and not self._has_text("text"):
            self._current_part = "label"
        elif _HEADING_TAGS.fullmatch(tag) or tag == "time":
            self._current_part = tag

    def end(self, tag: str) -> None:
        """Leave what the tag began; a heading is kept only as a possible title."""
        self._depth -= 1
        self._skipped_depth -= _SKIPPED_TAGS.fullmatch(tag) is not None
        if _HEADING_TAGS.fullmatch(tag):
            self.metadata.setdefault("heading", self._pop_text(tag))
        elif _BLOCK_TAGS.fullmatch(tag):
            self.flush()
        if tag in _LABEL_TAGS or _HEADING_TAGS.fullmatch(tag) or tag == "time":
            self._current_part = ""

    def data(self, text: str) -> None:
        """Put words where they belong."""
        if not self._skipped_depth:
            self._parts.setdefault(self._current_part or "text", []).append(text)

    def close(self) -> None:
        """End the last paragraph."""
        self.flush()

    def flush(self) -> None:
        """End a paragraph; a name or time without words yet waits for the next one."""
        label, text = self._pop_text("label"), self._pop_text("text")
        named = label.endswith(":") or text.startswith(":") or not text
        if label and named:
            self._pending_speaker = label.strip(" :")
        words = text.removeprefix(":").strip() if named else f"{label} {text}".strip()
        if words:
            self._add_line(words)

    def _add_line(self, text: str) -> None:
        line = parse_line(text)
        if self._pending_speaker:
            line = LabelledLine(line.raw, line.raw, self._pending_speaker, line.t, is_marked_up=True)
        t = parse_timestamp(self._pop_text("time"))
        self.lines.append(line if t is None else replace(line, t=t))
        self._pending_speaker = ""

    def _add_metadata(self, attributes: Mapping[str, str]) -> None:
        name = _META_FIELDS.get(attributes.get("property", "") or attributes.get("name", ""))
        if name and attributes.get("content"):
            self.metadata.setdefault(name, " ".join(attributes["content"].split()))

    def _has_text(self, part: str) -> bool:
        return any(words.strip() for words in self._parts.get(part, ()))

    def _pop_text(self, part: str) -> str:
        return " ".join("".join(self._parts.pop(part, ())).split())
