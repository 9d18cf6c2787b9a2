"""An edition is made once, however many want it at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.analysts.rules import RuleAnalyst
from bot.app import open_app
from bot.briefs.service import BriefService
from bot.config import Settings
from bot.domain import Brief, Material
from tests.conftest import NOON
from tests.fakes import FixedClock


class Counting(RuleAnalyst):
    """An analyst that counts what it composes."""

    composed = 0

    async def compose(self, material: Material) -> Brief:
        """Count, and compose."""
        self.composed += 1
        return await super().compose(material)


async def test_many_who_want_an_edition_at_once_get_one(sampled: Path, clock: FixedClock) -> None:
    """The first makes it, for every space that may read the same."""
    async with open_app(Settings(database=sampled, workers=0, timezone="UTC"), clock) as app:
        analyst = Counting()
        service = BriefService(app.store.editions, analyst)
        spaces = [f"discord:{n % 4}" for n in range(40)]
        briefs = await asyncio.gather(*(service.publish("", NOON.date(), space=space) for space in spaces))
    assert analyst.composed == 1
    assert {brief.headline for brief in briefs} == {briefs[0].headline}


async def test_an_example_is_what_a_brief_would_begin_with(sampled: Path, clock: FixedClock) -> None:
    """It publishes nothing, asks no model, and is empty where there is nothing on the topic."""
    async with open_app(Settings(database=sampled, workers=0, timezone="UTC"), clock) as app:
        analyst = Counting()
        service = BriefService(app.store.editions, analyst)
        shown = await service.example("chips", NOON.date(), space=None)
        nothing = await service.example("falconry", NOON.date(), space=None)
        published = await app.store.editions.edition("chips", NOON.date(), space=None)
    assert published is None
    assert (analyst.composed, nothing) == (0, "")
    assert "stacked memory" in shown or "Quillon" in shown
