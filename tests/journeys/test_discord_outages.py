"""The gateway away for a while: sessions are taken up again, and what no session brings is read from the history."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.address import Address
from tests.fakes import FixedClock
from tests.journeys.hall import Hall, words
from tests.journeys.test_discord_shards import split
from tests.servers.discord import Channel, Message, Permission, User

ORKDAL = "How much of the world's stacked memory did Orkdal make?"


async def is_shut(hall: Hall, until: Callable[[], Awaitable[object]]) -> None:
    """Drop the connection and let nobody in again until something happens."""
    gateway = hall.discord.gateway
    gateway.refusing = True
    await gateway.drop()
    await until()
    gateway.refusing = False


async def turned_away(hall: Hall, times: int) -> None:
    """Wait until the bot was turned away so often."""
    await hall.discord.until(lambda: hall.discord.gateway.refused >= times, 40)


async def ask_unheard(hall: Hall, by: User, where: Channel, text: str = ORKDAL) -> Message:
    """Ask while the bot hears nothing."""
    hall.clock.advance(seconds=1)
    return hall.discord.say(by, where, f"{hall.at_bot} {text}" if where.guild else text).message


async def answered(hall: Hall, *asked: Message) -> None:
    """Wait until each message was heard and dealt with."""
    for one in asked:
        await hall.discord.until(lambda one=one: f"discord:{one.id}" in hall.inbox.heard, 40)
    await hall.idle()


async def ask_everywhere(hall: Hall) -> list[Message]:
    """Ask directly and with mentions, five times, while the bot hears nothing."""
    rooms = [(hall.ann, hall.general), (hall.bob, hall.general), (hall.ann, hall.alone(hall.ann))]
    return [await ask_unheard(hall, by, where) for by, where in [*rooms, *rooms[:2]]]


async def test_a_session_is_taken_up_again_after_being_turned_away(hall: Hall) -> None:
    """discord.py alone would begin a new one, and what was said meanwhile would not come."""
    asked: list[Message] = []

    async def until() -> None:
        await turned_away(hall, 1)
        asked.append(await ask_unheard(hall, hall.ann, hall.general))

    await is_shut(hall, until)
    await answered(hall, *asked)
    gateway = hall.discord.gateway
    assert (gateway.identified, gateway.resumed) == (1, 1)


@pytest.mark.long
async def test_a_session_is_taken_up_again_however_often_the_gateway_turns_us_away(hall: Hall) -> None:
    """Whatever was said meanwhile is replayed by Discord and answered once; no new session begins."""
    asked: list[Message] = []

    async def until() -> None:
        asked.extend(await ask_everywhere(hall))
        await turned_away(hall, 4)

    await is_shut(hall, until)
    await answered(hall, *asked)
    gateway = hall.discord.gateway
    assert (gateway.identified, gateway.resumed) == (1, 1)
    assert len(hall.seen(hall.general, hall.max)) == 4
    assert len(hall.seen(hall.alone(hall.ann), hall.ann)) == 1


@pytest.mark.long
@pytest.mark.parametrize("seconds", [1, 10, 60])
async def test_a_session_is_taken_up_again_after_an_outage(hall: Hall, seconds: int) -> None:
    """Within a few seconds of its end, with all that was said meanwhile."""
    asked: list[Message] = []

    async def until() -> None:
        asked.extend(await ask_everywhere(hall))
        await asyncio.sleep(seconds)

    await is_shut(hall, until)
    began = asyncio.get_running_loop().time()
    await answered(hall, *asked)
    assert asyncio.get_running_loop().time() - began < 12
    gateway = hall.discord.gateway
    assert (gateway.identified, gateway.resumed) == (1, 1)
    assert len(hall.everything(hall.general, hall.max)) == 4


@pytest.mark.long
async def test_a_session_whose_host_is_gone_for_good_is_taken_up_at_the_front_door(hall: Hall) -> None:
    """Where sessions are taken up may stay shut: then they are taken up where they begin."""
    gateway = hall.discord.gateway
    gateway.closed.add("/resume")
    await gateway.drop()
    asked = await ask_unheard(hall, hall.ann, hall.general)
    await answered(hall, asked)
    assert (gateway.identified, gateway.resumed) == (1, 1)


@pytest.mark.long
async def test_a_shard_that_is_shut_out_leaves_the_others_alone(sampled: Path, clock: FixedClock) -> None:
    """Each takes up its own session, and hears what was said in its own servers meanwhile."""
    async with split(sampled, clock, 2, 2) as (hall, rooms):
        asked: list[Message] = []

        async def until() -> None:
            asked.extend([await ask_unheard(hall, by, room) for by, room in rooms.values()])
            await turned_away(hall, 4)

        await is_shut(hall, until)
        await answered(hall, *asked)
        gateway = hall.discord.gateway
        assert (gateway.identified, gateway.resumed) == (2, 2)
        for by, room in rooms.values():
            assert len(hall.seen(room, by)) == 1


async def forgotten(hall: Hall, *where: tuple[User, Channel], text: str = ORKDAL) -> list[Message]:
    """Ask while the gateway is shut, which then knows nothing of the session; return what was asked."""
    asked: list[Message] = []

    async def until() -> None:
        asked.extend([await ask_unheard(hall, by, room, text) for by, room in where])
        hall.discord.gateway.forget()

    await is_shut(hall, until)
    await hall.discord.until(lambda: hall.discord.gateway.connected, 40)
    return asked


async def test_what_was_missed_between_two_sessions_is_answered(hall: Hall) -> None:
    """Directly, in a channel and in a thread: wherever the bot answered in the last day, and once."""
    thread = hall.discord.begin(hall.ann, hall.general, "Memory")
    await hall.asks("help")
    for where in (hall.general, thread):
        await hall.says(f"{hall.at_bot} help", where=where)
    places = [(hall.ann, hall.alone(hall.ann)), (hall.bob, hall.general), (hall.bob, thread)]
    before = [len(hall.seen(room, by)) for by, room in places]
    asked = await forgotten(hall, *places)
    await answered(hall, *asked)
    after = [hall.seen(room, by) for by, room in places]
    assert [len(pages) for pages in after] == [count + 1 for count in before]
    assert all("14 percent" in words(pages[-1]) for pages in after)
    assert hall.discord.gateway.identified == 2
    await forgotten(hall)
    await hall.overheard()
    assert [hall.seen(room, by) for by, room in places] == after


async def test_a_manager_who_was_missed_has_their_rights(hall: Hall) -> None:
    """History says nothing of rights, so they are looked up."""
    await hall.says(f"{hall.at_bot} help", hall.max)
    asked = await forgotten(hall, (hall.max, hall.general), (hall.bob, hall.general), text="unsubscribe")
    await answered(hall, *asked)
    assert "no such subscription" in words(*hall.seen(hall.general, hall.max))
    assert "no such subscription" not in words(*hall.seen(hall.alone(hall.bob), hall.bob))
    assert "Only people who manage" in words(*hall.seen(hall.alone(hall.bob), hall.bob))


async def test_who_left_meanwhile_costs_nobody_else_an_answer(hall: Hall) -> None:
    """Nor themselves: they are answered as somebody without rights."""
    await hall.says(f"{hall.at_bot} help")
    before = len(hall.seen(hall.general, hall.ann))
    asked: list[Message] = []

    async def until() -> None:
        asked.extend([await ask_unheard(hall, by, hall.general) for by in (hall.bob, hall.ann)])
        hall.discord.gateway.forget()
        del hall.acme.members[hall.bob.id]

    await is_shut(hall, until)
    await hall.discord.until(lambda: hall.discord.gateway.identified > 1, 40)
    await answered(hall, *asked)
    answers = hall.seen(hall.general, hall.ann)[before:]
    assert sorted(page.reply_to or "" for page in answers) == [one.id for one in asked]


async def test_what_was_asked_more_than_a_day_ago_stays_unanswered(hall: Hall) -> None:
    """Nobody waits for that any more; where there was a talk in the last day, what is newer is answered."""
    await hall.asks("help")
    pages = hall.seen(hall.alone(hall.ann), hall.ann)
    hall.discord.gateway.refusing = True
    await hall.discord.gateway.drop()
    await ask_unheard(hall, hall.ann, hall.alone(hall.ann))
    hall.clock.advance(hours=25)
    address = Address("discord", f"@{hall.ann.id}", hall.ann.id)
    await hall.app.store.threads.join(address, hall.ann.id, hall.clock.now())
    recent = await ask_unheard(hall, hall.ann, hall.alone(hall.ann))
    hall.discord.gateway.forget()
    hall.discord.gateway.refusing = False
    await answered(hall, recent)
    assert len(hall.seen(hall.alone(hall.ann), hall.ann)) == len(pages) + 1


async def test_what_has_its_answer_below_it_gets_no_second_one(hall: Hall) -> None:
    """A database that was put back from a copy knows nothing of it, but the conversation shows it."""
    await hall.asks(ORKDAL)
    pages = hall.seen(hall.alone(hall.ann), hall.ann)
    await hall.app.store.outbox.prune(hall.clock.advance(seconds=1))
    await forgotten(hall)
    await hall.discord.until(lambda: hall.discord.calls_of("get_messages"), 40)
    await hall.overheard()
    assert hall.seen(hall.alone(hall.ann), hall.ann) == pages


async def test_a_place_that_is_closed_to_us_holds_up_no_other(hall: Hall) -> None:
    """A channel that was deleted meanwhile, or where history may not be read, is passed over."""
    talk = hall.discord.create(hall.acme, "talk")
    for where in (talk, hall.general, hall.news):
        await hall.says(f"{hall.at_bot} help", where=where)
    hall.discord.deny(hall.general, Permission.VIEW_CHANNEL)
    hall.discord.remove(talk)
    await answered(hall, *await forgotten(hall, (hall.bob, hall.news)))
    assert len(hall.seen(hall.news, hall.bob)) == 2
