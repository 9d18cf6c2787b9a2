"""Subscribing a channel on Discord: the form, who may, and the brief that comes once, in every kind of channel."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from bot.domain.address import Address
from tests.fakes import FixedClock
from tests.journeys.hall import Hall, gathered, labels, words
from tests.servers.discord import Channel, Flag, Message, Permission, Refused

EARLY: dict[str, object] = {"at": "7:30am", "tz": "Tokyo", "days": ["Mon", "Thu", "Fri"]}


async def subscribed(hall: Hall, where: Channel, at: str = "12:30") -> None:
    """Let Max subscribe a channel from where a command can be used, by words."""
    preview = await hall.uses("subscribe", {"at": at}, hall.max, where)
    assert "The first arrives" in words(*preview)
    assert "next arrives" in words(*await hall.pressed("Subscribe", preview, hall.max))


async def due(hall: Hall, **passing: float) -> None:
    """Let the time come, and the brief be sent."""
    hall.clock.advance(**(passing or {"minutes": 31}))
    await hall.ticks()


async def test_a_form_leads_to_a_brief_that_comes_once(hall: Hall) -> None:
    """What stands in the form at first, the confirmation, and the brief on its day."""
    assert await hall.command("subscribe", hall.max) == []
    assert "the first brief arrives Fri 27 Jun, 08:00 UTC" in words(hall.modal(hall.max))
    confirmed = await hall.submits(hall.max, **EARLY)
    assert hall.discord.modal(hall.max) is None
    assert "next arrives Fri 27 Jun, 07:30" in words(*confirmed)
    assert "on Mon, Thu and Fri at 07:30 Asia/Tokyo" in words(*await hall.command("subscriptions"))
    assert hall.seen(hall.general, hall.bob) == []
    await due(hall, hours=10, minutes=40)
    await hall.restarts()
    await hall.ticks()
    (lead,) = hall.seen(hall.general, hall.bob)
    assert "Fri 27 Jun 2031" in words(lead)
    (thread,) = hall.discord.threads(hall.general)
    assert thread.id == lead.id
    assert "Sources" in words(*hall.seen(thread, hall.bob))
    pages = [lead, *hall.seen(thread, hall.bob)]
    assert not any(hall.discord.pinged(page) or hall.discord.previews(page) for page in pages)
    assert "Ended 1 subscription" in words(*await hall.command("unsubscribe", hall.max))


@pytest.mark.parametrize(("field", "wrong"), [("at", "25:00"), ("tz", "Nowhere/Atall")])
async def test_what_cannot_be_read_opens_the_form_again(hall: Hall, field: str, wrong: str) -> None:
    """The message says what is wrong, and has a button for it."""
    await hall.command("subscribe", hall.max)
    answer = await hall.submits(hall.max, **{**EARLY, field: wrong})
    assert wrong.casefold() in words(*answer).casefold()
    assert {page.viewer for page in answer} == {hall.max.id}
    assert await hall.pressed("Open the form", answer, hall.max) == []
    assert "next arrives Fri 27 Jun, 07:30 Asia/Tokyo" in words(*await hall.submits(hall.max, **EARLY))


async def test_all_that_is_wrong_is_said_at_once(hall: Hall) -> None:
    """Nobody has to open a form twice to hear of two mistakes."""
    await hall.command("subscribe", hall.max)
    answer = words(*await hall.submits(hall.max, at="25:00", tz="Nowhere"))
    assert "25:00" in answer
    assert "nowhere" in answer.casefold()


async def test_rights_are_asked_for_again(hall: Hall) -> None:
    """Whoever lost them while the form was open subscribes nothing, neither then nor by its last button."""
    role = hall.discord.world.role(hall.acme, "keepers", hall.ann, allow=Permission.MANAGE_GUILD)
    preview = await hall.uses("subscribe", {"at": "8am"})
    await hall.command("subscribe")
    hall.acme.members[hall.ann.id].remove(role.id)
    assert "Only people who manage this channel" in words(*await hall.submits(**EARLY))
    assert "Only people who manage this channel" in words(*await hall.pressed("Subscribe", preview))
    assert await hall.app.store.subscriptions.subscriptions(hall.tenant) == []


async def test_a_channel_the_bot_may_not_write_in_is_not_subscribed(hall: Hall) -> None:
    """The person is told at once, instead of waiting for a brief that never comes."""
    hall.discord.deny(hall.general, Permission.SEND_MESSAGES)
    assert "I cannot post here yet" in words(*await hall.uses("subscribe", {"at": "8am"}, hall.max))


async def test_a_press_that_comes_again_subscribes_once(hall: Hall) -> None:
    """Also after a restart."""
    preview = await hall.uses("subscribe", {"at": "12:30"}, hall.max)
    await hall.pressed("Subscribe", preview, hall.max)
    pressed = hall.last
    hall.discord.redeliver(pressed)
    await hall.overheard()
    await hall.restarts()
    hall.discord.redeliver(pressed)
    await hall.overheard()
    found = await hall.app.store.subscriptions.subscriptions(hall.tenant)
    assert [one.at_time for one in found] == [dt.time(12, 30)]
    assert pressed.answers == []
    assert "next arrives" in words(*preview)


async def test_a_person_gets_the_brief_alone(hall: Hall) -> None:
    """Whoever subscribes in their own conversation with the bot."""
    alone = hall.alone(hall.ann)
    preview = await hall.uses("subscribe", {"at": "12:30"}, hall.ann, alone)
    await hall.pressed("Subscribe", preview)
    before = len(hall.seen(alone, hall.ann))
    await due(hall)
    await hall.delivered(f"discord:@{hall.ann.id}")
    assert "Thu 26 Jun 2031" in words(*hall.seen(alone, hall.ann)[before:])
    assert hall.everything(hall.general, hall.bob) == []


async def test_a_brief_in_a_forum_is_a_post(hall: Hall) -> None:
    """With its pages in order below each other; subscribed from a post, whose forum gets it."""
    post = hall.discord.world.thread(hall.board, "Hello", hall.max)
    hall.discord.events.channel("CREATE", post)
    await subscribed(hall, post)
    await due(hall)
    (brief,) = [thread for thread in hall.discord.threads(hall.board) if thread is not post]
    pages = hall.seen(brief, hall.bob)
    assert "Thu 26 Jun 2031" in words(pages[0])
    assert "Sources" in words(*pages[1:])
    assert brief.name


@pytest.mark.parametrize("crosspost", [True, False])
async def test_an_announcement_is_published_where_that_is_set(
    sampled: object, clock: FixedClock, *, crosspost: bool
) -> None:
    """Its first message, once."""
    async with gathered(sampled, clock, crosspost=crosspost) as hall:
        await subscribed(hall, hall.news)
        await due(hall)
        pages: list[Message] = hall.seen(hall.news, hall.bob)
        lead = pages[0]
        assert len(pages) == 1
        assert (Flag.CROSSPOSTED in lead.flags) == crosspost
        assert hall.seen(hall.discord.threads(hall.news)[0], hall.bob)


async def test_a_refused_publication_costs_nobody_the_brief(sampled: object, clock: FixedClock) -> None:
    """It stands in the channel once, with everything that belongs to it."""
    async with gathered(sampled, clock, crosspost=True) as hall:
        await subscribed(hall, hall.news)
        hall.discord.fault("crosspost_message", Refused(50013))
        await due(hall)
        assert len(hall.seen(hall.news, hall.bob)) == 1
        assert len(hall.everything(hall.news, hall.bob)) > 1


async def test_the_form_is_offered_where_none_can_be_opened(hall: Hall) -> None:
    """Under a mention, a button opens it, for who may."""
    offer = await hall.says(f"{hall.at_bot} subscribe", hall.max)
    assert "Open the form" in labels(*offer)
    await hall.pressed("Open the form", offer, hall.max)
    assert "07:30 Asia/Tokyo" in words(*await hall.submits(hall.max, **EARLY))
    assert "Only people who manage" in words(*await hall.pressed("Open the form", offer, hall.bob))


async def paused(hall: Hall) -> str:
    """Return why the subscription is paused, which is noted right after the delivery is given up."""
    store = hall.app.store
    async with asyncio.timeout(5):
        (found,) = await store.subscriptions.subscriptions(hall.tenant)
        while found.state == "on":
            await store.outbox.wait(0.05)
            (found,) = await store.subscriptions.subscriptions(hall.tenant)
    return found.state


@pytest.mark.parametrize("reason", ["gone", "closed", "kicked"])
async def test_a_dead_channel_is_asked_once(hall: Hall, reason: str) -> None:
    """The subscription is paused with what was wrong."""
    await subscribed(hall, hall.general)
    match reason:
        case "gone":
            hall.discord.remove(hall.general)
        case "closed":
            hall.discord.deny(hall.general, Permission.SEND_MESSAGES)
        case _:
            hall.discord.kick(hall.acme)
    await due(hall)
    why = await paused(hall)
    assert "That channel is gone" in why if reason == "gone" else "not allowed to post there" in why
    hall.clock.advance(days=1)
    await hall.ticks()
    asked = [call for call in hall.discord.calls_of("create_message") if hall.general.id in call.ids.values()]
    assert len(asked) == 1
    await hall.delivered(f"discord:@{hall.max.id}")
    notices = hall.seen(hall.alone(hall.max), hall.max)
    assert len(notices) == (reason != "kicked")
    if reason != "kicked":
        assert "The daily brief for" in words(*notices)
        assert "Only whoever subscribed" in words(*await hall.asks("resume #1", hall.bob))
        assert "Resumed. The daily brief next arrives" in words(*await hall.pressed("Resume", notices, hall.max))
        await hall.app.store.subscriptions.pause(Address("discord", hall.acme.id, hall.general.id), why)
        assert f"paused: {why}" in words(*await hall.command("subscriptions", hall.max, hall.news))


async def test_a_subscription_is_changed_and_ended_from_the_list(hall: Hall) -> None:
    """By whoever made it."""
    await hall.pressed("Subscribe", await hall.uses("subscribe", {"at": "12:30"}, hall.max), hall.max)
    listed = await hall.command("subscriptions", hall.max)
    await hall.pressed("Edit", listed, hall.max)
    assert "next arrives" in words(*await hall.submits(hall.max, at="13:15", tz="UTC", days=["Sat", "Sun"]))
    (kept,) = await hall.app.store.subscriptions.subscriptions(hall.tenant)
    assert (f"{kept.at_time:%H:%M}", kept.days) == ("13:15", frozenset({5, 6}))
    assert "Ended 1 subscription" in words(*await hall.pressed("End", listed, hall.max))
    assert "Only whoever subscribed" in words(*await hall.pressed("End", listed, hall.max))
    assert await hall.app.store.subscriptions.subscriptions(hall.tenant) == []


async def test_all_that_is_wrong_with_a_form_is_said_at_once(hall: Hall) -> None:
    """And how to mend it; a country with one time is a zone."""
    await hall.command("subscribe", hall.max)
    told = words(*await hall.submits(hall.max, at="25:70", tz="Nowhere/Atall"))
    assert "25:70" in told
    assert "Nowhere/Atall" in told
    assert await hall.app.store.subscriptions.subscriptions(hall.tenant) == []
    await hall.command("subscribe", hall.max)
    assert "Asia/Kolkata" in words(*await hall.submits(hall.max, at="09:00", tz="India"))


async def test_replacing_a_subscription_tells_the_one_before(hall: Hall) -> None:
    """Whoever set it up hears directly who changed it."""
    hall.discord.world.role(hall.acme, "keepers", hall.ann, allow=Permission.MANAGE_GUILD)
    await subscribed(hall, hall.general)
    await hall.command("subscribe")
    asked = await hall.submits(at="09:00", tz="UTC")
    assert "This replaces what Acme's owner set up here" in words(*asked)
    await hall.pressed("Replace it", asked)
    await hall.delivered(f"discord:@{hall.max.id}")
    (told,) = hall.seen(hall.alone(hall.max), hall.max)
    assert "Ann replaced your subscription" in words(told)
