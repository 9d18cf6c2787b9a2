"""What a server packed, unpacked a little at a time, so that a bomb is stopped before it is large."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

from bot.errors import FeedError, Health

ACCEPTED = "gzip, deflate"
"""What we ask for: the standard library unpacks both with a bound."""

SLICE = 256 * 1024
"""So many bytes are unpacked at once: the event loop may go on after each."""

Unpack: TypeAlias = Callable[[bytes], Iterator[bytes]]
"""Takes the next bytes of a body and yields what is in them, a slice at a time."""

_GZIP = b"\x1f\x8b"
_HEADED, _BARE = 47, -15
"""How zlib is told to find out whether it is gzip or zlib, and that it is neither: some leave the header out."""


def unpacker(encoding: str) -> Unpack:
    """Return what unpacks one body; it, or this, raises FeedError where nothing can."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return lambda content: iter((content,))
    if name in {"gzip", "x-gzip", "deflate"}:
        return _Zlib().take
    message = f"it is packed as {name[:40]!r}, which nobody asked for"
    raise FeedError(message, Health.GARBLED)


class _Zlib:
    def __init__(self) -> None:
        self._inside = zlib.decompressobj(_HEADED)
        self._begun = False

    def take(self, packed: bytes) -> Iterator[bytes]:
        if not self._begun and packed:
            self._begun = True
            self._inside = zlib.decompressobj(_HEADED if _headed(packed) else _BARE)
        while packed and not self._inside.eof:
            try:
                yield self._inside.decompress(packed, SLICE)
            except zlib.error:
                message = "it is not packed as it says"
                raise FeedError(message, Health.GARBLED) from None
            packed = self._inside.unconsumed_tail
            # Several may stand one after the other; anything else behind the end is padding.
            if self._inside.eof and self._inside.unused_data.startswith(_GZIP):
                packed = self._inside.unused_data
                self._inside = zlib.decompressobj(_HEADED)


def _headed(packed: bytes) -> bool:
    return packed[0] & 0x0F == zlib.DEFLATED or packed.startswith(_GZIP[:1])
