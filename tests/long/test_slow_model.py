"""A language model that takes longer than anybody waits."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.fakes import FixedClock
from tests.journeys.conftest import visiting
from tests.journeys.reporter import FIRST, ORKDAL, reporter
from tests.modelled import served, speaking
from tests.servers.model import Fault, fake_model


@pytest.mark.long
@pytest.mark.parametrize("fault", [Fault.SLOW, Fault.DRIP])
async def test_who_asks_has_an_answer_within_half_a_minute(sampled: Path, clock: FixedClock, fault: Fault) -> None:
    """In the words that were said, whether the model never begins or never ends."""
    async with fake_model(speaking(reporter)) as server, visiting(sampled, clock, served(server)) as visitor:
        server.faults = {fault}
        began = time.monotonic()
        page = await visitor.says(ORKDAL)
        took = time.monotonic() - began
    assert 10 < took < 30
    assert FIRST not in page
    assert "14 percent" in page
    assert "without the language model: The language model did not answer in time." in page
