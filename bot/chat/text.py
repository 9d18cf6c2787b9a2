"""Text with meaning: spans and `md()`, where values can never become markup."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from string import Formatter
from typing import TypeAlias

_MARKUP = re.compile(r"\*\*(?P<bold>.+?)\*\*|__(?P<italic>.+?)__|`(?P<code>.+?)`", re.DOTALL)
_WEB_ADDRESS = re.compile(r"https?://[!-~]+")
_WHITESPACE = re.compile(r"[ \t\r\f\v\x85\u2028\u2029]+")
# Bidirectional controls, zero-width and tag characters can reorder or hide words; emoji need U+200D only.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"  # control characters but for line ends and tabs, and half characters
    "\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of plain text in one style; `href` only ever comes from the store.

    `channel` is the id of a channel, which its platform shows by its name.
    """

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    href: str | None = None
    channel: str = ""


Text: TypeAlias = tuple[Span, ...]
Value: TypeAlias = "str | int | float | Text"


_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def without_code(text: str) -> str:
    """Return a message as people type it without its code samples, in which a name calls nobody."""
    return _CODE.sub(" ", text)


def sanitise(value: object) -> str:
    """Return outside text as safe visible characters: no controls, nothing hidden, single spaces."""
    return _WHITESPACE.sub(" ", _INVISIBLE.sub("", str(value)))


def one_line(value: object) -> str:
    """Return outside text in one line."""
    return " ".join(sanitise(value).split())


def web_address(href: str | None, limit: int) -> str | None:
    """Return an address that can be a link, or None if it isn't a plain web address or has too many characters."""
    return href if href and len(href) <= limit and _WEB_ADDRESS.fullmatch(href) else None


def styled_text(value: object, *, bold: bool = False, italic: bool = False, href: str | None = None) -> Text:
    """Return one span of outside text."""
    return (Span(sanitise(value), bold=bold, italic=italic, href=href),)


def channel_mention(id_: str) -> Text:
    """Return a channel, which its platform shows by name."""
    return (Span(sanitise(id_), channel=id_),)


def md(template: str, **values: Value) -> Text:
    """Fill a template of ours: `**bold**`, `__italic__`, `` `code` `` are markup, `{values}` never are.

    A value that is already `Text` keeps its own styles and gains those around it.
    Raises KeyError for a placeholder without a value.
    """
    spans: list[Span] = []
    at = 0
    for mark in _MARKUP.finditer(template):
        spans += _fill(template[at : mark.start()], Span(""), values)
        kind = mark.lastgroup or ""
        style = Span("", bold=kind == "bold", italic=kind == "italic", code=kind == "code")
        spans += _fill(mark[kind], style, values)
        at = mark.end()
    return tuple(spans + _fill(template[at:], Span(""), values))


def unstyled(text: Text) -> str:
    """Return the words alone, without any style."""
    return "".join(span.text for span in text)


def shorten(text: str, limit: int) -> str:
    """Cut at a word boundary so that the result, with its ellipsis, has at most `limit` characters."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    return (kept.rsplit(" ", 1)[0] if " " in kept else kept).rstrip(" ,;:.") + "…"


def _fill(template: str, style: Span, values: dict[str, Value]) -> list[Span]:
    spans: list[Span] = []
    for literal, name, _, _ in Formatter().parse(template):
        if literal:
            spans.append(replace(style, text=literal))
        if name is not None:
            spans += _value_spans(values[name], style)
    return spans


def _value_spans(value: Value, style: Span) -> list[Span]:
    if isinstance(value, tuple):
        return [
            replace(s, bold=s.bold or style.bold, italic=s.italic or style.italic, code=s.code or style.code)
            for s in value
        ]
    return [replace(style, text=sanitise(value))]
