"""From the address of a recording to turns: fetched to a file, cut, and written down piece by piece."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import Protocol

from bot.domain import Turn
from bot.domain.feed import AudioPiece
from bot.domain.usage import Account
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.audio import AudioChunk, detect_audio_format, split_mp3
from bot.ingest.feeds.episodes import TranscribeStep
from bot.ingest.feeds.fetch import Download, FetchRequest
from bot.ingest.formats.draft import ParseError


class Transcriber(Protocol):
    """Writes down what is heard; `most` is how many bytes a piece may have, `minutes` how long a recording may last."""

    max_bytes: int
    max_minutes: int

    async def transcribe(self, sound: AudioPiece, account: Account) -> str:
        """Return the words of a piece; raises LlmError, and OverBudget where none may be paid for."""


logger = logging.getLogger(__name__)

MAX_TURN_CHARS = 500
"""Characters of a turn, after which it ends with its sentence."""

TIMEOUT_SECONDS = 1_800.0
"""How long one recording may take, so that others have their turn; what was written down of it is remembered."""

_MIN_BYTES_PER_SECOND = 8_000
"""What a recording has at least that nobody says the length of: 64 kilobits."""

_SENTENCE_BREAK = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")


class RecordingTranscriber:
    """Writes recordings down, one at a time, so that no more than one lies on the disk."""

    def __init__(self, download: Download, transcriber: Transcriber, seconds: float = TIMEOUT_SECONDS) -> None:
        self._download, self._transcriber, self._seconds = download, transcriber, seconds
        self._lock = asyncio.Lock()

    async def __call__(self, recording: TranscribeStep, account: Account) -> tuple[Turn, ...]:
        """Return what is heard, said by nobody known; raises FeedError or LlmError."""
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
            logger.info("Wrote down part %d of %d of %s", number, len(parts), recording.url)
            turns += _to_turns(words, part.start_seconds)
        return tuple(turns)

    def _split(self, recording: TranscribeStep, sound: mmap) -> tuple[str, Sequence[AudioChunk]]:
        form = detect_audio_format(sound)
        if not form:
            message = "it is in no form that can be heard"
            raise FeedError(message, FeedHealth.UNREADABLE)
        if form == "mp3":
            try:
                return form, split_mp3(
                    sound, self._transcriber.max_bytes, max_total_seconds=self._transcriber.max_minutes * 60
                )
            except ParseError as wrong:
                raise FeedError(str(wrong), FeedHealth.UNREADABLE) from None
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
    """Return turns that end with a sentence; only of the first is known when it was said."""
    turns: list[str] = []
    for sentence in filter(None, map(str.strip, _SENTENCE_BREAK.split(" ".join(words.split())))):
        if turns and len(turns[-1]) < MAX_TURN_CHARS:
            turns[-1] += f" {sentence}"
        else:
            turns.append(sentence)
    return [Turn(text, t=t if n == 0 else None) for n, text in enumerate(turns)]
