"""Text as Slack takes it, in forms where outside words stay words.

`rich_text` elements are never parsed, so that is where outside words go. `plain_text` has no markup either, but a
client may turn an address in it into a link; `mrkdwn` has markup that cannot be escaped. So `plain` takes no words
that look like an address, and `marked` only words of an alphabet in which nothing can be markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.chat.text import Span, Text, sanitise, shorten
from bot.platforms.slack.limits import BUTTON_LABEL, URL, Node

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}")
_LINK = re.compile(r"https?://[!-~]+")
_BLANKS = re.compile(r"(^\s+|\s+$)")
_URL_LIKE = re.compile(r"://|\bwww\.|(?<=\w)\.(?=[^\W\d_]{2})")
_PLAIN_WORDS = re.compile(r"(?:[^\W_]|[ ,%$€£&·+()’'–▁-█-]|\.(?=[\d ]|$))+")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LOOKALIKES = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
_NEUTRALISED = str.maketrans(_ESCAPES | _LOOKALIKES)
_DOT, _COLON = "\u2024", "\u2236"
_BREAKS = re.compile(r"(?P<dot>(?<=\w)\.(?=[^\W\d_]))|:(?=//|[\w+-]+:)")
_MAX_NOTIFICATION = 300


def one_line(words: str) -> str:
    """Return outside words as safe visible characters on one line."""
    return " ".join(sanitise(words).split())


def plain_text(words: str, limit: int) -> Node:
    """Return a text object without markup, cut at the limit; `:smile:` stays what was said."""
    return {"type": "plain_text", "text": shorten(words, limit), "emoji": False}


def is_link_free(words: str) -> bool:
    """Tell whether no client can take a part of the words for an address."""
    return not _URL_LIKE.search(words)


def label(words: str, default: str) -> Node:
    """Return the label of a button or option, which Slack does not let be empty."""
    return plain_text(one_line(words) or default, BUTTON_LABEL)


def safe_mrkdwn(lines: Iterable[tuple[str, str]]) -> Node | None:
    """Return lines of words with the mark around each (`*`, `_` or none), or None where one could be markup."""
    kept = [(words, mark) for words, mark in ((one_line(words), mark) for words, mark in lines) if words]
    if not kept or not all(_PLAIN_WORDS.fullmatch(words) for words, _ in kept):
        return None
    text = "\n".join(f"{mark}{words.replace('&', '&amp;')}{mark}" for words, mark in kept)
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def notification_text(summary: str) -> str:
    """Return the words beside the blocks, which Slack reads as markup, so that nothing in them is any.

    There is no escape for most marks; they become characters that look alike.
    """
    words = shorten(one_line(summary), _MAX_NOTIFICATION) or "Overheard"
    apart = _BREAKS.sub(lambda found: _DOT if found["dot"] else _COLON, words)
    return apart.translate(_NEUTRALISED)


def rich_text_block(*elements: Node) -> tuple[Node, ...]:
    """Return a rich text block of those elements that have words, or nothing."""
    kept = [element for element in elements if element["elements"]]
    return ({"type": "rich_text", "elements": kept},) if kept else ()


def section(text: Text, *, bold: bool = False) -> Node:
    """Return a paragraph, span for span."""
    return {"type": "rich_text_section", "elements": _elements(text, bold=bold)}


def quote(text: Text) -> Node:
    """Return words behind a bar."""
    return {"type": "rich_text_quote", "elements": _elements(text)}


def bulleted_list(sections: Iterable[Node]) -> Node:
    """Return a list, one section an entry."""
    return _list("bullet", sections)


def numbered_list(sections: Iterable[Node], first: int) -> Node:
    """Return a list that counts from `first`."""
    return _list("ordered", sections) | ({"offset": first - 1} if first > 1 else {})


def _list(style: str, sections: Iterable[Node]) -> Node:
    return {"type": "rich_text_list", "style": style, "elements": list(sections)}


def _elements(text: Text, *, bold: bool = False) -> list[Node]:
    return [element for span in text for element in _span_elements(span, bold=bold or span.bold)]


def _span_elements(span: Span, *, bold: bool) -> Iterator[Node]:
    """Yield a span's words, as a link where the store has an honest address; blanks around it are not linked."""
    styles = (("bold", bold), ("italic", span.italic), ("code", span.code))
    style = {name: True for name, on in styles if on}
    words = sanitise(span.text)
    if _CHANNEL.fullmatch(span.channel):
        yield {"type": "channel", "channel_id": span.channel}
        return
    href = span.href if span.href and len(span.href) <= URL and _LINK.fullmatch(span.href) else None
    for part in filter(None, _BLANKS.split(words) if href else (words,)):
        link = {"type": "link", "url": href} if href and part.strip() else {"type": "text"}
        yield link | {"text": part} | ({"style": style} if style else {})
