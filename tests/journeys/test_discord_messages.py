"""Messages on Discord that are no plain new line: edited, deleted, passed on, to a role, or with a sample of code."""

from __future__ import annotations

import pytest

from tests.journeys.hall import Hall, words
from tests.servers.discord import Message
from tests.servers.discord.state import Role

ORKDAL = "How much of the world's stacked memory did Orkdal make?"
HALDEN = "Who runs Halden?"
CLAIM = "Orkdal made 14 percent of the world's stacked memory."


def said_last(hall: Hall) -> Message:
    """Return what Ann said last in #general."""
    return [one for one in hall.discord.seen(hall.general, hall.ann) if one.author == hall.ann.id][-1]


def own_role(hall: Hall) -> Role:
    """Give the bot the role that Discord makes for it."""
    role = hall.discord.world.role(hall.acme, "overheard", hall.discord.world.bot, mentionable=True)
    role.bot = hall.discord.world.bot.id
    return role


async def test_who_mentions_the_role_is_told_how_to_ask(hall: Hall) -> None:
    """Discord shows it first as one types, but keeps the words from the bot."""
    role = own_role(hall)
    await hall.restarts()
    (told,) = await hall.says(f"<@&{role.id}> {ORKDAL}")
    assert "Mention me as a member" in words(told)
    other = hall.discord.world.role(hall.acme, "staff", hall.bob, mentionable=True)
    hall.discord.say(hall.ann, hall.general, f"<@&{other.id}> {ORKDAL}")
    await hall.overheard()
    assert hall.seen(hall.general, hall.ann) == [told]


async def test_who_mentions_the_bot_below_something_is_told_how_to_check_it(hall: Hall) -> None:
    """It isn't shown what others say to each other."""
    claim = hall.discord.say(hall.bob, hall.general, CLAIM).message
    (told,) = await hall.says(hall.at_bot, reply_to=claim)
    assert "Check this claim" in words(told)


async def test_a_message_that_is_passed_on_is_read(hall: Hall) -> None:
    """In a direct conversation."""
    alone = hall.alone(hall.ann)
    said = hall.discord.forward(hall.ann, alone, ORKDAL).message
    await hall.discord.until(lambda: f"discord:{said.id}" in hall.inbox.heard)
    await hall.idle()
    assert "14 percent" in words(*hall.seen(alone, hall.ann))


async def test_the_menu_of_a_card_checks_what_it_says(hall: Hall) -> None:
    """A message of another app has its words in embeds or components, and one that is passed on in a copy."""
    robot = hall.discord.world.user("Robot", hall.acme)
    robot.is_bot = True
    embed = {"type": "rich", "title": "News", "description": CLAIM}
    for parts in (
        {"embeds": [embed]},
        {"components": [{"type": 17, "components": [{"type": 10, "content": CLAIM}]}]},
        {"forwarded": [{"content": CLAIM, "embeds": [], "attachments": []}]},
    ):
        world = hall.discord.world
        card = Message(world.ids.id(), hall.general.id, robot.id, world.now(), **parts)
        world.put(card)
        assert "14 percent" in words(*await hall.checks(card)), parts


async def test_an_edited_question_is_answered_in_place_of_the_first_answer(hall: Hall) -> None:
    """The answer to what is no longer asked goes; a preview that is added is no edit."""
    await hall.says(f"{hall.at_bot} {HALDEN}")
    said = said_last(hall)
    hall.clock.advance(seconds=1)
    hall.discord.edit(said, f"{hall.at_bot} {ORKDAL}")
    await hall.discord.until(lambda: "14 percent" in words(*hall.seen(hall.general, hall.ann)), 10)
    await hall.idle()
    (answer,) = hall.seen(hall.general, hall.ann)
    hall.discord.events.edited(said)
    await hall.overheard()
    assert hall.seen(hall.general, hall.ann) == [answer]
    assert answer.reply_to == said.id


async def test_a_message_that_is_pinned_long_after_an_edit_is_not_answered_again(hall: Hall) -> None:
    """Discord tells of it as of an edit, when nothing is known of the answer any more; what is edited now is news."""
    await hall.says(f"{hall.at_bot} {HALDEN}")
    said = said_last(hall)
    hall.clock.advance(seconds=1)
    hall.discord.edit(said, f"{hall.at_bot} {ORKDAL}")
    await hall.discord.until(lambda: "14 percent" in words(*hall.seen(hall.general, hall.ann)), 10)
    await hall.idle()
    answers = hall.seen(hall.general, hall.ann)
    await hall.app.store.outbox.prune(hall.clock.advance(days=31))
    hall.discord.events.edited(said)
    await hall.overheard()
    assert hall.seen(hall.general, hall.ann) == answers
    hall.discord.edit(said, f"{hall.at_bot} {HALDEN}")
    await hall.discord.until(lambda: hall.seen(hall.general, hall.ann) != answers, 10)


async def test_an_edit_that_calls_the_bot_is_answered(hall: Hall) -> None:
    """Whoever forgot the name at first."""
    said = hall.discord.say(hall.ann, hall.general, ORKDAL).message
    await hall.overheard()
    hall.clock.advance(seconds=1)
    hall.discord.edit(said, f"{hall.at_bot} {ORKDAL}")
    await hall.discord.until(lambda: hall.seen(hall.general, hall.ann), 10)
    await hall.idle()
    assert "14 percent" in words(*hall.seen(hall.general, hall.ann))


async def test_a_deleted_question_takes_its_public_answer_along(hall: Hall) -> None:
    """All its pages, and nothing else; what was answered in private stays."""
    kept = await hall.says(f"{hall.at_bot} {HALDEN}", hall.bob)
    await hall.says(f"{hall.at_bot} brief")
    hall.discord.delete(said_last(hall))
    await hall.discord.until(lambda: hall.everything(hall.general, hall.ann) == kept, 10)
    direct = await hall.asks(ORKDAL)
    (own,) = [one for one in hall.discord.seen(hall.alone(hall.ann), hall.ann) if one.author == hall.ann.id]
    hall.discord.delete(own)
    await hall.overheard()
    assert hall.seen(hall.alone(hall.ann), hall.ann) == direct


@pytest.mark.parametrize("sample", ["`{at} {question}`", "Like so:\n```\n{at} {question}\n```\nbut I can't now."])
async def test_a_mention_in_a_code_sample_is_no_mention(hall: Hall, sample: str) -> None:
    """Somebody shows others how it is done."""
    hall.discord.say(hall.ann, hall.general, sample.format(at=hall.at_bot, question=ORKDAL))
    await hall.overheard()
    assert hall.everything(hall.general, hall.ann) == []
    both = f"{hall.at_bot} {ORKDAL} ({sample.format(at=hall.at_bot, question='brief')})"
    assert len(await hall.says(both)) == 1
