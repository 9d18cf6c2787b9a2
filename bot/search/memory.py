"""How memory is given back where search by meaning takes much of it for a moment."""

from __future__ import annotations

import ctypes
import sys

_MMAP_THRESHOLD = -3
"""What glibc calls M_MMAP_THRESHOLD; see mallopt(3)."""

MMAP_BYTES = 256 * 1024
"""Bytes of a block that is taken from the system by itself, and given back as soon as it is free."""


def return_freed_memory() -> None:
    """Have the C library keep no large blocks for later, which it does more of the larger they were.

    That is 60 MB once the encoder is loaded, as much again after questions, and no time that can be measured. Other
    systems than Linux with glibc do as they do.
    """
    if sys.platform == "linux" and (setting := getattr(ctypes.CDLL(None), "mallopt", None)):
        setting(_MMAP_THRESHOLD, MMAP_BYTES)
