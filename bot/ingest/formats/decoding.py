"""Bytes to text: gzip, character sets and sizes, none of them trusted."""

from __future__ import annotations

import codecs
import gzip
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.ingest.formats.draft import ParseError

MEGABYTE = 1_000_000
MAX_FILE_BYTES = 50 * MEGABYTE
"""Decoded bytes of a file that is read whole."""

MAX_RECORD_BYTES = 16 * MEGABYTE
"""Decoded bytes of one record of a file that is read record by record."""

MAX_GZIP_RATIO = 50
"""Text packs three to twenty times; a gzip file that grows more than this, and over the limit, is a bomb."""

_CONTROL_BYTES = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
_BINARY_SIGNATURES = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,30})", re.IGNORECASE)
_UTF16_BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@contextmanager
def open_decompressed(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open a file for reading its decoded bytes, whether it is packed with gzip or not."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield unpacked


def read_text(path: Path) -> str:
    """Return a file's text with plain line ends; raises Unreadable for what is too large or not text."""
    with open_decompressed(path) as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        message = f"holds more than {MAX_FILE_BYTES // MEGABYTE} MB"
        raise ParseError(message)
    return decode_text(content)


def decode_text(content: bytes) -> str:
    """Decode text of unknown character set; raises Unreadable for what is not text."""
    reject_binary(content[:4096])
    text = _decode(content).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\x00", "\ufffd").replace("\f", "\n")


def strip_comments(text: str) -> str:
    """Return marked-up text without its `<!-- comments -->`."""
    before, *parts = text.split("<!--")
    return before + "".join(part.partition("-->")[2] if "-->" in part else part for part in parts)


def reject_binary(head: bytes) -> None:
    """Raise Unreadable for content that is no text in any common character set."""
    for magic, name in _BINARY_SIGNATURES.items():
        if head.startswith(magic):
            message = f"is {name}, not text"
            raise ParseError(message)
    if _detect_utf16(head) is None and (b"\x00" in head or _count_control_bytes(head) > len(head) // 10):
        message = "is binary, not text"
        raise ParseError(message)


def _count_control_bytes(head: bytes) -> int:
    return sum(byte in _CONTROL_BYTES for byte in head)


def _detect_utf16(head: bytes) -> str | None:
    if wide := _UTF16_BOMS.get(head[:2]):
        return wide
    # Without a mark, Latin letters in UTF-16 leave every second byte empty.
    pairs = head[: len(head) // 2 * 2]
    if not any(pairs[1::2]) and any(pairs):
        return "utf-16-le"
    return "utf-16-be" if not any(pairs[::2]) and any(pairs) else None


def _decode(content: bytes) -> str:
    declared = _CHARSET.search(content[:2048])
    names = [_detect_utf16(content[:4096]), "utf-8", declared and declared[1].decode(), "cp1252"]
    for name in filter(None, names):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1")
