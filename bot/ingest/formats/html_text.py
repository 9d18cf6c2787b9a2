"""HTML to plain words, for titles and summaries; whole pages are for `web` and `article`."""

from __future__ import annotations

import html
import re

_SILENT = re.compile(r"<(script|style|head|noscript)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(
    r"<(?:/?(?:p|div|li|[ou]l|h[1-6]|tr|blockquote|section|article|pre)\b[^<>]*|br\s*/?|hr\s*/?)>", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-z!?][^<>]*>", re.IGNORECASE)


def plain(text: str) -> str:
    """Return the words of a piece of HTML on one line."""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", _SILENT.sub(" ", text)))
    return " ".join((html.unescape(text) if "&" in text else text).split())


def lines(text: str) -> list[str]:
    """Return the words of a piece of HTML, a line for each paragraph, list item and break."""
    broken = _BREAK.sub("\n", _SILENT.sub(" ", text)) if "<" in text else text
    found = (" ".join(line.split()) for line in html.unescape(_TAG.sub("", broken)).split("\n"))
    return [line for line in found if line]
