"""Talking with the bot in Slack: mentions, threads that stay live, direct messages, and when it keeps silent."""

from __future__ import annotations

import pytest

from tests.journeys.office import Office
from tests.journeys.sight import words
from tests.servers.slack import Message

ORKDAL = "How much of the world's stacked memory did Orkdal make?"
ABOUT_ORKDAL = "and who said that about it?"


async def begun(office: Office) -> str:
    """Let Ann ask in #general by a mention; return the thread."""
    answer = await office.says(f"{office.at_bot} {ORKDAL}")
    assert answer[0].thread_ts
    return answer[0].thread_ts


async def test_a_mention_is_answered_in_its_thread_for_all(either_office: Office) -> None:
    """In the thread of the message that mentions the bot, where everybody can read it, once."""
    office = either_office
    answer = await office.says(f"{office.at_bot} {ORKDAL}")
    assert "14 percent" in words(*answer)
    roots = {said.ts for said in office.slack.seen(office.general, office.bob) if said.user == office.ann.id}
    assert {one.thread_ts for one in answer} == roots
    assert office.seen(office.general, office.bob) == answer
    assert len(answer) == 1


async def test_a_thread_stays_live_without_another_mention(either_office: Office) -> None:
    """A follow-up is about what the thread is about, whoever asks it."""
    office = either_office
    thread = await begun(office)
    follow_up = await office.says(ABOUT_ORKDAL, thread, office.bob)
    assert "Orkdal" in words(*follow_up)
    assert {one.thread_ts for one in follow_up} == {thread}
    assert all(one.viewer is None for one in follow_up)


async def test_a_live_thread_outlives_a_restart(office: Office) -> None:
    """What the bot is part of is kept."""
    thread = await begun(office)
    await office.restarts()
    assert "Orkdal" in words(*await office.says(ABOUT_ORKDAL, thread))


@pytest.mark.parametrize("talk", ["thanks, that helps", "lol", "I disagree with all of it.", ":+1:"])
async def test_talk_that_asks_nothing_is_left_alone(office: Office, talk: str) -> None:
    """People may talk with each other in a thread of ours."""
    assert await office.says(talk, await begun(office)) == []


async def test_the_bot_keeps_out_of_what_is_not_for_it(office: Office) -> None:
    """Other threads, the channel itself, and mentions of others are no questions to it."""
    thread = await begun(office)
    elsewhere = office.slack.say(office.bob, office.general, "Lunch?")
    await elsewhere
    assert await office.says("Who comes along?", elsewhere.ts) == []
    assert await office.says("Who comes along?") == []
    assert await office.says(f"<@{office.bob.id}> what do you think?", thread) == []


async def test_other_bots_get_no_answer(office: Office) -> None:
    """Not even when they mention it: two bots would never stop."""
    world = office.slack.world
    robot = world.user(office.acme.id, "Robot", is_bot=True)
    text = f"{office.at_bot} Who runs Halden?"
    said = Message(
        office.acme.id, office.general.id, world.stamps.ts(), robot.id, text, bot_id="B99", subtype="bot_message"
    )
    for sent in office.slack.events.posted(world.put(said), office.general):
        await sent
    await office.idle()
    assert office.seen(office.general, office.ann) == [said]


async def test_a_mention_in_a_live_thread_is_answered_once(office: Office) -> None:
    """Slack tells of it twice, as a mention and as a message."""
    thread = await begun(office)
    assert len(await office.says(f"{office.at_bot} {ABOUT_ORKDAL}", thread)) == 1


async def test_a_direct_message_needs_no_command(either_office: Office) -> None:
    """Plain words are a question, a verb is a verb, and the next question is about the same."""
    office = either_office
    first = await office.asks("What did Tomas Brandt say about stacked memory?")
    assert "Tomas Brandt" in words(*first)
    assert first[0].thread_ts
    follow_up = await office.says("and what did he say about prices?", first[0].thread_ts, where=office.with_ann)
    assert "Brandt" in words(*follow_up)
    assert "Thu 26 Jun 2031" in words(*await office.asks("brief"))
    assert "What you can do" in words(*await office.asks("help"))


async def test_a_direct_conversation_goes_on_above_the_thread(office: Office) -> None:
    """Whoever writes the next question below instead of into the thread goes on too."""
    await office.asks("What did Tomas Brandt say about stacked memory?")
    assert "Brandt" in words(*await office.asks("and what did he say about prices?"))


async def test_a_long_brief_goes_on_in_the_thread(office: Office) -> None:
    """Each page is under the first, or where it was asked for in a thread, in that."""
    for pages in (await office.says(f"{office.at_bot} brief"), await office.asks("brief")):
        assert len({one.thread_ts for one in pages}) == 1
        assert pages[0].thread_ts


async def test_guests_and_people_of_other_workspaces_may_ask(office: Office) -> None:
    """Asking is for everybody who is in the channel."""
    office.general.is_ext_shared = True
    world = office.slack.world
    stranger = world.user(world.workspace("Elsewhere", installed=False).id, "Zed")
    office.general.members.add(stranger.id)
    for person in (office.guy, stranger):
        assert "14 percent" in words(*await office.says(f"{office.at_bot} {ORKDAL}", by=person))


async def test_a_thread_that_began_with_something_else_is_live_too(office: Office) -> None:
    """Whatever the mention asked for, what is asked below needs no other."""
    (first, *_) = await office.says(f"{office.at_bot} entity Quillon Semiconductor")
    assert first.thread_ts
    assert "14 percent" in words(*await office.says(ORKDAL, first.thread_ts, office.bob))
