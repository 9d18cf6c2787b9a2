"""Buttons, menus, forms, completions and message menus of the fake Discord, answered by the real client."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from discord import ButtonStyle, Interaction, SelectOption, app_commands, ui
from discord import Message as Posted

from tests.fakes import FixedClock
from tests.servers.discord import Channel, FakeDiscord, Flag, Guild, Message, Permission, User
from tests.servers.discord.stock import Client, sent, started


class Receipts(ui.DynamicItem[ui.Button], template=r"receipts:(?P<brief>\d+)"):
    """A button that knows its brief from its id alone."""

    def __init__(self, brief: str) -> None:
        super().__init__(ui.Button(label="Receipts", custom_id=f"receipts:{brief}", style=ButtonStyle.grey))
        self.brief = brief

    @classmethod
    async def from_custom_id(cls, _: Interaction, item: ui.Item, match: re.Match[str]) -> Receipts:
        """Read the id."""
        assert isinstance(item, ui.Button)
        return cls(match["brief"])

    async def callback(self, asked: Interaction) -> None:
        """Show them to whoever presses."""
        await asked.response.send_message(f"Receipts of {self.brief}", ephemeral=True)


class Rename(ui.Modal, title="Rename"):
    """A form that changes the message it was opened from."""

    name = ui.Label(text="Name", component=ui.TextInput(custom_id="name"))

    async def on_submit(self, asked: Interaction) -> None:
        """Change it."""
        await asked.response.edit_message(content=self.name.component.value)


class Renaming(ui.DynamicItem[ui.Button], template="rename"):
    """A button that opens a form."""

    @classmethod
    async def from_custom_id(cls, _: Interaction, item: ui.Button, __: re.Match[str]) -> Renaming:
        """Read nothing."""
        return cls(item)

    async def callback(self, asked: Interaction) -> None:
        """Open it."""
        await asked.response.send_modal(Rename())


class Subscribe(ui.Modal, title="Subscribe"):
    """A form with a line, a menu, and something that may stay empty."""

    topic = ui.Label(text="Topic", component=ui.TextInput(custom_id="topic", max_length=20))
    place = ui.Label(
        text="Zone",
        component=ui.Select(
            custom_id="zone",
            options=[
                SelectOption(label="Berlin", value="Europe/Berlin"),
                SelectOption(label="London", value="Europe/London", default=True),
            ],
        ),
    )
    note = ui.Label(text="Note", component=ui.TextInput(custom_id="note", required=False))

    async def on_submit(self, asked: Interaction) -> None:
        """Say what was filled in."""
        filled = (self.topic.component.value, self.place.component.values, self.note.component.value)
        await asked.response.send_message(repr(filled), ephemeral=True)


def layout() -> ui.LayoutView:
    """Return a page with a button that survives."""
    view = ui.LayoutView(timeout=None)
    section = ui.Section("The argument", accessory=Receipts("7"))
    return view.add_item(ui.Container(section, ui.ActionRow(ui.Button(label="Open", url="https://a.example"))))


async def prepared(client: Client) -> None:
    """Register everything."""
    client.add_dynamic_items(Receipts, Renaming)
    tree = client.tree

    @tree.command(description="Show the brief")
    async def brief(asked: Interaction) -> None:
        await asked.response.send_message(view=layout())

    @tree.command(description="Say something that can be renamed")
    async def name(asked: Interaction) -> None:
        button = Renaming(ui.Button(label="Rename", custom_id="rename"))
        await asked.response.send_message("old", view=ui.View(timeout=None).add_item(button), ephemeral=True)

    @tree.command(description="Subscribe")
    async def subscribe(asked: Interaction) -> None:
        await asked.response.send_modal(Subscribe())

    @tree.command(description="Who")
    async def entity(asked: Interaction, name: str, limit: app_commands.Range[int, 1, 5] = 3) -> None:
        await asked.response.send_message(f"{name} {limit}")

    @entity.autocomplete("name")
    async def names(asked: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        limit = asked.namespace.limit or 25
        found = [one for one in ("Halden", "Halvorsen", "Orkdal") if one.startswith(typed)]
        return [app_commands.Choice(name=one, value=one.lower()) for one in found[:limit]]

    @tree.context_menu(name="Check this claim")
    async def check(asked: Interaction, message: Posted) -> None:
        await asked.response.send_message(f"Checked: {message.content}", ephemeral=True)

    @tree.command(description="Anywhere")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def anywhere(asked: Interaction, who: str = "") -> None:
        await asked.response.send_message(f"{asked.is_user_integration()} {asked.is_guild_integration()} {who}".strip())

    await tree.sync()


@dataclass
class Scene:
    """Ann and Bob in #general of Acme, with a client that runs."""

    discord: FakeDiscord
    clock: FixedClock
    acme: Guild = field(init=False)
    ann: User = field(init=False)
    bob: User = field(init=False)
    room: Channel = field(init=False)

    def __post_init__(self) -> None:
        world = self.discord.world
        self.acme = world.guild("Acme")
        self.ann, self.bob = world.user("Ann", self.acme), world.user("Bob", self.acme)
        self.room = world.channel(self.acme, "general")

    async def brief(self) -> Message:
        """Let Ann ask for the brief."""
        return (await self.discord.command("brief", {}, self.ann, self.room)).answers[0]


@pytest.fixture
async def at(clock: FixedClock) -> AsyncIterator[Scene]:
    """Return the scene."""
    async with FakeDiscord(clock) as discord:
        scene = Scene(discord, clock)
        async with started(discord, prepared):
            yield scene


async def test_a_button_answers_whoever_presses_it(at: Scene) -> None:
    """By its id or by its label; the others see nothing of it."""
    page = await at.brief()
    assert (page.is_v2, page.text, [one["label"] for one in page.buttons]) == (
        True,
        "The argument",
        ["Receipts", "Open"],
    )
    pressed = await at.discord.press(page, "Receipts", at.bob)
    assert [(one.text, one.viewer) for one in pressed.answers] == [("Receipts of 7", at.bob.id)]
    assert at.discord.seen(at.room, at.ann) == [page]
    assert (await at.discord.press(page, "receipts:7", at.ann)).response == 4


async def test_a_button_works_after_a_restart() -> None:
    """On a message the new process never saw."""
    async with FakeDiscord() as discord:
        scene = Scene(discord, FixedClock(discord.world.now()))
        async with started(discord, prepared):
            page = await scene.brief()
        async with started(discord, prepared):
            pressed = await discord.press(page, "Receipts", scene.ann)
        assert [one.text for one in pressed.answers] == ["Receipts of 7"]


async def test_only_what_is_there_can_be_pressed(at: Scene) -> None:
    """Not a link, not something unknown, not what is for somebody else."""
    page = await at.brief()
    for name in ("Open", "Nothing"):
        with pytest.raises(LookupError, match="Receipts"):
            at.discord.press(page, name, at.ann)
    hidden = (await at.discord.press(page, "Receipts", at.bob)).answers[0]
    with pytest.raises(LookupError, match="Ann does not see that"):
        at.discord.press(hidden, "Receipts", at.ann)
    page.buttons[0]["disabled"] = True
    with pytest.raises(LookupError, match="disabled"):
        at.discord.press(page, "Receipts", at.ann)


async def test_a_form_is_opened_filled_in_and_answered(at: Scene) -> None:
    """By its fields' ids or labels; what is chosen before anybody touches it stays chosen."""
    asked = await at.discord.command("subscribe", {}, at.ann, at.room)
    form = at.discord.modal(at.ann)
    assert form is not None
    assert (asked.modal, form.title) == (form, "Subscribe")
    answered = await at.discord.submit(form, at.ann, {"topic": "AI", "Note": "daily"})
    assert [one.text for one in answered.answers] == ["('AI', ['Europe/London'], 'daily')"]
    assert at.discord.modal(at.ann) is None


async def test_a_form_takes_only_what_fits(at: Scene) -> None:
    """An empty, a long, an unknown and somebody else's answer are not sent."""
    await at.discord.command("subscribe", {}, at.ann, at.room)
    form = at.discord.modal(at.ann)
    assert form is not None
    for values in ({}, {"topic": "x" * 21}):
        with pytest.raises(ValueError, match="Topic"):
            at.discord.submit(form, at.ann, values)
    with pytest.raises(LookupError, match="Paris"):
        at.discord.submit(form, at.ann, {"topic": "AI", "zone": "Paris"})
    with pytest.raises(LookupError, match="Nothing to fill in"):
        at.discord.submit(form, at.ann, {"topic": "AI", "other": "x"})
    with pytest.raises(LookupError, match="Bob"):
        at.discord.submit(form, at.bob, {"topic": "AI"})
    answered = await at.discord.submit(form, at.ann, {"Topic": "AI", "Zone": "Berlin"})
    assert [one.text for one in answered.answers] == ["('AI', ['Europe/Berlin'], '')"]


async def test_a_form_opened_from_a_message_changes_it(at: Scene) -> None:
    """In place, also one that a single person sees."""
    (page,) = (await at.discord.command("name", {}, at.ann, at.room)).answers
    pressed = await at.discord.press(page, "Rename", at.ann)
    assert pressed.modal
    changed = await at.discord.submit(pressed.modal, at.ann, {"Name": "new"})
    assert (changed.original, changed.answers) == (page, [])
    assert (page.text, page.history, page.viewer) == ("new", ["old"], at.ann.id)


async def test_an_option_is_completed_while_it_is_typed(at: Scene) -> None:
    """The other options are there already; one that completes nothing is refused."""
    asked = await at.discord.complete("entity", "name", "Hal", at.ann, at.room)
    assert [one["name"] for one in asked.choices] == ["Halden", "Halvorsen"]
    fewer = await at.discord.complete("entity", "name", "Hal", at.ann, at.room, {"limit": 1})
    assert [one["value"] for one in fewer.choices] == ["halden"]
    with pytest.raises(LookupError, match="completes no"):
        at.discord.complete("entity", "limit", "1", at.ann, at.room)
    with pytest.raises(ValueError, match="from 1 to 5"):
        at.discord.command("entity", {"name": "x", "limit": 9}, at.ann, at.room)


async def test_a_message_is_checked_from_its_menu(at: Scene) -> None:
    """Its words come along, although the app may not read messages."""
    message = at.discord.say(at.bob, at.room, "Prices fell by half").message
    asked = await at.discord.context_menu("Check this claim", message, at.ann)
    assert [(one.text, one.viewer) for one in asked.answers] == [("Checked: Prices fell by half", at.ann.id)]


async def test_an_installed_user_takes_the_app_along(at: Scene) -> None:
    """Into servers without it, into conversations with others; the others are not offered it."""
    world = at.discord.world
    elsewhere = world.guild("Elsewhere", installed=False)
    lobby, talk = world.channel(elsewhere, "lobby"), world.private(at.ann, at.bob)
    elsewhere.members |= {at.ann.id: set(), at.bob.id: set()}
    for place in (lobby, talk):
        with pytest.raises(LookupError):
            at.discord.command("anywhere", {}, at.ann, place)
    at.discord.install(at.ann)
    asked = [await at.discord.command("anywhere", {}, at.ann, place) for place in (lobby, talk, at.room)]
    assert [one.answers[0].text for one in asked] == ["True False", "True False", "True True"]
    assert [one.payload["context"] for one in asked] == [0, 2, 0]
    assert (await at.discord.command("anywhere", {}, at.bob, world.direct(at.bob))).payload["context"] == 1
    with pytest.raises(LookupError):
        at.discord.command("entity", {"name": "x"}, at.ann, lobby)


async def test_what_a_user_brought_along_stays_theirs(at: Scene) -> None:
    """Five follow-ups and no more; hidden where outside apps are not allowed."""
    world = at.discord.world
    elsewhere = world.guild("Elsewhere", installed=False)
    lobby = world.channel(elsewhere, "lobby")
    elsewhere.members[at.ann.id] = set()
    at.discord.install(at.ann)
    asked = await at.discord.command("anywhere", {}, at.ann, lobby)
    assert asked.answers[0].viewer is None
    assert [await follow_up(at.discord, asked.token) for _ in range(6)] == [0] * 5 + [40094]
    elsewhere.roles[elsewhere.id].permissions &= ~Permission.USE_EXTERNAL_APPS
    assert (await at.discord.command("anywhere", {}, at.ann, lobby)).answers[0].viewer == at.ann.id


async def test_a_first_response_is_given_once(at: Scene) -> None:
    """A second is refused, and so is one of a kind that does not fit."""
    asked = await at.discord.command("brief", {}, at.ann, at.room)
    assert await respond(at.discord, asked.id, asked.token, 4, content="again") == 40060
    assert await respond(at.discord, asked.id, "unknown", 4, content="again") == 10062
    silent = at.discord.interactions.ask(2, at.ann, at.room, {"data": {"id": "1", "name": "unheard", "type": 1}})
    assert [await respond(at.discord, silent.id, silent.token, kind) for kind in (6, 7, 8)] == [50035] * 3


async def test_a_token_works_for_fifteen_minutes(at: Scene) -> None:
    """Then follow-ups and edits are refused."""
    asked = await at.discord.command("brief", {}, at.ann, at.room)
    at.clock.advance(minutes=15)
    assert await follow_up(at.discord, asked.token) == 0
    at.clock.advance(seconds=1)
    assert await follow_up(at.discord, asked.token) == 50027


async def test_who_gets_no_answer_in_time_is_told_so() -> None:
    """And the token dies with it."""
    async with FakeDiscord(response_seconds=0.05) as discord:
        scene = Scene(discord, FixedClock(discord.world.now()))
        async with started(discord, prepared):
            pass
        asked = await discord.command("brief", {}, scene.ann, scene.room)
        assert (asked.failure, asked.seconds) == ("The application did not respond", float("inf"))
        assert await respond(discord, asked.id, asked.token, 5) == 10062


async def test_a_deferral_carries_no_layout(at: Scene) -> None:
    """Only that it is for one alone."""
    asked = at.discord.interactions.ask(2, at.ann, at.room, {"data": {"id": "1", "name": "unheard", "type": 1}})
    for flags in (Flag.COMPONENTS_V2, Flag.SUPPRESS_EMBEDS):
        assert await respond(at.discord, asked.id, asked.token, 5, flags=int(flags)) == 50035
    assert await respond(at.discord, asked.id, asked.token, 5, flags=int(Flag.EPHEMERAL)) == 0
    assert asked.original
    assert (asked.original.thinking, asked.original.viewer) == (True, at.ann.id)


async def respond(discord: FakeDiscord, key: str, token: str, kind: int, **data: object) -> int:
    """Respond by hand; return the code it is refused with."""
    return await sent(discord, "POST", f"/interactions/{key}/{token}/callback", {"type": kind, "data": data})


async def follow_up(discord: FakeDiscord, token: str) -> int:
    """Send a follow-up by hand; return the code it is refused with."""
    return await sent(discord, "POST", f"/webhooks/{discord.world.application}/{token}", {"content": "more"})
