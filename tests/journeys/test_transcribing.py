"""An episode that has nothing but its recording."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.app import open_app
from bot.config import ModelSettings, ServerSettings, Settings
from bot.domain.feed import ConversationSource, TextKind
from tests.fakes import FixedClock
from tests.journeys.conftest import Visitor
from tests.servers.model import Asked, FakeModel, Fault, fake_model
from tests.servers.web.pages import Page
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK
from tests.sounds import mp3

SAID = {
    "part-1.mp3": "Well, good morning to you all. " * 30 + "Halden Compute opened a plant in Oslo with 700 workers.",
    "part-2.mp3": "Northgate sued Sablewood for $40 million over the design of its looms on Monday. Goodbye!",
}


def hears(asked: Asked) -> str:
    """Say what is in a part."""
    return SAID[asked.body["input"]]


@asynccontextmanager
async def listening(place: Path, clock: FixedClock, server: FakeModel, **changed: float) -> AsyncIterator[Visitor]:
    """Open a bot that hears with somebody at its terminal."""
    model = ModelSettings(model_transcribe="ears", server=ServerSettings(base_url=server.url), **changed)
    settings = Settings(database=place, workers=0, timezone="UTC", fetch_private=LOOPBACK, model=model)
    async with open_app(settings, clock) as app:
        yield Visitor(app, clock)


def publish(web: FakeWeb, body: bytes, day: dt.datetime, length: str = "", type_: str = "audio/mpeg") -> str:
    """Publish a show with one episode that has only a recording; return the feed's address."""
    sound = web.at("/one.mp3", Page(body, headers={"Content-Type": "audio/mpeg"}))
    lasts = f"<itunes:duration>{length}</itunes:duration>" if length else ""
    item = (
        f"<item><title>The plant</title><guid>1</guid><pubDate>{format_datetime(day)}</pubDate>{lasts}"
        f'<description>A few notes of today.</description><enclosure url="{sound}" type="{type_}" length="1"/></item>'
    )
    feed = (
        '<?xml version="1.0"?><rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>'
        f"<title>Harbour Talk</title><language>en</language>{item}</channel></rss>"
    )
    return web.at("/feed.xml", Page(feed.encode()))


async def told(visitor: Visitor, feed: str) -> ConversationSource:
    """Add a feed, read it, and return what became of its episode."""
    assert "Added 1 source" in await visitor.says(f"sources add {feed}")
    await visitor.waits(minutes=1)
    with closing(sqlite3.connect(visitor.app.settings.database)) as database:
        ((key,),) = database.execute("SELECT conversation FROM items").fetchall()
    (telling,) = await visitor.app.store.items.occurrences(key, space=None)
    return telling


async def test_a_recording_becomes_a_conversation(tmp_path: Path, clock: FixedClock) -> None:
    """Written down part by part, said by nobody known, found by a question, and marked as a transcription."""
    async with FakeWeb() as web, fake_model(hears) as server, listening(tmp_path / "o.db", clock, server) as visitor:
        feed = publish(web, mp3(1_500, tag=5_000), clock.now() - dt.timedelta(days=1))
        telling = await told(visitor, feed)
        assert telling.kind is TextKind.TRANSCRIPTION
        assert "unchecked" in telling.reason
        assert [asked.body["input"] for asked in server.asked] == list(SAID)
        assert max(len(asked.body["sound"]) for asked in server.asked) < 6_000_000
        answer = await visitor.says("ask How many workers has the plant in Oslo?")
    assert "700 workers" in answer
    assert "Unknown speaker" in answer
    assert "Harbour Talk" in answer


@pytest.mark.parametrize(
    ("body", "length", "fault", "why"),
    [
        (mp3(4_000), "", None, "lasts more than 60 minutes"),
        (mp3(10), "1:00:01", None, "lasts more than 60 minutes"),
        (b"<html>no sound</html>", "", None, "no audio format that can be transcribed"),
        (b"\x00\x00\x00 ftypM4A " + bytes(1_100_000), "", None, "m4a of more than 1 MB, and only MP3 can be cut"),
        (b"", "", None, "it is empty"),
        (mp3(10), "", Fault.BROKEN, "problem of its own"),
        (mp3(1_400), "", None, "The budget of reading for the language model is spent"),
    ],
    ids=["long", "said to be long", "a page", "large", "empty", "broken", "dear"],
)
async def test_else_the_notes_with_the_reason(
    tmp_path: Path, clock: FixedClock, body: bytes, length: str, fault: Fault | None, why: str
) -> None:
    """Too long, in a strange form, too large to be sent whole, no answer, or no money."""
    changed = {"transcribe_minutes": 60, "transcribe_megabytes": 1, "transcribe_price": 1, "budget_reading": 4}
    async with (
        FakeWeb() as web,
        fake_model(lambda _: "A few words.") as server,
        listening(tmp_path / "o.db", clock, server, **changed) as visitor,
    ):
        server.faults |= {fault} if fault else set()
        telling = await told(visitor, publish(web, body, clock.now() - dt.timedelta(hours=1), length))
    assert telling.kind is TextKind.NOTES
    assert why in telling.reason


@pytest.mark.parametrize(("days", "type_"), [(8, "audio/mpeg"), (1, "video/mp4")])
async def test_old_recordings_and_films_are_left_alone(
    tmp_path: Path, clock: FixedClock, days: int, type_: str
) -> None:
    """Nothing is fetched of them: a catalogue would cost more than it is worth."""
    async with FakeWeb() as web, fake_model(hears) as server, listening(tmp_path / "o.db", clock, server) as visitor:
        feed = publish(web, mp3(10), clock.now() - dt.timedelta(days=days), type_=type_)
        telling = await told(visitor, feed)
        assert telling.kind is TextKind.NOTES
        assert server.asked == web.times("/one.mp3") == []
