"""From the address of a recording to turns: downloaded, cut, and transcribed chunk by chunk."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import Protocol, TypeAlias

from bot.domain import Turn
from bot.domain.feed import AudioPiece
from bot.domain.usage import Account
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.episodes import TranscribeStep
from bot.ingest.feeds.fetch import Download, FetchRequest
from bot.ingest.formats.parsed import ParseError


class Transcriber(Protocol):
    """Transcribes audio: chunks of up to `max_bytes`, recordings of up to `max_minutes`."""

    max_bytes: int
    max_minutes: int

    async def transcribe(self, sound: AudioPiece, account: Account) -> str:
        """Return the words of a chunk; raises LlmError, and OverBudget if it may not be paid for."""


logger = logging.getLogger(__name__)

MAX_TURN_CHARS = 500
"""Characters of a turn, after which it ends with its sentence."""

TIMEOUT_SECONDS = 1_800.0
"""How long one recording may take, so that others have their turn; chunks already transcribed are remembered."""

_MIN_BYTES_PER_SECOND = 8_000
"""The bit rate assumed for a recording of unknown length: 64 kilobits a second."""

_SENTENCE_BREAK = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")


class RecordingTranscriber:
    """Transcribes recordings, one at a time, so that only one is on the disk."""

    def __init__(self, download: Download, transcriber: Transcriber, seconds: float = TIMEOUT_SECONDS) -> None:
        self._download, self._transcriber, self._seconds = download, transcriber, seconds
        self._lock = asyncio.Lock()

    async def __call__(self, recording: TranscribeStep, account: Account) -> tuple[Turn, ...]:
        """Return what is said, without speakers; raises FeedError or LlmError."""
        self._check_duration(recording.duration)
        async with self._lock:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._download_and_transcribe(recording, account)
            except TimeoutError:
                message = "it takes too long"
                raise FeedError(message, FeedHealth.TIMED_OUT) from None

    async def _download_and_transcribe(self, recording: TranscribeStep, account: Account) -> tuple[Turn, ...]:
        with TemporaryFile() as file:
            await self._download(FetchRequest(recording.url), file)
            file.flush()
            if not file.tell():
                message = "it is empty"
                raise FeedError(message, FeedHealth.EMPTY)
            with mmap(file.fileno(), 0, access=ACCESS_READ) as sound:
                return await self._transcribe_chunks(recording, sound, account)

    async def _transcribe_chunks(self, recording: TranscribeStep, sound: mmap, account: Account) -> tuple[Turn, ...]:
        form, parts = await asyncio.to_thread(self._split, recording, sound)
        turns: list[Turn] = []
        for number, part in enumerate(parts, 1):
            piece = AudioPiece(f"part-{number}.{form}", sound[part.start_byte : part.end_byte], part.duration)
            words = await self._transcriber.transcribe(piece, account)
            logger.info("Transcribed part %d of %d of %s", number, len(parts), recording.url)
            turns += _to_turns(words, part.start_seconds)
        return tuple(turns)

    def _split(self, recording: TranscribeStep, sound: mmap) -> tuple[str, Sequence[AudioChunk]]:
        form = detect_audio_format(sound)
        if not form:
            message = "it is in no audio format that can be transcribed"
            raise FeedError(message, FeedHealth.UNREADABLE)
        if form == "mp3":
            try:
                return form, split_mp3(
                    sound, self._transcriber.max_bytes, max_total_seconds=self._transcriber.max_minutes * 60
                )
            except ParseError as error:
                raise FeedError(str(error), FeedHealth.UNREADABLE) from None
        if len(sound) > self._transcriber.max_bytes:
            message = (
                f"it is {form} of more than {self._transcriber.max_bytes // 1_000_000} MB, and only MP3 can be cut"
            )
            raise FeedError(message, FeedHealth.TOO_LARGE)
        seconds = recording.duration or len(sound) / _MIN_BYTES_PER_SECOND
        self._check_duration(seconds)
        return form, [AudioChunk(0, len(sound), 0.0, seconds)]

    def _check_duration(self, seconds: float) -> None:
        if seconds > self._transcriber.max_minutes * 60:
            message = f"it lasts more than {self._transcriber.max_minutes} minutes"
            raise FeedError(message, FeedHealth.TOO_LARGE)


def _to_turns(words: str, t: float) -> list[Turn]:
    """Return turns that end with a sentence; only the time of the first is known."""
    turns: list[str] = []
    for sentence in filter(None, map(str.strip, _SENTENCE_BREAK.split(" ".join(words.split())))):
        if turns and len(turns[-1]) < MAX_TURN_CHARS:
            turns[-1] += f" {sentence}"
        else:
            turns.append(sentence)
    return [Turn(text, t=t if n == 0 else None) for n, text in enumerate(turns)]


AudioBuffer: TypeAlias = bytes | mmap

MAX_CHUNK_SECONDS = 1_200.0
"""Seconds of one chunk: some models take no more than 25 minutes at a time."""

_MAX_GARBAGE_BYTES = 1_000_000
"""Bytes between frames that are skipped; with more, it isn't a recording."""

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
"""The shift and mask of version, layer, bit rate, sampling rate and padding in a header."""


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A part of a recording: its bytes, when it begins, and how long it lasts."""

    start_byte: int
    end_byte: int
    start_seconds: float
    duration: float


def detect_audio_format(sound: AudioBuffer) -> str:
    """Return the file suffix of a recording's format by its first bytes, "" for an unknown one."""
    known = next((form for at, mark, form in _SIGNATURES if sound[at : at + len(mark)] == mark), "")
    if known:
        return known
    at = _skip_id3_tag(sound, 0)
    first = _parse_frame_header(sound[at : at + _FRAME_HEADER_BYTES])
    after = at + (first[0] if first else 0)
    # One frame header may be chance; a second one where the first frame ends is not.
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
    """Cut an MP3 at the ends of frames, into chunks of at most so many bytes and seconds.

    Raises ParseError if all of it lasts longer than `max_total_seconds`, or if it is damaged.
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
    """Yield each frame's start, size in bytes and length in seconds."""
    at = lost = 0
    while at + _FRAME_HEADER_BYTES <= len(sound):
        after = _skip_id3_tag(sound, at)
        found = _parse_frame_header(sound[after : after + _FRAME_HEADER_BYTES])
        if found:
            size, seconds = found
            yield after, min(size, len(sound) - after), seconds
            at = after + size
            continue
        # Inserted advertisements leave whole tags, and more, between two frames.
        next_ = sound.find(b"\xff", after + 1)
        lost += (next_ if next_ >= 0 else len(sound)) - after
        if lost > _MAX_GARBAGE_BYTES:
            message = "it is damaged"
            raise ParseError(message)
        at = next_ if next_ >= 0 else len(sound)


def _parse_frame_header(head: bytes) -> tuple[int, float] | None:
    """Return the bytes and seconds of an MP3 frame with this header; None if it isn't one."""
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
    """Return the end of an ID3 tag that begins here, or this place."""
    head = sound[at : at + _ID3_HEADER_BYTES]
    if len(head) < _ID3_HEADER_BYTES or not head.startswith(b"ID3"):
        return at
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return at + _ID3_HEADER_BYTES + size + (_ID3_HEADER_BYTES if head[5] & 0x10 else 0)
