"""The library behind the bot is read again after the reader has changed."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.claims.version import reader_version
from bot.cli.doctor import doctor
from bot.config import Settings
from bot.domain.address import Address
from bot.domain.delivery import DeliveryState
from bot.domain.subscription import AlertFrequency, Follow
from bot.runtime import run
from tests.conftest import NOON
from tests.engines import connect_file
from tests.fakes import FixedClock, MemoryPlatform


@pytest.fixture
def aged(sampled: Path) -> Path:
    """Return the sample database as an older reader would have left it: with one claim that is none by now."""
    with closing(connect_file(sampled)) as connection, connection:
        connection.execute("UPDATE conversations SET reader = '0'")
        connection.execute(
            'INSERT INTO claims (key, conversation, turn, start, "end", text, quote, speaker, claimant, relayers,'
            " modality, figures) SELECT 'old-claim', conversation, n, 0, 9, substr(text, 1, 9), substr(text, 1, 9),"
            " 'A', 'A', '[]', 'asserted', '[]' FROM spoken_turns WHERE length(text) > 9"
            " ORDER BY conversation, n LIMIT 1"
        )
        connection.execute("INSERT INTO claims_fts (claims_fts) VALUES ('rebuild')")
    return sampled


async def versions(app: App) -> set[str]:
    """Return which versions of the reader have read the library."""
    return set(await app.store.rereading.readers())


@pytest.mark.parametrize("workers", [0, 1])
async def test_all_is_read_again_once(aged: Path, workers: int, caplog: pytest.LogCaptureFixture) -> None:
    """In a thread or a process; old claims open, found again or not, and the log tells how far it is."""
    caplog.set_level(logging.INFO, "bot.ingest.rereading")
    with closing(sqlite3.connect(aged)) as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM claims ORDER BY id")]
    async with open_app(Settings(database=aged, workers=workers, timezone="UTC"), FixedClock(NOON)) as app:
        waiting = await app.importer.count_outdated()
        await app.importer.reread_outdated()
        assert (await app.importer.count_outdated(), await versions(app)) == (0, {reader_version()})
        assert [claim.id for claim in await app.store.library.claims(keys, space=None)] == keys
        assert (await app.store.library.tally(space=None)).claims < len(keys) + waiting
        written = caplog.text
        await app.importer.reread_outdated()
    assert f"Read {waiting} of {waiting} conversations again" in written
    assert caplog.text == written
    with closing(sqlite3.connect(aged)) as connection:
        assert connection.execute("SELECT retired FROM claims WHERE key = 'old-claim'").fetchall() == [(1,)]


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """Return the logger of reading again, and leave it as it was."""
    logger = logging.getLogger("bot.ingest.rereading")
    level = logger.level
    yield logger
    logger.setLevel(level)
    logger.handlers.clear()


async def test_the_running_bot_reads_again_beside_its_work(aged: Path, log: logging.Logger) -> None:
    """From its start, without anybody asking, and whoever follows a name hears nothing of it."""
    settings = Settings(database=aged, workers=0, timezone="UTC", tick_seconds=1)
    platform = MemoryPlatform()

    async def tell(sentence: str) -> None:
        raise AssertionError(sentence)

    done = asyncio.Event()

    class Waiting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("Read ") and record.args[0] == record.args[1]:
                done.set()

    log.setLevel(logging.INFO)
    log.addHandler(Waiting())
    async with open_app(settings, FixedClock(NOON)) as app:
        names = await app.store.registry.names(space=None)
        for name in names:
            here = Address("memory", "T1", "C1")
            await app.store.follows.follow(Follow(0, name, here, "U1", AlertFrequency.INSTANT, "UTC", NOON))
        bot = asyncio.create_task(run(app, None, {"memory": platform}, tell))
        await asyncio.wait_for(done.wait(), 60)
        await app.store.follows.queue_alerts(NOON)
        bot.cancel()
        await asyncio.gather(bot, return_exceptions=True)
        assert await versions(app) == {reader_version()}
        assert await app.store.outbox.deliveries(None, list(DeliveryState)) == []
    assert platform.posts == {}


async def test_doctor_tells_what_is_still_to_be_read_again(
    aged: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A count, and nothing once all is read."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(aged))
    await doctor(as_json=False, platforms=())
    assert "are read again while the bot runs" in capsys.readouterr().out
    async with open_app(Settings(database=aged, workers=0, timezone="UTC"), FixedClock(NOON)) as app:
        await app.importer.reread_outdated()
    await doctor(as_json=False, platforms=())
    assert "are read again" not in capsys.readouterr().out
