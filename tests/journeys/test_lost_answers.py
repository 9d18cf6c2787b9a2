"""Answers that a platform doesn't take at once: they are tried again, and if all fails, their loss is told."""

from __future__ import annotations

import pytest

from bot.domain.address import Address
from tests.journeys.hall import Hall
from tests.journeys.hall import words as discord_words
from tests.journeys.office import Office
from tests.journeys.sight import control, words
from tests.servers import discord as on_discord
from tests.servers.slack import Broken, Limited, Lost, Message, Refused
from tests.servers.slack.errors import Fault

ORKDAL = "How much of the world's stacked memory did Orkdal make?"
FOR_LONG = 10_000
"""More refusals than the bot meets before a test ends."""

TRIALS: list[list[Fault]] = [
    [Broken(503), Broken(503)],
    [Broken(503, done=True), Broken(503)],
    [Lost(), Lost(done=False), Limited(30)],
    [Limited(90), Limited(90), Broken(500)],
]


async def apologies(office: Office) -> list[Message]:
    """Let the outbox do its work, and return what Ann was told directly that is no answer."""
    await office.delivered()
    return [one for one in office.seen(office.with_ann, office.ann) if "Sorry" in words(one)]


@pytest.mark.parametrize("faults", TRIALS, ids=repr)
async def test_a_mention_is_answered_once_however_often_slack_is_away(office: Office, faults: list[Fault]) -> None:
    """Whether what it didn't confirm stands there or not."""
    office.slack.fault("chat.postMessage", *faults)
    answer = await office.says(f"{office.at_bot} {ORKDAL}")
    assert len(answer) == 1
    assert "14 percent" in words(*answer)
    assert await apologies(office) == []


@pytest.mark.parametrize("faults", TRIALS, ids=repr)
async def test_a_direct_question_is_answered_once_however_often_slack_is_away(
    office: Office, faults: list[Fault]
) -> None:
    """In the thread of the question."""
    office.slack.fault("chat.postMessage", *faults)
    (answer,) = await office.asks(ORKDAL)
    assert "14 percent" in words(answer)
    assert answer.thread_ts


async def test_an_answer_that_slack_does_not_take_survives_a_restart(office: Office) -> None:
    """It is the same answer, tried again, and there once although nobody knows whether it was there before."""
    slack = office.slack
    slack.fault("chat.postMessage", Lost(), *[Broken(503)] * FOR_LONG)
    slack.fault("conversations.replies", *[Broken(503)] * FOR_LONG)
    await slack.say(office.ann, office.general, f"{office.at_bot} {ORKDAL}")
    await slack.until(lambda: office.inbox.noted and len(slack.calls_of("conversations.replies")) > 1)
    await office.closes()
    asked = len(slack.calls_of("users.info"))
    slack.faults.clear()
    await office.opens()
    await office.idle()
    assert len(slack.calls_of("chat.postMessage")) == 1
    assert len(slack.calls_of("users.info")) == asked
    (answer,) = office.seen(office.general, office.bob)
    assert "14 percent" in words(answer)


async def test_what_is_done_once_is_not_done_again_for_its_answer(office: Office) -> None:
    """A press that came twice would take back what it said, so at the next start only its answer is tried again."""
    (brief, *_) = await office.says(f"{office.at_bot} brief")
    office.slack.fault("response_url", *[Broken(503)] * FOR_LONG)
    name, choose = control(brief, "More like this")
    await office.slack.press(brief, name, office.ann, choose)
    await office.slack.until(lambda: len(office.slack.calls_of("response_url")) > 2)
    at = Address("slack", office.acme.id, office.general.id)
    wanted = await office.app.store.preferences.preferences(at)
    await office.closes()
    office.slack.faults.clear()
    await office.opens()
    await office.idle()
    assert wanted
    assert await office.app.store.preferences.preferences(at) == wanted
    assert len([one for one in office.seen(office.general, office.ann) if one.viewer]) == 1


async def test_a_command_is_tried_for_as_long_as_its_address_lives(office: Office) -> None:
    """Then whoever asked is told directly, once, what they asked and where."""
    slack = office.slack
    slack.fault("response_url", *[Broken(503)] * FOR_LONG)
    await slack.command("/ask", ORKDAL, office.ann, office.general)
    await slack.until(lambda: len(slack.calls_of("response_url")) > 4)
    office.clock.advance(minutes=24)
    before = len(slack.calls_of("response_url"))
    await slack.until(lambda: len(slack.calls_of("response_url")) > before + 2)
    assert await apologies(office) == []
    office.clock.advance(minutes=6)
    await office.idle()
    (told,) = await apologies(office)
    assert ORKDAL in words(told)
    assert "14 percent" not in words(told)
    await office.restarts()
    assert len(await apologies(office)) == 1


@pytest.mark.parametrize("code", ["is_archived", "not_in_channel"])
async def test_who_asked_where_the_bot_may_not_write_is_told_directly(office: Office, code: str) -> None:
    """At once: asking again would change nothing."""
    office.slack.fault("chat.postMessage", Refused(code))
    assert await office.says(f"{office.at_bot} {ORKDAL}") == []
    (told,) = await apologies(office)
    assert ORKDAL in words(told)


async def test_who_asked_before_a_long_stop_is_told_directly(office: Office) -> None:
    """A command can't be answered then; a mention still is."""
    slack = office.slack
    slack.fault("response_url", *[Broken(503)] * FOR_LONG)
    slack.fault("chat.postMessage", *[Broken(503)] * FOR_LONG)
    await slack.command("/ask", ORKDAL, office.ann, office.general)
    await slack.say(office.bob, office.general, f"{office.at_bot} {ORKDAL}")
    await slack.until(lambda: slack.calls_of("response_url") and slack.calls_of("chat.postMessage"))
    await office.closes()
    slack.faults.clear()
    office.clock.advance(hours=2)
    await office.opens()
    await office.idle()
    (told,) = await apologies(office)
    assert ORKDAL in words(told)
    (answer,) = office.seen(office.general, office.bob)
    assert "14 percent" in words(answer)


async def test_an_answer_that_stands_is_not_told_as_lost(office: Office) -> None:
    """Though the database was too busy to note where."""
    office.inbox.is_busy = True
    (answer,) = await office.says(f"{office.at_bot} {ORKDAL}")
    assert "14 percent" in words(answer)
    assert await apologies(office) == []


DISCORD_TRIALS: list[list[on_discord.Fault]] = [
    [on_discord.Broken(503)] * 3,
    [on_discord.Lost(), on_discord.Broken(503), on_discord.Broken(503)],
    [on_discord.Limited(40), on_discord.Broken(503, done=True), on_discord.Lost(), on_discord.Lost(done=False)],
]


async def lost_on_discord(hall: Hall) -> list[str]:
    """Let the outbox do its work, and return what Ann was told directly that is no answer."""
    await hall.delivered(f"discord:@{hall.ann.id}")
    return [said for one in hall.seen(hall.alone(hall.ann), hall.ann) if "Sorry" in (said := discord_words(one))]


@pytest.mark.parametrize("faults", DISCORD_TRIALS, ids=repr)
async def test_a_mention_is_answered_once_however_often_discord_is_away(
    hall: Hall, faults: list[on_discord.Fault]
) -> None:
    """Whether what it didn't confirm stands there or not."""
    hall.discord.fault("create_message", *faults)
    answer = await hall.says(f"{hall.at_bot} {ORKDAL}")
    assert len(answer) == 1
    assert "14 percent" in discord_words(*answer)
    assert await lost_on_discord(hall) == []


async def test_an_answer_that_discord_does_not_take_survives_a_restart(hall: Hall) -> None:
    """However long it takes: what was posted in the meantime is found by reading it back."""
    discord = hall.discord
    discord.fault("create_message", on_discord.Lost(), *[on_discord.Broken(503)] * FOR_LONG)
    discord.say(hall.ann, hall.general, f"{hall.at_bot} {ORKDAL}")
    await discord.until(lambda: len(discord.calls_of("create_message")) > 3)
    await hall.closes()
    discord.faults.clear()
    hall.clock.advance(hours=1)
    await hall.opens()
    await hall.idle()
    (answer,) = hall.seen(hall.general, hall.ann)
    assert "14 percent" in discord_words(answer)


async def test_who_asked_on_discord_before_a_long_stop_is_told_directly(hall: Hall) -> None:
    """A command can't be answered then; a mention still is."""
    discord = hall.discord
    discord.fault("create_response", *[on_discord.Broken(503)] * FOR_LONG)
    discord.fault("edit_original", *[on_discord.Broken(503)] * FOR_LONG)
    discord.fault("create_message", *[on_discord.Broken(503)] * FOR_LONG)
    discord.command("ask", {"question": ORKDAL}, hall.ann, hall.general)
    discord.say(hall.bob, hall.general, f"{hall.at_bot} {ORKDAL}")
    await discord.until(lambda: discord.calls_of("create_response") and discord.calls_of("create_message"))
    await hall.closes()
    discord.faults.clear()
    hall.clock.advance(hours=2)
    await hall.opens()
    await hall.idle()
    (told,) = await lost_on_discord(hall)
    assert ORKDAL in told
    (answer,) = hall.seen(hall.general, hall.bob)
    assert "14 percent" in discord_words(answer)


async def test_an_answer_that_stands_on_discord_is_not_told_as_lost(hall: Hall) -> None:
    """Though the database was too busy to note where."""
    hall.inbox.is_busy = True
    (answer,) = await hall.says(f"{hall.at_bot} {ORKDAL}")
    assert "14 percent" in discord_words(answer)
    assert await lost_on_discord(hall) == []
