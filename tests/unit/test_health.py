"""Health: in words that tell of nobody, and measures by Prometheus' conventions."""

from __future__ import annotations

import asyncio
import datetime as dt
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.library import StoreStats
from bot.domain.usage import Usage
from bot.health.prometheus import Prometheus
from bot.health.server import STALLED_AFTER, HealthChecks
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.engines import Engine
from tests.fakes import MemoryPlatform

KINDS = ("input", "cached", "output")
LEASE = dt.timedelta(seconds=60)


class Away(MemoryPlatform):
    """A platform that nothing reaches us from."""

    async def is_connected(self) -> bool:
        """Return False."""
        return False


class Mute:
    """A database that does not answer."""

    async def ping(self) -> bool:
        """Fail."""
        message = "disk I/O error"
        raise OSError(message)

    async def write(self) -> bool:
        """Fail."""
        return await self.ping()

    async def measure(self, now: dt.datetime) -> StoreStats:
        """Return nothing."""
        del now
        return StoreStats()


async def test_ready_is_said_part_by_part(store: Store) -> None:
    """Starting, then ready, then stopping; a platform that is not connected is named."""
    vitals = HealthChecks(store.load_counter, [MemoryPlatform("slack"), Away("discord")])
    assert await vitals.readiness() == {"bot": "starting", "database": "ok", "slack": "ok", "discord": "not connected"}
    vitals.started = True
    assert (await vitals.readiness())["bot"] == "ok"
    vitals.stopping = True
    assert (await vitals.readiness())["bot"] == "stopping"


async def test_a_database_that_does_not_answer_is_named() -> None:
    """Its error is for the log alone."""
    assert (await HealthChecks(Mute(), []).readiness())["database"] == "not responding"


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow, nor be written to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_named_and_then_forgotten(sampled: Path) -> None:
    """Reading still works there; once there is room again, so does writing, without a new start."""
    async with open_store(sampled) as store:
        vitals = HealthChecks(store.load_counter, [])
        with full_disk():
            assert (await vitals.readiness())["database"] == "not writable"
            with pytest.raises(sqlite3.OperationalError):
                await store.inbox.accept("slack:1", "{}", NOON)
        assert (await vitals.readiness())["database"] == "ok"
        assert await store.inbox.accept("slack:1", "{}", NOON)


async def test_a_database_that_may_not_be_written_to_is_named(engine: Engine) -> None:
    """Whatever the reason: read-only, no right, no room."""
    async with open_store(engine.place) as store:
        vitals = HealthChecks(store.load_counter, [])
        engine.refuse("leases", "read-only")
        assert (await vitals.readiness())["database"] == "not writable"
        engine.allow("leases")
        assert (await vitals.readiness())["database"] == "ok"


async def test_a_long_change_of_somebody_else_is_no_fault(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows that the database can be written to."""
    monkeypatch.setattr("bot.health.server.PROBE_TIMEOUT", 0.2)
    vitals = HealthChecks(store.load_counter, [])
    async with store.database.exclusive() as session:
        await session.run("write_probe", holder="x")
        assert (await vitals.readiness())["database"] == "ok"


async def test_a_timetable_that_stands_still_is_no_life(store: Store) -> None:
    """Either part of it; until it first comes round, nothing is held against it."""
    now = [0.0]
    vitals = HealthChecks(store.load_counter, [], monotonic=lambda: now[0])
    assert vitals.liveness() == {}
    vitals.heartbeat("timetable")
    vitals.heartbeat("deliveries")
    now[0] = STALLED_AFTER - 1
    assert set(vitals.liveness().values()) == {"ok"}
    vitals.heartbeat("deliveries")
    now[0] = STALLED_AFTER
    assert vitals.liveness() == {"timetable": "stalled", "deliveries": "ok"}


async def test_the_load_is_what_lies_in_the_database(store: Store) -> None:
    """Deliveries by platform and state, the oldest that is due, events that are not dealt with."""
    places = [Address("slack", "T1", "C1"), Address("slack", "T1", "C2"), Address("discord", "1", "2")]
    for minute, at in enumerate(places):
        await store.outbox.put([Delivery(f"brief/{at}", "brief", at)], NOON + dt.timedelta(minutes=minute))
    (claimed,) = await store.outbox.claim(NOON, LEASE, 1, "slack")
    await store.outbox.settle(claimed, DeliveryState.UNKNOWN, "nobody knows")
    await asyncio.gather(*(store.inbox.accept(f"slack:{n}", "{}", NOON) for n in range(3)))
    await store.inbox.finish("slack:0")
    load = await store.load_counter.measure(NOON + dt.timedelta(minutes=5))
    assert load.deliveries == {("slack", "unknown"): 1, ("slack", "pending"): 1, ("discord", "pending"): 1}
    assert load.unfinished_events == {"slack": 2}
    assert load.overdue_seconds == 240
    assert (await store.load_counter.measure(NOON)).overdue_seconds == 0


def test_the_page_is_what_prometheus_reads() -> None:
    """Every name is ours or the client's own, in base units, and the labels are few."""
    measures = Prometheus()
    measures.record_acknowledgement("slack", 0.2)
    measures.record_answer("ask", 2)
    measures.record_delivery("slack", "sent")
    measures.record_delivery("slack", "unknown")
    measures.record_rate_limit("discord")
    measures.record_queue_lag(3)
    measures.record_event_loop_lag(0.02)
    measures.record_call("answer", "answered", Usage("large", 100, 20, 30))
    measures.record_call("answer", "over_budget")
    page = measures.render(StoreStats(7, {("slack", "pending"): 2}, {"discord": 1}, 12.5)).decode()
    families = {family.name: family for family in text_string_to_metric_families(page)}
    samples = {(one.name, *sorted(one.labels.values())): one.value for f in families.values() for one in f.samples}
    assert samples["overheard_deliveries_total", "sent", "slack"] == 1
    assert samples["overheard_deliveries_total", "slack", "unknown"] == 1
    assert samples["overheard_rate_limited_total", "discord"] == 1
    assert samples["overheard_ack_seconds_sum", "slack"] == pytest.approx(0.2)
    assert samples["overheard_answer_seconds_count", "ask"] == 1
    assert samples[("overheard_schedule_lag_seconds",)] == 3
    assert samples[("overheard_outbox_oldest_due_seconds",)] == 12.5
    assert samples["overheard_outbox_deliveries", "pending", "slack"] == 2
    assert samples["overheard_inbox_unfinished", "discord"] == 1
    assert samples["overheard_model_calls_total", "answer", "over_budget"] == 1
    assert samples["overheard_model_calls_total", "answer", "answered"] == 1
    tokens = {kind: samples["overheard_model_tokens_total", *sorted(("answer", kind))] for kind in KINDS}
    assert tokens == {"input": 70, "cached": 30, "output": 20}
    assert samples[("overheard_conversations",)] == 7
    assert samples[("process_resident_memory_bytes",)] > 0
    assert {
        label for f in families.values() for one in f.samples if f.name.startswith("overheard") for label in one.labels
    } <= {
        "platform",
        "state",
        "outcome",
        "verb",
        "purpose",
        "kind",
        "le",
    }
