"""News for those who follow: in few messages, at hours they want, and no claim twice."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.domain.address import Address
from bot.domain.delivery import DeliveryState
from bot.domain.feed import ItemSnapshot
from bot.domain.subscription import AlertFrequency, Follow, QuietHours
from bot.store.database import load_queries
from bot.store.follows import BATCH, MAX_ALERTS_PER_HOUR
from bot.store.store import Store
from tests.conftest import NOON, Look
from tests.said import TODAY, company, conversation, reading

HERE = Address("slack", "T1", "C1")
HALDEN, QUILLON = company("Halden"), company("Quillon")
HOUR = dt.timedelta(hours=1)
NIGHT = QuietHours(HERE, "U1", dt.time(22), dt.time(7), "Europe/Berlin")


def wanting(entity: str = "Halden", pace: AlertFrequency = AlertFrequency.INSTANT, at: Address = HERE) -> Follow:
    """Make a follow that begins at noon."""
    return Follow(0, entity, at, "U1", pace, "UTC", NOON)


async def hear(store: Store, *words: str, key: str, date: dt.date = TODAY) -> None:
    """Let a conversation be read."""
    await store.library.save([reading(conversation(key, *words, date=date), HALDEN, QUILLON)])


async def told(store: Store, tenant: str = "slack:T1") -> list[dict[str, list[str]]]:
    """Return what each message tells, by name, the oldest first."""
    messages = []
    for delivery in reversed(await store.outbox.deliveries(tenant, list(DeliveryState))):
        news = await store.follows.news(int(delivery.what.removeprefix("alert ")), delivery.at)
        told = {}
        for one in news:
            claims = await store.library.claims(one.claim_ids, space=tenant)
            told[one.entity] = [claim.text for claim in claims]
        messages.append(told)
    return messages


async def test_a_burst_is_one_message(store: Store) -> None:
    """Forty claims of one conversation, and several names at once."""
    await store.follows.follow(wanting())
    await store.follows.follow(wanting("Quillon"))
    words = [f"Halden cut {n} jobs." for n in range(40)]
    await hear(store, *words, "Quillon grew.", "Halden bought Quillon.", key="burst")
    assert [await store.follows.queue_alerts(NOON) for _ in range(2)] == [1, 0]
    (message,) = await told(store)
    assert sorted(message["Halden"]) == sorted([*words, "Halden bought Quillon."])
    assert message["Quillon"] == ["Quillon grew."]


async def test_a_claim_about_two_names_is_told_once(store: Store) -> None:
    """Also where one is heard of at once and the other with the hour."""
    await store.follows.follow(wanting(pace=AlertFrequency.HOURLY))
    await store.follows.follow(wanting("Quillon"))
    await hear(store, "Halden grew.", key="first")
    await store.follows.queue_alerts(NOON)
    await hear(store, "Halden bought Quillon.", "Halden shrank.", key="second")
    await store.follows.queue_alerts(NOON + HOUR / 2)
    await store.follows.queue_alerts(NOON + HOUR)
    assert await told(store) == [
        {"Halden": ["Halden grew."]},
        {"Quillon": ["Halden bought Quillon."]},
        {"Halden": ["Halden shrank."]},
    ]


@pytest.mark.parametrize("pace", list(AlertFrequency))
async def test_a_change_of_pace_repeats_nothing_and_loses_nothing(store: Store, pace: AlertFrequency) -> None:
    """What was told stays told, and what waited is told at the new pace."""
    await store.follows.follow(wanting(pace=AlertFrequency.HOURLY))
    await hear(store, "Halden grew.", key="first")
    await store.follows.queue_alerts(NOON)
    await hear(store, "Halden shrank.", key="second")
    await store.follows.follow(replace(wanting(pace=pace), since=NOON + HOUR))
    for hours in range(48):
        await store.follows.queue_alerts(NOON + (1 + hours) * HOUR)
    assert await told(store) == [{"Halden": ["Halden grew."]}, {"Halden": ["Halden shrank."]}]


async def test_a_back_catalogue_is_not_told(store: Store) -> None:
    """What a feed held when it was added brings no alert, not even beside something new; what it brings later does."""
    await store.follows.follow(wanting())
    for guid, backlog in (("old", True), ("new", False)):
        seen = ItemSnapshot(guid, "", "", guid, guid, TODAY, None, guid, "", "")
        (noted,) = await store.items.record("https://a.example/feed", [seen], NOON, backlog=backlog, space=None)
        await hear(store, f"Halden told of the {guid} plant.", key=noted.conversation)
        assert await store.follows.queue_alerts(NOON) == (not backlog)
    await hear(store, "Halden told of another plant.", key="file")
    await store.follows.queue_alerts(NOON + HOUR)
    assert await told(store) == [
        {"Halden": ["Halden told of the new plant."]},
        {"Halden": ["Halden told of another plant."]},
    ]


async def test_a_correction_is_not_told_again(store: Store) -> None:
    """A word that is corrected makes no news of what was told; another number and new words do."""
    await store.follows.follow(wanting())
    await hear(store, "Halden cut 400 jobs in the yard.", "Halden opened an office in Oslo.", key="talk")
    assert await store.follows.queue_alerts(NOON) == 1
    corrected = "Halden cut 400 jobs in the yards."
    await hear(store, "Well.", corrected, "Halden opened an office in Oslo.", key="talk")
    assert await store.follows.queue_alerts(NOON + HOUR) == 0
    assert (await told(store))[0]["Halden"] == [corrected, "Halden opened an office in Oslo."]
    await hear(store, "Halden cut 900 jobs in the yards.", "Halden moved out of Bergen.", key="talk")
    assert await store.follows.queue_alerts(NOON + 2 * HOUR) == 1
    assert (await told(store))[1]["Halden"] == ["Halden cut 900 jobs in the yards.", "Halden moved out of Bergen."]


async def test_more_than_ten_an_hour_become_one(store: Store) -> None:
    """The eleventh waits until the hour since the first is over, and tells all that came meanwhile."""
    await store.follows.follow(wanting())
    minute = HOUR / 60
    for n in range(30):
        await hear(store, f"Halden cut {n} jobs.", key=f"news/{n}")
        assert await store.follows.queue_alerts(NOON + n * minute) == (n < MAX_ALERTS_PER_HOUR)
    assert await store.follows.queue_alerts(NOON + HOUR - minute / 60) == 0
    assert await store.follows.queue_alerts(NOON + HOUR) == 1
    messages = await told(store)
    assert len(messages) == MAX_ALERTS_PER_HOUR + 1
    assert len(messages[-1]["Halden"]) == 30 - MAX_ALERTS_PER_HOUR


async def test_in_quiet_hours_nothing_is_sent_and_then_one_message(store: Store) -> None:
    """All that came in the night comes at seven, on the clock of whoever asked for it; nobody else waits."""
    there = replace(HERE, channel="C2")
    for follow in (wanting(), wanting("Quillon"), wanting(at=there)):
        await store.follows.follow(follow)
    await store.follows.set_quiet_hours(HERE, NIGHT)
    assert await store.follows.quiet_hours(HERE) == NIGHT
    night = dt.datetime(2031, 6, 26, 22, tzinfo=ZoneInfo("Europe/Berlin"))
    told_at = []
    for hour in range(10):
        await hear(store, f"Halden cut {hour} jobs.", f"Quillon won {hour} times.", key=f"news/{hour}")
        if count := await store.follows.queue_alerts(night + hour * HOUR):
            told_at.append((hour, count))
    assert told_at == [(hour, 1) for hour in range(9)] + [(9, 2)]
    mine = [one for one in await store.outbox.deliveries("slack:T1", list(DeliveryState)) if one.at == HERE]
    (news, other) = await store.follows.news(int(mine[0].what.removeprefix("alert ")), HERE)
    assert (len(mine), len(news.claim_ids), len(other.claim_ids)) == (1, 10, 10)


async def test_quiet_hours_can_be_changed_and_ended(store: Store) -> None:
    """What is held comes as soon as they are over or off."""
    await store.follows.follow(wanting())
    await store.follows.set_quiet_hours(HERE, replace(NIGHT, begin=dt.time(10), end=dt.time(18), zone="UTC"))
    await hear(store, "Halden grew.", key="first")
    assert await store.follows.queue_alerts(NOON) == 0
    await store.follows.set_quiet_hours(HERE, None)
    assert await store.follows.quiet_hours(HERE) is None
    assert await store.follows.queue_alerts(NOON) == 1


async def test_a_back_catalogue_is_no_news(store: Store) -> None:
    """What was said more than a week ago is read without a word, however new it is here."""
    await store.follows.follow(wanting())
    for n in range(20):
        await hear(store, f"Halden cut {n} jobs.", key=f"old/{n}", date=TODAY - dt.timedelta(days=8 + n))
    assert await store.follows.queue_alerts(NOON) == 0
    await hear(store, "Halden grew.", key="new", date=TODAY - dt.timedelta(days=7))
    assert await store.follows.queue_alerts(NOON) == 1
    assert await told(store) == [{"Halden": ["Halden grew."]}]


async def test_an_address_that_takes_nothing_is_paused_with_its_reason(store: Store) -> None:
    """It hears nothing until it is resumed, and then only of what is said from then on."""
    await store.follows.follow(wanting())
    await store.subscriptions.pause(HERE, "archived")
    assert [follow.state for follow in await store.follows.following(HERE)] == ["archived"]
    await hear(store, "Halden grew.", key="first")
    assert await store.follows.queue_alerts(NOON) == 0
    assert [await store.subscriptions.resume_follows(HERE) for _ in range(2)] == [1, 0]
    assert await store.follows.queue_alerts(NOON) == 0
    await hear(store, "Halden shrank.", key="second")
    assert await store.follows.queue_alerts(NOON) == 1
    assert await told(store) == [{"Halden": ["Halden shrank."]}]


async def test_following_anew_ends_a_pause(store: Store) -> None:
    """Without what was said meanwhile."""
    await store.follows.follow(wanting())
    await store.subscriptions.pause(HERE, "archived")
    await hear(store, "Halden grew.", key="first")
    await store.follows.follow(wanting(pace=AlertFrequency.HOURLY))
    assert await store.follows.queue_alerts(NOON) == 0
    assert [follow.state for follow in await store.follows.following(HERE)] == ["on"]


async def test_a_clock_that_was_ahead_holds_nothing_back_for_long(store: Store) -> None:
    """An hour that began in the year to come is over."""
    await store.follows.follow(wanting(pace=AlertFrequency.HOURLY))
    await hear(store, "Halden grew.", key="first")
    assert await store.follows.queue_alerts(NOON + dt.timedelta(days=5)) == 1
    await hear(store, "Halden shrank.", key="second")
    assert await store.follows.queue_alerts(NOON) == 1


async def test_every_address_is_told_also_beyond_one_batch(store: Store, look: Look) -> None:
    """Each once, and the outbox has them in the order of their addresses."""
    await store.follows.follow(wanting())
    copies = (
        'INSERT INTO follows (tenant, address, "user", entity, pace, zone, since, next_at, seen)'
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " SELECT tenant, address || '-' || (10000 + i), \"user\", entity, pace, zone, since, next_at, seen"
        " FROM follows, n"
    )
    look(copies, 2 * BATCH + 7)
    await hear(store, "Halden grew.", key="first")
    assert [await store.follows.queue_alerts(NOON) for _ in range(2)] == [2 * BATCH + 8, 0]
    addresses = [address for (address,) in look("SELECT address FROM outbox ORDER BY id")]
    assert addresses == sorted(set(addresses))
    assert len(addresses) == 2 * BATCH + 8


async def test_news_is_found_from_its_names_not_from_all_follows(sampled: Path) -> None:
    """What a claim costs grows with those who follow its names, however many follow others."""
    queries = load_queries("sqlite", "aiosqlite")
    any_value = dict.fromkeys("after until since entity first last newest before space".split(), 0)
    with closing(sqlite3.connect(sampled)) as connection:
        for name in ("fresh_names", "hear"):
            sql = f"EXPLAIN QUERY PLAN {getattr(queries, name).sql}"
            plan = [step for *_, step in connection.execute(sql, any_value)]
            assert not [step for step in plan if step.startswith(("SCAN follows", "SCAN entities", "SCAN claim"))]
            assert [step for step in plan if "follows_of_entity" in step]


async def test_a_crowd_is_marked_some_at_a_time(store: Store, look: Look) -> None:
    """All of them hear, also those of the last few ids; what was told in between is not told again."""
    await store.follows.follow(wanting())
    look(
        'INSERT INTO follows (tenant, address, "user", entity, pace, zone, since, next_at, seen)'
        " SELECT 'slack:T' || n.i, 'slack:T' || n.i || '/C1', 'U1', entity, pace, zone, since, next_at, seen"
        " FROM follows, (WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
        " SELECT * FROM n) n"
        " RETURNING 1"
    )
    await hear(store, "Halden grew.", key="first")
    assert [await store.follows.queue_alerts(NOON) for _ in range(2)] == [2500, 0]
    look("UPDATE heard SET claim = 0 RETURNING 1")
    assert await store.follows.queue_alerts(NOON) == 0
    await hear(store, "Halden shrank.", key="second")
    look("UPDATE heard SET claim = 0 RETURNING 1")
    assert await store.follows.queue_alerts(NOON) == 2500
    assert await told(store) == [{"Halden": ["Halden grew."]}, {"Halden": ["Halden shrank."]}]
