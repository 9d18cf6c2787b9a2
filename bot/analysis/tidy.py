"""Spoken words made readable: fillers go, meaning stays."""

from __future__ import annotations

import re

from bot.text import plain

_LINK = re.compile(r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:)\S+|\b[\w-]+(?:\.[\w-]+)+/\S*", re.IGNORECASE)
_MARKER = re.compile(r"\[(\d+)\]")
_OPENING = re.compile(
    r"^(?:(?:um+|uh+|erm?|hmm+|so|well|yeah|yes|right|okay|ok|and|but|you know|i mean|like)(?:,|\s*…|\.{3})\s+)+",
    re.IGNORECASE,
)
_SOUND = re.compile(r",?\s*\b(?:um+|uh+|erm|hmm+)\b,?(?=\s|[.!?])", re.IGNORECASE)
_ASIDE = re.compile(r",\s*(?:you know|i mean|like|sort of like|right)(?=,)", re.IGNORECASE)
_STUTTER = re.compile(r"\b(the|a|i|and|we|it|to|in|of|is|they|you|it's)(?:,?\s+\1\b)+", re.IGNORECASE)


def tidy(words: str) -> str:
    """Return one sentence as a reader wants it; links become a word, and nothing in it reads as a citation."""
    text = _MARKER.sub(r"(\1)", _LINK.sub("(link)", plain(words)))
    for pattern, kept in ((_OPENING, ""), (_SOUND, ""), (_ASIDE, ""), (_STUTTER, r"\1")):
        text = pattern.sub(kept, text)
    text = " ".join(text.split()).strip(" ,;:–—-")
    return _closed(text[:1].upper() + text[1:])


def _closed(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", '"', "”", "’", ")")) else f"{text}."
