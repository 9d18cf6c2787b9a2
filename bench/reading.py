"""Measures reading: how fast files become conversations, and what a whole intake costs the bot meanwhile.

    python bench/reading.py [FILE_OR_FOLDER]

Without a path it reads the optional real conversations beside the project (`../shared`). It prints the speed
of parsing alone; then, for the whole way into a new database with two workers: seconds, the memory of the bot
and of its largest worker, and how long the event loop was kept waiting, seen by a 5 ms ticker; then the same
again over what is kept already.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from bot.analysts.rules import RuleAnalyst
from bot.chat.request import Progress
from bot.claims.extractor import extract_claims
from bot.domain import Conversation
from bot.errors import InputError
from bot.ingest.files import read_path
from bot.ingest.pipeline import Pipeline, Summary
from bot.store.store import open_store

SHARED = Path(__file__).parents[1] / ".." / "shared" / "data" / "conversations"
TICK = 0.005
KILOBYTES = 1024 if sys.platform != "darwin" else 1024 * 1024
BARS = "bars: 120 s, 600 MB, lag p99 20 ms"


class SystemClock:
    """The time of this machine."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return dt.datetime.now(dt.UTC)


@contextlib.asynccontextmanager
async def ticking() -> AsyncIterator[list[float]]:
    """Give a list that fills with how late, in milliseconds, each tick of 5 ms came."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            late.append((time.perf_counter() - due) * 1000)

    ticker = asyncio.create_task(tick())
    yield late
    ticker.cancel()


def parse(path: Path) -> None:
    """Print how fast a folder is parsed, with nothing done with it."""
    began = time.perf_counter()
    items = list(read_path(path, SystemClock().now().date()))
    took = time.perf_counter() - began
    conversations = [item for item in items if isinstance(item, Conversation)]
    characters = sum(len(turn.text) for conversation in conversations for turn in conversation.turns)
    print(f"parsed {len(conversations)} conversations, {characters / 1e6:.1f} million characters in {took:.2f} s")
    for problem in items:
        if isinstance(problem, InputError):
            print(f"  {problem}")


async def take_in(path: Path, database: Path) -> None:
    """Print what one intake costs."""
    async with open_store(database) as store, ticking() as late:
        summary = await Pipeline(store.library, extract_claims, SystemClock(), RuleAnalyst(), workers=2).import_paths(
            [path], ignore
        )
    bot, worker = (
        resource.getrusage(who).ru_maxrss // KILOBYTES for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"{counted(summary)} in {summary.seconds:.1f} s")
    print(f"  memory: bot {bot} MB, largest worker {worker} MB ({bot + 2 * worker} MB with two at most)")
    print(f"  processor time: bot {spent(resource.RUSAGE_SELF):.0f} s, workers {spent(resource.RUSAGE_CHILDREN):.0f} s")
    print(f"  event loop lag: {lag(late)}")


async def idle() -> None:
    """Print how late ticks come with nothing to do, which is this machine's own share of the lag."""
    async with ticking() as late:
        await asyncio.sleep(5)
    print(f"event loop lag with nothing to do: {lag(late)}")


def lag(late: list[float]) -> str:
    """Say how late ticks came."""
    ordered = sorted(late)
    middle, most = ordered[len(late) // 2], ordered[len(late) * 99 // 100]
    return f"p50 {middle:.1f}, p99 {most:.1f}, worst {ordered[-1]:.0f} ms"


def spent(who: int) -> float:
    """Return the seconds of processor time this process, or its ended children, took."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def counted(summary: Summary) -> str:
    """Say a summary in one line."""
    return (
        f"{summary.new} new, {summary.revised} revised, {summary.unchanged} unchanged: {summary.words:,} words, "
        f"{summary.claims:,} claims, {summary.entities:,} entities"
    )


def ignore(_: Progress) -> None:
    """Report to nobody."""


def main() -> None:
    """Measure the path that is given, or the real conversations where they are."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    if not path.exists():
        print(f"nothing to read at {path}")
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(idle())
        asyncio.run(take_in(path, Path(folder, "bench.db")))
        asyncio.run(take_in(path, Path(folder, "bench.db")))
    parse(path)
    print(BARS)


if __name__ == "__main__":
    main()
