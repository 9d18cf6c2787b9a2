"""From a recording to turns: one at a time, in parts, and not for ever."""

from __future__ import annotations

import asyncio
from typing import BinaryIO

import pytest

from bot.domain.feed import AudioPiece
from bot.domain.usage import Account
from bot.errors import FeedError
from bot.ingest.feeds.episodes import TranscribeStep
from bot.ingest.feeds.fetch import FetchRequest, FetchResponse
from bot.ingest.feeds.transcription import MAX_TURN_CHARS, RecordingTranscriber
from tests.sounds import mp3

ONE = TranscribeStep("https://a.example/one.mp3")
SENTENCE = "There are nine cranes in the harbour of today, and two more will come."


class Ears:
    """A Transcriber that hears the same in everything, and nothing after so many parts."""

    max_bytes, max_minutes = 5_000, 60

    def __init__(self, words: str = SENTENCE, deaf_after: int = 100) -> None:
        self.words, self.deaf_after = words, deaf_after
        self.heard: list[AudioPiece] = []
        self.at_once = self.most_at_once = 0

    async def transcribe(self, sound: AudioPiece, account: Account) -> str:
        """Return the words."""
        del account
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        if len(self.heard) == self.deaf_after:
            await asyncio.Event().wait()
        self.at_once -= 1
        self.heard.append(sound)
        return self.words


async def download(request: FetchRequest, into: BinaryIO) -> FetchResponse:
    """Give three seconds of silence."""
    into.write(mp3(3, tag=100))
    return FetchResponse(request.url, 200, {}, b"", "")


async def test_each_part_is_heard_and_begins_a_turn() -> None:
    """At its own time; all of it was heard, and nobody is named."""
    ears = Ears()
    turns = await RecordingTranscriber(download, ears)(ONE, Account())
    assert [sound.name for sound in ears.heard] == ["part-1.mp3", "part-2.mp3", "part-3.mp3"]
    assert sum(sound.seconds for sound in ears.heard) == pytest.approx(3, abs=0.05)
    assert [turn.t for turn in turns] == pytest.approx([0, 1.25, 2.5], abs=0.05)
    assert {(turn.text, turn.speaker) for turn in turns} == {(SENTENCE, None)}


async def test_a_turn_ends_with_a_sentence() -> None:
    """After some hundred characters; no word is lost, and only of the first the time is known."""
    ears = Ears(" ".join([SENTENCE] * 20))
    turns = await RecordingTranscriber(download, ears)(ONE, Account())
    assert " ".join(turn.text for turn in turns) == " ".join([SENTENCE] * 60)
    assert all(turn.text.endswith(".") and len(turn.text) < MAX_TURN_CHARS + 100 for turn in turns)
    assert sum(turn.t is not None for turn in turns) == len(ears.heard)


async def test_one_at_a_time() -> None:
    """However many wait."""
    ears = Ears()
    listener = RecordingTranscriber(download, ears)
    await asyncio.gather(*(listener(ONE, Account()) for _ in range(5)))
    assert ears.most_at_once == 1


async def test_what_takes_too_long_ends() -> None:
    """And the next has its turn."""
    listener = RecordingTranscriber(download, Ears(deaf_after=2), seconds=0.2)
    for _ in range(2):
        with pytest.raises(FeedError, match="too long"):
            await listener(ONE, Account())
    with pytest.raises(FeedError, match="more than 60 minutes"):
        await listener(TranscribeStep(ONE.url, 3_601), Account())
