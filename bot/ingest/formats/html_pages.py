"""Whole pages of HTML to the turns they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree

from bot.ingest.formats.html_text import clean_description
from bot.ingest.formats.paragraphs import is_tool_line
from bot.ingest.formats.parsed import ParsedConversation, ParseError, ParseProblem, parse_timestamp
from bot.ingest.formats.speaker_labels import LabelledLine, Shape, build_turns, find_speaker_labels, parse_line
from bot.ingest.formats.speaker_names import clean_label

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def iter_tags(markup: str, tag: str) -> Iterator[HtmlElement]:
    """Yield the elements of one name in a piece of HTML."""
    from lxml import html as lxml_html

    try:
        root = lxml_html.fromstring(markup.encode("utf-8", "replace"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (ValueError, etree.ParserError):
        return iter(())
    return iter(root.iter(tag))


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
    "og:description": "description",
    "description": "description",
}
_MAX_DEPTH = 512
"""Elements inside one another: at each stray end tag the parser searches all of them."""

_CHUNK_BYTES = 65_536
"""Bytes parsed at a time, so that nesting that is too deep ends the parsing soon."""


def parse_html(text: str, _name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read the words of a page, without navigation, scripts and headings."""
    page = _ParserTarget()
    try:
        _feed_parser(text.encode("utf-8", "replace"), page)
    except ParseError as error:
        yield ParseProblem("", f"{error}; the rest is not read")
        page.flush()
    facts = page.metadata
    yield ParsedConversation(
        build_turns(page.lines, find_speaker_labels(page.lines)),
        title=facts.get("title", "") or facts.get("heading", ""),
        show=facts.get("show", ""),
        date_text=facts.get("date", ""),
        url=facts.get("url") or None,
        lang=facts.get("lang", "")[:2].lower() or "en",
        description=clean_description(facts.get("description", "")),
    )


def _feed_parser(content: bytes, page: _ParserTarget) -> None:
    parser = etree.HTMLParser(target=page, encoding="utf-8", huge_tree=True)
    for start in range(0, len(content), _CHUNK_BYTES):
        parser.feed(content[start : start + _CHUNK_BYTES])
    parser.close()


class _ParserTarget:
    """What lxml calls for each tag and text: it gathers paragraphs with the label and time before them."""

    def __init__(self) -> None:
        self.lines: list[LabelledLine] = []
        self.metadata: dict[str, str] = {}
        self._depth = 0
        self._skipped_depth = 0
        self._current_part = ""
        self._pending_speaker = ""
        self._parts: dict[str, list[str]] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note what the next words are: skipped, a heading, a label, a time or speech."""
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
        if tag in _LABEL_TAGS and not "".join(self._parts.get("text", ())).strip():
            self._current_part = "label"
        elif _HEADING_TAGS.fullmatch(tag) or tag == "time":
            self._current_part = tag

    def end(self, tag: str) -> None:
        """Leave the element; a heading is kept only as a possible title."""
        self._depth -= 1
        self._skipped_depth -= _SKIPPED_TAGS.fullmatch(tag) is not None
        if _HEADING_TAGS.fullmatch(tag):
            self.metadata.setdefault("heading", self._pop_text(tag))
        elif _BLOCK_TAGS.fullmatch(tag):
            self.flush()
        if tag in _LABEL_TAGS or _HEADING_TAGS.fullmatch(tag) or tag == "time":
            self._current_part = ""

    def data(self, text: str) -> None:
        """Add words to the part they belong to."""
        if not self._skipped_depth:
            self._parts.setdefault(self._current_part or "text", []).append(text)

    def close(self) -> None:
        """End the last paragraph."""
        self.flush()

    def flush(self) -> None:
        """End a paragraph; a name or a time without words waits for the next one."""
        label, text = self._pop_text("label"), self._pop_text("text")
        named = label.endswith(":") or text.startswith(":") or not text
        if label and named:
            self._pending_speaker = label.strip(" :")
        words = text.removeprefix(":").strip() if named else f"{label} {text}".strip()
        if words and not is_tool_line(words):
            self._add_line(words)

    def _add_line(self, text: str) -> None:
        line = parse_line(text)
        if self._pending_speaker:
            line = LabelledLine(line.raw, line.raw, clean_label(self._pending_speaker), line.t, Shape.MARKED)
        t = parse_timestamp(self._pop_text("time"))
        self.lines.append(line if t is None else replace(line, t=t))
        self._pending_speaker = ""

    def _add_metadata(self, attributes: Mapping[str, str]) -> None:
        name = _META_FIELDS.get(attributes.get("property", "") or attributes.get("name", ""))
        if name and attributes.get("content"):
            self.metadata.setdefault(name, " ".join(attributes["content"].split()))

    def _pop_text(self, part: str) -> str:
        return " ".join("".join(self._parts.pop(part, ())).split())
