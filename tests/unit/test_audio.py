"""What form a recording has, and MP3 cut where its frames end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.feeds.transcription import detect_audio_format, split_mp3
from bot.ingest.formats.parsed import ParseError
from tests.sounds import FRAME, LASTS, mp3

FRAMES = {
    "MPEG-1, 128 kilobits, padded": (bytes((0xFF, 0xFB, 0x92, 0xC4)), 418, 1_152 / 44_100),
    "MPEG-2, 64 kilobits": (bytes((0xFF, 0xF3, 0x84, 0xC4)), 192, 576 / 24_000),
    "MPEG-2.5, 8 kilobits": (bytes((0xFF, 0xE3, 0x18, 0xC4)), 72, 576 / 8_000),
}


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (mp3(1), "mp3"),
        (mp3(1, tag=3_000), "mp3"),
        (b"\x00\x00\x00 ftypM4A ", "m4a"),
        (b"OggS\x00", "ogg"),
        (b"RIFF0000WAVEfmt ", "wav"),
        (b"fLaC", "flac"),
        (b"\xff\xfb\x10\xc4" + bytes(500), ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_a_form_is_told_by_the_first_bytes(head: bytes, form: str) -> None:
    """Whatever a name or a header says; one frame alone may be chance."""
    assert detect_audio_format(head) == form


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_of_every_kind_are_measured(kind: str) -> None:
    """By version, bit rate, sampling rate and padding."""
    head, size, seconds = FRAMES[kind]
    sound = (head + bytes(size - len(head))) * 100
    (part,) = split_mp3(sound, 10**9)
    assert (part.start_byte, part.end_byte, part.start_seconds) == (0, len(sound), 0)
    assert part.duration == pytest.approx(100 * seconds)


@given(frames=st.integers(1, 400), most=st.integers(104, 9_000), longest=st.floats(0.03, 8))
def test_the_parts_are_all_of_it(frames: int, most: int, longest: float) -> None:
    """One after the other, each of whole frames, none too large and none too long."""
    sound = FRAME * frames
    parts = split_mp3(sound, most, longest)
    assert b"".join(sound[part.start_byte : part.end_byte] for part in parts) == sound
    assert all((part.end_byte - part.start_byte) % len(FRAME) == 0 for part in parts)
    assert max(part.end_byte - part.start_byte for part in parts) <= most
    assert max(part.duration for part in parts) <= longest + 1e-6
    assert parts[-1].start_seconds + parts[-1].duration == pytest.approx(frames * LASTS)


def test_what_lies_between_frames_is_passed_over() -> None:
    """Tags, pictures and padding, before, between and after."""
    between = b"ID3\x04\x00\x00\x00\x00\x07\x68" + b"\xff" * 1_000 + bytes(50)
    parts = split_mp3(mp3(2, tag=70_000) + between + mp3(1) + b"TAG" + bytes(125), 10**9)
    assert sum(part.duration for part in parts) == pytest.approx(3, abs=0.1)


def test_what_is_too_long_or_damaged_is_refused() -> None:
    """In words, and before all of it was looked at."""
    with pytest.raises(ParseError, match="more than 1 minutes"):
        split_mp3(mp3(61), 10**9, max_total_seconds=60)
    with pytest.raises(ParseError, match="damaged"):
        split_mp3(mp3(1) + b"\xff" * 1_100_000, 10**9)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_taken(sound: bytes) -> None:
    """Nothing else is raised than that they are unreadable."""
    detect_audio_format(sound)
    parts = split_mp3(FRAME * 2 + sound, 500)
    assert all(part.start_byte < part.end_byte <= 2 * len(FRAME) + len(sound) for part in parts)
