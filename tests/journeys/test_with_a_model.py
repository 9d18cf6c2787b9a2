"""Asking with a language model, through the real clients on our own servers: how answers grow, and on what."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ingest.files import sample_conversations
from tests.conftest import NOON
from tests.fakes import FixedClock
from tests.journeys import hall as halls
from tests.journeys import sight
from tests.journeys.conftest import visiting
from tests.journeys.hall import gathered
from tests.journeys.office import HTTP, SOCKET, working
from tests.journeys.reporter import FIRST, IN_GERMAN, ORKDAL, SECOND, WRONG, reporter
from tests.modelled import served, speaking
from tests.servers.model import FakeModel, fake_model

SAID = [turn.text for said in sample_conversations(NOON.date()) for turn in said.turns]
LEFT_OUT = "One sentence was left out"


@pytest.fixture
async def model() -> AsyncIterator[FakeModel]:
    """Return a model server that reports rightly but for one sentence."""
    async with fake_model(speaking(reporter)) as server:
        yield server


def proven(shown: str) -> bool:
    """Return whether an answer holds what is right, nothing else, and under it the exact words that it stands on."""
    quotes = re.findall(r"“([^”]+)”", shown)
    exact = len(quotes) == 2 and all(any(quote in turn for turn in SAID) for quote in quotes)
    marked = f"{FIRST} [1]" in shown and f"{SECOND} [2]" in shown
    return exact and marked and LEFT_OUT in shown and "41 percent" not in shown


@pytest.mark.parametrize("road", [SOCKET, HTTP])
async def test_an_answer_grows_in_a_thread_of_slack(
    sampled: Path, clock: FixedClock, model: FakeModel, road: str
) -> None:
    """One message, which is edited; a wrong sentence is never in it."""
    async with working(sampled, clock, road, served(model)) as office:
        go_on = model.stop_after("41 percent")
        office.slack.say(office.ann, office.general, f"{office.at_bot} {ORKDAL}")
        (begun,) = await office.slack.until(lambda: office.seen(office.general, office.bob))
        early = sight.words(begun)
        go_on.set()
        await office.slack.until(lambda: not office.inbox.under_way and office.inbox.accepted)
        (answer,) = office.seen(office.general, office.bob)
        assert f"{FIRST} [1]" in early
        assert "Still writing" in early
        assert SECOND not in early
        assert answer.ts == begun.ts
        assert proven(sight.words(answer))
        assert "41 percent" not in str(office.slack.calls)


async def test_an_answer_that_was_cut_off_is_finished_in_its_place(
    sampled: Path, clock: FixedClock, model: FakeModel
) -> None:
    """The bot is killed while it writes; started anew, it edits what stands there."""
    async with working(sampled, clock, SOCKET, served(model)) as office:
        model.stop_after("41 percent")
        office.slack.say(office.ann, office.general, f"{office.at_bot} {ORKDAL}")
        (begun,) = await office.slack.until(lambda: office.seen(office.general, office.bob))
        await office.slack.until(lambda: office.inbox.noted)
        await office.closes(killed=True)
        model.stops.clear()
        await office.opens()
        await office.idle()
        (answer,) = office.seen(office.general, office.bob)
        assert answer.ts == begun.ts
        assert proven(sight.words(answer))


@pytest.mark.parametrize("road", [SOCKET, HTTP])
async def test_a_command_in_slack_is_answered_once(
    sampled: Path, clock: FixedClock, model: FakeModel, road: str
) -> None:
    """What its address posted cannot be replaced: nothing of it is seen before all of it is there."""
    async with working(sampled, clock, road, served(model)) as office:
        seen = [sight.words(one) for one in await office.command("/ask", ORKDAL)]
        # On a busy machine word of progress comes before it.
        assert [FIRST in one for one in seen[-2:]] == [False, True][-len(seen) :]
        assert proven(seen[-1])


async def test_an_answer_grows_on_discord(sampled: Path, clock: FixedClock, model: FakeModel) -> None:
    """In its place beside the command."""
    async with gathered(sampled, clock, served(model)) as hall:
        go_on = model.stop_after("41 percent")
        asked = hall.discord.command("ask", {"question": ORKDAL}, hall.ann, hall.general)
        await hall.discord.until(lambda: any(FIRST in halls.words(one) for one in asked.answers), 15)
        early = halls.words(*asked.answers)
        go_on.set()
        await asked
        await hall.idle()
        assert "Still writing" in early
        assert SECOND not in early
        (answer,) = asked.answers
        assert proven(halls.words(answer))
        assert not any("41 percent" in text for text in answer.history)


async def test_a_message_on_discord_is_answered_by_one(sampled: Path, clock: FixedClock, model: FakeModel) -> None:
    """Meanwhile the bot is typing."""
    async with gathered(sampled, clock, served(model)) as hall:
        answer = await hall.says(f"{hall.at_bot} {ORKDAL}")
        assert len(answer) == 1
        assert proven(halls.words(*answer))


async def test_the_console_shows_the_answer(sampled: Path, clock: FixedClock, model: FakeModel) -> None:
    """With the words that it stands on."""
    async with visiting(sampled, clock, served(model)) as visitor:
        page = await visitor.says(ORKDAL)
    assert WRONG not in page
    assert FIRST in page
    assert SECOND in page
    assert LEFT_OUT in page


async def test_a_question_in_another_language_is_answered_in_it(
    sampled: Path, clock: FixedClock, model: FakeModel
) -> None:
    """Its figures, names and quotes stay as spoken."""
    async with gathered(sampled, clock, served(model)) as hall:
        shown = halls.words(*await hall.asks(IN_GERMAN))
    assert f"Auf Deutsch: {FIRST}" in shown
    assert all(any(quote in turn for turn in SAID) for quote in re.findall(r"“([^”]+)”", shown))
