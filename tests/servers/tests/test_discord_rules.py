"""Whom the fake Discord lets the bot write to, whom that notifies, and which links unfold."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from discord import Forbidden, HTTPException, MessageFlags, NotFound, ui
from discord.http import Route

from tests.servers.discord import FakeDiscord, Permission
from tests.servers.discord.stock import Running, redirected, running


@pytest.fixture
async def at() -> AsyncIterator[Running]:
    """Return the scene."""
    async with running() as scene:
        yield scene


async def test_a_locked_thread_takes_nothing(at: Running) -> None:
    """An archived one wakes when somebody writes."""
    thread = await (await at.channel.send("lead")).create_thread(name="rest")
    (known,) = at.discord.threads(at.room)
    at.discord.archive(known)
    await thread.send("wakes it")
    assert not known.archived
    at.discord.deny(at.room, Permission.MANAGE_THREADS)
    at.discord.archive(known, locked=True)
    with pytest.raises(HTTPException) as failed:
        await thread.send("no")
    assert failed.value.code == 160005


async def test_a_person_is_written_to_directly_unless_they_closed_the_door(at: Running) -> None:
    """Or share no server with the bot."""
    user = await at.client.fetch_user(int(at.ann.id))
    await user.send("hello")
    assert [one.text for one in at.discord.seen(at.discord.world.direct(at.ann), at.ann)] == ["hello"]
    stranger = await at.client.fetch_user(int(at.discord.world.user("Guy").id))
    at.ann.takes_dms = False
    for one in (user, stranger):
        with pytest.raises(Forbidden) as failed:
            await one.send("hello")
        assert failed.value.code == 50007


async def test_what_the_bot_may_not_do_is_refused_by_code(at: Running) -> None:
    """Unknown, hidden, silenced: 10003, 50001, 50013."""
    codes = []
    gone = at.client.get_partial_messageable(1)
    at.discord.deny(at.room, Permission.SEND_MESSAGES)
    for step in ("silenced", "hidden", "gone"):
        with pytest.raises((Forbidden, NotFound)) as failed:
            await (gone if step == "gone" else at.channel).send("hello")
        codes.append(failed.value.code)
        at.discord.deny(at.room, Permission.VIEW_CHANNEL)
    assert codes == [50013, 50001, 10003]


async def test_a_bot_that_was_thrown_out_has_no_access(at: Running) -> None:
    """And is told of it; let in again it knows the place."""
    channel = at.channel
    told = at.client.wait_for("guild_remove")
    assert at.discord.kick(at.acme) == 1
    await told
    with pytest.raises(Forbidden) as failed:
        await channel.send("hello")
    assert failed.value.code == 50001
    at.discord.invite(at.acme)
    await channel.send("back")
    assert [one.text for one in at.seen()] == ["back"]


async def test_whom_a_message_notifies_is_worked_out(at: Running) -> None:
    """Without allowed_mentions everything written does, on an edit too; roles and all need a permission."""
    role = at.discord.world.role(at.acme, "team", at.ann, mentionable=True)
    shy = at.discord.world.role(at.acme, "shy", at.ann)
    text = f"<@{at.ann.id}> <@&{role.id}> <@&{shy.id}> @everyone"
    quiet = await at.channel.send(text)
    message = at.discord.world.found(at.room.id, str(quiet.id))
    assert not at.discord.pinged(message)
    route = Route("PATCH", "/channels/{channel_id}/messages/{id}", channel_id=at.room.id, id=quiet.id)
    await at.client.http.request(route, json={"content": text})
    pinged = at.discord.pinged(message)
    assert (pinged.users, pinged.roles, pinged.everyone) == ({at.ann.id}, {role.id}, False)
    at.discord.allow(at.room, Permission.MENTION_EVERYONE)
    await at.client.http.request(route, json={"content": text})
    louder = at.discord.pinged(message)
    assert (louder.roles, louder.everyone) == ({role.id, shy.id}, True)


async def test_text_in_components_notifies_too(at: Running) -> None:
    """A mention in a TextDisplay is a mention."""
    view = ui.LayoutView().add_item(ui.Container(ui.TextDisplay(f"<@{at.ann.id}>")))
    route = Route("POST", "/channels/{channel_id}/messages", channel_id=at.room.id)
    body = {"components": view.to_components(), "flags": MessageFlags(components_v2=True).value}
    await at.client.http.request(route, json=body)
    assert at.discord.pinged(at.seen()[0]).users == {at.ann.id}


async def test_links_unfold_unless_they_are_hidden(at: Running) -> None:
    """In angle brackets, or with previews suppressed, they do not."""
    text = "https://a.example <https://b.example> [c](https://c.example/x)"
    await at.channel.send(text)
    await at.channel.send(text, suppress_embeds=True)
    assert [at.discord.previews(one) for one in at.seen()] == [("https://a.example", "https://c.example/x"), ()]


async def test_the_client_is_led_back_afterwards() -> None:
    """The fake's addresses last no longer than the test."""
    before = Route.BASE
    async with FakeDiscord() as discord:
        with redirected(discord):
            assert discord.api_url == Route.BASE
    assert before == Route.BASE


async def test_refusals_that_lead_to_a_ban_are_counted(at: Running) -> None:
    """Those for want of permission or patience."""
    at.discord.deny(at.room, Permission.SEND_MESSAGES)
    for _ in range(2):
        with pytest.raises(Forbidden):
            await at.channel.send("hello")
    assert at.discord.invalid_requests == 2


async def test_a_thread_has_the_permissions_of_its_channel(at: Running) -> None:
    """To write in threads is a permission of its own."""
    thread = await (await at.channel.send("lead")).create_thread(name="rest")
    at.discord.deny(at.room, Permission.SEND_MESSAGES)
    await thread.send("still")
    at.discord.deny(at.room, Permission.SEND_MESSAGES_IN_THREADS)
    with pytest.raises(Forbidden) as failed:
        await thread.send("no more")
    assert failed.value.code == 50013
