"""Markdown and plain text: transcripts, articles and pasted posts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from bot.domain import Turn
from bot.ingest.formats import front_matter, posts
from bot.ingest.formats.decoding import uncommented
from bot.ingest.formats.draft import Draft, Flaw
from bot.ingest.formats.labels import TIME
from bot.ingest.formats.paragraphs import paragraphs, turns
from bot.ingest.formats.speaker_labels import accepted

Header = Mapping[str, Sequence[str]]

# Repetitions are bounded or give nothing back: these run over text that may be made to be slow.
_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,300}+)\]\((?:[^()\s]++|\([^()\s]{0,300}+\)){0,99}+(?:\s+\"[^\"\n]{0,300}+\")?\)|<(https?://[^<>\s]{1,2000}+)>"
)
_EMPHASIS = re.compile(r"(?<![\w*\\])(\*\*\*|\*\*|\*|__|_)(?=\S)(.{1,300}?)(?<=[^\s\\])\1(?![\w*])")
_CODE = re.compile(r"(?<!`)(`{1,3})([^`\n]{1,300})\1(?!`)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!>~|<-])")
_BRACKET = re.compile(r"\\([\[\]])")
_INLINE_TIME = re.compile(rf"\s?\[{TIME}\]")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}")


def markdown(text: str, _name: str) -> Iterator[Draft | Flaw]:
    """Read a Markdown transcript or article; its headings are no speech, its marks no words."""
    header, body = front_matter.split(text)
    body = "\n".join(_unquoted(line) for line in uncommented(body).split("\n") if not _RULE.fullmatch(line))
    declared = header.get("speakers", [])
    lines = paragraphs(body, declared)
    headings = [found for line in lines if (found := _HEADING.fullmatch(line.whole))]
    spoken = [line for line in lines if not _HEADING.fullmatch(line.whole)]
    title = next((_words(found[2]) for found in headings if found[1] == "#"), "")
    yield from _draft(header, turns(spoken, accepted(spoken, declared), _words), title)


def plain(text: str, name: str) -> Iterator[Draft | Flaw]:
    """Read plain text: a transcript, an article, or posts pasted one after another."""
    header, body = front_matter.split(text)
    declared = header.get("speakers", [])
    lines = paragraphs(body, declared)
    names = accepted(lines, declared)
    if not names and posts.pasted(body, name):
        yield from posts.divide(body)
    else:
        yield from _draft(header, turns(lines, names), "")


def _draft(header: Header, said: tuple[Turn, ...], title: str) -> Iterator[Draft | Flaw]:
    def first(*names: str) -> str:
        return next((header[name][0] for name in names if header.get(name)), "")

    yield Draft(
        said,
        title=first("title") or title,
        show=first("show", "podcast", "source"),
        when=first("date", "published"),
        url=first("url", "link", "media") or None,
        lang=first("lang", "language") or "en",
    )


def _unquoted(line: str) -> str:
    # Brackets are freed early, because time stamps are looked for before other marks are taken away.
    return _BRACKET.sub(r"\1", line.strip().lstrip("> ") if line.lstrip().startswith(">") else line)


def _words(line: str) -> str:
    unlinked = _LINK.sub(lambda found: found[1] or found[2] or "", line)
    unmarked = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", _CODE.sub(r"\2", unlinked)))
    return html.unescape(_ESCAPED.sub(r"\1", _INLINE_TIME.sub("", unmarked))).strip()
