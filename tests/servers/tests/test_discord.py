"""The fake Discord, as the real client meets it: commands, messages, threads, direct conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from discord import File, HTTPException, Interaction, Object
from discord.app_commands import CommandTree
from discord.http import Route

from tests.fakes import FixedClock
from tests.servers.discord import Flag, Permission
from tests.servers.discord.stock import Client, Running, running


def commands(tree: CommandTree) -> None:
    """Add a command that thinks and one that answers at once."""

    @tree.command(description="Think, answer, think better of it")
    async def ask(asked: Interaction, question: str, loud: int = 0) -> None:
        await asked.response.defer(thinking=True, ephemeral=not loud)
        await asked.followup.send(f"First: {question}")
        await asked.edit_original_response(content=f"Answer: {question}")

    @tree.command(description="Answer at once, twice")
    async def twice(asked: Interaction) -> None:
        await asked.response.send_message("one")
        await asked.followup.send("two", ephemeral=True)


async def prepared(client: Client) -> None:
    """Register the commands."""
    commands(client.tree)
    await client.tree.sync()


@pytest.fixture
async def at() -> AsyncIterator[Running]:
    """Return the scene."""
    async with running(prepared) as scene:
        yield scene


async def test_the_client_knows_who_and_where_it_is(at: Running) -> None:
    """Itself, its server, and the channels in it."""
    assert at.client.user is not None
    assert str(at.client.user.id) == at.discord.world.bot.id
    assert [guild.name for guild in at.client.guilds] == ["Acme"]
    assert at.channel.permissions_for(at.channel.guild.me).send_messages


async def test_a_slash_command_is_deferred_answered_and_edited(at: Running) -> None:
    """One message: thinking, then the follow-up in its place, then the edit; timed from the event."""
    asked = await at.discord.command("ask", {"question": "who?"}, at.ann, at.room)
    assert asked.response == 5
    assert 0 < asked.seconds < 1
    await at.discord.until(lambda: asked.shown and asked.shown.text == "Answer: who?")
    (message,) = at.seen()
    assert (message.history, message.viewer) == (["First: who?"], at.ann.id)
    assert asked.payload["locale"] == "de"


async def test_an_ephemeral_answer_is_seen_by_one_alone(at: Running) -> None:
    """It was fixed when the command was deferred; what is loud all see."""
    bob = at.discord.world.user("Bob", at.acme)
    hidden = await at.discord.command("ask", {"question": "who?"}, at.ann, at.room)
    loud = await at.discord.command("ask", {"question": "what?", "loud": 1}, at.ann, at.room)
    await at.discord.until(lambda: hidden.shown and loud.shown)
    assert [one.id for one in at.discord.seen(at.room, bob)] == [loud.shown.id]
    assert len(at.seen()) == 2


async def test_follow_ups_come_after_the_first_answer(at: Running) -> None:
    """Each may be for one alone."""
    asked = await at.discord.command("twice", {}, at.ann, at.room)
    await at.discord.until(lambda: asked.followups)
    assert [(one.text, one.viewer) for one in asked.answers] == [("one", None), ("two", at.ann.id)]


async def test_nobody_is_offered_what_is_not_registered_or_not_for_them(at: Running) -> None:
    """A command behind a permission is there for those who have it; a missing option is asked for."""
    with pytest.raises(LookupError, match="not offered 'nothing'"):
        at.discord.command("nothing", {}, at.ann, at.room)
    with pytest.raises(ValueError, match="question"):
        at.discord.command("ask", {}, at.ann, at.room)
    with pytest.raises(LookupError, match="No option is called"):
        at.discord.command("ask", {"question": "x", "other": 1}, at.ann, at.room)
    at.discord.world.commands[""][0]["default_member_permissions"] = str(int(Permission.MANAGE_GUILD))
    with pytest.raises(LookupError):
        at.discord.command("ask", {"question": "x"}, at.ann, at.room)
    at.discord.world.role(at.acme, "moderators", at.ann, allow=Permission.MANAGE_GUILD)
    assert (await at.discord.command("ask", {"question": "x"}, at.ann, at.room)).response == 5


async def test_commands_are_synced_once_and_counted(at: Running) -> None:
    """The same again creates nothing; two hundred a day is the end."""
    before = [one["id"] for one in at.discord.world.commands[""]]
    again = await at.client.tree.sync()
    assert [str(one.id) for one in again] == before
    assert list(at.discord.world.created.values()) == [2]
    assert [one.name for one in await at.client.tree.fetch_commands()] == ["ask", "twice"]
    at.discord.world.created = dict.fromkeys(at.discord.world.created, 200)
    at.discord.world.commands.clear()
    with pytest.raises(HTTPException) as failed:
        await at.client.tree.sync()
    assert failed.value.code == 30034


async def test_a_nonce_stands_for_one_message(at: Running, clock: FixedClock) -> None:
    """Sent again within minutes it returns the first, in whatever channel; later it is forgotten."""
    at.discord.world.clock = clock
    first = await at.channel.send("hello", nonce="brief-1")
    again = await at.channel.send("hello", nonce="brief-1")
    assert (first.id, len(at.seen())) == (again.id, 1)
    clock.advance(minutes=4)
    await at.channel.send("hello", nonce="brief-1")
    assert len(at.seen()) == 2


async def test_a_nonce_means_nothing_to_a_forum(at: Running) -> None:
    """Two posts with the same nonce are two posts."""
    forum = at.discord.world.channel(at.acme, "briefs", "forum")
    route = Route("POST", "/channels/{channel_id}/threads", channel_id=forum.id)
    message = {"content": "hello", "nonce": "brief-1", "enforce_nonce": True}
    for _ in range(2):
        await at.client.http.request(route, json={"name": "Monday", "message": message})
    assert [one.name for one in at.discord.threads(forum)] == ["Monday", "Monday"]


async def test_threads_begin_at_a_message_or_without_one(at: Running) -> None:
    """At a message the thread has its id; a second one there is refused."""
    message = await at.channel.send("the lead")
    thread = await message.create_thread(name="the rest")
    assert thread.id == message.id
    await thread.send("page two")
    (known,) = at.discord.threads(at.room)
    assert [one.text for one in at.discord.seen(known, at.ann)] == ["page two"]
    with pytest.raises(HTTPException) as failed:
        await message.create_thread(name="again")
    assert failed.value.code == 160004
    loose = await at.channel.create_thread(name="loose", message=None, type=thread.type)
    assert loose.id != message.id


async def test_announcements_are_published_once(at: Running) -> None:
    """Elsewhere not at all."""
    news = at.discord.world.channel(at.acme, "news", "announcement")
    channel = await at.client.fetch_channel(int(news.id))
    message = await channel.send("extra")
    await message.publish()
    assert Flag.CROSSPOSTED in at.discord.seen(news, at.ann)[0].flags
    codes = []
    for one in (message, await at.channel.send("no news")):
        with pytest.raises(HTTPException) as failed:
            await one.publish()
        codes.append(failed.value.code)
    assert codes == [40033, 50024]


async def test_commands_can_belong_to_one_server(at: Running) -> None:
    """They are offered there alone."""
    at.client.tree.copy_global_to(guild=Object(int(at.acme.id)))
    at.client.tree.clear_commands(guild=None)
    await at.client.tree.sync()
    await at.client.tree.sync(guild=Object(int(at.acme.id)))
    assert (await at.discord.command("twice", {}, at.ann, at.room)).response == 4
    with pytest.raises(LookupError):
        at.discord.command("twice", {}, at.ann, at.discord.world.direct(at.ann))


async def test_what_people_open_the_client_hears_of(at: Running) -> None:
    """Channels and threads, with what is said in them and what the app answers, timed."""
    room = at.discord.create(at.acme, "new")
    lead = at.discord.say(at.ann, room, "lead").message
    thread = at.discord.begin(at.ann, room, "talk", lead)
    hearing = at.client.wait_for("message", check=lambda message: message.channel.id == int(thread.id))
    said = await at.discord.say(at.ann, thread, f"{at.discord.mention} who?")
    await (await hearing).reply("me")
    (answer,) = at.discord.answers(said)
    assert (thread.id, answer.text, answer.reply_to) == (lead.id, "me", said.message.id)
    assert 0 < said.seconds(answer) < 1


async def test_a_file_comes_along(at: Running) -> None:
    """By its name."""
    await at.channel.send("chart", file=File(BytesIO(b"x"), "chart.png"))
    assert [one["filename"] for one in at.seen()[0].attachments] == ["chart.png"]


async def test_a_command_gated_by_nothing_is_left_to_administrators(at: Running) -> None:
    """As Discord reads a permission of 0."""
    at.discord.world.commands[""][1]["default_member_permissions"] = "0"
    with pytest.raises(LookupError):
        at.discord.command("twice", {}, at.ann, at.room)
    at.discord.world.role(at.acme, "admins", at.ann, allow=Permission.ADMINISTRATOR)
    assert (await at.discord.command("twice", {}, at.ann, at.room)).response == 4
