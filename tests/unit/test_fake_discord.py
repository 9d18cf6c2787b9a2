"""The fake Discord, as the real client meets it: commands, messages, threads, direct conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO

import pytest
from discord import File, Forbidden, HTTPException, Interaction, MessageFlags, NotFound, Object, TextChannel, ui
from discord.app_commands import CommandTree
from discord.http import Route

from tests.fakes import FixedClock
from tests.servers.discord import Channel, FakeDiscord, Flag, Guild, Message, Permission, User
from tests.servers.discord.stock import Client, redirected, started


@dataclass
class Scene:
    """Ann in #general of Acme, with the bot there and a client that runs."""

    discord: FakeDiscord
    acme: Guild
    ann: User
    room: Channel
    client: Client

    @property
    def channel(self) -> TextChannel:
        """Return #general as the client knows it."""
        found = self.client.get_channel(int(self.room.id))
        assert isinstance(found, TextChannel)
        return found

    def seen(self) -> list[Message]:
        """Return what Ann sees."""
        return self.discord.seen(self.room, self.ann)


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
async def at() -> AsyncIterator[Scene]:
    """Return the scene."""
    async with FakeDiscord() as discord:
        acme = discord.world.guild("Acme")
        ann = discord.world.user("Ann", acme, locale="de")
        room = discord.world.channel(acme, "general")
        async with started(discord, prepared) as client:
            yield Scene(discord, acme, ann, room, client)


async def test_the_client_knows_who_and_where_it_is(at: Scene) -> None:
    """Itself, its server, and the channels in it."""
    assert at.client.user is not None
    assert str(at.client.user.id) == at.discord.world.bot.id
    assert [guild.name for guild in at.client.guilds] == ["Acme"]
    assert at.channel.permissions_for(at.channel.guild.me).send_messages


async def test_a_slash_command_is_deferred_answered_and_edited(at: Scene) -> None:
    """One message: thinking, then the follow-up in its place, then the edit; timed from the event."""
    asked = await at.discord.command("ask", {"question": "who?"}, at.ann, at.room)
    assert asked.response == 5
    assert 0 < asked.seconds < 1
    await at.discord.until(lambda: asked.shown and asked.shown.text == "Answer: who?")
    (message,) = at.seen()
    assert (message.history, message.viewer) == (["First: who?"], at.ann.id)
    assert asked.payload["locale"] == "de"


async def test_an_ephemeral_answer_is_seen_by_one_alone(at: Scene) -> None:
    """It was fixed when the command was deferred; what is loud all see."""
    bob = at.discord.world.user("Bob", at.acme)
    hidden = await at.discord.command("ask", {"question": "who?"}, at.ann, at.room)
    loud = await at.discord.command("ask", {"question": "what?", "loud": 1}, at.ann, at.room)
    await at.discord.until(lambda: hidden.shown and loud.shown)
    assert [one.id for one in at.discord.seen(at.room, bob)] == [loud.shown.id]
    assert len(at.seen()) == 2


async def test_follow_ups_come_after_the_first_answer(at: Scene) -> None:
    """Each may be for one alone."""
    asked = await at.discord.command("twice", {}, at.ann, at.room)
    await at.discord.until(lambda: asked.followups)
    assert [(one.text, one.viewer) for one in asked.answers] == [("one", None), ("two", at.ann.id)]


async def test_nobody_is_offered_what_is_not_registered_or_not_for_them(at: Scene) -> None:
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


async def test_commands_are_synced_once_and_counted(at: Scene) -> None:
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


async def test_a_nonce_stands_for_one_message(at: Scene, clock: FixedClock) -> None:
    """Sent again within minutes it returns the first, in whatever channel; later it is forgotten."""
    at.discord.world.clock = clock
    first = await at.channel.send("hello", nonce="brief-1")
    again = await at.channel.send("hello", nonce="brief-1")
    assert (first.id, len(at.seen())) == (again.id, 1)
    clock.advance(minutes=4)
    await at.channel.send("hello", nonce="brief-1")
    assert len(at.seen()) == 2


async def test_a_nonce_means_nothing_to_a_forum(at: Scene) -> None:
    """Two posts with the same nonce are two posts."""
    forum = at.discord.world.channel(at.acme, "briefs", "forum")
    route = Route("POST", "/channels/{channel_id}/threads", channel_id=forum.id)
    message = {"content": "hello", "nonce": "brief-1", "enforce_nonce": True}
    for _ in range(2):
        await at.client.http.request(route, json={"name": "Monday", "message": message})
    assert [one.name for one in at.discord.threads(forum)] == ["Monday", "Monday"]


async def test_threads_begin_at_a_message_or_without_one(at: Scene) -> None:
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


async def test_a_locked_thread_takes_nothing(at: Scene) -> None:
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


async def test_announcements_are_published_once(at: Scene) -> None:
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


async def test_a_person_is_written_to_directly_unless_they_closed_the_door(at: Scene) -> None:
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


async def test_what_the_bot_may_not_do_is_refused_by_code(at: Scene) -> None:
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


async def test_a_bot_that_was_thrown_out_has_no_access(at: Scene) -> None:
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


async def test_whom_a_message_notifies_is_worked_out(at: Scene) -> None:
    """Without allowed_mentions everything written does, on an edit too; roles and all need a permission."""
    role = at.discord.world.role(at.acme, "team", at.ann, mentionable=True)
    text = f"<@{at.ann.id}> <@&{role.id}> @everyone"
    quiet = await at.channel.send(text)
    message = at.discord.world.found(at.room.id, str(quiet.id))
    assert not at.discord.pinged(message)
    route = Route("PATCH", "/channels/{channel_id}/messages/{id}", channel_id=at.room.id, id=quiet.id)
    await at.client.http.request(route, json={"content": text})
    pinged = at.discord.pinged(message)
    assert (pinged.users, pinged.roles, pinged.everyone) == ({at.ann.id}, {role.id}, False)
    at.discord.allow(at.room, Permission.MENTION_EVERYONE)
    await at.client.http.request(route, json={"content": text})
    assert at.discord.pinged(message).everyone


async def test_text_in_components_notifies_too(at: Scene) -> None:
    """A mention in a TextDisplay is a mention."""
    view = ui.LayoutView().add_item(ui.Container(ui.TextDisplay(f"<@{at.ann.id}>")))
    route = Route("POST", "/channels/{channel_id}/messages", channel_id=at.room.id)
    body = {"components": view.to_components(), "flags": MessageFlags(components_v2=True).value}
    await at.client.http.request(route, json=body)
    assert at.discord.pinged(at.seen()[0]).users == {at.ann.id}


async def test_links_unfold_unless_they_are_hidden(at: Scene) -> None:
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


async def test_commands_can_belong_to_one_server(at: Scene) -> None:
    """They are offered there alone."""
    at.client.tree.copy_global_to(guild=Object(int(at.acme.id)))
    at.client.tree.clear_commands(guild=None)
    await at.client.tree.sync()
    await at.client.tree.sync(guild=Object(int(at.acme.id)))
    assert (await at.discord.command("twice", {}, at.ann, at.room)).response == 4
    with pytest.raises(LookupError):
        at.discord.command("twice", {}, at.ann, at.discord.world.direct(at.ann))


async def test_what_people_open_the_client_hears_of(at: Scene) -> None:
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


async def test_a_file_comes_along(at: Scene) -> None:
    """By its name."""
    await at.channel.send("chart", file=File(BytesIO(b"x"), "chart.png"))
    assert [one["filename"] for one in at.seen()[0].attachments] == ["chart.png"]


async def test_refusals_that_lead_to_a_ban_are_counted(at: Scene) -> None:
    """Those for want of permission or patience."""
    at.discord.deny(at.room, Permission.SEND_MESSAGES)
    for _ in range(2):
        with pytest.raises(Forbidden):
            await at.channel.send("hello")
    assert at.discord.invalid_requests == 2


async def test_a_command_gated_by_nothing_is_left_to_administrators(at: Scene) -> None:
    """As Discord reads a permission of 0."""
    at.discord.world.commands[""][1]["default_member_permissions"] = "0"
    with pytest.raises(LookupError):
        at.discord.command("twice", {}, at.ann, at.room)
    at.discord.world.role(at.acme, "admins", at.ann, allow=Permission.ADMINISTRATOR)
    assert (await at.discord.command("twice", {}, at.ann, at.room)).response == 4
