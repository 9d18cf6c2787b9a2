"""A space that leaves takes everything with it, and nothing of anybody else."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.text import sanitise
from bot.domain import Brief, Filters, Signal, Statement, ThreadContext
from bot.domain.address import Address, Member
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.feed import ItemSnapshot, TextKind
from bot.domain.question import SearchUnit
from bot.domain.subscription import AlertFrequency, Follow, Subscription
from bot.domain.usage import Account, BudgetPool, Charge, PoolUsage, Usage
from bot.store.store import Store
from tests.conftest import NOON
from tests.engines import Engine
from tests.said import TODAY, company, conversation, reading

LEAVES, STAYS = Address("slack", "T1", "C1"), Address("slack", "T10", "C1")
Dump: TypeAlias = "Callable[[], list[str]]"
TABLES = 20
"""So many tables carry a space's name."""

HALDEN = company("Halden")
ROWS = 21
"""How many a space has of its own here, a conversation counted as one; one more was sent and stays."""


async def furnish(store: Store, at: Address) -> None:
    """Give a space one of everything, under its own name."""
    due, word = NOON + dt.timedelta(days=1), f"word{at.space}"
    private = reading(conversation(f"pasted/{word}", f"Halden told {word} of a plant.", space=at.tenant), HALDEN)
    await store.library.save([private])
    await store.notes.put(at.tenant, private.conversation.id, "U1", NOON)
    await store.follows.follow(Follow(0, "Halden", at, "U1", AlertFrequency.HOURLY, "UTC", NOON))
    plan = Subscription(0, "", at, "U1", dt.time(8), "UTC", frozenset({1}), due, due.date())
    await store.subscriptions.subscribe(plan)
    await store.threads.save_subject(at, "U1", ThreadContext((f"Did {word} grow?",)), NOON)
    await store.votes.vote(at, "U1", f"ask {word}", helped=True, now=NOON)
    await store.preferences.prefer(at, "U1", word, 1, NOON)
    await store.sources.add(at.tenant, "U1", f"/shows/{word}")
    await store.feeds.add(at.tenant, Member("U1"), f"https://{word}.test/", NOON, space=at.tenant)
    seen = ItemSnapshot(word, "", "", word, word, TODAY, None, word, "", "")
    (item,) = await store.items.record(f"https://a.example/{word}", [seen], NOON, backlog=False, space=at.tenant)
    await store.items.assign_conversation(item.item, TextKind.NOTES, [word])
    await store.replies.save(at, "U1", Message((Group((Prose(sanitise(word)),)),), word), NOON)
    told = Statement(f"Halden told {word} of a plant.", (private.claims[0].id,))
    signal = Signal("plant", word, (told,), told, told, private.claims)
    await store.editions.publish(Brief("ai", TODAY, word, signals=(signal,), space=at.tenant))
    for state in DeliveryState:
        await store.outbox.put([Delivery(f"{state}/{word}", f"brief {word}", at, state=state)], NOON)
    bill = Charge(BudgetPool.SPACE, Account(at.tenant, "U1"), "answer")
    await store.spending.reserve(bill, 5, PoolUsage(), NOON)
    await store.spending.settle("none", bill, Usage("small", 100, 10), 5, NOON)
    await store.completions.put(at.tenant, "key", word, NOON)
    for unit in SearchUnit:
        pending = await store.index.pending(unit, "maker", 100)
        await store.index.put(unit, "maker", [(row, b"vector") for row, text in pending if word in text])


@pytest.fixture
def dump(engine: Engine) -> Dump:
    """Return a function that writes the whole database down, a line for each row."""
    return engine.dump


def tables(lines: list[str], space: str) -> Counter[str]:
    """Count by table the rows that carry a space's name in any column."""
    named = re.compile(rf"{space}(?![0-9])")
    return Counter(line.split('"')[1] for line in lines if named.search(line))


async def test_a_space_that_leaves_takes_everything_of_its_own(store: Store, dump: Dump) -> None:
    """In every table; what was sent alone is kept, so that it is never sent again."""
    await furnish(store, LEAVES)
    await furnish(store, STAYS)
    before = tables(dump(), "T10")
    assert tables(dump(), "T1") == before
    assert len(before) >= TABLES
    assert await store.privacy.erase_space("slack:T1") == ROWS
    left = dump()
    assert tables(left, "T1") == {"outbox": 1}
    assert sum("sent/wordT1'" in line for line in left) == 1
    assert tables(left, "T10") == before
    assert await store.privacy.erase_space("slack:T1") == 0


async def test_what_a_space_said_is_in_no_index(store: Store, engine: Engine) -> None:
    """Its words are not counted and not found, those of others are, and every index is whole."""
    await furnish(store, LEAVES)
    await furnish(store, STAYS)
    await store.privacy.erase_space("slack:T1")
    for unit in SearchUnit:
        counts = {"": 1, "wordt1": 0, "wordt10": 1}
        assert await store.index.document_frequencies(unit, list(counts)) == counts
        assert await store.index.match(unit, ["wordt1"], [], Filters(space="slack:T1"), 9) == []
        assert len(await store.index.match(unit, ["halden"], [], Filters(space="slack:T10"), 9)) == 1
        assert len(await store.index.vectors_after(unit, "maker", 0)) == 1
    assert engine.whole()
    assert engine.look("SELECT count(*) FROM turns") == [(1,)]
    assert engine.look("SELECT count(*) FROM claim_entities") == [(1,)]


@pytest.mark.parametrize("tenant", ["", "slack:T", "slack:T%", "T1", "slack:t1", "discord:T1"])
async def test_what_is_open_to_all_belongs_to_nobody(store: Store, dump: Dump, tenant: str) -> None:
    """No other name, and not the empty one, erases open conversations, their editions, or a space."""
    await furnish(store, LEAVES)
    await store.library.save([reading(conversation("open/1", "Halden grew."), HALDEN)])
    claims = reading(conversation("open/1", "Halden grew."), HALDEN).claims
    told = Statement("Halden grew.", (claims[0].id,))
    await store.editions.publish(
        Brief("ai", TODAY, "Open", signals=(Signal("grew", "Open", (told,), told, told, claims),))
    )
    before = dump()
    assert await store.privacy.erase_space(tenant) == 0
    assert dump() == before
