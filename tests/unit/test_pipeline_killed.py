"""Reading that is killed again and again, into the real store."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONVERSATIONS = 300
KILLS = 50

READER = """
import asyncio, datetime, sys
from pathlib import Path
from bot.analysts.rules import RuleAnalyst
from bot.ingest.pipeline import Pipeline
from bot.domain import Entity, EntityKind, Analysis
from bot.store.store import open_store

class Clock:
    def now(self):
        return datetime.datetime(2026, 6, 15, tzinfo=datetime.UTC)

def read(conversation, _):
    return Analysis(conversation, (), (Entity("Hellmouth", EntityKind.PLACE),))

async def main():
    async with open_store(Path(sys.argv[2])) as store:
        pipeline = Pipeline(store.library, read, Clock(), RuleAnalyst(), 1)
        summary = await pipeline.import_paths([Path(sys.argv[1])], lambda progress: print(progress.done, flush=True))
        print("new", summary.new, "revised", summary.revised, "unchanged", summary.unchanged, flush=True)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def _read(script: Path, folder: Path, kill_at: int) -> str:
    """Read until so many conversations are done, then kill; return the last line that was printed."""
    bot = await asyncio.create_subprocess_exec(
        sys.executable,
        script,
        folder / "all.jsonl",
        folder / "test.db",
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert bot.stdout
    last = ""
    while line := (await bot.stdout.readline()).decode().strip():
        last = line
        if line == str(kill_at):
            bot.kill()
    await bot.wait()
    return last


@pytest.mark.long
async def test_reading_killed_fifty_times_keeps_every_conversation_exactly_once(tmp_path: Path) -> None:
    """Each run goes on from what is kept; in the end all is there once, and a further run changes nothing."""
    script = tmp_path / "reader.py"
    script.write_text(READER)
    with (tmp_path / "all.jsonl").open("w") as file:
        for n in range(CONVERSATIONS):
            turns = [{"text": f"Crane {n} stands. " * 300}]
            file.write(
                json.dumps({"id": f"c{n}", "show": "S", "title": "T", "date": "2026-06-01", "turns": turns}) + "\n"
            )
    for kill in range(1, KILLS + 1):
        await _read(script, tmp_path, kill * CONVERSATIONS // KILLS)
    assert await _read(script, tmp_path, -1) == "new 0 revised 0 unchanged 300"
    with sqlite3.connect(tmp_path / "test.db") as database:
        rows = database.execute("SELECT count(*), count(DISTINCT key) FROM conversations").fetchone()
    database.close()
    assert rows == (CONVERSATIONS, CONVERSATIONS)
