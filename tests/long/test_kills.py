"""Reading that is killed again and again ends where reading that was left alone ends."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from asyncio.subprocess import DEVNULL
from contextlib import closing
from pathlib import Path

import pytest

from tests.engines import connect_file

ROOT = Path(__file__).parents[2]
KILLS = 20
CONVERSATIONS = 400
STEP, LATEST_SECONDS, LOOK_SECONDS = 40, 0.1, 0.005
"""Conversations that each reading saves before it is killed, how much later that is at most, and how often to look."""
GOLDEN = 0.618
"""Multiples of it, less their whole parts, fall everywhere between 0 and 1."""
COMPARED = (
    "SELECT key, hash, show, title, date FROM conversations ORDER BY key",
    "SELECT key, turn, start, quote, text FROM spoken_claims ORDER BY key",
    "SELECT key, turn, last, text FROM passage_words ORDER BY key, turn, last, text",
    "SELECT key, n, speaker, text FROM spoken_turns JOIN conversations ON id = conversation ORDER BY key, n",
    "SELECT key, name FROM claim_names JOIN claims ON id = claim ORDER BY key, name",
)
CHECKS = (
    "INSERT INTO passages_fts (passages_fts, rank) VALUES ('integrity-check', 1)",
    "INSERT INTO claims_fts (claims_fts, rank) VALUES ('integrity-check', 1)",
    "PRAGMA foreign_key_check",
)


def write_library(path: Path) -> None:
    """Write a file of conversations, each a little different."""
    firms = ("Halden", "Quillon", "Meridian", "Pontoon")
    with path.open("w", encoding="utf-8") as stream:
        for n in range(CONVERSATIONS):
            words = [
                f"Last week {firms[n % 4]} cut {n + turn} jobs in Oslo, and paid ${turn + 1} million."
                for turn in range(12)
            ]
            turns = [{"speaker": "Dana Whitfield", "t": 5.0 * at, "text": text} for at, text in enumerate(words)]
            record = {
                "id": f"show/{n}",
                "show": f"Show {n % 9}",
                "title": f"Episode {n}",
                "date": "2026-06-01",
                "turns": turns,
            }
            stream.write(json.dumps(record) + "\n")


async def ingest(library: Path, database: Path, stop: tuple[int, float] | None = None) -> bool:
    """Run a reading as a process of its own; return whether it came to its end.

    It is killed once so many conversations are saved, and so many seconds have passed since.
    """
    environment = {**os.environ, "OVERHEARD_DATABASE": str(database), "OVERHEARD_WORKERS": "1"}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "ingest", str(library), cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )
    ended = asyncio.create_task(running.wait())
    while not ended.done():
        if stop and kept(database) >= stop[0]:
            await asyncio.wait([ended], timeout=stop[1])
            if not ended.done():
                running.kill()
                await ended
                return False
        await asyncio.wait([ended], timeout=LOOK_SECONDS)
    assert running.returncode == 0
    return True


def contents(database: Path) -> list[list[tuple[object, ...]]]:
    """Return all that was said, whatever the numbers of its rows."""
    with closing(connect_file(database)) as connection:
        for check in CHECKS:
            assert connection.execute(check).fetchall() == []
        return [connection.execute(query).fetchall() for query in COMPARED]


def kept(database: Path) -> int:
    """Return how many conversations are there."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(database)) as connection:
        there = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'inbox'").fetchone()[0]
        return int(connection.execute("SELECT count(*) FROM conversations").fetchone()[0]) if there else 0


@pytest.mark.long
async def test_reading_survives_being_killed(tmp_path: Path) -> None:
    """Twenty kills in the middle of reading: every conversation is there once, as if nothing had been."""
    library, whole = tmp_path / "library.jsonl", tmp_path / "whole.db"
    write_library(library)
    assert await ingest(library, whole)
    expected = contents(whole)
    assert len(expected[0]) == CONVERSATIONS
    kills = tries = rounds = 0
    while kills < KILLS:
        rounds += 1
        killed = tmp_path / f"killed-{rounds}.db"
        while not await ingest(library, killed, (kept(killed) + STEP, LATEST_SECONDS * (tries * GOLDEN % 1))):
            tries += 1
            # A kill after the last conversation proves nothing.
            kills += kept(killed) < CONVERSATIONS
        assert contents(killed) == expected
