"""A real model answers through the real client; what it says is worth nothing, its form is right."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import Annotated

import msgspec
import pytest

from bot.config import ModelSettings, ServerSettings
from bot.domain.usage import Account
from bot.llm.failures import ModelCallError
from bot.llm.model import ServerModel
from bot.llm.provider import APIMode, Task
from bot.llm.registry import connect
from tests.servers.local_model import MODEL, WINDOW, absent, local_model

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(absent()), reason=f"no local model is installed: {absent()}"),
]


class Remark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody said."""

    who: Annotated[str, msgspec.Meta(max_length=30)]
    words: Annotated[str, msgspec.Meta(max_length=200)]


class Remarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was said."""

    remarks: Annotated[tuple[Remark, ...], msgspec.Meta(max_length=2)]


TASK = Task(
    "claims",
    1,
    "List who said what, in the form you are asked for.",
    "Ana: Prices rose by a tenth. Ben: They did not.",
    400,
    120,
    account=Account("console:local", "you"),
)


async def test_a_real_model_answers_whole_and_growing() -> None:
    """In the form of the type, with its tokens counted, by the best way that its server heeds."""
    async with local_model() as url, aclosing(_model(url)) as llm:
        done = await llm.complete(TASK, Remarks)
        states = [state async for state in llm.stream(TASK, Remarks)]
        assert llm.mode(MODEL) is APIMode.SCHEMA
    for one in (done, states[-1]):
        assert isinstance(one.value, Remarks)
        assert one.usage
        assert one.usage.counted
        assert one.usage.input > 20
        assert one.usage.output > 0


async def test_a_text_that_is_too_long_is_said_to_be() -> None:
    """By the server, in its own words; and the next question is answered."""
    async with local_model() as url, aclosing(_model(url)) as llm:
        with pytest.raises(ModelCallError, match="too long"):
            await llm.complete(replace(TASK, user="Ana spoke of prices again. " * WINDOW), Remarks)
        assert isinstance((await llm.complete(TASK, Remarks)).value, Remarks)


def _model(url: str) -> ServerModel:
    return connect(ModelSettings(MODEL, server=ServerSettings(base_url=url)))
