"""What a server packed, unpacked a little at a time, so that a bomb is stopped before it is large."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

from bot.errors import FeedError, FeedHealth

ACCEPT_ENCODING = "gzip, deflate"
"""What we ask for: the standard library unpacks both with a bound."""

SLICE_BYTES = 256 * 1024
"""So many bytes are unpacked at once: the event loop may go on after each."""

Decompress: TypeAlias = Callable[[bytes], Iterator[bytes]]
"""Takes the next bytes of a body and yields what is in them, a slice at a time."""

_GZIP = b"\x1f\x8b"
_AUTO_HEADER_WBITS, _RAW_WBITS = 47, -15
"""How zlib is told to find out whether it is gzip or zlib, and that it is neither: some leave the header out."""


def make_decompressor(encoding: str) -> Decompress:
    """Return what unpacks one body; it, or this, raises FeedError where nothing can."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return lambda content: iter((content,))
    if name in {"gzip", "x-gzip", "deflate"}:
        return _Zlib().decompress
    message = f"it is packed as {name[:40]!r}, which nobody asked for"
    raise FeedError(message, FeedHealth.BAD_RESPONSE)


class _Zlib:
    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(_AUTO_HEADER_WBITS)
        self._has_begun = False

    def decompress(self, packed: bytes) -> Iterator[bytes]:
        if not self._has_begun and packed:
            self._has_begun = True
            self._decompressor = zlib.decompressobj(_AUTO_HEADER_WBITS if _has_zlib_header(packed) else _RAW_WBITS)
        while packed and not self._decompressor.eof:
            try:
                yield self._decompressor.decompress(packed, SLICE_BYTES)
            except zlib.error:
                message = "it is not packed as it says"
                raise FeedError(message, FeedHealth.BAD_RESPONSE) from None
            packed = self._decompressor.unconsumed_tail
            # Several may stand one after the other; anything else behind the end is padding.
            if self._decompressor.eof and self._decompressor.unused_data.startswith(_GZIP):
                packed = self._decompressor.unused_data
                self._decompressor = zlib.decompressobj(_AUTO_HEADER_WBITS)


def _has_zlib_header(packed: bytes) -> bool:
    return packed[0] & 0x0F == zlib.DEFLATED or packed.startswith(_GZIP[:1])
