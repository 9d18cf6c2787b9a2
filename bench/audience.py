"""Measures alerts to very many followers, and the editions of very many spaces.

python bench/audience.py [FOLLOWERS] [SPACES]
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from itertools import count
from pathlib import Path

from bot.app import App, open_app
from bot.config import Settings
from bot.domain.address import Address
from bot.domain.subscription import AlertFrequency, Follow
from bot.ingest.files import sample_conversations
from bot.store.library import save_entities
from bot.store.store import Store
from bot.store.store import open_store as store_opened
from tests.said import company, conversation, reading

NOW = dt.datetime(2031, 6, 26, 12, tzinfo=dt.UTC)
MOST_MEMORY = 100
HERE = Address("slack", "T0", "C0")
COPIES = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO follows (tenant, address, user, entity, pace, zone, since, next_at, seen)
SELECT 'slack:T' || i, 'slack:T' || i || '/C', user, entity, pace, zone, since, next_at, seen FROM follows, n
"""


NAMES, FOLLOWS, CLAIMS = 20_000, 100_000, 1_000
MOST_WORK, MOST_WAIT = 0.0005, 0.05
"""Seconds of work for a claim, with the alerts to its five followers, and seconds that another process waits."""

SPREAD = """
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
INSERT INTO follows (tenant, address, user, entity, pace, zone, since, next_at, seen)
SELECT
    'slack:T' || (i / 5), 'slack:T' || (i / 5) || '/C', 'U1', (SELECT min(id) FROM entities) + (i * 7) % ?2,
    'instant', 'UTC', '2031-06-26T12:00:00', '', 0
FROM n
"""


class Clock:
    """A clock that stands still."""

    def now(self) -> dt.datetime:
        """Return the moment it stands at."""
        return NOW


def peak() -> float:
    """Return the most memory that was held since the last call, in MB; needs Linux."""
    status = Path("/proc/self/status").read_text("ascii")
    held = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return int(held) / 1024


async def alerts(store: Store, path: Path, followers: int) -> bool:
    """Let one claim be made about somebody whom very many follow."""
    await store.follows.follow(Follow(0, "Halden", HERE, "U1", AlertFrequency.INSTANT, "UTC", NOW))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(COPIES, (followers - 1,))
        connection.commit()
    await store.library.save(
        [reading(conversation("news", "Halden cut 400 jobs.", date=NOW.date()), company("Halden"))]
    )
    peak()
    before, began = peak(), time.perf_counter()
    told = await store.follows.queue_alerts(NOW)
    seconds, grown = time.perf_counter() - began, peak() - before
    again = await store.follows.queue_alerts(NOW)
    began = time.perf_counter()
    await store.follows.queue_alerts(NOW)
    idle = time.perf_counter() - began
    print(f"one claim, {followers:,} followers: {told:,} alerts in {seconds:.1f} s, {grown:+.0f} MB", end="; ")
    print(f"then {again} more, and a look without news takes {idle * 1000:.1f} ms")
    return told == followers and not again and grown < MOST_MEMORY


async def matching(path: Path) -> bool:
    """Let a thousand claims be made about many of the names that very many follow, while another process writes."""
    companies = [company(f"Halden {n:05}") for n in range(NAMES)]
    async with store_opened(path) as store, store_opened(path) as other:
        async with store.database.exclusive() as session:
            await save_entities(session, companies)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(SPREAD, (FOLLOWS, NAMES))
            connection.commit()
        for first in range(0, CLAIMS, 50):
            named = [companies[n * 13 % NAMES] for n in range(first, first + 50)]
            words = [f"{one.name} paid {n} dollars." for n, one in enumerate(named)]
            await store.library.save([reading(conversation(f"news/{first}", *words, date=NOW.date()), *named)])
        waits: list[float] = []
        beside = asyncio.create_task(_write(other, waits))
        began, used = time.perf_counter(), time.process_time()
        told = await store.follows.queue_alerts(NOW)
        seconds, used = time.perf_counter() - began, time.process_time() - used
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
    waits.sort()
    print(f"{CLAIMS:,} claims, {FOLLOWS:,} follows of {NAMES:,} names: {told:,} alerts in {seconds:.2f} s", end=", ")
    print(f"{used / CLAIMS * 1e6:.0f} µs of work a claim; another process waits {waits[-1] * 1000:.0f} ms at most")
    return used / CLAIMS < MOST_WORK and waits[len(waits) * 99 // 100] < MOST_WAIT


async def _write(store: Store, waits: list[float]) -> None:
    """Write again and again, and note how long each time took."""
    for n in count():
        began = time.perf_counter()
        await store.leases.acquire("beside", f"{n}", NOW + dt.timedelta(seconds=n), dt.timedelta(seconds=1))
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(0.002)


async def editions(app: App, spaces: int) -> bool:
    """Make the edition of one topic and day for very many spaces, each by itself and then together."""
    began = time.perf_counter()
    alone = 5
    for _ in range(alone):
        await app.briefs.get_brief("", NOW.date(), space=None)
    each = (time.perf_counter() - began) / alone
    began = time.perf_counter()
    for n in range(spaces):
        await app.briefs.publish("", NOW.date(), space=f"slack:T{n}")
    together = time.perf_counter() - began
    print(f"{spaces:,} spaces: composing takes {each:.2f} s, so {each * spaces:,.0f} s for all", end="; ")
    print(f"sharing what is the same, all have theirs in {together:.1f} s")
    return together < each * spaces / 10


async def measure(followers: int, spaces: int) -> bool:
    """Measure both on databases of their own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "alerts.db"
        async with store_opened(path) as store:
            told = await alerts(store, path, followers)
        told = await matching(Path(folder) / "matching.db") and told
        settings = Settings(database=Path(folder) / "editions.db", workers=0, timezone="UTC")
        async with open_app(settings, Clock()) as app:
            await app.importer.import_conversations(sample_conversations(app.today), lambda _: None)
            return await editions(app, spaces) and told


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(0 if asyncio.run(measure(*(numbers or [50_000, 1_000]))) else 1)
