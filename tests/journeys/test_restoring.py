"""A database restored from a backup: what the original sent since is not sent again, and nothing else is lost."""

from __future__ import annotations

import json
from pathlib import Path

from bot.domain.delivery import DeliveryState
from bot.store.backup import back_up
from tests.journeys.hall import Hall
from tests.journeys.office import Office
from tests.journeys.sight import words
from tests.servers.slack import Limited, Slow

NEWS = "Quillon cut 40 jobs in Oslo last week."
LATER = "Quillon opened a second plant in Oslo last week."


def write(folder: Path, name: str, text: str) -> None:
    """Put an episode into a folder."""
    said = {"speaker": "Dana Whitfield", "t": 1.0, "text": text}
    episode = {"id": name, "show": "Ledger", "title": name, "date": "2031-06-26", "turns": [said]}
    (folder / f"{name}.jsonl").write_text(json.dumps(episode) + "\n", "utf-8")


async def copied(place: Office | Hall, folder: Path) -> Path:
    """Take a backup of the running bot's database."""
    copy = folder / "copy.db"
    await back_up(place.database, copy, place.clock.now(), lambda _: None)
    return copy


async def restored(place: Office | Hall, copy: Path) -> None:
    """Stop the bot, and start it on a copy of its database."""
    await place.closes()
    place.database = copy
    place.told.clear()
    await place.opens()
    if isinstance(place, Office):
        await place.slack.until(lambda: place.slack.sockets.open, 20)


def posts(office: Office) -> list[str]:
    """Return what Bob sees in the channel, without threads."""
    return [words(one) for one in office.seen(office.general, office.bob) if not one.thread_ts]


async def test_what_the_original_sent_after_the_backup_is_not_sent_again(office: Office, tmp_path: Path) -> None:
    """A brief that fell due, one that waited when the copy was made, an alert; the next day's brief comes once."""
    await office.pressed("Subscribe", await office.command("/subscribe", "at 12:30 utc"))
    await office.pressed("Subscribe", await office.command("/subscribe", "chips at 13:30 utc"))
    await office.pressed("At once", await office.command("/follow", "Quillon"))
    folder = tmp_path / "episodes"
    folder.mkdir()
    await office.app.store.sources.add("console:local", "you", str(folder))
    office.slack.fault("chat.postMessage", Limited(600))
    office.clock.advance(minutes=31)
    await office.slack.until(lambda: office.slack.calls_of("chat.postMessage"))
    copy = await copied(office, tmp_path)
    write(folder, "news", NEWS)
    office.clock.advance(minutes=11)
    await office.slack.until(lambda: any("40 jobs" in words(one) for one in office.seen(office.with_ann, office.ann)))
    office.clock.advance(hours=1, minutes=30)
    await office.ticks()
    seen, heard = posts(office), office.seen(office.with_ann, office.ann)
    assert len(seen) == 2
    await restored(office, copy)
    await office.ticks()
    assert posts(office) == seen
    assert office.seen(office.with_ann, office.ann) == heard
    assert "restored from a backup taken 2031-06-26 12:31 UTC" in office.told[0]
    status = words(*await office.command("/overheard", "status"))
    assert status.count("restored from a backup") >= 2
    write(folder, "later", LATER)
    await office.slack.until(lambda: any("second" in words(one) for one in office.seen(office.with_ann, office.ann)))
    assert len([one for one in office.seen(office.with_ann, office.ann) if "40 jobs" in words(one)]) == len(heard) == 1
    office.clock.advance(days=1)
    await office.ticks()
    assert len(posts(office)) == 4
    await office.restarts()
    assert not [sentence for sentence in office.told[1:] if "restored" in sentence]


async def test_what_was_asked_before_the_backup_is_not_answered_again(office: Office, tmp_path: Path) -> None:
    """It was under way when the copy was made, and the original answered it."""
    office.slack.fault("users.info", Slow(0.5))
    await office.slack.say(office.ann, office.general, f"{office.at_bot} status")
    copy = await copied(office, tmp_path)
    await office.idle()
    seen = office.seen(office.general, office.bob)
    assert len(seen) == 1
    await restored(office, copy)
    await office.idle()
    assert office.seen(office.general, office.bob) == seen


async def test_a_server_is_not_sent_twice_what_it_got_since_either(hall: Hall, tmp_path: Path) -> None:
    """On Discord, hours after its own memory of what was sent."""
    await hall.pressed("Subscribe", await hall.uses("subscribe", {"at": "12:30"}, hall.max), hall.max)
    copy = await copied(hall, tmp_path)
    hall.clock.advance(hours=2)
    await hall.ticks()
    assert len(hall.seen(hall.general, hall.bob)) == 1
    await restored(hall, copy)
    await hall.ticks()
    assert len(hall.seen(hall.general, hall.bob)) == 1
    assert [one.state for one in await hall.app.store.outbox.deliveries(hall.tenant, list(DeliveryState))] == [
        DeliveryState.UNKNOWN
    ]
    hall.clock.advance(days=1)
    await hall.ticks()
    assert len(hall.seen(hall.general, hall.bob)) == 2


async def test_a_copy_that_was_only_looked_at_stays_a_copy(office: Office, tmp_path: Path) -> None:
    """Commands open it without running the bot; the original may go on sending meanwhile."""
    copy = await copied(office, tmp_path)
    again = tmp_path / "again.db"
    await back_up(copy, again, office.clock.advance(hours=1), lambda _: None)
    await restored(office, again)
    assert "taken 2031-06-26 12:00 UTC" in office.told[0]
