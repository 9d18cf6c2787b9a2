"""Recordings as bytes: what form they have, and where MP3 may be cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import TypeAlias

from bot.ingest.formats.draft import ParseError

AudioBuffer: TypeAlias = bytes | mmap

MAX_CHUNK_SECONDS = 1_200.0
"""Seconds of one piece: some models hear no more than 25 minutes at a time."""

_MAX_GARBAGE_BYTES = 1_000_000
"""So many bytes between frames are skipped; more are no recording."""

_SIGNATURES = (
    (4, b"ftyp", "m4a"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (8, b"WAVE", "wav"),
    (0, b"\x1aE\xdf\xa3", "webm"),
)
_SAMPLE_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_BITRATES_MPEG_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_MPEG_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_FRAME_HEADER_BYTES, _ID3_HEADER_BYTES, _SYNC, _LAYER_3, _MPEG_1 = 4, 10, 0x7FF, 1, 3
_HEADER_FIELDS = ((19, 3), (17, 3), (12, 15), (10, 3), (9, 1))
"""Where in a header version, layer, bit rate, sampling rate and padding stand."""


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A part of a recording: from which byte to which, from which second on, and how long it lasts."""

    start_byte: int
    end_byte: int
    start_seconds: float
    duration: float


def detect_audio_format(sound: AudioBuffer) -> str:
    """Return the ending of a recording's form by its first bytes, "" where it is none that is known."""
    known = next((form for at, mark, form in _SIGNATURES if sound[at : at + len(mark)] == mark), "")
    if known:
        return known
    at = _skip_id3_tag(sound, 0)
    first = _parse_frame_header(sound[at : at + _FRAME_HEADER_BYTES])
    after = at + (first[0] if first else 0)
    # Two bits in a row may be anything; a second frame where the first one ends is not.
    return (
        "mp3"
        if first and (after >= len(sound) or _parse_frame_header(sound[after : after + _FRAME_HEADER_BYTES]))
        else ""
    )


def split_mp3(
    sound: AudioBuffer,
    max_bytes: int,
    max_chunk_seconds: float = MAX_CHUNK_SECONDS,
    max_total_seconds: float = float("inf"),
) -> list[AudioChunk]:
    """Cut MP3 where frames end, into parts of so many bytes and seconds at most.

    Raises Unreadable where all of it lasts longer than `whole` seconds, or where it is damaged.
    """
    parts: list[AudioChunk] = []
    start = end = 0
    began = now = 0.0
    for at, size, seconds in _iter_frames(sound):
        if now + seconds > max_total_seconds:
            message = f"it lasts more than {max_total_seconds / 60:.0f} minutes"
            raise ParseError(message)
        if now > began and (at + size - start > max_bytes or now + seconds - began > max_chunk_seconds):
            parts.append(AudioChunk(start, end, began, now - began))
            start, began = at, now
        elif now == began:
            start = at
        end, now = at + size, now + seconds
    return [*parts, AudioChunk(start, end, began, now - began)] if now > began else parts


def _iter_frames(sound: AudioBuffer) -> Iterator[tuple[int, int, float]]:
    """Yield where each frame begins, how many bytes it has and how long it lasts."""
    at = lost = 0
    while at + _FRAME_HEADER_BYTES <= len(sound):
        after = _skip_id3_tag(sound, at)
        found = _parse_frame_header(sound[after : after + _FRAME_HEADER_BYTES])
        if found:
            size, seconds = found
            yield after, min(size, len(sound) - after), seconds
            at = after + size
            continue
        # Whoever puts advertisements in leaves whole tags, and more, between two frames.
        next_ = sound.find(b"\xff", after + 1)
        lost += (next_ if next_ >= 0 else len(sound)) - after
        if lost > _MAX_GARBAGE_BYTES:
            message = "it is damaged"
            raise ParseError(message)
        at = next_ if next_ >= 0 else len(sound)


def _parse_frame_header(head: bytes) -> tuple[int, float] | None:
    """Return how many bytes an MP3 frame with this header has and how many seconds it lasts; None where it is none."""
    bits = int.from_bytes(head, "big") if len(head) == _FRAME_HEADER_BYTES else 0
    version, layer, kilobits, rate, padding = (bits >> by & mask for by, mask in _HEADER_FIELDS)
    if bits >> 21 != _SYNC or version not in _SAMPLE_RATES or layer != _LAYER_3:
        return None
    if not 0 < kilobits <= len(_BITRATES_MPEG_1) or rate >= len(_SAMPLE_RATES[version]):
        return None
    hertz = _SAMPLE_RATES[version][rate]
    samples, table = (1_152, _BITRATES_MPEG_1) if version == _MPEG_1 else (576, _BITRATES_MPEG_2)
    return samples * table[kilobits - 1] * 125 // hertz + padding, samples / hertz


def _skip_id3_tag(sound: AudioBuffer, at: int) -> int:
    """Return where an ID3 tag ends that begins here."""
    head = sound[at : at + _ID3_HEADER_BYTES]
    if len(head) < _ID3_HEADER_BYTES or not head.startswith(b"ID3"):
        return at
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return at + _ID3_HEADER_BYTES + size + (_ID3_HEADER_BYTES if head[5] & 0x10 else 0)
