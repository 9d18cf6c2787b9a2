"""Buttons on Discord: what they open, for whom, and that what they do is done once."""

from __future__ import annotations

import asyncio
import re
from functools import partial

import pytest

from bot.domain.address import Address
from bot.domain.delivery import DeliveryState
from bot.platforms.discord.surfaces import DEFER_AFTER
from tests.journeys.chats import comes_to
from tests.journeys.hall import Hall, labels, words
from tests.servers.discord import Message

ORKDAL = "How much of the world's stacked memory did Orkdal make?"


async def shared(hall: Hall) -> list[Message]:
    """Wait until the channel shows something to Bob, and nothing more is on its way; return it."""
    await hall.discord.until(lambda: hall.seen(hall.general, hall.bob))
    await hall.delivered()
    return hall.everything(hall.general, hall.bob)


async def test_receipts_are_the_exact_words(hall: Hall) -> None:
    """From a brief among all, they go to whoever presses, and to nobody else."""
    brief = await hall.says(f"{hall.at_bot} brief")
    receipts = await hall.pressed("Receipts", brief, hall.bob)
    assert re.search(r"\d+ quotes? from \d+ conversations?", words(*receipts))
    assert "Exact words, as in the transcript" in words(*receipts)
    assert {page.viewer for page in receipts} == {hall.bob.id}


async def test_a_topic_of_a_signal_can_be_asked_about(hall: Hall) -> None:
    """Three questions are offered; the button of one asks it in the person's place."""
    offered = await hall.pressed("Ask about this", await hall.command("brief"))
    assert len(labels(*offered)) == 3
    answer = await hall.pressed(labels(*offered)[0], offered)
    assert re.search(r"Searched \d+ conversations", words(*answer))
    assert {page.viewer for page in answer} == {hall.ann.id}


async def test_the_rest_of_a_brief_is_a_press_away(hall: Hall) -> None:
    """Who asks for it alone gets one screen, and all of it from the button; in a channel it is in the thread."""
    (alone,) = await hall.command("brief")
    assert "Sources" not in words(alone)
    assert "Sources" in words(*await hall.pressed("Full brief", [alone]))
    first, *others = await hall.says(f"{hall.at_bot} brief")
    assert "Sources" not in words(first)
    assert "Sources" in words(*others)


async def test_a_question_can_be_typed_into_a_form(hall: Hall) -> None:
    """And is answered as any other."""
    await hall.pressed("Ask", await hall.command("brief"))
    assert "14 percent" in words(*await hall.submits(question=ORKDAL))


async def test_following_asks_how_often(hall: Hall) -> None:
    """First the volume, then the pace; what is followed is listed, and can be ended there."""
    preview = await hall.command("follow halden")
    assert "Halden" not in words(*await hall.command("following"))
    assert "You now follow Halden" in words(*await hall.pressed("At most hourly", preview))
    listed = await hall.command("following")
    assert "at most once an hour" in words(*listed)
    assert "Halden" not in words(*await hall.command("following", hall.bob))
    assert "no longer follow Halden" in words(*await hall.pressed("Unfollow", listed))
    assert "You aren't following anyone" in words(*await hall.command("following"))


@pytest.mark.parametrize(
    ("label", "outcome"), [("At once", "follow Halden Compute: new claims"), ("Cancel", "Nothing was changed")]
)
async def test_the_answer_takes_the_place_of_the_question(hall: Hall, label: str, outcome: str) -> None:
    """Its buttons are gone with it, from a server and alone with the bot, also if the answer takes its time."""
    for where, is_slow in [(hall.general, False), (hall.alone(hall.ann), False), (hall.general, True)]:
        asked = await hall.uses("follow", {"entity": "halden"}, hall.ann, where)
        if is_slow:
            hold_answers_until_deferred(hall)
        answer = await hall.pressed(label, asked)
        assert [one.id for one in answer] == [one.id for one in asked]
        assert outcome in words(*answer)
        assert not {"At once", "At most hourly", "Cancel"} & set(labels(*asked))


def hold_answers_until_deferred(hall: Hall) -> None:
    """Let the next answers wait for longer than the bot leaves Discord without one."""
    hall.pace.going.clear()
    asyncio.get_running_loop().call_later(DEFER_AFTER + 0.2, hall.pace.going.set)


@pytest.mark.parametrize("is_slow", [False, True])
async def test_a_question_stays_open_for_who_may_answer_it(hall: Hall, *, is_slow: bool) -> None:
    """Whoever may not subscribe the channel is told so, beside the question."""
    asked = await hall.says(f"{hall.at_bot} subscribe at 8am", hall.max)
    if is_slow:
        hold_answers_until_deferred(hall)
    refused = await hall.pressed("Subscribe", asked, hall.ann)
    assert "Only people who manage this channel" in words(*refused)
    assert "next arrives" in words(*await hall.pressed("Subscribe", asked, hall.max))
    assert "Subscribe" not in labels(*asked)


async def test_what_is_followed_reaches_the_person_directly(hall: Hall) -> None:
    """Whoever follows from a server hears of it alone, once."""
    await hall.command("follow halden at once")
    await hall.reads("Last week Halden opened a plant in Oslo with 700 workers.")
    alone = hall.alone(hall.ann)
    alert = await hall.discord.until(lambda: hall.seen(alone, hall.ann))
    assert "Halden opened a plant in Oslo" in words(*alert)
    assert hall.everything(hall.general, hall.bob) == []
    await hall.delivered(f"discord:@{hall.ann.id}")
    assert len(hall.seen(alone, hall.ann)) == 1


async def test_an_answer_is_shared_once(hall: Hall) -> None:
    """Pressed twice, sent twice by Discord, and pressed again after a restart: the channel has it once."""
    answer = await hall.command(f"ask {ORKDAL}")
    page = next(page for page in answer if "Share here" in labels(page))
    first, second = (hall.discord.press(page, "Share here", hall.ann) for _ in range(2))
    await first
    await second
    hall.discord.redeliver(first)
    await hall.overheard()
    assert "already has it" in words(*await hall.pressed("Share here", answer))
    for_all = await shared(hall)
    await hall.restarts()
    assert "already has it" in words(*await hall.pressed("Share here", answer))
    hall.discord.redeliver(first)
    await hall.overheard()
    await hall.delivered()
    assert await shared(hall) == for_all
    assert len(for_all) == 1
    assert f"Ann asked: {ORKDAL}" in words(*for_all)
    assert "14 percent" in words(*for_all)
    assert "Share here" not in labels(*for_all)


async def test_buttons_outlive_a_restart(hall: Hall) -> None:
    """An old answer can still be shared, and every button of an old brief still does its work."""
    answer, brief = await hall.command(f"ask {ORKDAL}"), await hall.says(f"{hall.at_bot} brief")
    await hall.restarts()
    hall.clock.advance(days=2)
    await hall.pressed("Share here", answer)
    assert "Exact words" in words(*await hall.pressed("Receipts", brief))
    assert len(labels(*await hall.pressed("Ask about this", brief))) == 3
    assert "noted" in words(*await hall.pressed("Helpful", brief))
    follow = next(label for label in labels(*brief) if label.startswith("Follow"))
    assert "You now follow" in words(*await hall.pressed("At most hourly", await hall.pressed(follow, brief)))
    await hall.delivered()
    assert any("14 percent" in words(page) for page in hall.seen(hall.general, hall.bob))


async def test_what_is_pressed_twice_at_once_is_done_once(hall: Hall) -> None:
    """Follow, vote, share and confirm, on messages from before a restart, also when Discord repeats a press."""
    brief, answer = await hall.says(f"{hall.at_bot} brief"), await hall.command(f"ask {ORKDAL}")
    preview, form = await hall.command("follow halden"), await hall.uses("subscribe", {"at": "8am"}, hall.max)
    await hall.restarts()
    pressed = [("Helpful", brief, hall.ann), ("Share here", answer, hall.ann), ("At once", preview, hall.ann)]
    for label, pages, who in (*pressed, ("Subscribe", form, hall.max)):
        page = next(page for page in pages if label in labels(page))
        twice = [hall.discord.press(page, label, who) for _ in range(2)]
        for one in twice:
            assert not (await one).failure
            hall.discord.redeliver(one)
        await hall.idle()
        in_place = label in {"At once", "Subscribe"}
        assert [len(one.answers) for one in twice] == ([0, 0] if in_place else [1, 1]), label
        assert (label in labels(page)) is not in_place
    store = hall.app.store
    assert len((await store.privacy.export(hall.tenant, hall.ann.id))["votes"]) == 1
    assert len(await store.subscriptions.subscriptions(hall.tenant)) == 1
    await hall.delivered()
    (for_all,) = [page for page in hall.everything(hall.general, hall.bob) if page not in brief]
    assert "14 percent" in words(for_all)
    await hall.reads("Last week Halden opened a plant in Oslo with 700 workers.")
    await hall.discord.until(lambda: hall.seen(hall.alone(hall.ann), hall.ann))
    await hall.delivered(f"discord:@{hall.ann.id}")
    assert len(hall.seen(hall.alone(hall.ann), hall.ann)) == 1


async def test_a_verdict_is_kept(hall: Hall) -> None:
    """Each person has one, which can change."""
    brief = await hall.says(f"{hall.at_bot} brief")
    assert "noted" in words(*await hall.pressed("Helpful", brief))
    await hall.pressed("Not helpful", brief, hall.bob)
    votes = [await hall.app.store.privacy.export(hall.tenant, who.id) for who in (hall.ann, hall.bob)]
    assert [len(kept["votes"]) for kept in votes] == [1, 1]


async def test_more_or_less_of_a_story_is_kept_and_taken_back(hall: Hall) -> None:
    """By each person for the channel, from the menu of a story."""
    brief = await hall.says(f"{hall.at_bot} brief")
    noted = await hall.pressed("More like this", brief)
    assert "Noted: more about Halden Compute" in words(*noted)
    await hall.pressed("More like this", brief, hall.bob)
    at = Address("discord", hall.tenant.partition(":")[2], hall.general.id)
    wanted = partial(hall.app.store.preferences.preferences, at)
    assert await comes_to(wanted, {"Halden Compute": 2})
    await hall.pressed("Less like this", brief, hall.bob)
    assert await comes_to(wanted, {})
    assert "Taken back" in words(*await hall.pressed("Undo", noted))
    assert await comes_to(wanted, {"Halden Compute": -1})


async def test_no_button_of_an_answer_leads_nowhere(hall: Hall) -> None:
    """Every button that is shown does something sensible."""
    pages = [*await hall.command("brief"), *await hall.command("entity Halden"), *await hall.command("follow halden")]
    for page in pages:
        for label in dict.fromkeys(labels(page)):
            if label == "Ask" or label not in labels(page):
                continue  # It opens a form, or went with its question.
            answer = await hall.pressed(label, [page])
            assert words(*answer), label
            assert "Reference" not in words(*answer), label


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Orkdal made 14 percent of the world's stacked memory last year.", r"14 percent"),
        ("https://example.com/a", r"only a link"),
        ("who did that?", r"is a question"),
        ("<:shrug:123456789012345678>", r"no statement"),
    ],
)
async def test_a_message_can_be_checked(hall: Hall, said: str, expected: str) -> None:
    """By the command in its menu, for the person alone, although the bot does not read along."""
    message = hall.discord.say(hall.bob, hall.general, said).message
    answer = await hall.checks(message)
    assert re.search(expected, words(*answer)), words(*answer)
    assert {page.viewer for page in answer} == {hall.ann.id}
    assert hall.seen(hall.general, hall.bob) == []


async def test_nothing_of_another_server_is_touched(hall: Hall) -> None:
    """The ids of a kept answer and of a subscription of one server mean nothing in another."""
    world, store = hall.discord.world, hall.app.store
    other = world.guild("Elsewhere")
    hall.discord.invite(other)
    spy = world.users[other.owner]
    room = world.channel(other, "room")
    hall.discord.events.channel("CREATE", room)
    await hall.pressed("Subscribe", await hall.uses("subscribe", {"at": "8am"}, hall.max), hall.max)
    answer = await hall.command(f"ask {ORKDAL}")
    share = next(button for page in answer for button in page.buttons if button["label"] == "Share here")
    forged = Message(world.ids.id(), room.id, world.bot.id, world.now(), components=[dict(share)])
    world.put(forged)
    said = words(*await hall.pressed("Share here", [forged], spy))
    assert "no longer have that" in said
    assert "No subscriptions yet" in words(*await hall.command("subscriptions", spy, room))
    await hall.command("unsubscribe", spy, room)
    assert len(await store.subscriptions.subscriptions(hall.tenant)) == 1
    assert await store.outbox.deliveries(f"discord:{other.id}", list(DeliveryState)) == []
