"""What outlasts a loss of power: everything that is acknowledged or sent, from the moment that it is."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.subscription import AlertFrequency, Follow
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.power import Machine, draws, powering
from tests.said import company, conversation, reading

HERE = Address("slack", "T1", "C1")
LEASE = dt.timedelta(seconds=60)
_TRIGGER = """
CREATE TRIGGER {change}_{table} AFTER {change} ON {table} BEGIN
    INSERT INTO modes SELECT '{table}', synchronous FROM pragma_synchronous;
END
"""
FULL, NORMAL = 2, 1


async def work(store: Store) -> None:
    """Take in an event and handle it, read a conversation, and send an alert and a brief of two pages."""
    await store.inbox.accept("slack:1", "{}", NOON)
    await store.inbox.update("slack:1", '{"step": 2}')
    await store.follows.follow(Follow(0, "Halden", HERE, "U1", AlertFrequency.INSTANT, "UTC", NOON))
    await store.library.save([reading(conversation("talk", "Halden grew."), company("Halden"))])
    await store.follows.queue_alerts(NOON)
    await store.outbox.put([Delivery("brief/1", "brief", HERE)], NOON)
    while claimed := await store.outbox.claim(NOON, LEASE, 1, "slack"):
        (delivery,) = claimed
        await store.outbox.renew([delivery], NOON + LEASE)
        await store.outbox.record_pages(delivery, ["page 1"])
        await store.outbox.settle(delivery, DeliveryState.SENT)
    await store.inbox.finish("slack:1")


async def test_what_is_sent_or_acknowledged_is_on_the_disk_first(empty_file: Path, tmp_path: Path) -> None:
    """Each change of the inbox and the outbox flushes the log; queueing an alert need not: claiming it does."""
    path = Path(shutil.copy(empty_file, tmp_path / "power.db"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE modes (written TEXT, mode INTEGER)")
        for table in ("inbox", "outbox", "claims", "follows"):
            for change in ("INSERT", "UPDATE"):
                connection.execute(_TRIGGER.format(table=table, change=change))
        connection.commit()
    async with open_store(path) as store:
        await work(store)
    with closing(sqlite3.connect(path)) as connection:
        modes = connection.execute("SELECT written, mode, count(*) FROM modes GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
    # The one row of the outbox that was not flushed is the alert as it was queued.
    assert [(table, mode) for table, mode, _ in modes] == [
        ("claims", NORMAL),
        ("follows", NORMAL),
        ("inbox", FULL),
        ("outbox", NORMAL),
        ("outbox", FULL),
    ]
    assert {(table, mode): count for table, mode, count in modes}["outbox", NORMAL] == 1


async def test_a_log_that_ends_at_the_last_flush_has_all_of_it(empty_file: Path, tmp_path: Path) -> None:
    """A copy of the files as they are right after an event is taken in knows of it, and of what was read before."""
    path = Path(shutil.copy(empty_file, tmp_path / "power.db"))
    after = tmp_path / "after.db"
    async with open_store(path) as store:
        await store.library.save([reading(conversation("talk", "Halden grew."), company("Halden"))])
        await store.inbox.accept("slack:1", "{}", NOON)
        shutil.copy(path, after)
        shutil.copy(f"{path}-wal", f"{after}-wal")
    async with open_store(after) as store:
        assert await store.inbox.claim_unfinished("slack", NOON, NOON) == [("slack:1", "{}")]
        assert (await store.library.tally(space=None)).conversations == 1


class CountingMachine(Machine):
    """A machine that counts how often the log is flushed."""

    flushed = 0

    def flush(self, file: Path) -> None:
        """Count it."""
        self.flushed += file.name.endswith("-wal")
        super().flush(file)


async def test_events_that_come_at_once_wait_for_the_disk_together(empty_file: Path, tmp_path: Path) -> None:
    """A hundred are flushed a few times, each is told apart from those there were, and all are there after a cut."""
    path = Path(shutil.copy(empty_file, tmp_path / "power.db"))
    with powering(CountingMachine(tmp_path, draws("together"))) as machine:
        async with open_store(path) as store:
            assert await store.inbox.accept("slack:7", "{}", NOON)
            machine.flushed = 0
            machine.start(float("inf"))
            new = await asyncio.gather(*(store.inbox.accept(f"slack:{n}", "{}", NOON) for n in range(100)))
            assert new == [n != 7 for n in range(100)]
            assert machine.flushed < 5
            # What is written from here on is lost.
            machine.start(1)
            machine.moment()
        machine.restart()
    async with open_store(path) as store:
        assert len(await store.inbox.claim_unfinished("slack", NOON, NOON)) == 100


async def test_one_change_that_fails_costs_no_other(store: Store) -> None:
    """Of those that wait together, the others are kept, and who gave up takes nobody with them."""
    unstorable = "\ud800"
    accepting = [store.inbox.accept(f"slack:{event}", "{}", NOON) for event in ("1", unstorable, "2")]
    first, failed, second = await asyncio.gather(*accepting, return_exceptions=True)
    assert (first, second) == (True, True)
    assert isinstance(failed, Exception)
    leaving, staying = (asyncio.create_task(store.inbox.accept(f"slack:{n}", "{}", NOON)) for n in (3, 4))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying
    assert {"slack:1", "slack:2", "slack:4"} <= {
        event for event, _ in await store.inbox.claim_unfinished("slack", NOON, NOON)
    }


async def test_a_server_waits_for_the_disk_itself(store: Store) -> None:
    """One database is as durable as the other: both write the same rows."""
    await work(store)
    assert len(await store.outbox.deliveries("slack:T1", [DeliveryState.SENT])) == 2
