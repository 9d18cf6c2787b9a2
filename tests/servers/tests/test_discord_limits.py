"""What the fake Discord takes of messages, layouts, forms and commands, and in which words it refuses the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from discord import ButtonStyle, ui
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FixedClock
from tests.servers.discord import Channel, FakeDiscord, Flag
from tests.servers.discord.errors import DiscordError
from tests.servers.discord.kit.commands import check_commands
from tests.servers.discord.kit.messages import check_message
from tests.servers.discord.kit.modals import check_modal
from tests.servers.discord.stock import sent

JSON = dict[str, Any]

V2 = int(Flag.COMPONENTS_V2)


def text(words: str) -> JSON:
    """Return a TextDisplay."""
    return {"type": 10, "content": words}


def button(**changed: object) -> JSON:
    """Return a button."""
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "go", **changed}


def row(*inside: JSON) -> JSON:
    """Return a row."""
    return {"type": 1, "components": list(inside)}


def menu(count: int = 1, **changed: object) -> JSON:
    """Return a menu of so many options."""
    options = [{"label": str(n), "value": str(n)} for n in range(count)]
    return {"type": 3, "custom_id": "menu", "options": options, **changed}


def takes(body: JSON, *, is_v2: bool = False) -> bool:
    """Say whether a message is taken."""
    try:
        check_message(body, is_v2=is_v2)
    except DiscordError:
        return False
    return True


@given(st.integers(0, 2100))
def test_content_has_at_most_two_thousand_characters(length: int) -> None:
    """And at least one, where there is nothing else."""
    assert takes({"content": "é" * length}) == (1 <= length <= 2000)


@given(st.lists(st.integers(1, 2500), min_size=1, max_size=4))
def test_a_layout_has_at_most_four_thousand_characters(lengths: list[int]) -> None:
    """Over all its texts together."""
    assert takes({"components": [text("x" * n) for n in lengths]}, is_v2=True) == (sum(lengths) <= 4000)


@given(st.integers(0, 20), st.integers(0, 9))
def test_a_layout_has_at_most_forty_components(texts: int, sections: int) -> None:
    """Those inside others count too: a section is three of them."""
    inside = [text("x")] * texts
    inside += [{"type": 9, "components": [text("x")], "accessory": button(custom_id=f"b{n}")} for n in range(sections)]
    total = 1 + texts + 3 * sections
    assert takes({"components": [{"type": 17, "components": inside}]}, is_v2=True) == (1 < total <= 40)


@pytest.mark.parametrize(
    ("parts", "at"),
    [
        ([row()], "components.0.components"),
        ([row(*(button(custom_id=str(n)) for n in range(6)))], "components.0.components"),
        ([row(menu(), button())], "components.0.components"),
        ([row(button(), button())], "components"),
        ([row(button(custom_id="x" * 101))], "components.0.components.0.custom_id"),
        ([row(button(custom_id=""))], "components.0.components.0.custom_id"),
        ([row(button(label="x" * 81))], "components.0.components.0.label"),
        ([row(button(label=None))], "components.0.components.0"),
        ([row(button(url="https://a.example"))], "components.0.components.0"),
        ([row(button(style=5, custom_id=None, url="https://a.example/" + "x" * 500))], "components.0.components.0.url"),
        ([row(button(style=5, custom_id=None, url="ftp://a.example"))], "components.0.components.0.url"),
        ([row(menu(26))], "components.0.components.0.options"),
        ([row(menu(0))], "components.0.components.0.options"),
        ([row(menu(placeholder="x" * 151))], "components.0.components.0.placeholder"),
        ([row(menu(options=[{"label": "x" * 101, "value": "x"}]))], "components.0.components.0.options.0.label"),
        ([row(menu(options=[{"label": "x", "value": "x"}] * 2))], "components.0.components.0.options"),
        ([text("")], "components.0.content"),
        ([button()], "components.0.type"),
        ([{"type": 9, "components": [text("x")]}], "components.0.accessory"),
        ([{"type": 9, "components": [text("x")] * 4, "accessory": button()}], "components.0.components"),
        ([{"type": 9, "components": [text("x")], "accessory": menu()}], "components.0.accessory.type"),
        ([{"type": 17, "components": []}], "components.0.components"),
        ([{"type": 17, "components": [{"type": 17, "components": [text("x")]}]}], "components.0.components.0.type"),
        ([{"type": 17, "components": [text("x")], "accent_color": 1 << 24}], "components.0.accent_color"),
        ([{"type": 14, "spacing": 3}], "components.0.spacing"),
        ([{"type": 12, "items": []}], "components.0.items"),
        ([{"type": 12, "items": [{"media": {"url": "x"}}]}], "components.0.items.0.media.url"),
        ([{"type": 13, "file": {"url": "https://a.example"}}], "components.0.file.url"),
        (["words"], "components.0"),
    ],
)
def test_what_is_wrong_with_a_layout_is_said_at_its_place(parts: list[JSON], at: str) -> None:
    """As a tree of errors."""
    with pytest.raises(DiscordError) as refused:
        check_message({"components": parts}, is_v2=True)
    place = refused.value.answer["errors"]
    for part in at.split("."):
        place = place[part]
    assert place["_errors"][0]["message"]
    assert refused.value.answer["code"] == 50035


@pytest.mark.parametrize("name", ["content", "embeds", "poll", "sticker_ids"])
def test_a_layout_has_nothing_beside_it(name: str) -> None:
    """No content, embeds, poll or stickers."""
    assert takes({"components": [text("x")]}, is_v2=True)
    value = {"content": "x", "embeds": [{"title": "x"}]}.get(name, ["1"])
    with pytest.raises(DiscordError) as refused:
        check_message({"components": [text("x")], name: value}, is_v2=True)
    assert refused.value.errors
    assert "_errors" in refused.value.errors[name]


def test_without_the_flag_only_rows_are_taken() -> None:
    """Five at most."""
    assert takes({"components": [row(button(custom_id=str(n))) for n in range(5)]})
    assert not takes({"components": [row(button(custom_id=str(n))) for n in range(6)]})
    assert not takes({"content": "x", "components": [text("x")]})


@pytest.mark.parametrize(
    ("embeds", "good"),
    [
        ([{"title": "x" * 256}] * 10, True),
        ([{"title": "x"}] * 11, False),
        ([{"title": "x" * 257}], False),
        ([{"description": "x" * 3001}] * 2, False),
        ([{"fields": [{"name": "x", "value": "x"}] * 26}], False),
        ([{"fields": [{"name": "x"}]}], False),
        ([{"footer": {"text": "x" * 2049}}], False),
    ],
)
def test_embeds_have_their_limits(embeds: list[JSON], *, good: bool) -> None:
    """Ten of them, six thousand characters together."""
    assert takes({"embeds": embeds}) == good


@pytest.mark.parametrize(
    "body",
    [
        {"nonce": "x" * 26},
        {"allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        {"allowed_mentions": {"roles": [str(n) for n in range(101)]}},
        {"content": 7},
    ],
)
def test_other_fields_have_theirs(body: JSON) -> None:
    """A nonce of twenty-five characters; mentions named or parsed, not both."""
    assert not takes({"content": "x"} | body)


def form(**changed: object) -> JSON:
    """Return a form with one line."""
    line = {"type": 4, "custom_id": "line", "style": 1, "max_length": 4000}
    label = {"type": 18, "label": "Topic", "component": line}
    return {"title": "Subscribe", "custom_id": "subscribe", "components": [label], **changed}


def labelled(component: JSON, **changed: object) -> JSON:
    """Return a form with one labelled field."""
    return form(components=[{"type": 18, "label": "Topic", "component": component, **changed}])


@pytest.mark.parametrize(
    "bad",
    [
        form(title="x" * 46),
        form(title=""),
        form(custom_id="x" * 101),
        form(components=[]),
        form(components=form()["components"] * 2),
        form(components=[text("x")] * 6),
        form(components=[row(button())]),
        form(components=[{"type": 4, "custom_id": "x", "style": 1}]),
        labelled(menu(), label="x" * 46),
        labelled(menu(), description="x" * 101),
        labelled(menu(26)),
        labelled(button()),
        labelled({"type": 4, "custom_id": "x", "style": 3}),
        labelled({"type": 4, "custom_id": "x", "style": 1, "max_length": 4001}),
        labelled({"type": 4, "custom_id": "x", "style": 1, "value": "x" * 4001}),
        labelled({"type": 21, "custom_id": "x", "options": [{"label": "x", "value": "x"}]}),
    ],
)
def test_a_form_has_its_limits(bad: JSON) -> None:
    """Titles and labels of 45 characters, five parts, lines of four thousand."""
    check_modal(form())
    with pytest.raises(DiscordError):
        check_modal(bad)


def command(**changed: object) -> JSON:
    """Return a command."""
    return {"name": "ask", "description": "Ask", "type": 1, **changed}


LONG = [{"name": "x" * 90, "value": "y" * 90}] * 25


def option(**changed: object) -> JSON:
    """Return an option."""
    return {"name": "question", "description": "What", "type": 3, **changed}


@pytest.mark.parametrize(
    "bad",
    [
        [command(name="Ask")],
        [command(name="x" * 33)],
        [command(name="two words")],
        [command(description="x" * 101)],
        [command(description="")],
        [command(), command()],
        [command(name=f"c{n}") for n in range(101)],
        [command(name=f"c{n}", type=3) for n in range(16)],
        [command(options=[option(name=f"o{n}") for n in range(26)])],
        [command(options=[option(), option()])],
        [command(options=[option(), option(name="b", required=True)])],
        [command(options=[option(choices=[{"name": str(n), "value": str(n)} for n in range(26)])])],
        [command(options=[option(choices=[{"name": "x" * 101, "value": "x"}])])],
        [command(options=[option(choices=[{"name": "x", "value": "x"}], autocomplete=True)])],
        [command(options=[option(type=6, autocomplete=True)])],
        [
            command(
                options=[option(name=f"o{n}", choices=[{"name": "x" * 90, "value": "y" * 90}] * 25) for n in range(2)]
            )
        ],
    ],
)
def test_commands_have_their_limits(bad: list[JSON]) -> None:
    """Names, counts, options, choices, and eight thousand characters in all."""
    check_commands([command(options=[option(required=True)]), command(name="Check this claim", type=3)])
    with pytest.raises(DiscordError):
        check_commands(bad)


@pytest.fixture
async def room(clock: FixedClock) -> AsyncIterator[tuple[FakeDiscord, Channel]]:
    """Return a channel that the bot may write to."""
    async with FakeDiscord(clock) as discord:
        yield discord, discord.world.channel(discord.world.guild("Acme"), "general")


async def test_a_layout_stays_one_when_it_is_edited(room: tuple[FakeDiscord, Channel]) -> None:
    """It takes no content; a message of the older kind becomes one when it drops what it had."""
    discord, channel = room
    path = f"/channels/{channel.id}/messages"
    await sent(discord, "POST", path, {"flags": V2, "components": [text("x")]})
    await sent(discord, "POST", path, {"content": "x"})
    laid, plain = discord.world.messages[channel.id].values()
    assert await sent(discord, "PATCH", f"{path}/{laid.id}", {"content": "x"}) == 50035
    assert await sent(discord, "PATCH", f"{path}/{laid.id}", {"flags": 4, "components": [text("y")]}) == 0
    assert (laid.text, laid.is_v2) == ("y", True)
    becomes = {"flags": V2, "components": [text("z")]}
    assert await sent(discord, "PATCH", f"{path}/{plain.id}", becomes) == 50035
    assert await sent(discord, "PATCH", f"{path}/{plain.id}", becomes | {"content": None}) == 0
    assert (plain.text, plain.is_v2) == ("z", True)


async def test_nothing_is_not_a_message(room: tuple[FakeDiscord, Channel]) -> None:
    """Neither of the one kind nor of the other."""
    discord, channel = room
    path = f"/channels/{channel.id}/messages"
    for body in ({}, {"content": ""}, {"flags": V2}, {"flags": V2, "components": []}):
        assert await sent(discord, "POST", path, body) == 50006
    await sent(discord, "POST", path, {"content": "x"})
    (message,) = discord.world.messages[channel.id].values()
    assert await sent(discord, "PATCH", f"{path}/{message.id}", {"content": ""}) == 50006
    assert message.text == "x"


async def test_an_old_message_is_edited_so_often_and_no_more(
    room: tuple[FakeDiscord, Channel], clock: FixedClock
) -> None:
    """After an hour its edits are counted."""
    discord, channel = room
    path = f"/channels/{channel.id}/messages"
    await sent(discord, "POST", path, {"content": "x"})
    (message,) = discord.world.messages[channel.id].values()
    clock.advance(hours=2)
    codes = [await sent(discord, "PATCH", f"{path}/{message.id}", {"content": str(n)}) for n in range(31)]
    assert codes == [0] * 30 + [30046]


def test_what_the_real_library_draws_is_taken() -> None:
    """Its containers, sections, rows, galleries and separators."""
    view = ui.LayoutView()
    link = ui.Button(style=ButtonStyle.link, label="Open", url="https://a.example")
    container = ui.Container(ui.Section("one", "two", accessory=ui.Button(label="Go")), ui.Separator(), accent_color=1)
    container.add_item(ui.ActionRow(link, ui.Button(label="Follow")))
    assert takes({"components": view.add_item(container).to_components()}, is_v2=True)
