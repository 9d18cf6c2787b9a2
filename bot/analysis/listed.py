"""Word lists written as prose."""

from __future__ import annotations


def listed(words: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(words.split())
