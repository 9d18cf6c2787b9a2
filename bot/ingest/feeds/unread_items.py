"""The items of a feed that were not read before: what a poll brings, found without parsing all that it repeats.

A feed in XML repeats nearly all of itself at each poll. Each item's own bytes, and what in the document bears on how
they are read, give it a mark; items whose marks were there at the last poll are cut out, and only what is left is
parsed. Their order doesn't matter, so an item that moved is known, and one of which a single byte changed is read.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.ingest.feeds.document import FeedDocument
from bot.ingest.feeds.parser import read_feed
from bot.ingest.formats.parsed import ParseError

_MARK_BYTES = 12
_SLASH = ord("/")
_ITEM = re.compile(rb"<((?:[\w.-]+:)?(?:item|entry))[\s>]", re.IGNORECASE)
_SKIPPED = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"), (b"<?", b"?>"))
"""What holds no tags, and what ends it."""
_ASCII_COMPATIBLE = re.compile(r"(?:utf-?8|us-ascii|ascii|iso-8859-\d+|windows-125\d|)", re.IGNORECASE)
"""Encodings in which the bytes of tags are those of no other character."""
_ENCODING = re.compile(rb"""<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([^"']*)""", re.IGNORECASE)
# What is left where an item was; the parser drops it, and what was no XML with the item is none without it.
_CUT = b"<!-- -->"


@dataclass(frozen=True, slots=True)
class UnreadItems:
    """A feed without the items that were known, and what marks the items that it has, in their order.

    `marks` are those of the document's items, `known` those of the items that were left out. Both are empty if items
    can't be told by their bytes; the document is whole then.
    """

    document: FeedDocument
    marks: tuple[bytes, ...] = ()
    known: tuple[bytes, ...] = ()


def read_unread_items(
    content: bytes, url: str, now: dt.datetime, charset: str = "", known: frozenset[bytes] = frozenset()
) -> UnreadItems:
    """Read a feed as `read_feed` does, but without the items that have one of the `known` marks."""
    spans = _item_spans(content, charset)
    if spans:
        marks = _marks(content, spans, f"{url}\n{charset}".encode())
        cut = [span for span, mark in zip(spans, marks, strict=True) if mark in known]
        with suppress(ParseError):
            document = read_feed(_without(content, cut), url, now, charset, is_strict=True)
            unread = tuple(mark for mark in marks if mark not in known)
            if len(document.items) == len(unread):
                return UnreadItems(document, unread, tuple(mark for mark in marks if mark in known))
    return UnreadItems(read_feed(content, url, now, charset))


def _item_spans(content: bytes, charset: str) -> Sequence[tuple[int, int]]:
    """Return where the items of a document are, those in no other one; nothing if that isn't sure."""
    declared = _ENCODING.search(content[:1_000])
    if not _ASCII_COMPATIBLE.fullmatch(declared[1].decode("latin-1") if declared else charset):
        return ()
    item = _ITEM.search(content)
    if item is None:
        return ()
    tags = re.compile(rb"<(?:[!?]|/?%b[\s/>])" % re.escape(item[1]))
    spans: list[tuple[int, int]] = []
    depth = start = at = 0
    while tag := tags.search(content, at):
        begin = tag.start()
        kind = content[begin + 1]
        if kind in b"!?":
            at = _end_of_skipped(content, begin)
        else:
            at = content.find(b">", tag.end() - 1) + 1
            if kind == _SLASH:
                depth -= 1
                if depth == 0:
                    spans.append((start, at))
            elif content[at - 2] == _SLASH:
                return ()
            else:
                start = start if depth else begin
                depth += 1
        if not at:
            return ()
    return spans if depth == 0 else ()


def _end_of_skipped(content: bytes, begin: int) -> int:
    """Return where a comment, an instruction or plain text ends; 0 if it never does, or is what nobody should skip."""
    for opening, closing in _SKIPPED:
        if content.startswith(opening, begin):
            end = content.find(closing, begin + len(opening))
            return end + len(closing) if end >= 0 else 0
    return 0


def _marks(content: bytes, spans: Sequence[tuple[int, int]], source: bytes) -> list[bytes]:
    """Return the mark of each item: its bytes, with what vocabularies, bases and languages are declared around it."""
    frame = _without(content, spans)
    declarations = b"<".join(tag for tag in frame.split(b"<") if b"xml" in tag)
    around = hashlib.sha256(source + b"\n" + declarations).digest()
    return [hashlib.sha256(around + content[start:end]).digest()[:_MARK_BYTES] for start, end in spans]


def _without(content: bytes, spans: Sequence[tuple[int, int]]) -> bytes:
    return _CUT.join(_between(content, spans))


def _between(content: bytes, spans: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    at = 0
    for start, end in spans:
        yield content[at:start]
        at = end
    yield content[at:]
