"""Questions that are edited or deleted while a platform takes no answers, or after it took one late."""

from __future__ import annotations

import pytest

from tests.journeys.hall import Hall
from tests.journeys.hall import words as discord_words
from tests.journeys.office import Office
from tests.journeys.sight import words
from tests.servers import discord as on_discord
from tests.servers.discord import Upload
from tests.servers.slack import Broken, Lost, Message
from tests.servers.slack.errors import Fault

ORKDAL = "How much of the world's stacked memory did Orkdal make?"
HALDEN = "Who runs Halden?"
CALL = b"WEBVTT\n\n00:01.000 --> 00:04.000\n<v Mara Lindqvist>Zanthor cut 400 jobs in Oslo on Monday.\n"
FOR_LONG = 10_000
"""More refusals than the bot meets before a test ends."""

SLACK_FAULTS: list[Fault] = [Broken(503), Lost(), Broken(503, done=True)]
DISCORD_FAULTS: list[on_discord.Fault] = [on_discord.Broken(503), on_discord.Lost()]
RESTARTED = pytest.param(True, id="restarted", marks=pytest.mark.long)
STOPS = pytest.mark.parametrize("stops", [pytest.param(False, id="running"), RESTARTED])


async def unanswered(office: Office, first: Fault) -> Message:
    """Ask in #general while Slack takes no answer; whether it took the first try isn't known."""
    slack = office.slack
    slack.fault("chat.postMessage", first, *[Broken(503)] * FOR_LONG)
    slack.fault("conversations.replies", *[Broken(503)] * FOR_LONG)
    said = slack.say(office.ann, office.general, f"{office.at_bot} {ORKDAL}")
    await said
    await slack.until(lambda: office.inbox.noted and len(slack.calls_of("conversations.replies")) > 1)
    return said.message


async def recovered(office: Office, *, stops: bool) -> list[Message]:
    """Let Slack work again, perhaps after a stop of the bot; return what stands in #general."""
    if stops:
        await office.closes()
    office.slack.faults.clear()
    if stops:
        await office.opens()
    await office.idle()
    await office.delivered()
    assert office.seen(office.with_ann, office.ann) == []
    return office.seen(office.general, office.ann)


@STOPS
@pytest.mark.parametrize("fault", SLACK_FAULTS, ids=repr)
async def test_a_question_deleted_while_slack_is_away_has_no_answer(
    office: Office, fault: Fault, *, stops: bool
) -> None:
    """Neither one that comes late nor one that stood there unknown, and nobody is told of a loss."""
    asked = await unanswered(office, fault)
    await office.slack.delete(asked)
    assert await recovered(office, stops=stops) == []


@STOPS
@pytest.mark.parametrize("fault", SLACK_FAULTS, ids=repr)
async def test_a_question_edited_while_slack_is_away_has_one_answer(
    office: Office, fault: Fault, *, stops: bool
) -> None:
    """That to its last words."""
    asked = await unanswered(office, fault)
    for question in ("Who runs Orkdal?", HALDEN):
        await office.slack.edit(asked, f"{office.at_bot} {question}")
    (answer,) = await recovered(office, stops=stops)
    assert "14 percent" not in words(answer)
    assert "Halden" in words(answer)


@STOPS
async def test_an_answer_that_came_late_goes_with_its_question(office: Office, *, stops: bool) -> None:
    """Slack may refuse that for a while, too."""
    asked = await unanswered(office, Lost())
    assert len(await recovered(office, stops=stops)) == 1
    office.slack.fault("chat.delete", *[Broken(503)] * 4)
    await office.slack.delete(asked)
    await office.idle()
    assert office.seen(office.general, office.ann) == []


async def test_an_edited_answer_goes_with_its_question(office: Office) -> None:
    """Once it was answered anew."""
    (first,) = await office.says(f"{office.at_bot} {ORKDAL}")
    asked = next(one for one in office.slack.seen(office.general, office.ann) if one.ts == first.thread_ts)
    office.slack.fault("chat.postMessage", Lost(), Broken(503))
    await office.slack.edit(asked, f"{office.at_bot} {HALDEN}")
    await office.idle()
    assert len(office.seen(office.general, office.ann)) == 1
    await office.slack.delete(asked)
    await office.idle()
    assert office.seen(office.general, office.ann) == []


async def test_files_below_edited_words_are_still_files(office: Office) -> None:
    """Also where a mention is added later."""
    said = office.slack.say(office.ann, office.general, "The call", files={"call.vtt": CALL})
    await said
    await office.slack.edit(said.message, f"{office.at_bot} the call")
    await office.idle()
    assert "read as WebVTT" in words(*office.seen(office.general, office.ann))
    await office.slack.edit(said.message, f"{office.at_bot} the call of today")
    await office.idle()
    assert "already read as WebVTT" in words(*office.seen(office.general, office.ann))


async def unanswered_on_discord(hall: Hall, first: on_discord.Fault) -> on_discord.Message:
    """Ask in #general while Discord takes no answer; whether it took the first try isn't known."""
    discord = hall.discord
    discord.fault("create_message", first, *[on_discord.Broken(503)] * FOR_LONG)
    asked = discord.say(hall.ann, hall.general, f"{hall.at_bot} {ORKDAL}").message
    await discord.until(lambda: len(discord.calls_of("create_message")) > 3)
    hall.clock.advance(seconds=1)
    return asked


async def recovered_on_discord(hall: Hall, changes: int, *, stops: bool) -> list[on_discord.Message]:
    """Let Discord work again after so many changes, perhaps after a stop; return what stands in #general."""
    await hall.discord.until(lambda: len(set(hall.inbox.heard)) > changes)
    if stops:
        await hall.closes()
        hall.clock.advance(minutes=5)
    hall.discord.faults.clear()
    if stops:
        await hall.opens()
    await hall.idle()
    await hall.delivered(f"discord:@{hall.ann.id}")
    assert hall.seen(hall.alone(hall.ann), hall.ann) == []
    return hall.seen(hall.general, hall.ann)


@STOPS
@pytest.mark.parametrize("fault", DISCORD_FAULTS, ids=repr)
async def test_a_question_deleted_while_discord_is_away_has_no_answer(
    hall: Hall, fault: on_discord.Fault, *, stops: bool
) -> None:
    """Neither one that comes late nor one that stood there unknown, and nobody is told of a loss."""
    hall.discord.delete(await unanswered_on_discord(hall, fault))
    assert await recovered_on_discord(hall, 1, stops=stops) == []


@STOPS
@pytest.mark.parametrize("fault", DISCORD_FAULTS, ids=repr)
async def test_a_question_edited_while_discord_is_away_has_one_answer(
    hall: Hall, fault: on_discord.Fault, *, stops: bool
) -> None:
    """That to its last words."""
    asked = await unanswered_on_discord(hall, fault)
    for question in ("Who runs Orkdal?", HALDEN):
        hall.discord.edit(asked, f"{hall.at_bot} {question}")
        hall.clock.advance(seconds=1)
    (answer,) = await recovered_on_discord(hall, 2, stops=stops)
    assert "14 percent" not in discord_words(answer)
    assert "Halden" in discord_words(answer)


@STOPS
async def test_a_late_answer_on_discord_goes_with_its_question(hall: Hall, *, stops: bool) -> None:
    """Discord may refuse that for a while, too."""
    asked = await unanswered_on_discord(hall, on_discord.Lost())
    assert len(await recovered_on_discord(hall, 0, stops=stops)) == 1
    hall.discord.fault("delete_message", *[on_discord.Broken(503)] * 4)
    hall.discord.delete(asked)
    await hall.discord.until(lambda: hall.seen(hall.general, hall.ann) == [])
    await hall.idle()


async def test_files_below_edited_words_on_discord_are_still_files(hall: Hall) -> None:
    """Also where a mention is added later; told to whoever sent them."""
    said = hall.discord.say(hall.ann, hall.general, "The call", files=[Upload("call.vtt", CALL)]).message
    await hall.overheard()
    for edit, told in (("the call", "read as WebVTT"), ("the call of today", "already read as WebVTT")):
        hall.clock.advance(seconds=1)
        heard = len(set(hall.inbox.heard))
        hall.discord.edit(said, f"{hall.at_bot} {edit}")
        await hall.discord.until(lambda heard=heard: len(set(hall.inbox.heard)) > heard)
        await hall.idle()
        assert told in discord_words(*hall.seen(hall.alone(hall.ann), hall.ann))
