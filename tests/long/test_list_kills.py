"""A long list whose checking is killed again and again: no line is lost, and hardly any server is asked twice."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import sqlite3
import sys
from asyncio.subprocess import DEVNULL
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
LINES = 100
GOLDEN = 0.618
"""Multiples of it, less their whole parts, fall everywhere between 0 and 1."""

SHORTEST, LONGEST = 1.0, 9.0
"""Seconds that a command runs until it is killed: from before it has noted the list to some lines further."""


async def add(listed: Path, database: Path, seconds: float) -> None:
    """Add the list in a process of its own, killed after so many seconds."""
    settings = {"OVERHEARD_DATABASE": str(database), "OVERHEARD_FETCH_PRIVATE": LOOPBACK, "PYTHONPATH": str(ROOT)}
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sources", "add", str(listed)),
        cwd=database.parent,
        env={**os.environ, **settings},
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        await asyncio.wait_for(running.wait(), seconds)
    except TimeoutError:
        running.kill()
        await running.wait()


def standing(database: Path) -> tuple[int, int]:
    """Return how many lines are noted, and how many of them are checked."""
    with closing(sqlite3.connect(database)) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'feeds'").fetchone()[0]:
            return 0, 0
        noted, checked = connection.execute("SELECT count(*), count(polled) FROM feeds").fetchone()
        return noted, checked


@pytest.mark.long
async def test_a_list_survives_being_killed(tmp_path: Path) -> None:
    """All on one host, which is left in peace for a second each time; a kill costs one request at most."""
    database, listed = tmp_path / "a.db", tmp_path / "shows.opml"
    async with FakeWeb() as web:
        shows = [Show(web, f"Show {n}", f"/show{n}") for n in range(LINES)]
        for show in shows:
            show.republish()
        outlines = "".join(f'<outline type="rss" xmlUrl="{show.url}"/>' for show in shows)
        listed.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
        seen = [(0, 0)]
        for kills in itertools.count():
            if seen[-1] == (LINES, LINES):
                break
            await add(listed, database, SHORTEST + (LONGEST - SHORTEST) * (kills * GOLDEN % 1))
            seen.append(standing(database))
    asked = [request.at for request in web.asked]
    logger.info("%d kills, %d requests", kills, len(asked))
    assert seen == sorted(seen)
    assert {noted for noted, _ in seen} <= {0, LINES}
    assert LINES <= len(asked) <= LINES + kills
    assert min(after - before for before, after in itertools.pairwise(asked)) > 0.9
