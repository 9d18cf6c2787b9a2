"""Buttons, menus, forms, completions and message menus of the fake Discord, answered by the real client."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from discord import Attachment, ButtonStyle, Interaction, NotFound, SelectOption, app_commands, ui
from discord import Message as Posted

from tests.fakes import FixedClock
from tests.servers.discord import Message, Upload, User
from tests.servers.discord.stock import Client, Running, running, started


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

    await tree.sync()


@pytest.fixture
async def at(clock: FixedClock) -> AsyncIterator[Running]:
    """Return the scene."""
    async with running(prepared, clock) as scene:
        yield scene


async def brief(at: Running) -> Message:
    """Let Ann ask for the brief."""
    return (await at.discord.command("brief", {}, at.ann, at.room)).answers[0]


def bob(at: Running) -> User:
    """Let Bob in."""
    return at.discord.world.user("Bob", at.acme)


async def test_a_button_answers_whoever_presses_it(at: Running) -> None:
    """By its id or by its label; the others see nothing of it."""
    other = bob(at)
    page = await brief(at)
    assert (page.is_v2, page.text, [one["label"] for one in page.buttons]) == (
        True,
        "The argument",
        ["Receipts", "Open"],
    )
    pressed = await at.discord.press(page, "Receipts", other)
    assert [(one.text, one.viewer) for one in pressed.answers] == [("Receipts of 7", other.id)]
    assert at.discord.seen(at.room, at.ann) == [page]
    assert (await at.discord.press(page, "receipts:7", at.ann)).response == 4


async def test_a_button_works_after_a_restart(at: Running) -> None:
    """On a message the new process never saw."""
    page = await brief(at)
    await at.client.close()
    async with started(at.discord, prepared):
        pressed = await at.discord.press(page, "Receipts", at.ann)
    assert [one.text for one in pressed.answers] == ["Receipts of 7"]


async def test_only_what_is_there_can_be_pressed(at: Running) -> None:
    """Not a link, not something unknown, not what is for somebody else."""
    other = bob(at)
    page = await brief(at)
    for name in ("Open", "Nothing"):
        with pytest.raises(LookupError, match="Receipts"):
            at.discord.press(page, name, at.ann)
    hidden = (await at.discord.press(page, "Receipts", other)).answers[0]
    with pytest.raises(LookupError, match="Ann does not see that"):
        at.discord.press(hidden, "Receipts", at.ann)
    page.buttons[0]["disabled"] = True
    with pytest.raises(LookupError, match="disabled"):
        at.discord.press(page, "Receipts", at.ann)


async def test_a_form_is_opened_filled_in_and_answered(at: Running) -> None:
    """By its fields' ids or labels; what is chosen before anybody touches it stays chosen."""
    asked = await at.discord.command("subscribe", {}, at.ann, at.room)
    form = at.discord.modal(at.ann)
    assert form is not None
    assert (asked.modal, form.title) == (form, "Subscribe")
    answered = await at.discord.submit(form, at.ann, {"topic": "AI", "Note": "daily"})
    assert [one.text for one in answered.answers] == ["('AI', ['Europe/London'], 'daily')"]
    assert at.discord.modal(at.ann) is None


async def test_a_form_takes_only_what_fits(at: Running) -> None:
    """An empty, a long, an unknown and somebody else's answer are not sent."""
    other = bob(at)
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
        at.discord.submit(form, other, {"topic": "AI"})
    answered = await at.discord.submit(form, at.ann, {"Topic": "AI", "Zone": "Berlin"})
    assert [one.text for one in answered.answers] == ["('AI', ['Europe/Berlin'], '')"]


async def test_a_form_opened_from_a_message_changes_it(at: Running) -> None:
    """In place, also one that a single person sees."""
    (page,) = (await at.discord.command("name", {}, at.ann, at.room)).answers
    pressed = await at.discord.press(page, "Rename", at.ann)
    assert pressed.modal
    changed = await at.discord.submit(pressed.modal, at.ann, {"Name": "new"})
    assert (changed.original, changed.answers) == (page, [])
    assert (page.text, page.history, page.viewer) == ("new", ["old"], at.ann.id)


async def test_an_option_is_completed_while_it_is_typed(at: Running) -> None:
    """The other options are there already; one that completes nothing is refused."""
    asked = await at.discord.complete("entity", "name", "Hal", at.ann, at.room)
    assert [one["name"] for one in asked.choices] == ["Halden", "Halvorsen"]
    fewer = await at.discord.complete("entity", "name", "Hal", at.ann, at.room, {"limit": 1})
    assert [one["value"] for one in fewer.choices] == ["halden"]
    with pytest.raises(LookupError, match="completes no"):
        at.discord.complete("entity", "limit", "1", at.ann, at.room)
    with pytest.raises(ValueError, match="from 1 to 5"):
        at.discord.command("entity", {"name": "x", "limit": 9}, at.ann, at.room)


async def test_a_message_is_checked_from_its_menu(at: Running) -> None:
    """Its words come along, although the app may not read messages."""
    other = bob(at)
    said = at.discord.say(other, at.room, "Prices fell by half")
    asked = await at.discord.context_menu("Check this claim", said.message, at.ann)
    assert at.discord.answers(said) == []
    assert [(one.text, one.viewer) for one in asked.answers] == [("Checked: Prices fell by half", at.ann.id)]


class Keep(ui.Modal, title="Keep"):
    """A form that takes files."""

    files = ui.Label(text="Files", component=ui.FileUpload(custom_id="files", max_values=10, required=False))

    async def on_submit(self, asked: Interaction) -> None:
        """Say what is in them."""
        read = [(file.filename, await file.read()) for file in self.files.component.values]
        await asked.response.send_message(repr(read), ephemeral=True)


async def test_a_file_is_told_of_and_handed_over() -> None:
    """In a message, an option, a message's menu and a form; an address leads nowhere once it is gone."""
    heard: asyncio.Queue[Posted] = asyncio.Queue()

    async def keeping(client: Client) -> None:
        tree = client.tree

        @tree.command(description="Keep a file")
        async def keep(asked: Interaction, file: Attachment) -> None:
            await asked.response.send_message(repr((file.filename, file.size, await file.read())))

        @tree.command(description="Keep files")
        async def form(asked: Interaction) -> None:
            await asked.response.send_modal(Keep())

        @tree.context_menu(name="Keep it")
        async def keep_it(asked: Interaction, message: Posted) -> None:
            await asked.response.send_message(repr([await file.read() for file in message.attachments]))

        async def on_message(message: Posted) -> None:
            heard.put_nowait(message)

        client.event(on_message)
        await tree.sync()

    async with running(keeping) as at:
        call = Upload("A call.vtt", b"WEBVTT")
        said = at.discord.say(at.ann, at.room, f"{at.discord.mention} look", files=[call]).message
        (file,) = (await heard.get()).attachments
        assert (file.filename, file.size, await file.read()) == ("A_call.vtt", 6, b"WEBVTT")
        asked = await at.discord.command("keep", {"file": call}, at.ann, at.room)
        assert asked.shown.text == "('A_call.vtt', 6, b'WEBVTT')"
        with pytest.raises(ValueError, match="file takes"):
            at.discord.command("keep", {"file": "call.vtt"}, at.ann, at.room)
        assert (await at.discord.context_menu("Keep it", said, at.ann)).shown.text == "[b'WEBVTT']"
        await at.discord.command("form", {}, at.ann, at.room)
        opened = at.discord.modal(at.ann)
        assert opened is not None
        sent = await at.discord.submit(opened, at.ann, {"files": [call, call]})
        assert sent.shown.text == "[('A_call.vtt', b'WEBVTT'), ('A_call.vtt', b'WEBVTT')]"
        at.discord.files.gone = True
        with pytest.raises(NotFound):
            await file.read()
