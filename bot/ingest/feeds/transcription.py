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
from bot.domain.feed import Sound
from bot.domain.usage import Account
from bot.errors import FeedError, Health
from bot.ingest.feeds.audio import Cut, cuts, form_of
from bot.ingest.feeds.episodes import Recording
from bot.ingest.feeds.fetch import Ask, Download
from bot.ingest.formats.draft import Unreadable


class Transcriber(Protocol):
    """Writes down what is heard; `most` is how many bytes a piece may have, `minutes` how long a recording may last."""

    most: int
    minutes: int

    async def write_down(self, sound: Sound, account: Account) -> str:
        """Return the words of a piece; raises LlmError, and OverBudget where none may be paid for."""


logger = logging.getLogger(__name__)

LENGTH = 500
"""Characters of a turn, after which it ends with its sentence."""

SECONDS = 1_800.0
"""How long one recording may take, so that others have their turn; what was written down of it is remembered."""

_BYTES_A_SECOND = 8_000
"""What a recording has at least that nobody says the length of: 64 kilobits."""

_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")


class Listener:
    """Writes recordings down, one at a time, so that no more than one lies on the disk."""

    def __init__(self, download: Download, transcriber: Transcriber, seconds: float = SECONDS) -> None:
        self._download, self._transcriber, self._seconds = download, transcriber, seconds
        self._alone = asyncio.Lock()

    async def __call__(self, recording: Recording, account: Account) -> tuple[Turn, ...]:
        """Return what is heard, said by nobody known; raises FeedError or LlmError."""
        self._check(recording.seconds)
        async with self._alone:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._heard(recording, account)
            except TimeoutError:
                message = "it takes too long"
                raise FeedError(message, Health.SLOW) from None

    async def _heard(self, recording: Recording, account: Account) -> tuple[Turn, ...]:
        with TemporaryFile() as file:
            await self._download(Ask(recording.url), file)
            file.flush()
            if not file.tell():
                message = "it is empty"
                raise FeedError(message, Health.EMPTY)
            with mmap(file.fileno(), 0, access=ACCESS_READ) as sound:
                return await self._written(recording, sound, account)

    async def _written(self, recording: Recording, sound: mmap, account: Account) -> tuple[Turn, ...]:
        form, parts = await asyncio.to_thread(self._parts, recording, sound)
        turns: list[Turn] = []
        for number, part in enumerate(parts, 1):
            piece = Sound(f"part-{number}.{form}", sound[part.start : part.end], part.seconds)
            words = await self._transcriber.write_down(piece, account)
            logger.info("Wrote down part %d of %d of %s", number, len(parts), recording.url)
            turns += _turns(words, part.t)
        return tuple(turns)

    def _parts(self, recording: Recording, sound: mmap) -> tuple[str, Sequence[Cut]]:
        form = form_of(sound)
        if not form:
            message = "it is in no form that can be heard"
            raise FeedError(message, Health.UNREADABLE)
        if form == "mp3":
            try:
                return form, cuts(sound, self._transcriber.most, whole=self._transcriber.minutes * 60)
            except Unreadable as wrong:
                raise FeedError(str(wrong), Health.UNREADABLE) from None
        if len(sound) > self._transcriber.most:
            message = f"it is {form} of more than {self._transcriber.most // 1_000_000} MB, and only MP3 can be cut"
            raise FeedError(message, Health.LARGE)
        seconds = recording.seconds or len(sound) / _BYTES_A_SECOND
        self._check(seconds)
        return form, [Cut(0, len(sound), 0.0, seconds)]

    def _check(self, seconds: float) -> None:
        if seconds > self._transcriber.minutes * 60:
            message = f"it lasts more than {self._transcriber.minutes} minutes"
            raise FeedError(message, Health.LARGE)


def _turns(words: str, t: float) -> list[Turn]:
    """Return turns that end with a sentence; only of the first is known when it was said."""
    turns: list[str] = []
    for sentence in filter(None, map(str.strip, _SENTENCE.split(" ".join(words.split())))):
        if turns and len(turns[-1]) < LENGTH:
            turns[-1] += f" {sentence}"
        else:
            turns.append(sentence)
    return [Turn(text, t=t if n == 0 else None) for n, text in enumerate(turns)]
