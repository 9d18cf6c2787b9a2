"""HTML transcripts: Podcasting 2.0 (`cite`, `time`, `p`) and common pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lxml import etree

from bot.ingest.formats.draft import Draft, Flaw, Unreadable
from bot.ingest.formats.labels import seconds
from bot.ingest.formats.paragraphs import turns
from bot.ingest.formats.speaker_labels import Labelled, accepted, labelled

_SILENT = re.compile("script|style|nav|footer|noscript|template|svg|form|button|select|textarea|iframe")
_BLOCK = re.compile("p|div|[uod]l|li|blockquote|section|article|main|table|t[dhr]|d[dt]|[bh]r|pre|body")
_LABEL = frozenset({"cite", "strong", "b"})
_HEADING = re.compile("title|h[1-6]")
_FACTS = {
    "og:title": "title",
    "og:site_name": "show",
    "og:url": "url",
    "article:published_time": "date",
    "date": "date",
}
_DEEPEST = 512
"""Elements inside each other: the parser looks through all of them at each end tag that ends none."""

_CHUNK = 65_536
"""Bytes: what is parsed before nesting that is too deep can end it."""


def parse(text: str, _name: str) -> Iterator[Draft | Flaw]:
    """Read the words of a page; navigation, scripts and headings are none."""
    page = _Page()
    try:
        _read(text.encode("utf-8", "replace"), page)
    except Unreadable as wrong:
        yield Flaw("", f"{wrong}; the rest is not read")
        page.flush()
    said = turns(page.lines, accepted(page.lines))
    facts = page.facts
    yield Draft(
        said,
        title=facts.get("title", "") or facts.get("heading", ""),
        show=facts.get("show", ""),
        when=facts.get("date", ""),
        url=facts.get("url") or None,
        lang=facts.get("lang", "")[:2].lower() or "en",
    )


def _read(content: bytes, page: _Page) -> None:
    parser = etree.HTMLParser(target=page, encoding="utf-8", huge_tree=True)
    for at in range(0, len(content), _CHUNK):
        parser.feed(content[at : at + _CHUNK])
    parser.close()


class _Page:
    """Gathers paragraphs, each with the label and the time that stand before it; the parser tells it what it meets."""

    def __init__(self) -> None:
        self.lines: list[Labelled] = []
        self.facts: dict[str, str] = {}
        self._depth = 0
        self._silent = 0
        self._inside = ""
        self._named = ""
        self._parts: dict[str, list[str]] = {}

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        """Notice what the coming words are: silent, a heading, a label, a time or speech."""
        self._depth += 1
        if self._depth > _DEEPEST:
            message = "is nested too deeply"
            raise Unreadable(message)
        self._silent += _SILENT.fullmatch(tag) is not None
        if tag == "html":
            self.facts["lang"] = given.get("lang", "")
        elif tag == "meta":
            self._fact(given)
        elif _BLOCK.fullmatch(tag) or _HEADING.fullmatch(tag):
            self.flush()
        if tag in _LABEL and not self._has("text"):
            self._inside = "label"
        elif _HEADING.fullmatch(tag) or tag == "time":
            self._inside = tag

    def end(self, tag: str) -> None:
        """Leave what the tag began; a heading is kept only as a possible title."""
        self._depth -= 1
        self._silent -= _SILENT.fullmatch(tag) is not None
        if _HEADING.fullmatch(tag):
            self.facts.setdefault("heading", self._take(tag))
        elif _BLOCK.fullmatch(tag):
            self.flush()
        if tag in _LABEL or _HEADING.fullmatch(tag) or tag == "time":
            self._inside = ""

    def data(self, words: str) -> None:
        """Put words where they belong."""
        if not self._silent:
            self._parts.setdefault(self._inside or "text", []).append(words)

    def close(self) -> None:
        """End the last paragraph."""
        self.flush()

    def flush(self) -> None:
        """End a paragraph; a name or time without words yet waits for the next one."""
        label, text = self._take("label"), self._take("text")
        named = label.endswith(":") or text.startswith(":") or not text
        if label and named:
            self._named = label.strip(" :")
        words = text.removeprefix(":").strip() if named else f"{label} {text}".strip()
        if words:
            self._say(words)

    def _say(self, words: str) -> None:
        line = labelled(words)
        if self._named:
            line = Labelled(line.whole, line.whole, self._named, line.t, sure=True)
        t = seconds(self._take("time"))
        self.lines.append(line if t is None else replace(line, t=t))
        self._named = ""

    def _fact(self, given: Mapping[str, str]) -> None:
        name = _FACTS.get(given.get("property", "") or given.get("name", ""))
        if name and given.get("content"):
            self.facts.setdefault(name, " ".join(given["content"].split()))

    def _has(self, part: str) -> bool:
        return any(words.strip() for words in self._parts.get(part, ()))

    def _take(self, part: str) -> str:
        return " ".join("".join(self._parts.pop(part, ())).split())
