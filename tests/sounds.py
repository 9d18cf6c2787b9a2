"""Recordings made up for tests: silence in MP3, frame by frame."""

from __future__ import annotations

FRAME = bytes((0xFF, 0xFB, 0x10, 0xC4)) + bytes(100)
"""A frame of MPEG-1 Layer III at 32 kilobits and 44,100 Hz, which has 104 bytes."""

LASTS = 1_152 / 44_100
"""Seconds of a frame."""


def mp3(seconds: float, *, tag: int = 0) -> bytes:
    """Return so many seconds of silence, after a tag of so many bytes."""
    size = bytes((tag >> 21 & 127, tag >> 14 & 127, tag >> 7 & 127, tag & 127))
    head = b"ID3\x04\x00\x00" + size + b"\xff" * tag if tag else b""
    return head + FRAME * round(seconds / LASTS)
