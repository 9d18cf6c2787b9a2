"""A language model that fails, or may not be paid for: people have their answers all the same, and know why."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import ModelSettings, ServerSettings
from tests.fakes import FixedClock
from tests.journeys import sight
from tests.journeys.conftest import visiting
from tests.journeys.hall import gathered
from tests.journeys.hall import words as written
from tests.journeys.machine import free_port
from tests.journeys.office import working
from tests.journeys.reporter import FIRST, ORKDAL, reporter
from tests.modelled import served, speaking
from tests.servers.model import FakeModel, Fault, fake_model

WITHOUT = "In the speakers' own words, without the language model: "
FAULTS = [
    (Fault.BUSY, "server is too busy; try again in 60 seconds."),
    (Fault.NO_CREDIT, "provider wants to be paid first"),
    (Fault.BROKEN, "has a problem of its own"),
    (Fault.OVERLOADED, "has a problem of its own"),
    (Fault.FORBIDDEN, "may not use the model large"),
    (Fault.REFUSAL, "refused to answer that."),
    (Fault.FILTERED, "filtered the answer out."),
    (Fault.WRONG, "did not answer in the form it was asked for."),
    (Fault.NOT_JSON, "isn't a language model's server"),
    (Fault.CUT, "broke off"),
    (Fault.TOO_LONG_LLAMA, "too long for the language model."),
]


@pytest.fixture
async def model() -> AsyncIterator[FakeModel]:
    """Return a model server that asks those who are too many to wait for a minute."""
    async with fake_model(speaking(reporter)) as server:
        server.retry_after = "60"
        yield server


def extracted(shown: str, why: str) -> bool:
    """Return whether an answer is in the words that were said, with the reason."""
    return "14 percent" in shown and FIRST not in shown and re.search(f"{WITHOUT}.*{re.escape(why)}", shown) is not None


@pytest.mark.parametrize(("fault", "why"), FAULTS, ids=[fault.name for fault, _ in FAULTS])
async def test_a_model_that_fails_leaves_the_words_that_were_said(
    sampled: Path, clock: FixedClock, model: FakeModel, fault: Fault, why: str
) -> None:
    """Marked with the reason, long before anybody gives up; and the next question is answered by the model again."""
    async with visiting(sampled, clock, served(model)) as visitor:
        model.faults = {fault}
        began = time.monotonic()
        page = await visitor.says(ORKDAL)
        assert time.monotonic() - began < 30
        assert extracted(page, why), page
        model.faults = set()
        assert FIRST in await visitor.says(ORKDAL)


async def test_where_no_server_is_people_are_told(sampled: Path, clock: FixedClock) -> None:
    """In Slack, for one; the place that does not answer is named."""
    url = f"http://127.0.0.1:{free_port()}/v1"
    settings = ModelSettings("small", server=ServerSettings(base_url=url))
    async with working(sampled, clock, model=settings) as office:
        assert extracted(sight.words(*await office.command("/ask", ORKDAL)), f"cannot be reached at {url}.")


async def test_what_was_seen_of_an_answer_gives_way_to_one_without_the_model(
    sampled: Path, clock: FixedClock, model: FakeModel
) -> None:
    """The stream breaks off after the first sentence: what stands at the end is whole, in one place."""
    async with gathered(sampled, clock, served(model)) as hall:
        model.faults = {Fault.CUT}
        answer = await hall.command(f"ask {ORKDAL}")
        assert len(answer) == 1
        assert extracted(written(*answer), "broke off")


async def test_a_budget_that_is_spent_is_said_to_be(sampled: Path, clock: FixedClock, model: FakeModel) -> None:
    """With the time when it is full again; `status` tells what was spent, and the next day there is a new one."""
    settings = served(model, prices="small=100/100/100,large=100/100/100", budget_user=0.6)
    async with working(sampled, clock, model=settings) as office:
        assert FIRST in sight.words(*await office.command("/ask", ORKDAL))
        spent = re.search(r"answer: \$(0\.\d+) today", sight.words(*await office.command("/overheard", "status")))
        second = sight.words(*await office.command("/ask", ORKDAL))
        assert spent
        assert 0 < float(spent[1]) < 0.6
        assert extracted(second, "Your budget for the language model is spent; it is full again on 27 June, 00:00 UTC.")
        assert FIRST in sight.words(*await office.command("/ask", ORKDAL, by=office.bob))
        office.clock.advance(days=1)
        assert FIRST in sight.words(*await office.command("/ask", ORKDAL))
