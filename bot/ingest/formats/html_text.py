"""HTML to plain words."""

from __future__ import annotations

import html
import re

from bot.chat.text import shorten

_SKIPPED_ELEMENT = re.compile(r"<(script|style|head|noscript)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(
    r"<(?:/?(?:p|div|li|[ou]l|h[1-6]|tr|blockquote|section|article|pre)\b[^<>]*|br\s*/?|hr\s*/?)>", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-z!?][^<>]*>", re.IGNORECASE)


def html_to_text(markup: str) -> str:
    """Return the words of a piece of HTML on one line."""
    if "<" in markup:
        markup = _TAG.sub("", _BREAK.sub(" ", _SKIPPED_ELEMENT.sub(" ", markup)))
    return " ".join((html.unescape(markup) if "&" in markup else markup).split())


def html_to_lines(markup: str) -> list[str]:
    """Return the words of a piece of HTML, a line for each paragraph, list item and break."""
    broken = _BREAK.sub("\n", _SKIPPED_ELEMENT.sub(" ", markup)) if "<" in markup else markup
    lines = (" ".join(line.split()) for line in html.unescape(_TAG.sub("", broken)).split("\n"))
    return [line for line in lines if line]


MAX_DESCRIPTION_CHARS = 4_000
"""Characters of a description that are kept; what follows is links and adverts."""


def clean_description(markup: str) -> str:
    """Return the words of a description, plain or in HTML, with its lines; a long one is cut."""
    return shorten("\n".join(html_to_lines(markup)), MAX_DESCRIPTION_CHARS)
