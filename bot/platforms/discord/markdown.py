"""Outside words as Discord's Markdown, in which they stay words.

Discord reads a backslash before any punctuation as that character itself, everywhere but in code and in the text of a
link. So `escape_markdown` is for everything else; links and code take only words in which nothing can be markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from urllib.parse import quote

from bot.chat.text import Span, Text, sanitise, web_address

MAX_URL_LENGTH = 1000
"""Characters of a link; nothing longer is a source."""

ZERO_WIDTH_SPACE = "\u200b"
"""Keeps characters apart without being seen; outside words have none, since `sanitise` removes it."""

_MARKUP = re.compile(r"[\\*_~`|<>\[\]#@/]|:(?!\s)|^\s*(?:[-+]|\d*\.(?=\s|$))", re.MULTILINE)
_MASS_MENTION = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_PLAIN_WORDS = re.compile(r"[^\W_\u2139](?:[^\W_\u2139]|[ ,%$€£&+’'–—·()!?;“”/-]|\.(?=[\d ])|(?<=\d):(?=\d\d))*")
_LABEL = re.compile(rf"(?P<before>[^\w]*)(?P<words>{_PLAIN_WORDS.pattern})(?P<after>[^\w]*)")
_CODE = re.compile(r"(?! )[^`*\\@\n]+(?<! )")
_URL_SAFE = ":/?#@!$&+,;=%"


def escape_markdown(words: str) -> str:
    """Return outside words so that nothing in them pings, links, formats or becomes an emoji, in any position."""
    return _MASS_MENTION.sub(f"@{ZERO_WIDTH_SPACE}", _MARKUP.sub(_backslash, sanitise(words)))


def safe_url(href: str | None) -> str | None:
    """Return a web address encoded for a link, or None if it isn't a valid one."""
    address = web_address(href, MAX_URL_LENGTH)
    return quote(address, safe=_URL_SAFE) if address else None


def link(words: str, href: str) -> str:
    """Return words linked to an address from `safe_url`; if a link can't show them unchanged, it comes after them.

    Brackets and other punctuation around the words are not part of the link.
    """
    label = _LABEL.fullmatch(words)
    if not label:
        return f"{escape_markdown(words)} [link](<{href}>)"
    return f"{escape_markdown(label['before'])}[{label['words']}](<{href}>){escape_markdown(label['after'])}"


def code(words: str) -> str:
    """Return words as code if they can be, else as they are."""
    return f"`{words}`" if _CODE.fullmatch(words) and "://" not in words else escape_markdown(words)


def _backslash(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}\\{match[0][-1]}"


_SURROUNDED = re.compile(r"(?P<before>\s*)(?P<words>.*?)(?P<after>\s*)", re.DOTALL)
_CHANNEL = re.compile(r"\d{15,20}")


def render_lines(text: Text, *, bold: bool = False) -> list[str]:
    """Return a text line by line, without blank lines at its ends; no mark runs over a line break."""
    rows: list[list[str]] = [[]]
    for span in _merge_spans(text):
        first, *rest = sanitise(span.text).split("\n")
        rows[-1].append(_render_span(replace(span, text=first), bold=bold))
        rows += [[_render_span(replace(span, text=row), bold=bold)] for row in rest]
    return "\n".join(_join(row).strip() for row in rows).strip("\n").split("\n")


def render_line(text: Text, *, bold: bool = False) -> str:
    """Return a text on one line."""
    return " ".join(filter(None, render_lines(text, bold=bold)))


def render_paragraph(text: Text, prefix: str = "") -> str:
    """Return a text with a prefix on each line, or nothing if it has no words."""
    drawn = render_lines(text)
    return "\n".join(prefix + row for row in drawn if row or prefix == "> " or not prefix) if any(drawn) else ""


def _merge_spans(text: Text) -> Iterator[Span]:
    """Join neighbours of one style, so that they share their marks."""
    for style, run in groupby(text, lambda span: replace(span, text="")):
        yield replace(style, text="".join(span.text for span in run))


def _render_span(span: Span, *, bold: bool) -> str:
    """Render a span; blanks around its words stay outside the marks, which Discord would not recognise otherwise."""
    if _CHANNEL.fullmatch(span.channel):
        return f"<#{span.channel}>"
    shape = _SURROUNDED.fullmatch(span.text)
    if not shape or not shape["words"]:
        return span.text
    mark = ("**" if bold or span.bold else "") + ("*" if span.italic else "")
    return f"{shape['before']}{mark}{_render_words(span, shape['words'])}{mark}{shape['after']}"


def _render_words(span: Span, words: str) -> str:
    href = safe_url(span.href)
    if href:
        return link(words, href)
    return code(words) if span.code else escape_markdown(words)


def _join(drawn: Iterable[str]) -> str:
    return "".join(_separate_marks(part for part in drawn if part))


def _separate_marks(drawn: Iterable[str]) -> Iterator[str]:
    """Keep the marks of neighbours apart: `**a**` beside `*b*` would be read as one run of asterisks."""
    before = ""
    for part in drawn:
        if before[-1:] in {"*", "`"} and part[0] in {"*", "`"}:
            yield ZERO_WIDTH_SPACE
        yield part
        before = part
