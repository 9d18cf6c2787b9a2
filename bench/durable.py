"""Measures how long it takes to store an event, which is on the disk before it is acknowledged, beside other writing.

python bench/durable.py [FOLDER]

The disk alone is measured beside it: what it takes to write two pages and flush them. On `/dev/shm` flushing takes no
time, so there it is seen what waits for what.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

from bench.audience import COPIES, HERE, NOW
from bot.domain.feed import ItemSnapshot
from bot.domain.subscription import AlertFrequency, Follow
from bot.store.store import Store, open_store
from tests.said import company, conversation, reading

MOST_MEDIAN, MOST_LATE = 0.0015, 0.1
"""Seconds, without those of the disk, that half of the events may take alone, and 99 of 100 beside work."""

EVERY_SECONDS, SECONDS = 0.005, 2.0
FOLLOWERS, ITEMS, TALKS, TURNS = 50_000, 10_000, 30, 400
PAGES = 8192


async def nothing(_: Store) -> None:
    """Let some time pass."""
    await asyncio.sleep(SECONDS)


async def alerts(store: Store) -> None:
    """Queue an alert to each follower."""
    await store.follows.queue_alerts(NOW)


async def items(store: Store) -> None:
    """Note a back catalogue."""
    day, page = NOW.date(), "https://feed.example/{}".format
    seen = [
        ItemSnapshot(f"guid-{n}", page(n), "", f"Episode {n}", f"episode {n}", day, None, f"{n:064}", page(n), "{}")
        for n in range(ITEMS)
    ]
    await store.items.record("https://feed.example", seen, NOW, backlog=True, space=None)


async def talks(store: Store) -> None:
    """Save conversations of six thousand words."""
    for n in range(TALKS):
        turns = [
            f"Halden paid {n * m} dollars for the plant number {m} in the north of the country." for m in range(TURNS)
        ]
        await store.library.save([reading(conversation(f"talk/{n}", *turns), company("Halden"))])


async def crowd(store: Store) -> None:
    """Take in a hundred events at once, again and again."""
    for n in range(10):
        await asyncio.gather(*(store.inbox.accept(f"slack:crowd/{n}/{m}", "{}", NOW) for m in range(100)))


async def waits(store: Store, beside: Callable[[Store], Awaitable[None]]) -> list[float]:
    """Return how long storing each event took while something else was done, in seconds."""
    seconds: list[float] = []
    other = asyncio.ensure_future(beside(store))
    for n in count():
        began = time.perf_counter()
        await store.inbox.accept(f"slack:{beside.__name__}/{n}", "{}", NOW)
        seconds.append(time.perf_counter() - began)
        if other.done():
            break
        await asyncio.sleep(EVERY_SECONDS)
    await other
    return seconds


async def disk(folder: Path) -> list[float]:
    """Return how long the disk alone takes, in seconds."""
    with (folder / "disk").open("wb") as file:
        seconds = []
        for _ in range(int(SECONDS / EVERY_SECONDS)):
            file.write(bytes(PAGES))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(EVERY_SECONDS)
    return seconds


def tell(what: str, seconds: Sequence[float]) -> tuple[float, float]:
    """Print the median, the 99th percentile and the longest, and return the first two."""
    ordered = sorted(seconds)
    median, late = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    print(f"{what:8} {len(ordered):5} times: p50 {median * 1000:6.2f}", end=", ")
    print(f"p99 {late * 1000:6.2f}, longest {ordered[-1] * 1000:6.1f} ms")
    return median, late


async def measure(folder: Path) -> bool:
    """Measure the disk, and storing beside each kind of work."""
    path = folder / "durable.db"
    median, late = tell("disk", await disk(folder))
    async with open_store(path) as store:
        await store.follows.follow(Follow(0, "Halden", HERE, "U1", AlertFrequency.INSTANT, "UTC", NOW))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(COPIES, (FOLLOWERS - 1,))
            connection.commit()
        news = conversation("news", "Halden cut 400 jobs.", date=NOW.date())
        await store.library.save([reading(news, company("Halden"))])
        alone, _ = tell("nothing", await waits(store, nothing))
        beside = [tell(work.__name__, await waits(store, work))[1] for work in (alerts, items, talks, crowd)]
    return alone - median < MOST_MEDIAN and max(beside) - late < MOST_LATE


def main() -> int:
    """Measure in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        return 0 if asyncio.run(measure(Path(folder))) else 1


if __name__ == "__main__":
    sys.exit(main())
