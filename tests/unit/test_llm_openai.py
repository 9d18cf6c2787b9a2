"""A language model through the real client: values that fit, whatever the server can do."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace

import pytest

from bot.config import ModelSettings, ServerSettings
from bot.domain.usage import Account, ModelTier, Usage
from bot.llm.openai import OpenAI, request_parameters
from bot.llm.provider import CompletionRequest
from bot.llm.registry import connect
from tests.modelled import JSON, SAID, TASK, Points, asking, grown, whole
from tests.servers.model import Asked, Fault, fake_model

NO_RESPONSES = {Fault.NO_RESPONSES}
NO_SCHEMA = {Fault.NO_RESPONSES, Fault.NO_SCHEMA}
PROSE = {*NO_SCHEMA, Fault.PROSE}
STREAMED = pytest.mark.parametrize("streamed", [False, True])


@STREAMED
async def test_a_value_comes_back_with_what_it_took(*, streamed: bool) -> None:
    """Of the model of its tier; the system's text comes first, alone, and OpenAI keeps nothing."""
    async with asking() as (model, server):
        server.cached = 5
        done = await whole(model, streamed=streamed)
        assert done.value == SAID
        assert done.usage == Usage("large", (len(TASK.system) + len(TASK.user)) // 4, len(JSON) // 4, 5)
        await whole(model, replace(TASK, tier=ModelTier.READ), streamed=streamed)
    first, second = server.asked
    assert (first.model, second.model) == ("large", "small")
    assert (first.path, first.system, first.user, first.tokens) == ("/v1/responses", TASK.system, TASK.user, 500)
    assert first.body["store"] is False
    assert {"prompt_cache_key", "safety_identifier", "user"}.isdisjoint(first.body)


@STREAMED
@pytest.mark.parametrize(
    ("faults", "probes", "known"),
    [
        (set(), [], "responses+schema"),
        (NO_RESPONSES, ["responses+schema"], "completions+schema"),
        ({Fault.DEAF}, ["responses+schema"], "completions+schema"),
        (NO_SCHEMA, ["responses+schema", "completions+schema"], "completions"),
        (PROSE, ["responses+schema", "completions+schema"], "completions"),
    ],
)
async def test_what_a_server_can_do_is_found_out_once(
    faults: set[Fault], probes: list[str], known: str, *, streamed: bool
) -> None:
    """By asking; each thing that it cannot costs one request, and the next asker none. JSON is found among words."""
    async with asking() as (model, server):
        server.faults |= faults
        for _ in range(2):
            assert (await whole(model, streamed=streamed)).value == SAID
        assert server.ways == [*probes, known, known]
        assert await whole(model, replace(TASK, tier=ModelTier.READ), streamed=streamed)
        assert server.ways[-1] == known


async def test_a_server_that_takes_no_schema_reads_it() -> None:
    """Behind the system's text, which stays the same, so that what is asked before it can be cached."""
    async with asking() as (model, server):
        server.faults |= NO_SCHEMA
        await whole(model)
    assert server.asked[-1].system.startswith(TASK.system)
    assert '"additionalProperties": false' in server.asked[-1].system
    assert server.asked[-1].user == TASK.user


@STREAMED
async def test_what_does_not_fit_is_asked_for_once_more(*, streamed: bool) -> None:
    """With what was wrong, and both are paid."""
    async with asking() as (model, server):
        server.row.append(Fault.WRONG)
        done = await whole(model, streamed=streamed)
        assert done.value == SAID
        assert done.usage
        assert done.usage.output == len('{"wrong": 1}') // 4 + len(JSON) // 4
    assert server.asked[1].user.startswith(TASK.user)
    assert "unknown field `wrong`" in server.asked[1].user


@STREAMED
@pytest.mark.parametrize("faults", [set(), NO_RESPONSES])
async def test_a_model_that_thinks_gets_room_to(faults: set[Fault], *, streamed: bool) -> None:
    """Where all it may say went into thinking, it is asked once more with more room, and from then on at once."""
    async with asking() as (model, server):
        server.faults |= {Fault.THINKING, *faults}
        for _ in range(2):
            assert (await whole(model, streamed=streamed)).value == SAID
        rooms = [asked.tokens for asked in server.asked[len(faults) :]]
        assert (rooms[0], len(rooms)) == (TASK.tokens, 3)
        assert min(rooms[1:]) > TASK.tokens + 8_000


@STREAMED
@pytest.mark.parametrize("faults", [set(), NO_RESPONSES])
async def test_tokens_are_estimated_where_nobody_counts(faults: set[Fault], *, streamed: bool) -> None:
    """And that is said."""
    async with asking() as (model, server):
        server.faults |= {Fault.NO_USAGE, *faults}
        usage = (await whole(model, streamed=streamed)).usage
    assert usage
    assert not usage.counted
    assert usage.input == pytest.approx((len(TASK.system) + len(TASK.user)) / 4, abs=2)
    assert usage.output == pytest.approx(len(JSON.encode()) / 4, abs=2)


@pytest.mark.parametrize("faults", [set(), NO_RESPONSES, NO_SCHEMA])
async def test_a_value_grows_by_whole_items(faults: set[Fault]) -> None:
    """No state holds half of an item, none takes one back, and only the last has its usage."""
    async with asking() as (model, server):
        server.faults |= faults
        states = await grown(model)
    counts = [len(state.value.points) for state in states]
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2}
    assert all(state.value.points == SAID.points[: len(state.value.points)] for state in states)
    assert [state.usage is None for state in states] == [True] * (len(states) - 1) + [False]
    assert states[-1].value == SAID


async def test_who_stops_listening_closes_the_stream() -> None:
    """The slot is free again at once."""
    async with asking(concurrency=1) as (model, _):
        async for state in model.stream(TASK, Points):
            assert state.usage is None
            break
        assert (await whole(model)).value == SAID


async def test_people_go_before_reading() -> None:
    """Reading takes half of the slots at most, however much there is of it."""
    async with asking(concurrency=4) as (model, server):
        server.hold.clear()
        reading = [asyncio.create_task(whole(model, replace(TASK, account=Account(), seconds=60))) for _ in range(9)]
        await server.working(2)
        people = [asyncio.create_task(whole(model)) for _ in range(5)]
        await server.working(4)
        assert [asked.user for asked in server.asked].count(TASK.user) == 4
        server.hold.set()
        await asyncio.gather(*reading, *people)
        assert server.busiest == 4


async def test_a_text_that_was_cut_silently_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    """Once, in the log, with what helps."""
    async with asking() as (model, server):
        await whole(model, replace(TASK, user="Ana spoke of prices. " * 400))
        assert caplog.records == []
        server.faults.add(Fault.CUT_CONTEXT)
        for _ in range(2):
            await whole(model, replace(TASK, user="Ana spoke of prices. " * 400))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "num_ctx" in caplog.text


def test_openai_alone_is_told_who_asks_and_what_to_cache() -> None:
    """By a name that nobody can trace, never by an id, under the newer name for the most tokens."""
    ask = CompletionRequest(TASK, "large", OpenAI.modes[0], {}, 500, "a1b2")
    for way in OpenAI.modes:
        sent = request_parameters(replace(ask, mode=way), stream=False)
        assert sent["prompt_cache_key"] == "answer-2"
        assert sent["safety_identifier"] == "a1b2"
        assert "max_tokens" not in sent
        elsewhere = request_parameters(replace(ask, mode=way, safety_identifier=None), stream=False)
        assert {"prompt_cache_key", "safety_identifier", "max_completion_tokens"}.isdisjoint(elsewhere)
    assert "safety_identifier" not in request_parameters(replace(ask, safety_identifier=""), stream=False)


async def test_who_asks_openai_has_another_name_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Always the same for a person, another for each, and another under another key; nobody is nobody."""

    async def names(key: str) -> list[str | None]:
        place = ServerSettings(key, "http://api.openai.com/v1")
        async with aclosing(connect(ModelSettings("small", server=place))) as model:
            for account in (TASK.account, TASK.account, Account("slack:T1", "U2"), Account()):
                await whole(model, replace(TASK, account=account))
        return [asked.body.get("safety_identifier") for asked in server.asked[-4:]]

    async with fake_model(lambda _: SAID) as server:
        # By way of a proxy, since OpenAI's own name is not on loopback.
        monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
        first, again, other, nobody = await names("k1")
        assert first == again
        assert nobody is None
        assert len({first, other, *await names("k2")}) == 5
        assert not any("U1" in str(name) or "T1" in str(name) for name in (first, other))
        assert {asked.body["prompt_cache_key"] for asked in server.asked} == {"answer-2"}


async def test_the_client_opens_when_it_is_needed_and_closes() -> None:
    """A model that was never asked has nothing to close; one that was closed can be asked again."""
    async with asking() as (model, server):
        await model.aclose()
        await whole(model)
        await model.aclose()
        assert (await whole(model)).value == SAID
        assert len(server.asked) == 2


async def test_a_hundred_ask_at_once() -> None:
    """Each gets its own answer, through one client and so many slots."""

    def echo(asked: Asked) -> object:
        return Points((), asked.user)

    async with asking(echo, concurrency=8) as (model, server):
        tasks = [replace(TASK, user=f"no. {n}") for n in range(100)]
        done = await asyncio.gather(*(whole(model, task, streamed=n % 2 == 0) for n, task in enumerate(tasks)))
        assert [one.value.note for one in done] == [task.user for task in tasks]
        assert server.busiest <= 8
