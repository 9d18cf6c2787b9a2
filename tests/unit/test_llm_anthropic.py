"""Anthropic's models by the Messages API: what is sent, what comes back, and how it fails."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.doctor import doctor
from bot.config import ModelSettings, ServerSettings
from bot.domain.usage import Account, Budgets, ModelTier, Price, Usage
from bot.errors import OverBudget
from bot.llm.budget import MeteredModel, Tariff
from bot.llm.cache import CachedModel
from bot.llm.failures import ModelCallError
from bot.llm.model import ServerModel
from bot.llm.registry import connect
from bot.metrics import Metrics
from bot.store.store import Store
from tests.fakes import FixedClock
from tests.modelled import JSON, QUICK, SAID, TASK, Points, grown, says, whole
from tests.servers.model.anthropic import FakeAnthropic, fake_anthropic
from tests.servers.model.faults import Fault

KEY = "sk-ant-very-secret"
SENT = (len(TASK.system) + len(TASK.user)) // 4
STREAMED = pytest.mark.parametrize("streamed", [False, True])


def settings(url: str, key: str = KEY) -> ModelSettings:
    """Return settings that lead to a server."""
    return ModelSettings("small", "large", model_provider="anthropic", server=ServerSettings(key, url))


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[ServerModel, FakeAnthropic]]:
    """Run a server, and a model on it."""
    async with fake_anthropic(says, key=KEY) as server, aclosing(connect(settings(server.url), QUICK)) as model:
        yield model, server


async def failed(model: ServerModel, *, streamed: bool = False) -> ModelCallError:
    """Return how asking fails."""
    with pytest.raises(ModelCallError) as error:
        await whole(model, streamed=streamed)
    return error.value


@STREAMED
async def test_a_value_comes_back_with_what_it_took(*, streamed: bool) -> None:
    """As the input of a tool that the model has to call; tokens of the cache are part of those sent."""
    async with asking() as (model, server):
        server.cached = 5
        done = await whole(model, streamed=streamed)
        assert done.value == SAID
        assert done.usage == Usage("large", SENT, len(JSON) // 4, 5)
        await whole(model, replace(TASK, tier=ModelTier.READ), streamed=streamed)
    first, second = server.asked
    assert (first.model, second.model) == ("large", "small")
    assert (first.path, first.system, first.user, first.tokens) == ("/v1/messages", TASK.system, TASK.user, 500)
    assert first.schema == first.body["tools"][0]["input_schema"]
    assert first.body["tool_choice"] == {"type": "tool", "name": "answer", "disable_parallel_tool_use": True}
    assert first.streams is streamed
    assert "metadata" not in first.body


async def test_a_value_grows_by_whole_items() -> None:
    """Only the last state has its usage."""
    async with asking() as (model, _):
        states = await grown(model)
    assert {len(state.value.points) for state in states} == {0, 1, 2}
    assert all(state.value.points == SAID.points[: len(state.value.points)] for state in states)
    assert [state.usage is None for state in states] == [True] * (len(states) - 1) + [False]


@STREAMED
@pytest.mark.parametrize(
    ("fault", "words", "requests"),
    [
        (Fault.REFUSAL, "refused to answer", 1),
        (Fault.NO_CREDIT, "wants to be paid", 1),
        (Fault.FORBIDDEN, "may not use the model large; check ANTHROPIC_API_KEY and OVERHEARD_MODEL_WRITE", 1),
        (Fault.TOO_LONG, "too long", 1),
        (Fault.HTML, "isn't a language model's server; check ANTHROPIC_BASE_URL", 1),
        (Fault.NOT_JSON, "isn't a language model's server; check ANTHROPIC_BASE_URL", 1),
        (Fault.NO_PATHS, "doesn't offer the Messages API; check ANTHROPIC_BASE_URL.", 1),
        (Fault.UNWILLING, "rejects this question", 2),
        (Fault.WRONG, "did not answer in the form", 2),
        (Fault.TRUNCATED, "cut off before it was whole", 2),
        (Fault.NO_CHOICES, "gave no answer", 2),
        (Fault.BUSY, "too busy; try again in a moment", 3),
        (Fault.OVERLOADED, "too busy; try again in a moment", 3),
        (Fault.BROKEN, "a problem of its own", 3),
    ],
)
async def test_each_failure_has_a_sentence(fault: Fault, words: str, requests: int, *, streamed: bool) -> None:
    """With Anthropic's settings in it, after few requests."""
    async with asking() as (model, server):
        server.faults.add(fault)
        assert words in str(await failed(model, streamed=streamed))
    assert len(server.asked) == requests


@STREAMED
@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.OVERLOADED, Fault.BROKEN, Fault.FAILED, Fault.TRUNCATED])
async def test_what_passes_is_waited_for(fault: Fault, *, streamed: bool) -> None:
    """Also an error that comes when a stream has begun, and an answer that was cut off."""
    async with asking() as (model, server):
        server.row.append(fault)
        assert (await whole(model, streamed=streamed)).value == SAID
    assert len(server.asked) == 2


async def test_a_connection_that_breaks_off_is_no_answer() -> None:
    """Half of a stream is asked for again."""
    async with asking() as (model, server):
        server.row.append(Fault.CUT)
        assert (await whole(model, streamed=True)).value == SAID
        server.faults.add(Fault.CUT)
        assert "broke off" in str(await failed(model, streamed=True))


async def test_a_server_may_ask_to_wait() -> None:
    """Longer than there is time for, and that is said at once."""
    async with asking() as (model, server):
        server.retry_after = "30"
        server.row.append(Fault.BUSY)
        assert "too busy; try again in 30 seconds" in str(await failed(model))
    assert len(server.asked) == 1


@STREAMED
@pytest.mark.parametrize("fault", [Fault.NO_SCHEMA, Fault.DEAF])
async def test_a_server_without_tools_answers_in_text(fault: Fault, *, streamed: bool) -> None:
    """That is learned once; one that ignores them is understood all the same."""
    async with asking() as (model, server):
        server.faults.add(fault)
        for _ in range(2):
            assert (await whole(model, streamed=streamed)).value == SAID
    forms = [asked.schema is not None for asked in server.asked]
    assert forms == ([True, True] if fault is Fault.DEAF else [True, False, False])


async def test_what_is_not_counted_is_estimated() -> None:
    """And that is said."""
    async with asking() as (model, server):
        server.faults.add(Fault.NO_USAGE)
        usage = (await whole(model)).usage
    assert usage
    assert not usage.counted


async def test_an_unknown_model_is_named_with_its_setting() -> None:
    """At once."""
    async with asking() as (model, server):
        server.models["small"] = None
        failure = await failed(model)
    assert str(failure) == (
        f"The model large is not known to the server at {server.url.removesuffix('/v1')}; check OVERHEARD_MODEL_WRITE."
    )
    assert len(server.asked) == 1


@STREAMED
async def test_a_key_is_in_no_sentence_and_no_log(caplog: pytest.LogCaptureFixture, *, streamed: bool) -> None:
    """Not even if the server repeats it."""
    caplog.set_level(logging.DEBUG)
    async with asking() as (model, server):
        server.key = "another"
        failure = await failed(model, streamed=streamed)
    assert "does not accept the key; check ANTHROPIC_API_KEY" in str(failure)
    assert KEY not in caplog.text + repr(failure)
    assert failure.__cause__ is None


async def test_a_server_that_is_away_is_named(unused_tcp_port: int) -> None:
    """Without a password that its address may hold."""
    async with aclosing(connect(settings(f"http://me:{KEY}@127.0.0.1:{unused_tcp_port}"), QUICK)) as model:
        failure = await failed(model)
    assert str(failure) == f"The language model's server cannot be reached at http://me@127.0.0.1:{unused_tcp_port}."


async def test_anthropic_alone_is_told_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a name that nobody can trace."""
    async with fake_anthropic(says, key=KEY) as server:
        # By way of a proxy, since Anthropic's own name is not on loopback.
        monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
        async with aclosing(connect(settings("http://api.anthropic.com"), QUICK)) as model:
            await whole(model)
            await whole(model, replace(TASK, account=Account()))
    person, nobody = (asked.body.get("metadata") for asked in server.asked)
    assert nobody is None
    assert person
    assert "U1" not in person["user_id"]


async def test_budget_and_cache_hold_for_it_too(store: Store, clock: FixedClock) -> None:
    """What is remembered costs nothing, and what is too dear isn't asked."""
    names = {ModelTier.READ: "small", ModelTier.WRITE: "large"}
    task = replace(TASK, purpose="claims", account=Account(), tier=ModelTier.READ)
    async with asking() as (model, server):
        tariff = Tariff(names, {"small": Price(1, 1, 10)}, Budgets(reading=10_000_000))
        llm = CachedModel(
            MeteredModel(model, store.spending, tariff, clock, Metrics()),
            store.completions,
            names,
            clock,
            Metrics(),
        )
        assert [(await llm.complete(task, Points)).value for _ in range(2)] == [SAID, SAID]
        with pytest.raises(OverBudget, match="of reading"):
            await llm.complete(replace(task, user="more", tokens=5_000), Points)
    assert len(server.asked) == 1


async def test_doctor_asks_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it does any provider's models."""
    monkeypatch.chdir(tmp_path)
    models = {"small": None, "large": None}
    async with fake_anthropic(lambda _: '{"word": "ready"}', models=models, key=KEY) as server:
        environment = {
            "DATABASE": str(tmp_path / "o.db"),
            "MODEL_PROVIDER": "anthropic",
            "MODEL_READ": "small",
            "MODEL_WRITE": "huge",
        }
        for name, value in environment.items():
            monkeypatch.setenv(f"OVERHEARD_{name}", value)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        assert await doctor(as_json=True) == 0
    found = {finding["about"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert found["Language model small"]["state"] == "reads, Messages API with a tool, streams, counts tokens"
    assert found["Language model huge"]["state"] == "gives no answer"
    assert "check OVERHEARD_MODEL_WRITE" in found["Language model huge"]["advice"]
