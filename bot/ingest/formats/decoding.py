"""Bytes to text: gzip, character sets and sizes, none of them trusted."""

from __future__ import annotations

import codecs
import gzip
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.ingest.formats.draft import Unreadable

MEGABYTE = 1_000_000
FILE_LIMIT = 50 * MEGABYTE
"""Decoded bytes of a file that is read whole."""

RECORD_LIMIT = 16 * MEGABYTE
"""Decoded bytes of one record of a file that is read record by record."""

PACKED_RATIO = 50
"""Text packs three to twenty times; a gzip file that grows more than this, and over the limit, is a bomb."""

_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
_BINARY = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip archive", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture"}
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,30})", re.IGNORECASE)
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open a file for reading its decoded bytes, whether it is packed with gzip or not."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield unpacked


def whole(path: Path) -> str:
    """Return a file's text with plain line ends; raises Unreadable for what is too large or not text."""
    with opened(path) as stream:
        content = stream.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        message = f"holds more than {FILE_LIMIT // MEGABYTE} MB"
        raise Unreadable(message)
    return text_of(content)


def text_of(content: bytes) -> str:
    """Decode text of unknown character set; raises Unreadable for what is not text."""
    refuse_binary(content[:4096])
    text = _decoded(content).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\x00", "\ufffd").replace("\f", "\n")


def uncommented(text: str) -> str:
    """Return marked-up text without its `<!-- comments -->`."""
    before, *parts = text.split("<!--")
    return before + "".join(part.partition("-->")[2] if "-->" in part else part for part in parts)


def refuse_binary(head: bytes) -> None:
    """Raise Unreadable for content that is no text in any common character set."""
    for magic, name in _BINARY.items():
        if head.startswith(magic):
            message = f"is {name}, not text"
            raise Unreadable(message)
    if _charset(head) is None and (b"\x00" in head or _controls(head) > len(head) // 10):
        message = "is binary, not text"
        raise Unreadable(message)


def _controls(head: bytes) -> int:
    return sum(byte in _CONTROLS for byte in head)


def _charset(head: bytes) -> str | None:
    if wide := _WIDE.get(head[:2]):
        return wide
    # Without a mark, Latin letters in UTF-16 leave every second byte empty.
    pairs = head[: len(head) // 2 * 2]
    if not any(pairs[1::2]) and any(pairs):
        return "utf-16-le"
    return "utf-16-be" if not any(pairs[::2]) and any(pairs) else None


def _decoded(content: bytes) -> str:
    declared = _CHARSET.search(content[:2048])
    names = [_charset(content[:4096]), "utf-8", declared and declared[1].decode(), "cp1252"]
    for name in filter(None, names):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1")
