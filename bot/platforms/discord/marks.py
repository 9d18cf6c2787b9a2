"""Spans as lines of Discord's Markdown: marks are ours, words are whoever's they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from bot.platforms.discord.escape import APART, address, code, escaped, link
from bot.text import Span, Text, plain

_SHAPE = re.compile(r"(?P<before>\s*)(?P<words>.*?)(?P<after>\s*)", re.DOTALL)
_CHANNEL = re.compile(r"\d{15,20}")


def lines(text: Text, *, bold: bool = False) -> list[str]:
    """Return a text line by line, without blank lines at its ends; no mark goes on from one line to the next."""
    rows: list[list[str]] = [[]]
    for span in _alike(text):
        first, *rest = plain(span.text).split("\n")
        rows[-1].append(_drawn(replace(span, text=first), bold=bold))
        rows += [[_drawn(replace(span, text=row), bold=bold)] for row in rest]
    return "\n".join(_joined(row).strip() for row in rows).strip("\n").split("\n")


def line(text: Text, *, bold: bool = False) -> str:
    """Return a text on one line."""
    return " ".join(filter(None, lines(text, bold=bold)))


def paragraph(text: Text, before: str = "") -> str:
    """Return a text with something before each of its lines, or nothing where it has no words."""
    drawn = lines(text)
    return "\n".join(before + row for row in drawn if row or before == "> " or not before) if any(drawn) else ""


def _alike(text: Text) -> Iterator[Span]:
    """Join neighbours of one style, so that they share their marks."""
    for style, run in groupby(text, lambda span: replace(span, text="")):
        yield replace(style, text="".join(span.text for span in run))


def _drawn(span: Span, *, bold: bool) -> str:
    """Draw a span; blanks around its words stay outside the marks, where Discord would not take them for marks."""
    if _CHANNEL.fullmatch(span.channel):
        return f"<#{span.channel}>"
    shape = _SHAPE.fullmatch(span.text)
    if not shape or not shape["words"]:
        return span.text
    mark = ("**" if bold or span.bold else "") + ("*" if span.italic else "")
    return f"{shape['before']}{mark}{_words(span, shape['words'])}{mark}{shape['after']}"


def _words(span: Span, words: str) -> str:
    href = address(span.href)
    if href:
        return link(words, href)
    return code(words) if span.code else escaped(words)


def _joined(drawn: Iterable[str]) -> str:
    return "".join(_apart(part for part in drawn if part))


def _apart(drawn: Iterable[str]) -> Iterator[str]:
    """Keep the marks of neighbours apart: `**a**` beside `*b*` would be read as one run of asterisks."""
    before = ""
    for part in drawn:
        if before[-1:] in {"*", "`"} and part[0] in {"*", "`"}:
            yield APART
        yield part
        before = part
