"""Markdown and plain text: transcripts, articles and pasted posts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from bot.domain import Turn
from bot.ingest.formats import front_matter, posts
from bot.ingest.formats.decoding import strip_comments
from bot.ingest.formats.draft import ParsedConversation, ParseProblem
from bot.ingest.formats.labels import TIMESTAMP_PATTERN
from bot.ingest.formats.paragraphs import build_turns, split_paragraphs
from bot.ingest.formats.speaker_labels import find_speaker_labels

Header = Mapping[str, Sequence[str]]

# Repetitions are bounded or give nothing back: these run over text that may be made to be slow.
_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,300}+)\]\((?:[^()\s]++|\([^()\s]{0,300}+\)){0,99}+(?:\s+\"[^\"\n]{0,300}+\")?\)|<(https?://[^<>\s]{1,2000}+)>"
)
_EMPHASIS = re.compile(r"(?<![\w*\\])(\*\*\*|\*\*|\*|__|_)(?=\S)(.{1,300}?)(?<=[^\s\\])\1(?![\w*])")
_CODE = re.compile(r"(?<!`)(`{1,3})([^`\n]{1,300})\1(?!`)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!>~|<-])")
_ESCAPED_BRACKET = re.compile(r"\\([\[\]])")
_INLINE_TIME = re.compile(rf"\s?\[{TIMESTAMP_PATTERN}\]")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}")


def markdown(text: str, _name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read a Markdown transcript or article; its headings are no speech, its marks no words."""
    header, body = front_matter.split_front_matter(text)
    body = "\n".join(_strip_quote_mark(line) for line in strip_comments(body).split("\n") if not _RULE.fullmatch(line))
    declared = header.get("speakers", [])
    lines = split_paragraphs(body, declared)
    headings = [found for line in lines if (found := _HEADING.fullmatch(line.raw))]
    spoken = [line for line in lines if not _HEADING.fullmatch(line.raw)]
    title = next((_strip_markdown(found[2]) for found in headings if found[1] == "#"), "")
    yield from _to_conversation(
        header, build_turns(spoken, find_speaker_labels(spoken, declared), _strip_markdown), title
    )


def plain(text: str, name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read plain text: a transcript, an article, or posts pasted one after another."""
    header, body = front_matter.split_front_matter(text)
    declared = header.get("speakers", [])
    lines = split_paragraphs(body, declared)
    names = find_speaker_labels(lines, declared)
    if not names and posts.has_multiple_posts(body, name):
        yield from posts.split_posts(body)
    else:
        yield from _to_conversation(header, build_turns(lines, names), "")


def _to_conversation(
    header: Header, turns_: tuple[Turn, ...], title: str
) -> Iterator[ParsedConversation | ParseProblem]:
    def first(*names: str) -> str:
        return next((header[name][0] for name in names if header.get(name)), "")

    yield ParsedConversation(
        turns_,
        title=first("title") or title,
        show=first("show", "podcast", "source"),
        date_text=first("date", "published"),
        url=first("url", "link", "media") or None,
        lang=first("lang", "language") or "en",
    )


def _strip_quote_mark(line: str) -> str:
    # Brackets are freed early, because time stamps are looked for before other marks are taken away.
    return _ESCAPED_BRACKET.sub(r"\1", line.strip().lstrip("> ") if line.lstrip().startswith(">") else line)


def _strip_markdown(line: str) -> str:
    unlinked = _LINK.sub(lambda found: found[1] or found[2] or "", line)
    unmarked = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", _CODE.sub(r"\2", unlinked)))
    return html.unescape(_ESCAPED.sub(r"\1", _INLINE_TIME.sub("", unmarked))).strip()
