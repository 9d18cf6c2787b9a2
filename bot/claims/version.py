"""Which reader read a conversation: when claims come out differently, what is in the library is read again."""

from __future__ import annotations

import zlib
from functools import cache

from bot.nlp.model import weights

READER_VERSION = 3
"""Raised with every change after which the same words may give other claims."""


@cache
def reader_version() -> str:
    """Return the version of this reader: its number, and after a "-" the checksum of the weights that it reads with."""
    return f"{READER_VERSION}-{zlib.crc32(weights()):08x}"


def is_outdated(version: str) -> bool:
    """Return whether what a version read should be read again: one with a lower number, or the same and other weights.

    What a newer one read stays, or two replicas would undo each other's work during an update; so does what was read by
    hand ("").
    """
    number = version.partition("-")[0]
    return number.isdecimal() and version != reader_version() and int(number) <= READER_VERSION
