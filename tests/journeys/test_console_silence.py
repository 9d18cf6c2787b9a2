"""When nothing comes: because somebody wants it so, or because something is in the way, which is said."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from bot.delivery.jobs import notify_missing_briefs, queue_briefs
from bot.domain.delivery import DeliveryState
from tests.fakes import MemoryPlatform
from tests.journeys.conftest import Visitor
from tests.journeys.test_console import NEWS, transcript


async def test_nothing_comes_in_quiet_hours_and_all_of_it_afterwards(visitor: Visitor, tmp_path: Path) -> None:
    """Two names, one message, at the end of the night."""
    await visitor.says("follow Halden at once", "follow Quillon at once")
    assert "Quiet from 11:00 to 20:00 UTC" in await visitor.says("quiet from 11am to 8pm")
    assert "Quiet from 11:00 to 20:00 UTC" in await visitor.says("following")
    await visitor.says(f"sources add {transcript(tmp_path, 'Welcome back.', NEWS, 'Quillon closed 12 plants.')}")
    assert await visitor.waits(hours=7) == ""
    alert = await visitor.waits(hours=1)
    assert alert.count("You follow this") == 2
    assert "Halden opened a plant in Oslo" in alert
    assert "Alerts come at any hour" in await visitor.says("quiet off")


async def test_a_paused_brief_is_seen_everywhere_and_resumed_with_one_word(visitor: Visitor) -> None:
    """The list and the status say why; `resume` shows the next run, and what was missed is not made up for."""
    await visitor.presses("Subscribe", await visitor.says("subscribe at 8am"))
    await visitor.says("follow Halden at once")
    await visitor.app.store.subscriptions.pause(visitor.app.request("brief").at, "That channel is gone.")
    assert await visitor.waits(days=3) == ""
    listed = await visitor.says("subscriptions")
    assert "paused: That channel is gone. Since Sun 29 Jun, 12:00 UTC" in listed
    status = await visitor.says("status")
    assert "That channel is gone. Since Sun 29 Jun, 12:00 UTC. resume there restarts it." in status
    assert "paused: That channel is gone." in await visitor.says("following")
    resumed = await visitor.says("resume")
    assert "The daily brief next arrives Mon 30 Jun, 08:00 UTC. Following again: 1 name." in resumed
    assert "Nothing was paused here" in await visitor.presses("Resume", listed)
    assert await visitor.waits(hours=1) == ""
    assert "Mon 30 Jun 2031" in await visitor.waits(hours=19)


async def test_days_without_a_brief_do_not_pass_in_silence(visitor: Visitor) -> None:
    """Whoever subscribed reads since when nothing came and why; once a brief came, that is no longer told."""
    store, places = visitor.app.store, {"console": MemoryPlatform("console")}
    await visitor.presses("Subscribe", await visitor.says("subscribe at 13:00"))
    visitor.clock.moment = dt.datetime(2031, 6, 26, 13, tzinfo=dt.UTC)
    for _ in range(4):
        await queue_briefs(store.subscriptions, visitor.clock)
        for delivery in await store.outbox.claim(visitor.clock.now(), dt.timedelta(1), 9, "console"):
            await store.outbox.settle(delivery, DeliveryState.FAILED, "The bot could not get through.")
        visitor.clock.advance(days=1)
    visitor.clock.advance(minutes=-10)
    for _ in range(2):
        await notify_missing_briefs(store.subscriptions, store.outbox, places, visitor.clock, 3)
    notice = await visitor.waits(minutes=5)
    assert notice.count("No brief has been sent since Thu 26 Jun 2031") == 1
    assert "The bot could not get through" in notice
    assert "The daily brief" in await visitor.says("subscriptions")
    assert "Mon 30 Jun 2031" in await visitor.waits(minutes=10)
    assert await store.subscriptions.silences(dt.date(2031, 7, 30)) == []
