"""HTML transcripts: Podcasting 2.0 (`cite`, `time`, `p`) and common pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

from bot.ingest.draft import Draft, Flaw
from bot.ingest.labels import seconds
from bot.ingest.names import Labelled, accepted, labelled
from bot.ingest.speech import turns

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


def parse(text: str, _name: str) -> Iterator[Draft | Flaw]:
    """Read the words of a page; navigation, scripts and headings are none."""
    page = _Page()
    page.feed(text)
    page.close()
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


class _Page(HTMLParser):
    """Gathers paragraphs, each with the label and the time that stand before it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Labelled] = []
        self.facts: dict[str, str] = {}
        self._silent = 0
        self._inside = ""
        self._parts: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notice what the coming words are: silent, a heading, a label, a time or speech."""
        given = {name: value or "" for name, value in attrs}
        self._silent += _SILENT.fullmatch(tag) is not None
        if tag == "html":
            self.facts["lang"] = given.get("lang", "")
        elif tag == "meta":
            self._fact(given)
        elif _BLOCK.fullmatch(tag) or _HEADING.fullmatch(tag):
            self.flush()
        if tag == "cite" or (tag in _LABEL and not self._words("text")):
            if tag == "cite":
                self.flush()
            self._inside = "cite" if tag == "cite" else "bold"
        elif _HEADING.fullmatch(tag) or tag == "time":
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        """Leave what the tag began; a heading is kept only as a possible title."""
        self._silent = max(0, self._silent - (_SILENT.fullmatch(tag) is not None))
        if _HEADING.fullmatch(tag):
            self.facts.setdefault("heading", self._take(tag))
        elif _BLOCK.fullmatch(tag):
            self.flush()
        if tag in _LABEL or _HEADING.fullmatch(tag) or tag == "time":
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Put words where they belong."""
        if not self._silent:
            self._parts.setdefault(self._inside or "text", []).append(data)

    def flush(self) -> None:
        """End a paragraph; a label or time without words yet waits for the next one."""
        if not self._words("text") and not self._words("bold"):
            return
        text, bold, cite = self._take("text"), self._take("bold"), self._take("cite")
        t = seconds(self._take("time"))
        if bold and not cite and (bold.endswith(":") or text.startswith(":")):
            cite, bold = bold, ""
        line = labelled(f"{bold} {text.removeprefix(':') if cite else text}".strip())
        if name := cite.strip(" :"):
            line = Labelled(line.whole, line.whole, name, line.t, sure=True)
        self.lines.append(line if t is None else replace(line, t=t))

    def _fact(self, given: dict[str, str]) -> None:
        name = _FACTS.get(given.get("property", "") or given.get("name", ""))
        if name and given.get("content"):
            self.facts.setdefault(name, " ".join(given["content"].split()))

    def _words(self, part: str) -> str:
        return "".join(self._parts.get(part, ())).strip()

    def _take(self, part: str) -> str:
        return " ".join("".join(self._parts.pop(part, ())).split())
