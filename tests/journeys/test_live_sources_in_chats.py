"""Sources on the web in Slack and Discord: added in a chat, read for that chat, told there once."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import FixedClock
from tests.journeys.chats import MEMBER, STRANGER, Chat, chatting, passes
from tests.journeys.conftest import visiting
from tests.servers.web.pages import Locked
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

OLD = ("Dana Whitfield", "Halden Compute opened a plant in Oslo with 700 workers last year.")
OLDER = ("Dana Whitfield", "Halden Compute borrowed $90 million for its plant in Oslo this spring.")
NEW = ("Dana Whitfield", "Halden Compute raised its prices by 12 percent after the fire at the Torsund plant.")
OTHER = ("Ravi Anand", "Northgate sued Sablewood for $40 million over the design of its looms on Monday.")
WORKERS = "ask How many workers has the plant in Oslo?"
KNOCK = "knock-three-times-4711"


def holding(folder: Path) -> list[str]:
    """Return the files in which the secret stands."""
    return [file.name for file in folder.iterdir() if KNOCK.encode() in file.read_bytes()]


@pytest.fixture
async def show(clock: FixedClock) -> AsyncIterator[Show]:
    """Return a show that has an episode every two hours."""
    async with FakeWeb() as web:
        one = Show(web)
        one.publish("The money", clock.now() - dt.timedelta(hours=3), OLDER)
        one.publish("The plant in Oslo", clock.now() - dt.timedelta(hours=1), OLD)
        yield one


@pytest.fixture(params=["slack", "discord"])
async def chat(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Chat]:
    """Return a channel of each platform."""
    async with chatting(request.param, tmp_path / "o.db", clock) as there:
        yield there


async def test_from_a_feeds_address_to_an_alert_and_the_mornings_brief(
    chat: Chat, show: Show, clock: FixedClock
) -> None:
    """What was there is read in silence; what comes then is told once, and stands in the brief of the morning."""
    assert "Only people who manage" in await chat.says(f"sources add {show.site}", MEMBER)
    added = await chat.types(f"sources add {show.site}")
    assert "Added 1 source" in added
    assert "Harbour Talk" in added
    assert "2 items, 2 with a transcript, en" in added
    await chat.says("follow Halden Compute instant")
    await chat.subscribes("at 8am")
    before = chat.told()
    assert await passes(chat, clock, minutes=1) == before
    assert "700 workers" in await chat.types(WORKERS, MEMBER)
    before = chat.told()
    show.publish("The price of compute", clock.now() + dt.timedelta(hours=1), NEW, OTHER)
    told = (await passes(chat, clock, hours=2)).removeprefix(before)
    assert told.count(NEW[1]) == 1
    assert "Northgate" not in told
    assert (await passes(chat, clock, hours=2)).removeprefix(before) == told
    before = chat.told()
    brief = (await passes(chat, clock, hours=17)).removeprefix(before)
    assert "Fri 27 Jun 2031" in brief
    assert NEW[1].removesuffix(".") in brief
    assert "Oslo" not in brief


async def test_what_one_place_added_is_for_nobody_else(
    chat: Chat, show: Show, clock: FixedClock, tmp_path: Path
) -> None:
    """Not by the brief, an answer, a search or the list of another place, nor by those at the console."""
    await chat.types(f"sources add {show.url}")
    await passes(chat, clock, minutes=1)
    show.publish("The price of compute", clock.now(), NEW, OTHER)
    await passes(chat, clock, hours=24)
    questions = ("brief", WORKERS, "sources list", "sources health", "claims Halden", "entity Halden Compute")
    inside = [await chat.types(one) for one in questions]
    outside = [await chat.types(one, STRANGER) for one in questions]
    async with visiting(tmp_path / "o.db", clock, fetch_private=LOOPBACK) as visitor:
        outside += [await visitor.says(one) for one in questions]
    assert all("Harbour Talk" in page or "Halden" in page for page in inside), inside
    assert not [page for page in outside if "Harbour" in page or "workers." in page or "12 percent" in page]
    assert "There is no source" in await chat.types(f"sources remove {show.url}", STRANGER)


async def test_what_the_console_added_is_for_all(chat: Chat, show: Show, clock: FixedClock, tmp_path: Path) -> None:
    """It is read by everybody, and changed at the console."""
    async with visiting(tmp_path / "o.db", clock, fetch_private=LOOPBACK) as visitor:
        await visitor.says(f"sources add {show.url}")
        await visitor.waits(minutes=1)
    await passes(chat, clock, minutes=1)
    for person in (MEMBER, STRANGER):
        assert "700 workers" in await chat.types(WORKERS, person)
        assert "Harbour Talk" in await chat.says("sources list", person)
    assert "There is no source" in await chat.types(f"sources pause {show.url}", STRANGER)


@pytest.mark.parametrize(("platform", "alone"), [("slack", True), ("slack", False), ("discord", True)])
async def test_a_login_is_asked_for_and_kept_to_ourselves(
    platform: str, *, alone: bool, show: Show, clock: FixedClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A form asks for it; a wrong one is said to be wrong; a right one is in no answer, log or file of ours."""
    caplog.set_level(logging.DEBUG)
    address = show.web.at("/harbour/feed.xml", Locked(f"ann:{KNOCK}", show.feed.body))
    async with chatting(platform, tmp_path / "o.db", clock, alone=alone) as chat:
        answers = [await chat.types(f"sources add {address}"), await chat.unlocks("ann", f"not-{KNOCK}")]
        assert "was not added" in answers[-1]
        await chat.types(f"sources add {address}")
        answers.append(await chat.unlocks("ann", KNOCK))
        assert "Added 1 source" in answers[-1]
        answers.append(await passes(chat, clock, minutes=1))
        answers += [await chat.types("sources health"), await chat.types("sources export"), await chat.types(WORKERS)]
        # Also where somebody kills it now, and looks into its files.
        in_files = holding(tmp_path)
    assert "fine" in answers[-3]
    assert "700 workers" in answers[-1]
    assert KNOCK not in " ".join(answers)
    assert [line for line in caplog.text.splitlines() if KNOCK in line] == []
    assert in_files == []


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_login_without_a_key_to_keep_it_is_refused_in_words(
    platform: str, show: Show, clock: FixedClock, tmp_path: Path
) -> None:
    """They are told which setting is missing, and nothing is added."""
    address = show.web.at("/harbour/feed.xml", Locked(f"ann:{KNOCK}", show.feed.body))
    async with chatting(platform, tmp_path / "o.db", clock, alone=True) as chat:
        await chat.restarts("")
        await chat.types(f"sources add {address}")
        assert "OVERHEARD_SECRET_KEY" in await chat.unlocks("ann", KNOCK)
        assert "No sources on the web yet" in await chat.types("sources health")


async def test_where_no_form_can_open_a_button_brings_it(chat: Chat, show: Show) -> None:
    """Under a mention there is none at once."""
    address = show.web.at("/harbour/feed.xml", Locked(f"ann:{KNOCK}", show.feed.body))
    assert "needs a login" in await chat.says(f"sources add {address}")
    assert "Added 1 source" in await chat.unlocks("ann", KNOCK)
