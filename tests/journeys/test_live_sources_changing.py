"""What feeds change of what they have told: edited, taken back, and told by others as well."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import FixedClock
from tests.journeys.conftest import Visitor, visiting
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

OLD = ("Dana Whitfield", "Halden Compute opened a plant in Oslo with 700 workers last year.")
NEW = ("Dana Whitfield", "Halden Compute raised its prices by 12 percent after the fire at the Torsund plant.")
EDITED = ("Dana Whitfield", "Halden Compute raised its prices by 12 percent after a fire at the Torsund plant.")
MORE = ("Ravi Anand", "Halden Compute paid $40 million for the looms of Sablewood on Monday.")
TALK = [
    ("Dana Whitfield", f"Then we walked past berth {n}, and somebody told us how {word} had been mended by hand.")
    for n, word in enumerate(("the crane", "the gate", "the winch", "a boat", "a sail", "the roof", "a chain") * 3)
]
"""What makes two transcripts the same talk, or not."""


@pytest.fixture
async def reader(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Visitor]:
    """Return somebody at a terminal who follows a company."""
    async with visiting(tmp_path / "o.db", clock, fetch_private=LOOPBACK) as somebody:
        yield somebody


@pytest.fixture
async def shows(clock: FixedClock) -> AsyncIterator[list[Show]]:
    """Return three shows on hosts of their own, each with an episode of today."""
    async with FakeWeb() as web:
        made = [Show(web, name, f"/{name.lower()}") for name in ("Harbour", "Quay", "Pier")]
        for one in made:
            one.publish(f"Hello from {one.name}", clock.now() - dt.timedelta(hours=2), *TALK[:2], OLD)
        yield made


async def follows(reader: Visitor, *shows: Show) -> None:
    """Add the shows, read what they have, and follow the company they talk of."""
    for show in shows:
        await reader.says(f"sources add {show.url}")
    await reader.waits(minutes=1)
    await reader.says("follow Halden Compute instant")
    await reader.waits(minutes=1)


async def test_an_edit_tells_what_is_new_and_nothing_again(reader: Visitor, shows: list[Show]) -> None:
    """A word that was mended is no news; a claim that came on top is; what is asked for then is as it stands now."""
    show = shows[0]
    await follows(reader, show)
    show.publish("Prices?", reader.clock.now(), *TALK, NEW)
    assert (await reader.waits(days=1)).count("12 percent") == 1
    # Both have one guid: they are one item.
    show.publish("Prices!", reader.clock.now() - dt.timedelta(days=1), *TALK, EDITED, MORE)
    del show.episodes[1]
    show.republish()
    told = await reader.waits(days=1)
    assert told.count("$40 million") == 1
    assert "12 percent" not in told
    claims = await reader.says("claims about Halden Compute")
    assert EDITED[1] in claims
    assert NEW[1] not in claims


async def test_what_is_taken_back_stays_as_it_was_said(reader: Visitor, shows: list[Show]) -> None:
    """A feed that drops an item, or all, says nothing of what was read; nothing is told again when it comes back."""
    show = shows[0]
    await follows(reader, show)
    show.publish("Prices", reader.clock.now(), *TALK, NEW)
    assert "12 percent" in await reader.waits(days=1)
    (episode,) = show.episodes[:1]
    del show.episodes[0]
    show.republish()
    assert await reader.waits(days=1) == ""
    assert NEW[1] in await reader.says("claims about Halden Compute")
    show.episodes.insert(0, episode)
    show.republish()
    assert await reader.waits(days=1) == ""
    assert (await reader.says("claims about Halden Compute")).count(NEW[1]) == 1


async def test_one_talk_on_three_feeds_is_one_conversation(reader: Visitor, shows: list[Show]) -> None:
    """Told once, whichever feed has it first, and counted once."""
    await follows(reader, *shows)
    before = await reader.app.store.library.tally(space=None)
    shows[1].publish("Prices", reader.clock.now(), *TALK, NEW)
    assert (await reader.waits(days=1)).count("12 percent") == 1
    for show, title in ((shows[0], "On prices"), (shows[2], "Again: prices")):
        show.publish(title, reader.clock.now(), *TALK, NEW)
        assert await reader.waits(days=1) == ""
    after = await reader.app.store.library.tally(space=None)
    assert after.conversations == before.conversations + 1
    assert (await reader.says("claims about Halden Compute")).count(NEW[1]) == 1
