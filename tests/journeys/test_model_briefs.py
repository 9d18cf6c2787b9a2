"""Briefs with a language model, and in other languages, through the real clients on our own servers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ingest.files import sample_conversations
from tests.conftest import NOON
from tests.fakes import FixedClock
from tests.journeys import sight
from tests.journeys.hall import Hall, gathered
from tests.journeys.hall import words as written
from tests.journeys.office import working
from tests.journeys.reporter import FIRST, MADE_UP, ORKDAL, reporter
from tests.modelled import purpose_of, served, speaking
from tests.servers.discord import Channel
from tests.servers.model import FakeModel, fake_model

SAMPLES = sample_conversations(NOON.date())
SAID = [turn.text for said in SAMPLES for turn in said.turns] + [said.title for said in SAMPLES]


@pytest.fixture
async def model() -> AsyncIterator[FakeModel]:
    """Return a model server that reports rightly but for one sentence in each part."""
    async with fake_model(speaking(reporter)) as server:
        yield server


async def subscribed(hall: Hall, *channels: Channel) -> None:
    """Let Max subscribe channels."""
    for where in channels:
        preview = await hall.uses("subscribe", {"at": "12:30"}, hall.max, where)
        await hall.pressed("Subscribe", preview, hall.max)


async def morning(hall: Hall) -> None:
    """Let the time come, and the brief be sent."""
    hall.clock.advance(minutes=31)
    await hall.ticks()


def quotes(shown: str) -> list[str]:
    """Return what is quoted."""
    return re.findall(r"“([^”]+)”", shown)


async def test_a_brief_is_written_once_for_all_channels(sampled: Path, clock: FixedClock, model: FakeModel) -> None:
    """Who looked at it before has paid for it: nothing is asked again; its foot says what was left out."""
    async with gathered(sampled, clock, served(model)) as hall:
        await subscribed(hall, hall.general, hall.news)
        before = written(*await hall.command("brief"))
        asked = len(model.asked)
        await morning(hall)
        shown = [written(*hall.everything(where, hall.bob)) for where in (hall.general, hall.news)]
        assert len(await hall.app.store.editions.edition("", NOON.date(), space=hall.tenant) is not None and shown) == 2
    assert asked == len(model.asked)
    assert len({asked.user for asked in model.asked}) == len(model.asked)
    assert {"stories", "signal", "brief", "repair"} <= {purpose_of(one) for one in model.asked}
    for page in (before, *shown):
        assert "To quote " in page
        assert MADE_UP not in page
        assert re.search(r"\d+ unsupported sentences left out", page)
    assert shown[0] == shown[1]


async def test_a_channel_reads_in_its_language(sampled: Path, clock: FixedClock, model: FakeModel) -> None:
    """Answers and the morning's brief; names, figures and quotes stay. Elsewhere it is English."""
    async with gathered(sampled, clock, served(model)) as hall:
        assert "are in German" in written(*await hall.uses("language", {"name": "german"}, hall.max))
        await subscribed(hall, hall.general, hall.news)
        answer = written(*await hall.command(f"ask {ORKDAL}"))
        await morning(hall)
        here, there = (written(*hall.everything(where, hall.bob)) for where in (hall.general, hall.news))
        await hall.uses("language", {"name": "off"}, hall.max)
        after = written(*await hall.command(f"ask {ORKDAL}"))
    assert f"Auf Deutsch: {FIRST}" in answer
    assert "Auf Deutsch: " in here
    assert "Auf Deutsch: " not in there + after
    for words in (*quotes(answer), *quotes(here)):
        assert any(words in turn for turn in SAID), words
    assert quotes(here) == quotes(there)
    assert sorted(re.findall(r"\d[\d,.]*", here)) == sorted(re.findall(r"\d[\d,.]*", there))


async def test_a_language_is_chosen_by_who_manages_the_channel(
    sampled: Path, clock: FixedClock, model: FakeModel
) -> None:
    """One that nobody knows is none, and what was nearly right gets a hint."""
    async with working(sampled, clock, model=served(model)) as office:
        for name, hint in (("Klingon", "Use its English name, such as German."), ("Germn", "Did you mean `German`?")):
            said = sight.words(*await office.command("/overheard", f"language {name}"))
            assert f"I don't know a language called `{name}`" in said
            assert hint in said
        refused = await office.command("/overheard", "language German", by=office.guy)
        assert "Only people who manage this channel" in sight.words(*refused)
        assert FIRST in sight.words(*await office.command("/ask", ORKDAL))
        await office.command("/overheard", "language German")
        assert f"Auf Deutsch: {FIRST}" in sight.words(*await office.command("/ask", ORKDAL, by=office.guy))
