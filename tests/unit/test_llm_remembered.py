"""What a language model said is remembered: one task, one completion, for the space whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec
import pytest

from bot.domain.usage import Account, Budgets, ModelTier, Price, Usage
from bot.llm.budget import MeteredModel, Tariff
from bot.llm.cache import CachedModel
from bot.llm.failures import ModelCallError
from bot.llm.provider import LanguageModel
from bot.metrics import Metrics
from bot.store.store import Store
from tests.fakes import FixedClock
from tests.modelled import SAID, TASK, asking, grown, whole
from tests.servers.model import FakeModel, Fault

MODELS = {ModelTier.READ: "small", ModelTier.WRITE: "large"}
CLAIMS = replace(TASK, purpose="claims", account=Account(), tier=ModelTier.READ)


@asynccontextmanager
async def remembering(store: Store, clock: FixedClock) -> AsyncIterator[tuple[LanguageModel, FakeModel]]:
    """Run a server, and a model on it that remembers."""
    async with asking() as (model, server):
        yield CachedModel(model, store.completions, MODELS, clock, Metrics()), server


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("second", [False, True])
async def test_a_task_is_asked_once(store: Store, clock: FixedClock, *, first: bool, second: bool) -> None:
    """At once or streamed; what is known took no tokens."""
    async with remembering(store, clock) as (llm, server):
        assert (await whole(llm, CLAIMS, streamed=first)).value == SAID
        again = await whole(llm, CLAIMS, streamed=second)
        assert (again.value, again.usage) == (SAID, Usage("small", 0, 0))
        assert len(await grown(llm, CLAIMS)) == 1
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"version": 3},
        {"system": "Say it."},
        {"user": "Ana: no."},
        {"tier": ModelTier.WRITE},
        {"purpose": "entities"},
        {"account": Account("slack:T1")},
    ],
)
async def test_another_task_is_asked(store: Store, clock: FixedClock, change: dict[str, object]) -> None:
    """Also the same one of another space, which has its own row."""
    async with remembering(store, clock) as (llm, server):
        await whole(llm, CLAIMS)
        await whole(llm, replace(CLAIMS, **change))
    assert len(server.asked) == 2


async def test_who_asks_within_a_space_does_not_matter(store: Store, clock: FixedClock) -> None:
    """Nor do the deadline and the room."""
    async with remembering(store, clock) as (llm, server):
        await whole(llm, replace(CLAIMS, account=Account("slack:T1", "U1")))
        await whole(llm, replace(CLAIMS, account=Account("slack:T1", "U2"), seconds=3, tokens=600))
    assert len(server.asked) == 1


async def test_a_space_that_leaves_takes_its_completions_with_it(store: Store, clock: FixedClock) -> None:
    """And only its own."""
    async with remembering(store, clock) as (llm, server):
        for account in (Account("slack:T1"), Account("slack:T10"), Account()):
            await whole(llm, replace(CLAIMS, account=account))
        assert await store.privacy.erase_space("slack:T1") == 1
        server.asked.clear()
        for account in (Account("slack:T10"), Account(), Account("slack:T1")):
            await whole(llm, replace(CLAIMS, account=account))
    assert len(server.asked) == 1


async def test_answers_are_not_remembered(store: Store, clock: FixedClock) -> None:
    """Each is for one moment."""
    async with remembering(store, clock) as (llm, server):
        for streamed in (False, True):
            await whole(llm, streamed=streamed)
    assert len(server.asked) == 2


async def test_the_same_at_once_is_asked_once(store: Store, clock: FixedClock) -> None:
    """Everybody gets what the one request brings, its failure, too; the next one asks anew."""
    async with remembering(store, clock) as (llm, server):
        server.row.append(Fault.REFUSAL)
        failures = await asyncio.gather(*(whole(llm, CLAIMS) for _ in range(5)), return_exceptions=True)
        assert [type(one) for one in failures] == [ModelCallError] * 5
        done = await asyncio.gather(*(whole(llm, CLAIMS) for _ in range(5)))
        assert [one.value for one in done] == [SAID] * 5
    assert len(server.asked) == 2


async def test_who_leaves_does_not_take_it_from_the_others(store: Store, clock: FixedClock) -> None:
    """Only when nobody waits any more does the request end."""
    async with remembering(store, clock) as (llm, server):
        server.hold.clear()
        one, other = (asyncio.create_task(whole(llm, CLAIMS)) for _ in range(2))
        await server.working(1)
        one.cancel()
        await asyncio.wait([one])
        server.hold.set()
        assert (await other).value == SAID
        last = replace(CLAIMS, user="something else")
        server.hold.clear()
        alone = asyncio.create_task(whole(llm, last))
        await server.working(1)
        alone.cancel()
        await server.working(0)
        server.hold.set()
        assert (await whole(llm, last)).value == SAID


async def test_it_is_kept_under_the_model_that_gave_it(store: Store, clock: FixedClock) -> None:
    """Where money was short the cheaper one did, and the better one is asked when there is some again."""
    async with asking() as (model, server):
        price = {"large": Price(100, 100, 100), "small": Price(0, 0, 0)}
        tariff = Tariff(MODELS, price, Budgets(brief=1))
        paying = MeteredModel(model, store.spending, tariff, clock, Metrics())
        brief = replace(TASK, purpose="brief", account=Account("slack:T1"))
        await whole(CachedModel(paying, store.completions, MODELS, clock, Metrics()), brief)
        rich = CachedModel(model, store.completions, MODELS, clock, Metrics())
        await whole(rich, brief)
        await whole(rich, replace(brief, tier=ModelTier.READ))
    assert [asked.model for asked in server.asked] == ["small", "large"]


async def test_a_type_that_changed_is_asked_for_anew(store: Store, clock: FixedClock) -> None:
    """Its schema is part of the key."""
    async with remembering(store, clock) as (llm, server):
        await whole(llm, CLAIMS)
        renamed = msgspec.defstruct("Points", [("note", str)], frozen=True, forbid_unknown_fields=True)
        server.answer = lambda _: '{"note": "new"}'
        assert msgspec.structs.asdict((await llm.complete(CLAIMS, renamed)).value) == {"note": "new"}
    assert len(server.asked) == 2
