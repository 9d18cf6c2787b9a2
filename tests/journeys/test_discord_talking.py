"""Talking with the bot on Discord: mentions, replies, threads, direct messages, and when it keeps silent."""

from __future__ import annotations

import re

from tests.journeys.hall import Hall, words
from tests.servers.discord import Lost, Message, Permission

ORKDAL = "How much of the world's stacked memory did Orkdal make?"
ABOUT_ORKDAL = "and who said that about it?"


async def test_a_mention_is_answered_by_a_reply_for_all(hall: Hall) -> None:
    """Under the message that mentions the bot, where everybody can read it, once, and nobody is pinged."""
    (answer,) = await hall.says(f"{hall.at_bot} {ORKDAL}")
    asked = next(one for one in hall.discord.seen(hall.general, hall.bob) if one.author == hall.ann.id)
    assert "14 percent" in words(answer)
    assert answer.reply_to == asked.id
    assert hall.seen(hall.general, hall.bob) == [answer]
    assert not hall.discord.pinged(answer)
    assert not hall.discord.previews(answer)


async def test_a_reply_to_the_bot_keeps_the_subject(hall: Hall) -> None:
    """Whoever replies need not mention it; also after a restart."""
    (answer,) = await hall.says(f"{hall.at_bot} {ORKDAL}")
    (first,) = await hall.says(ABOUT_ORKDAL, hall.bob, reply_to=answer)
    assert "Orkdal" in words(first)
    await hall.restarts()
    (second,) = await hall.says(ABOUT_ORKDAL, hall.bob, reply_to=first)
    assert "Orkdal" in words(second)


async def test_a_mention_in_a_thread_is_answered_there_about_its_subject(hall: Hall) -> None:
    """Each thread has its own."""
    world = hall.discord.world
    thread, other = (world.thread(hall.general, name, hall.ann) for name in ("memory", "lunch"))
    for room in (thread, other):
        hall.discord.events.channel("CREATE", room)
    (answer,) = await hall.says(f"{hall.at_bot} {ORKDAL}", where=thread)
    (follow_up,) = await hall.says(f"{hall.at_bot} {ABOUT_ORKDAL}", hall.bob, thread)
    assert "14 percent" in words(answer)
    assert "Orkdal" in words(follow_up)
    assert "Orkdal" not in words(*await hall.says(f"{hall.at_bot} {ABOUT_ORKDAL}", where=other))


async def test_the_bot_keeps_out_of_what_is_not_for_it(hall: Hall) -> None:
    """The channel itself, mentions of others, replies that do not call it, and other bots are no questions."""
    discord = hall.discord
    (answer,) = await hall.says(f"{hall.at_bot} {ORKDAL}")
    robot = discord.world.user("robot", hall.acme, is_bot=True)
    discord.say(hall.bob, hall.general, "Who comes along?")
    discord.say(hall.bob, hall.general, f"<@{hall.ann.id}> what do you think?")
    discord.say(hall.bob, hall.general, "I disagree.", answer, ping=False)
    discord.say(robot, hall.general, f"{hall.at_bot} Who runs Halden?")
    await hall.overheard()
    assert hall.everything(hall.general, hall.ann) == [answer]


async def test_a_direct_message_needs_no_command(hall: Hall) -> None:
    """Plain words are a question, a verb is a verb, and the next question is about the same."""
    first = await hall.asks("What did Tomas Brandt say about stacked memory?")
    assert "Tomas Brandt" in words(*first)
    assert "Brandt" in words(*await hall.asks("and what did he say about prices?"))
    assert "Thu 26 Jun 2031" in words(*await hall.asks("brief"))
    assert "What you can do" in words(*await hall.asks("/help"))
    assert "What you can do" in words(*await hall.asks(hall.at_bot))


async def test_a_long_brief_goes_on_in_the_thread_of_its_first_page(hall: Hall) -> None:
    """The channel shows one message; in a thread, each page follows the one before."""
    first, *rest = await hall.says(f"{hall.at_bot} brief")
    assert hall.seen(hall.general, hall.bob) == [first]
    assert rest
    assert {page.channel for page in rest} == {first.thread or first.id}
    thread = hall.discord.threads(hall.general)[0]
    again = await hall.says(f"{hall.at_bot} brief", where=thread)
    assert len(again) == len(rest) + 1
    assert {page.channel for page in again} == {thread.id}
    assert len(await hall.asks("brief")) == 1


async def test_where_no_thread_may_be_opened_pages_follow_each_other(hall: Hall) -> None:
    """Nothing is lost for it."""
    hall.discord.deny(hall.general, Permission.CREATE_PUBLIC_THREADS)
    await hall.overheard()
    pages = await hall.says(f"{hall.at_bot} brief")
    assert hall.seen(hall.general, hall.bob) == pages
    assert len(pages) > 1


async def test_what_is_for_one_person_goes_to_them_alone(hall: Hall) -> None:
    """A mention that asks for something private is answered directly, and what went wrong, too."""
    for text, expected in [("privacy", "kept about you"), ("/frobnicate", "There is no"), ("subscribe at 8am", "Only")]:
        before = len(hall.seen(hall.alone(hall.ann), hall.ann))
        assert await hall.says(f"{hall.at_bot} {text}") == []
        assert expected in words(*hall.seen(hall.alone(hall.ann), hall.ann)[before:])
    assert hall.everything(hall.general, hall.bob) == []


async def test_who_takes_no_direct_messages_is_told_so_in_public(hall: Hall) -> None:
    """And no more than that: what is private stays so."""
    hall.ann.takes_dms = False
    (told,) = await hall.says(f"{hall.at_bot} privacy")
    assert "you don't accept direct messages" in words(told)
    assert "kept about you" not in words(told)


async def test_where_the_bot_may_not_write_the_person_is_answered_directly(hall: Hall) -> None:
    """With the reason, instead of silence."""
    hall.discord.deny(hall.general, Permission.SEND_MESSAGES)
    await hall.overheard()
    assert await hall.says(f"{hall.at_bot} {ORKDAL}") == []
    (told,) = hall.seen(hall.alone(hall.ann), hall.ann)
    assert re.search(r"can't write in .*so here it is for you alone.*14 percent", words(told))


async def test_an_answer_whose_confirmation_was_lost_is_posted_once(hall: Hall) -> None:
    """Sent again, it is the same message to Discord."""
    hall.discord.fault("create_message", Lost())
    answer: list[Message] = await hall.says(f"{hall.at_bot} {ORKDAL}")
    assert len(answer) == 1
    assert len(hall.discord.calls_of("create_message")) == 2
