"""A language model that does not answer as it should: one sentence a person can act on, and few requests."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from bot.config import ModelSettings, ServerSettings
from bot.domain.usage import Usage
from bot.llm.failures import FailureReason, ModelCallError, ServerError
from bot.llm.model import ServerModel
from bot.llm.provider import Task
from bot.llm.registry import connect
from tests.modelled import QUICK, SAID, TASK, asking, whole
from tests.servers.model import Fault

KEY = "sk-very-secret"
STREAMED = pytest.mark.parametrize("streamed", [False, True])
CHAT = pytest.mark.parametrize("chat", [False, True])


async def failed(model: ServerModel, task: Task = TASK, *, streamed: bool = False) -> ModelCallError:
    """Return how asking fails."""
    with pytest.raises(ModelCallError) as error:
        await whole(model, task, streamed=streamed)
    return error.value


@CHAT
@STREAMED
@pytest.mark.parametrize(
    ("fault", "words", "requests"),
    [
        (Fault.REFUSAL, "refused to answer", 1),
        (Fault.FILTERED, "filtered the answer out", 1),
        (Fault.NO_CREDIT, "wants to be paid", 1),
        (Fault.FORBIDDEN, "may not use the model large; check OPENAI_API_KEY and OVERHEARD_MODEL_WRITE", 1),
        (Fault.TOO_LONG, "too long", 1),
        (Fault.TOO_LONG_LLAMA, "too long", 1),
        (Fault.TOO_LONG_VLLM, "too long", 1),
        (Fault.HTML, "isn't a language model's server; check OPENAI_BASE_URL", 1),
        (Fault.NOT_JSON, "isn't a language model's server; check OPENAI_BASE_URL", 1),
        (Fault.WRONG, "did not answer in the form", 2),
        (Fault.TRUNCATED, "cut off before it was whole", 2),
        (Fault.NO_CHOICES, "gave no answer", 2),
        (Fault.BUSY, "too busy; try again in a moment", 3),
        (Fault.BROKEN, "a problem of its own", 3),
        (Fault.OVERLOADED, "a problem of its own", 3),
        (Fault.CUT, "broke off", 3),
    ],
)
async def test_each_failure_has_a_sentence(
    fault: Fault, words: str, requests: int, *, streamed: bool, chat: bool
) -> None:
    """By either API, at once or streamed, after few requests; and what it took is known."""
    async with asking() as (model, server):
        if chat:
            server.faults.add(Fault.NO_RESPONSES)
            assert (await whole(model)).value == SAID
            server.asked.clear()
        server.faults.add(fault)
        failure = await failed(model, streamed=streamed)
    assert words in str(failure)
    assert len(server.asked) == requests
    assert failure.usage is not None


@STREAMED
@pytest.mark.parametrize(
    "fault", [Fault.BUSY, Fault.BROKEN, Fault.OVERLOADED, Fault.CUT, Fault.FAILED, Fault.NO_CHOICES]
)
async def test_what_passes_is_waited_for(fault: Fault, *, streamed: bool) -> None:
    """Nobody hears of it."""
    async with asking() as (model, server):
        server.row.append(fault)
        assert (await whole(model, streamed=streamed)).value == SAID
    assert len(server.asked) == 2


@pytest.mark.parametrize(("fault", "streamed"), [(Fault.SLOW, False), (Fault.SLOW, True), (Fault.DRIP, True)])
async def test_a_deadline_holds_for_the_whole(fault: Fault, *, streamed: bool) -> None:
    """However slowly something comes; what that took nobody knows."""
    async with asking() as (model, server):
        server.faults.add(fault)
        failure = await failed(model, replace(TASK, seconds=0.5), streamed=streamed)
        assert "did not answer in time" in str(failure)
        assert failure.usage is None
        server.faults.clear()
        assert (await whole(model)).value == SAID


async def test_waiting_for_a_slot_counts_and_costs_nothing() -> None:
    """Who waits too long behind others has an answer too."""
    async with asking(concurrency=1) as (model, server):
        server.hold.clear()
        first = asyncio.create_task(whole(model))
        await server.working(1)
        failure = await failed(model, replace(TASK, seconds=0.1))
        assert "did not answer in time" in str(failure)
        assert failure.usage == Usage("large", 0, 0)
        server.hold.set()
        assert (await first).value == SAID


async def test_a_server_may_ask_to_wait() -> None:
    """It is waited for as long as the deadline allows; where it does not, that is said at once."""
    async with asking() as (model, server):
        server.retry_after = "0.01"
        server.row.append(Fault.BUSY)
        assert (await whole(model)).value == SAID
        server.asked.clear()
        server.retry_after = "30"
        server.row.append(Fault.BUSY)
        assert "too busy; try again in 30 seconds" in str(await failed(model))
    assert len(server.asked) == 1


async def test_an_unknown_model_is_named_with_its_setting() -> None:
    """Of whichever tier; no other way is tried for it."""
    async with asking() as (model, server):
        server.models["small"] = None
        failure = await failed(model)
        assert (
            str(failure) == f"The model large is not known to the server at {server.url}; check OVERHEARD_MODEL_WRITE."
        )
    assert len(server.asked) == 1


async def test_an_address_without_its_last_part_is_told_of() -> None:
    """Where neither API is found, and the next asker is asked both again."""
    async with asking() as (model, server):
        server.faults.add(Fault.NO_PATHS)
        assert "check OPENAI_BASE_URL, which often ends in /v1" in str(await failed(model))
        server.faults.clear()
        await whole(model)
    assert server.ways == ["responses+schema", "completions+schema", "responses+schema"]


async def test_one_question_that_is_not_taken_teaches_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Every way is tried for it, the log tells why, and the next one is asked the best way again."""
    async with asking() as (model, server):
        server.row.extend([Fault.UNWILLING] * 3)
        assert "rejects this question" in str(await failed(model))
        assert "Bad request." in caplog.text
        await whole(model)
    assert server.ways == ["responses+schema", "completions+schema", "completions", "responses+schema"]


async def test_a_server_that_is_away_is_named(unused_tcp_port: int) -> None:
    """Without a password that its address may hold."""
    place = ServerSettings(KEY, f"http://me:{KEY}@127.0.0.1:{unused_tcp_port}/v1")
    model = connect(ModelSettings("small", server=place), QUICK)
    try:
        failure = await failed(model)
    finally:
        await model.aclose()
    assert str(failure) == (
        f"The language model's server cannot be reached at http://me@127.0.0.1:{unused_tcp_port}/v1."
    )


@STREAMED
async def test_a_key_is_in_no_sentence_and_no_log(caplog: pytest.LogCaptureFixture, *, streamed: bool) -> None:
    """Not even where the server repeats it, at whatever level is logged."""
    caplog.set_level(logging.DEBUG)
    async with asking(key=KEY) as (model, server):
        assert (await whole(model, streamed=streamed)).value == SAID
        server.key = "another"
        failure = await failed(model, streamed=streamed)
    assert "does not accept the key; check OPENAI_API_KEY" in str(failure)
    assert KEY not in caplog.text
    assert KEY not in repr(failure)
    assert failure.__cause__ is None


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (ServerError(404, "", 'model "llama9" not found, try pulling it first'), FailureReason.UNKNOWN_MODEL),
        (ServerError(404, "", "The model `llama9` does not exist."), FailureReason.UNKNOWN_MODEL),
        (ServerError(400, "", "Invalid model name passed in model=llama9"), FailureReason.UNKNOWN_MODEL),
        (ServerError(404, "404", "File Not Found"), FailureReason.NO_ENDPOINT),
        (ServerError(405), FailureReason.NO_ENDPOINT),
        (ServerError(501), FailureReason.NO_ENDPOINT),
        (ServerError(400, "", "Invalid schema for response_format 'answer' of llama9"), FailureReason.SCHEMA_REJECTED),
        (ServerError(422, "", "guided decoding is off"), FailureReason.SCHEMA_REJECTED),
        (ServerError(400, "context_length_exceeded"), FailureReason.TOO_LONG),
        (ServerError(413), FailureReason.TOO_LONG),
        (ServerError(400, "content_filter", "policy"), FailureReason.FILTERED),
        (ServerError(400, "", "Bad request."), FailureReason.REQUEST_REJECTED),
        (ServerError(402), FailureReason.PAYMENT_REQUIRED),
        (ServerError(408), FailureReason.BUSY),
        (ServerError(409), FailureReason.BUSY),
        (ServerError(529), FailureReason.SERVER_ERROR),
        (ServerError(529, "overloaded_error"), FailureReason.BUSY),
        (ServerError(404, "not_found_error", "model: llama9"), FailureReason.UNKNOWN_MODEL),
        (ServerError(400, "", "Your credit balance is too low to access the API."), FailureReason.PAYMENT_REQUIRED),
    ],
)
def test_servers_say_it_each_in_their_words(refusal: ServerError, why: FailureReason) -> None:
    """As OpenAI, Ollama, vLLM, llama.cpp and what stands before them do."""
    assert refusal.reason("llama9") is why
