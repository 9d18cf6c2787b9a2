"""A back catalogue whose reading is killed again and again ends where one that was left alone ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import os
import sqlite3
import sys
from asyncio.subprocess import DEVNULL
from contextlib import closing
from pathlib import Path

import pytest

from tests.engines import connect_file
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

ROOT = Path(__file__).parents[2]
KILLS, EPISODES = 50, 150
STEP, LATEST_SECONDS, LOOK_SECONDS = 10, 0.3, 0.005
"""Items that are read each time before it is killed, how much later that is at most, and how often to look."""
GOLDEN = 0.618
"""Multiples of it, less their whole parts, fall everywhere between 0 and 1."""
WORDS = "we really think that people here should look at their own numbers before they talk about".split()
FIRMS = ("Halden", "Quillon", "Meridian", "Pontoon")
COMPARED = (
    "SELECT key, hash, show, title, date FROM conversations ORDER BY key",
    "SELECT key, turn, start, quote, text FROM spoken_claims ORDER BY key",
    "SELECT key, turn, last, text FROM passage_words ORDER BY key, turn, last, text",
    "SELECT key, n, speaker, text FROM spoken_turns JOIN conversations ON id = conversation ORDER BY key, n",
    "SELECT conversation, title, kind, backlog FROM items ORDER BY conversation",
)
SHARES = "SELECT count(*) FILTER (WHERE due = ''), count(*) FILTER (WHERE due <> '') FROM items"


def talk(name: str) -> str:
    """Return words that no other episode has in this order."""
    drawn = hashlib.shake_128(name.encode()).digest(20)
    return " ".join(WORDS[byte % len(WORDS)] for byte in drawn).capitalize() + "."


def publish(show: Show) -> None:
    """Publish episodes with a dozen claims each."""
    day = dt.datetime.now(dt.UTC)
    for n in range(EPISODES):
        firm = FIRMS[n % 4]
        claims = [f"Last week {firm} cut {n * 20 + k} jobs in Oslo, and paid ${k + 1} million." for k in range(12)]
        said = [("Dana Whitfield", words) for claim in claims for words in (talk(claim), claim)]
        show.publish(f"Episode {n}", day - dt.timedelta(minutes=EPISODES - n), *said)


async def imports(url: str, database: Path, stop: tuple[int, float] | None = None) -> bool:
    """Read the source in a process of its own; return whether it came to its end.

    It is killed once so many of its items are read, and so many seconds have passed since.
    """
    settings = {"OVERHEARD_DATABASE": str(database), "OVERHEARD_FETCH_PRIVATE": LOOPBACK, "PYTHONPATH": str(ROOT)}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("importer.py")),
        url,
        cwd=database.parent,
        env={**os.environ, **settings},
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    ended = asyncio.create_task(running.wait())
    while not ended.done():
        if stop and shares(database)[0] >= stop[0]:
            await asyncio.wait([ended], timeout=stop[1])
            if not ended.done():
                running.kill()
                await ended
                return False
        await asyncio.wait([ended], timeout=LOOK_SECONDS)
    assert running.returncode == 0
    return True


def contents(database: Path) -> list[list[tuple[object, ...]]]:
    """Return all that was read, whatever the numbers of its rows."""
    with closing(connect_file(database)) as connection:
        return [connection.execute(query).fetchall() for query in COMPARED]


def shares(database: Path) -> tuple[int, int]:
    """Return how many items are read, and how many are not."""
    if not database.exists():
        return 0, 0
    with closing(sqlite3.connect(database)) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'items'").fetchone()[0]:
            return 0, 0
        read, left = connection.execute(SHARES).fetchone()
        return read, left


def alerts(database: Path) -> int:
    """Return how many messages are to be sent."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])


@pytest.mark.long
async def test_a_back_catalogue_survives_being_killed(tmp_path: Path) -> None:
    """Fifty kills with some of it read: each conversation and claim is there once, and nobody is told of any."""
    async with FakeWeb() as web:
        show = Show(web)
        publish(show)
        assert await imports(show.url, tmp_path / "whole.db")
        expected = contents(tmp_path / "whole.db")
        assert [len(rows) for rows in expected[:1]] == [EPISODES]
        assert len(set(expected[1])) == len(expected[1]) > EPISODES
        kills = tries = rounds = 0
        while kills < KILLS:
            rounds += 1
            database = tmp_path / f"killed-{rounds}.db"
            while not await imports(
                show.url, database, (shares(database)[0] + STEP, LATEST_SECONDS * (tries * GOLDEN % 1))
            ):
                tries += 1
                # A kill after the last item proves nothing.
                kills += shares(database)[1] > 0
            assert contents(database) == expected
            assert alerts(database) == 0
