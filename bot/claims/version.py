"""Which reader read a conversation: when claims come out differently, what is in the library is read again."""

from __future__ import annotations

READER_VERSION = 1
"""Raised with every change after which the same words may give other claims."""


def reader_version() -> str:
    """Return the version of this reader: its number, and after a "-" what else it depends on, such as weights."""
    return str(READER_VERSION)


def is_outdated(version: str) -> bool:
    """Return whether what a version read should be read again: one with a lower number, or the same and other weights.

    What a newer one read stays, or two replicas would undo each other's work during an update; so does what was read by
    hand ("").
    """
    number = version.partition("-")[0]
    return number.isdecimal() and version != reader_version() and int(number) <= READER_VERSION
