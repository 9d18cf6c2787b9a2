"""The language model wired into the bot: none without one, paid and remembered with one."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.chat.message import Message
from bot.config import ModelSettings, ServerSettings, Settings
from bot.domain.usage import Account
from bot.errors import OverBudget
from tests.fakes import FixedClock
from tests.modelled import SAID, TASK, Points, says
from tests.pages import words
from tests.servers.model import FakeModel, fake_model

HERE = Account("console:local", "you")


def settings(path: Path, server: FakeModel | None, **more: float) -> Settings:
    """Return settings with a model on a server, or without any."""
    if server is None:
        return Settings(database=path / "o.db", timezone="UTC")
    place = ServerSettings(base_url=server.url)
    prices = "small=1000/1000/1000"
    model = ModelSettings("small", prices=prices, server=place, **more)
    return Settings(database=path / "o.db", timezone="UTC", model=model)


async def status(app: App, **changes: object) -> str:
    """Return what `status` says."""
    replies = [reply async for reply in app.dispatcher.handle(replace(app.request("status"), **changes))]
    assert isinstance(replies[-1].content, Message)
    return words(replies[-1].content)


async def test_without_a_model_there_is_none(tmp_path: Path, clock: FixedClock) -> None:
    """And nothing is said of money."""
    async with open_app(settings(tmp_path, None), clock) as app:
        assert app.llm is None
        assert "$" not in await status(app)


async def test_a_model_is_paid_and_remembered(tmp_path: Path, clock: FixedClock) -> None:
    """What is remembered costs nothing; `status` tells a space what it spent, and this machine of reading, too."""
    async with fake_model(says) as server, open_app(settings(tmp_path, server, budget_user=100), clock) as app:
        assert app.llm
        assert "$0.00 today" in await status(app)
        for purpose, account in (("answer", HERE), ("claims", Account()), ("claims", Account())):
            assert (await app.llm.complete(replace(TASK, purpose=purpose, account=account), Points)).value == SAID
        said = await status(app)
        elsewhere = await status(app, at=replace(app.request("status").at, platform="slack"))
    assert len(server.asked) == 2
    assert said.count("answer: ") == said.count("claims: ") == said.count("Your share: ") == 1
    assert "$0.0430 today, $0.0430 this month" in said
    assert "reading" not in elsewhere
    assert "answer: " not in elsewhere


async def test_a_budget_holds(tmp_path: Path, clock: FixedClock) -> None:
    """As it is set."""
    async with fake_model(says) as server, open_app(settings(tmp_path, server, budget_user=0.01), clock) as app:
        assert app.llm
        with pytest.raises(OverBudget, match="Your budget"):
            await app.llm.complete(replace(TASK, account=HERE), Points)
    assert server.asked == []


async def test_nothing_of_openai_is_loaded_before_it_is_needed() -> None:
    """Its import takes longer than all else."""
    code = "import sys, bot.__main__, bot.app, bot.llm.openai; sys.exit(bool({'openai', 'pydantic'} & {*sys.modules}))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0
