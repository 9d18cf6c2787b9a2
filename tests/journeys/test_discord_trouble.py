"""What Discord does to us on a bad day: refusals, lost replies, repeats, outages, restarts, and a wrong token."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import logging
import os
import re
from pathlib import Path

import pytest

from bot.app import chat_platforms, open_app
from bot.domain.address import Address
from bot.domain.subscription import Subscription
from bot.errors import SettingsError
from bot.platforms.console.adapter import Console
from bot.platforms.console.terminal import Pipe, Screen
from bot.runtime import run
from tests.engines import SQLiteFile
from tests.fakes import FixedClock
from tests.journeys.hall import Hall, gathered, words
from tests.servers.discord import Broken, FakeDiscord, Fault, Interaction, Limited, Lost, Refused, Slow

WRONG = "wrong-token"
DEFERRED, COMPLETED = 5, 8
ORKDAL = "How much of the world's stacked memory did Orkdal make?"
PASSING: list[Fault] = [
    Limited(0.05),
    Limited(0.05, via=False),
    Broken(503),
    Broken(503, done=True),
    Lost(),
    Lost(done=False),
]


@pytest.mark.parametrize("fault", PASSING, ids=repr)
async def test_a_mention_is_answered_in_spite_of_it(hall: Hall, fault: Fault) -> None:
    """Once, a moment later."""
    hall.discord.fault("create_message", fault)
    answer = await hall.says(f"{hall.at_bot} {ORKDAL}")
    assert len(answer) == 1
    assert "14 percent" in words(*answer)


@pytest.mark.parametrize("fault", [Limited(0.05), Limited(0.05, via=False), Lost(), Lost(done=False)], ids=repr)
async def test_a_command_is_answered_in_spite_of_it(hall: Hall, fault: Fault) -> None:
    """Once: Discord says where the first response was taken already."""
    hall.discord.fault("create_response", fault)
    answer = await hall.command(f"ask {ORKDAL}")
    assert len(answer) == 1
    assert "14 percent" in words(*answer)


@pytest.mark.parametrize("fault", [Limited(0.05, via=False), Broken(503), Lost(), Lost(done=False)], ids=repr)
async def test_a_brief_comes_once_in_spite_of_it(hall: Hall, fault: Fault) -> None:
    """Whether a page is lost or its confirmation, each is there once and in order."""
    whole = await hall.pressed("Full brief", await hall.command("brief"))
    await hall.pressed("Subscribe", await hall.uses("subscribe", {"at": "12:30"}, hall.max), hall.max)
    hall.discord.fault("create_message", fault)
    hall.discord.fault("start_thread_from_message", Lost())
    hall.clock.advance(minutes=31)
    await hall.ticks()
    pages = hall.everything(hall.general, hall.bob)
    assert len(hall.seen(hall.general, hall.bob)) == 1
    assert len(pages) == len(whole) + 1
    assert "Sources" in words(*pages[1:])


async def test_a_brief_waits_where_discord_asks_for_time(hall: Hall) -> None:
    """For as long as it says, without holding up the others."""
    await hall.pressed("Subscribe", await hall.uses("subscribe", {"at": "12:30"}, hall.max), hall.max)
    wait = 40
    hall.discord.fault("create_message", Limited(wait))
    hall.clock.advance(minutes=31)
    await hall.ticks()
    first, second, *_ = hall.discord.calls_of("create_message")
    assert [first.status, second.status] == [429, 200]
    assert (second.at - first.at).total_seconds() >= wait
    assert len(hall.seen(hall.general, hall.bob)) == 1


async def slowly(hall: Hall, name: str, **options: str) -> Interaction:
    """Use a command whose answer does not come yet; return it once Discord was told to wait."""
    hall.pace.going.clear()
    return await hall.discord.command(name, options, hall.ann, hall.general)


async def test_a_slow_answer_is_promised_within_a_second_and_then_shown(hall: Hall) -> None:
    """Whoever waits sees what goes on; then the answer is in its place, for them alone."""
    asked = await slowly(hall, "ask", question=ORKDAL)
    assert asked.seconds < 1
    assert asked.response == DEFERRED
    progress = await hall.discord.until(lambda: asked.shown)
    assert "Searching what was said" in words(progress)
    hall.pace.going.set()
    await hall.idle()
    assert asked.answers == [progress]
    assert "14 percent" in words(progress)
    assert progress.viewer == hall.ann.id
    assert not hall.discord.pinged(progress)
    assert not hall.discord.previews(progress)


async def test_who_mentions_the_bot_sees_it_typing(hall: Hall) -> None:
    """While the answer takes its time."""
    hall.pace.going.clear()
    hall.discord.say(hall.ann, hall.general, f"{hall.at_bot} {ORKDAL}")
    await hall.discord.until(lambda: hall.discord.calls_of("trigger_typing"))
    assert hall.seen(hall.general, hall.ann) == []
    hall.pace.going.set()
    await hall.idle()
    assert len(hall.seen(hall.general, hall.ann)) == 1


async def test_what_comes_after_a_quarter_of_an_hour_goes_to_the_person(hall: Hall) -> None:
    """The interaction is over by then; a direct message is not."""
    asked = await slowly(hall, "ask", question=ORKDAL)
    hall.clock.advance(minutes=16)
    hall.pace.going.set()
    await hall.idle()
    assert "14 percent" not in words(*asked.answers)
    assert "14 percent" in words(*hall.seen(hall.alone(hall.ann), hall.ann))
    assert hall.seen(hall.general, hall.bob) == []


async def test_a_form_that_comes_too_late_is_offered(hall: Hall) -> None:
    """Discord opens one only as the first response."""
    hall.pace.going.clear()
    asked = await hall.discord.command("subscribe", {}, hall.max, hall.general)
    hall.pace.going.set()
    await hall.idle()
    assert hall.discord.modal(hall.max) is None
    await hall.pressed("Open the form", asked.answers, hall.max)
    assert hall.modal(hall.max).title == "Daily brief"


async def test_a_channel_that_is_gone_before_its_form_comes_back(hall: Hall) -> None:
    """Whoever filled it in is told directly what became of it."""
    await hall.discord.command("subscribe", {}, hall.max, hall.general)
    form = hall.modal(hall.max)
    hall.discord.fault("create_response", Refused(10003))
    hall.discord.submit(form, hall.max, {})
    told = await hall.discord.until(lambda: hall.seen(hall.alone(hall.max), hall.max), 10)
    assert "Subscribed. The daily brief next arrives" in words(*told)


async def test_what_discord_sends_again_is_answered_once(hall: Hall) -> None:
    """Commands, presses, forms and messages: on the same connection, on another, and after a restart."""
    discord = hall.discord
    brief = await hall.says(f"{hall.at_bot} brief")
    await hall.command(f"ask {ORKDAL}")
    await hall.pressed("Receipts", brief)
    await hall.command("subscribe", hall.max)
    await hall.submits(hall.max)
    await hall.asks(ORKDAL)

    def answers() -> int:
        routes = {"create_message", "create_response", "create_followup", "edit_original", "start_thread_from_message"}
        return sum(call.name in routes and call.body.get("type") != COMPLETED for call in discord.calls)

    before, asked = answers(), [one for one in discord.asked if one.kind != 4]
    said = [one for room in (hall.general, hall.alone(hall.ann)) for one in discord.seen(room, hall.ann)]
    for again in ("here", "anew"):
        for one in asked:
            discord.redeliver(one)
        for message in said:
            if message.author != discord.world.bot.id:
                discord.events.posted(message)
        await hall.overheard()
        assert answers() == before, again
        await hall.restarts()


async def test_a_connection_that_breaks_is_taken_up_again(hall: Hall) -> None:
    """What was said meanwhile is answered once, whatever is replayed; where a session is over, a new one begins."""
    gateway = hall.discord.gateway
    first = await hall.says(f"{hall.at_bot} {ORKDAL}")
    gateway.rewind(5)
    gateway.reconnect()
    await hall.discord.until(lambda: gateway.resumed == 1, 20)
    gateway.cut()
    second = await hall.says(f"{hall.at_bot} {ORKDAL}", hall.bob)
    await hall.discord.until(lambda: gateway.resumed == 2, 20)
    assert gateway.replayed
    gateway.invalidate()
    await hall.discord.until(lambda: gateway.identified == 2, 20)
    third = await hall.says(f"{hall.at_bot} {ORKDAL}")
    await hall.overheard()
    assert hall.seen(hall.general, hall.ann) == [*first, *second, *third]


async def test_an_outage_at_the_start_is_told_once_and_waited_out(sampled: Path, clock: FixedClock) -> None:
    """Then the bot listens."""
    async with FakeDiscord(clock) as discord:
        hall = Hall(discord, sampled, clock)
        discord.fault("get_current_user", Broken(503))
        opening = asyncio.create_task(hall.opens())
        told = await discord.until(lambda: hall.told, 20)
        assert told == ["Discord: it cannot be reached; trying again in 2 seconds."]
        await opening
        assert "14 percent" in words(*await hall.says(f"{hall.at_bot} {ORKDAL}"))
        await hall.closes()


async def test_what_a_stop_cut_off_is_answered_at_the_next_start(hall: Hall) -> None:
    """It was accepted, so it is not forgotten: a message, and a command in the place of the promise that was made."""
    asked = await slowly(hall, "ask", question=ORKDAL)
    hall.discord.say(hall.ann, hall.general, f"{hall.at_bot} {ORKDAL}")
    await hall.discord.until(lambda: len(hall.inbox.under_way) == 2)
    await hall.closes(killed=True)
    assert hall.seen(hall.general, hall.bob) == []
    await hall.opens()
    await hall.idle()
    (answer,) = hall.seen(hall.general, hall.bob)
    assert "14 percent" in words(answer)
    assert "14 percent" in words(*asked.answers)
    assert {page.viewer for page in asked.answers} == {hall.ann.id}
    await hall.restarts()
    await hall.idle()
    assert len(hall.seen(hall.general, hall.ann)) == 1 + len(asked.answers)


async def test_what_a_stop_cut_off_while_it_was_posted_stands_once(hall: Hall) -> None:
    """Posted again, it is the same message."""
    discord = hall.discord
    discord.fault("create_message", Slow(30))
    discord.say(hall.ann, hall.general, f"{hall.at_bot} {ORKDAL}")
    await discord.until(lambda: hall.seen(hall.general, hall.ann), 20)
    await hall.closes(killed=True)
    await hall.opens()
    await hall.idle()
    assert len(discord.calls_of("create_message")) == 2
    assert len(hall.seen(hall.general, hall.ann)) == 1


@pytest.mark.parametrize("posted", [0, 1])
async def test_what_a_stop_cut_off_between_two_pages_stands_once(hall: Hall, posted: int) -> None:
    """Each page in its place, however many were there before."""
    due = hall.clock.now() + dt.timedelta(days=7)
    at = Address("discord", hall.acme.id, hall.general.id)
    for n in range(30):
        wanted = Subscription(0, f"topic {n}", at, hall.max.id, due.time(), "UTC", frozenset(range(7)), due, due.date())
        await hall.app.store.subscriptions.subscribe(wanted)
    whole = [words(page) for page in await hall.command("subscriptions", hall.max)]
    assert len(whole) > posted + 1
    discord, before = hall.discord, len(hall.discord.calls_of("create_followup"))
    discord.fault("create_followup", *[Slow(0)] * posted, Limited(30))
    asked = await discord.command("subscriptions", {}, hall.max, hall.general)
    await discord.until(lambda: len(discord.calls_of("create_followup")) == before + posted + 1)
    assert len(asked.answers) == posted + 1
    await hall.closes(killed=True)
    await hall.opens()
    await hall.idle()
    assert [words(page) for page in asked.answers] == whole
    assert {page.viewer for page in asked.answers} == {hall.max.id}


async def test_what_is_half_an_hour_old_is_not_answered(hall: Hall) -> None:
    """The interaction is over by then; whoever asked is told so."""
    await slowly(hall, "ask", question=ORKDAL)
    await hall.closes(killed=True)
    hall.clock.advance(minutes=26)
    await hall.opens()
    await hall.idle()
    await hall.delivered(f"discord:@{hall.ann.id}")
    assert hall.discord.calls_of("create_followup") == []
    (told,) = hall.seen(hall.alone(hall.ann), hall.ann)
    assert "did not get through" in words(told)


async def test_a_failure_is_named_to_the_person(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    """With an id that finds it in the log."""
    brief = await hall.command("brief")
    # Not here: the bot may be in the middle of a transaction, which it ends in this thread.
    await asyncio.to_thread(SQLiteFile(hall.database).look, "DROP TABLE votes")
    said = words(*await hall.pressed("Helpful", brief))
    incident = said.rpartition("Reference ")[2]
    assert len(incident) == len("0a1b2c")
    assert incident in caplog.text
    assert "votes" not in said


async def test_no_secret_is_ever_logged(sampled: Path, clock: FixedClock, caplog: pytest.LogCaptureFixture) -> None:
    """Not even at DEBUG, when everything goes wrong."""
    caplog.set_level(logging.DEBUG)
    async with gathered(sampled, clock) as hall:
        for fault in (Broken(500), Refused(50001), Lost()):
            hall.discord.fault("create_message", fault)
            await hall.says(f"{hall.at_bot} {ORKDAL}")
        await hall.command(f"ask {ORKDAL}")
    assert hall.discord.token not in caplog.text


async def test_a_wrong_token_is_one_clear_line(sampled: Path, clock: FixedClock) -> None:
    """It names the setting and what to do, and not the token."""
    async with FakeDiscord(clock) as discord:
        hall = Hall(discord, sampled, clock)
        await hall.opens(token=WRONG)
        with pytest.raises(SettingsError) as refusal:
            await hall.ended()
    assert re.fullmatch(r"Discord: .*DISCORD_TOKEN.*overheard doctor.*", str(refusal.value))
    assert WRONG not in str(refusal.value)


async def test_a_token_that_is_taken_back_ends_it_in_one_line(hall: Hall) -> None:
    """Whoever runs the bot is told so, instead of it knocking for ever."""
    hall.discord.reset_token()
    await hall.discord.gateway.drop(4004)
    with pytest.raises(SettingsError) as refusal:
        await hall.ended()
    assert "DISCORD_TOKEN" in str(refusal.value)


async def test_a_wrong_token_leaves_the_console_to_its_person(sampled: Path, clock: FixedClock) -> None:
    """They are told, and go on."""
    reading, writing = os.pipe()
    page = io.StringIO()
    with os.fdopen(reading) as lines, os.fdopen(writing, "w") as typing:
        async with FakeDiscord(clock) as discord:
            hall = Hall(discord, sampled, clock)
            async with open_app(hall.settings(token=WRONG), clock) as app:
                seat, told = Console(Pipe(lines), Screen(page, 100), clock, "UTC"), asyncio.Event()

                async def tell(sentence: str) -> None:
                    page.write(sentence)
                    told.set()

                running = asyncio.create_task(run(app, seat, await chat_platforms(app, tell), tell))
                await asyncio.wait_for(told.wait(), 5)
                print("help", file=typing, flush=True)
                typing.close()
                await asyncio.wait_for(running, 5)
    assert "DISCORD_TOKEN" in page.getvalue()
    assert "What you can do" in page.getvalue()
