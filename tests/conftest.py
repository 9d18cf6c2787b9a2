"""What tests share: a clock, an empty store, and the sample conversations read once."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

from bot.app import opened as app_opened
from bot.config import Settings
from bot.ingest.samples import samples
from bot.store.store import Store, opened
from tests.fakes import FixedClock

Look: TypeAlias = "Callable[..., list[tuple[object, ...]]]"

NOON = dt.datetime(2031, 6, 26, 12, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands at noon, UTC, of 26 June 2031."""
    return FixedClock(NOON)


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    """Return the name of each engine that keeps things."""
    return str(request.param)


@pytest.fixture
def look(engine: str, tmp_path: Path) -> Look:
    """Return a function that looks past every seam: what really stands in the tables."""

    def ask(query: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(tmp_path / f"{engine}.db")) as connection:
            found = connection.execute(query, values).fetchall()
            connection.commit()
        return found

    return ask


@pytest.fixture
async def store(engine: str, tmp_path: Path) -> AsyncIterator[Store]:
    """Return an empty store on the engine."""
    async with opened(tmp_path / f"{engine}.db") as empty:
        yield empty


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database into which the sample conversations were read, not to be written to."""
    path = tmp_path_factory.mktemp("library") / "samples.db"
    asyncio.run(_read_samples(path))
    return path


@pytest.fixture
def sampled(sample_library: Path, tmp_path: Path) -> Path:
    """Return a copy of the sample database, to do with as one likes."""
    return Path(shutil.copy(sample_library, tmp_path / "overheard.db"))


async def _read_samples(path: Path) -> None:
    settings = Settings(database=path, workers=0, timezone="UTC")
    async with app_opened(settings, FixedClock(NOON)) as app:
        await app.intake.keep(samples(app.today), lambda _: None)
        await app.search.refresh()
