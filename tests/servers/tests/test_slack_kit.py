"""Block Kit's limits: what fits is taken, one more is refused, and the refusal points to the place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError

from tests.servers.slack import FakeSlack
from tests.servers.slack.kit import CEILING, faults, view_faults, words
from tests.servers.slack.kit.blocks import RULES
from tests.servers.slack.state import JSON
from tests.servers.slack.stock import client as opened


def plain(text: str) -> JSON:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text}


def button(n: int = 0, **changed: object) -> JSON:
    """Return a button."""
    return {"type": "button", "action_id": f"a{n}", "text": plain("Go"), **changed}


def section(text: str = "words", **changed: object) -> JSON:
    """Return a section."""
    return {"type": "section", "text": plain(text), **changed}


def option(n: int = 0, text: str = "Berlin", value: str | None = None) -> JSON:
    """Return an option of a menu."""
    return {"text": plain(text), "value": str(n) if value is None else value}


def menu(*options: JSON) -> JSON:
    """Return a row with a menu."""
    return {"type": "actions", "elements": [{"type": "static_select", "action_id": "m", "options": list(options)}]}


def actions(*elements: JSON) -> JSON:
    """Return a row of elements."""
    return {"type": "actions", "elements": list(elements)}


def cells(rows: int, columns: int, text: str = "x") -> JSON:
    """Return a table."""
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


def spans(*elements: JSON) -> JSON:
    """Return rich text of one section."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def card(**changed: object) -> JSON:
    """Return a card."""
    return {"type": "card", "title": plain("Title"), **changed}


def container(*children: JSON, **changed: object) -> JSON:
    """Return a container."""
    return {"type": "container", "title": plain("Title"), "child_blocks": list(children), **changed}


def feedback(**changed: object) -> JSON:
    """Return a pair of feedback buttons."""
    side = {"text": plain("Good"), "value": "1"}
    pair = {"type": "feedback_buttons", "action_id": "f", "positive_button": side, "negative_button": side}
    return {"type": "context_actions", "elements": [pair | changed]}


KEYS = st.sampled_from("type text elements fields rows accessory options child_blocks title style block_id".split())
"""Names of properties, so that made-up blocks look a little like blocks."""

Made = Callable[[int], JSON]
LIMITS: dict[str, tuple[int, Made]] = {
    "section text": (3000, lambda n: section("x" * n)),
    "section fields": (10, lambda n: {"type": "section", "fields": [plain("x")] * n}),
    "section field": (2000, lambda n: {"type": "section", "fields": [plain("x" * n)]}),
    "header": (150, lambda n: {"type": "header", "text": plain("x" * n)}),
    "context elements": (10, lambda n: {"type": "context", "elements": [plain("x")] * n}),
    "actions elements": (25, lambda n: actions(*(button(k) for k in range(n)))),
    "button text": (75, lambda n: actions(button(text=plain("x" * n)))),
    "button value": (2000, lambda n: actions(button(value="x" * n))),
    "button url": (3000, lambda n: actions(button(url="http://x.test/" + "x" * (n - 14)))),
    "action_id": (255, lambda n: actions(button(action_id="x" * n))),
    "block_id": (255, lambda n: section(block_id="x" * n)),
    "options": (100, lambda n: menu(*(option(k) for k in range(n)))),
    "option text": (75, lambda n: menu(option(text="x" * n))),
    "option value": (150, lambda n: menu(option(value="x" * n))),
    "overflow": (5, lambda n: actions({"type": "overflow", "action_id": "o", "options": [option()] * n})),
    "image url": (3000, lambda n: {"type": "image", "alt_text": "x", "image_url": "http://x.test/" + "x" * (n - 14)}),
    "image alt": (2000, lambda n: {"type": "image", "alt_text": "x" * n, "image_url": "http://x.test"}),
    "markdown": (12_000, lambda n: {"type": "markdown", "text": "x" * n}),
    "table rows": (100, lambda n: cells(n, 1)),
    "table columns": (20, lambda n: cells(1, n)),
    "table characters": (10_000, lambda n: cells(1, 1, "x" * n)),
    "card title": (150, lambda n: card(title=plain("x" * n))),
    "card body": (200, lambda n: card(body=plain("x" * n))),
    "card actions": (3, lambda n: card(actions=[button(k) for k in range(n)])),
    "carousel": (10, lambda n: {"type": "carousel", "elements": [card()] * n}),
    "container children": (10, lambda n: container(*[section()] * n)),
    "container title": (150, lambda n: container(section(), title=plain("x" * n))),
    "feedback text": (75, lambda n: feedback(positive_button={"text": plain("x" * n), "value": "1"})),
    "feedback value": (2000, lambda n: feedback(negative_button={"text": plain("Bad"), "value": "x" * n})),
    "list indent": (8, lambda n: {"type": "rich_text", "elements": [listed(n)]}),
}


def listed(indent: int) -> JSON:
    """Return a list of one item."""
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    return {"type": "rich_text_list", "style": "bullet", "indent": indent, "elements": [item]}


@pytest.mark.parametrize("name", LIMITS)
def test_the_most_is_taken_and_one_more_is_not(name: str) -> None:
    """For every limit of a block or an element."""
    most, made = LIMITS[name]
    assert faults([made(most)]) == []
    (found,) = faults([made(most + 1)])
    assert found.startswith("[ERROR] ")
    assert "[json-pointer:/blocks/0" in found


WRONG: dict[str, tuple[str, JSON]] = {
    "an unknown block": ("unsupported type: stat", {"type": "stat"}),
    "an alert in a message": ("unsupported type: alert", {"type": "alert", "text": plain("x")}),
    "an unknown property": ("additional property: colour", section(colour="red")),
    "a header in mrkdwn": ("type plain_text", {"type": "header", "text": {"type": "mrkdwn", "text": "x"}}),
    "a text of nothing": ("more than 0 characters", section("")),
    "an empty section": ("missing required field: text", {"type": "section"}),
    "an input in a row": ("unsupported type", actions({"type": "plain_text_input", "action_id": "t"})),
    "a container in a container": ("unsupported type: container", container(container(section()))),
    "a container collapsed for good": ("needs is_collapsible", container(section(), default_collapsed=True)),
    "an action_id twice": ("already exists", actions(button(1), button(1))),
    "a style that is none": ("primary or danger", actions(button(style="loud"))),
    "a span that is none": ("unsupported type: bold", spans({"type": "bold", "text": "x"})),
    "a span of nothing": ("missing required field: text", spans({"type": "text", "text": ""})),
    "a link to nowhere": ("valid URL", spans({"type": "link", "url": "nowhere", "text": "x"})),
    "a card of nothing": ("a card needs", {"type": "card"}),
    "an option not offered": (
        "must be one of",
        actions({"type": "static_select", "action_id": "m", "options": [option(1)], "initial_option": option(2)}),
    ),
    "no object": ("must provide an object", []),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str) -> None:
    """In words, for every kind of mistake."""
    expected, block = WRONG[name]
    assert expected in " ".join(faults([block]))


def test_a_block_id_stands_once_in_a_message() -> None:
    """Inside containers too; a message has one table, and 12,000 characters of markdown."""
    assert "already exists" in faults([section(block_id="b"), container(section(block_id="b"))])[0]
    assert "only_one_table_allowed" in faults([cells(1, 1), cells(1, 1)])[0]
    assert "together" in faults([{"type": "markdown", "text": "x" * 6_001}] * 2)[0]


def test_surfaces_show_different_blocks() -> None:
    """Alerts in modals only, containers in messages only, carousels not in modals, cards everywhere."""
    alert = {"type": "alert", "text": plain("x")}
    carousel = {"type": "carousel", "elements": [card()]}
    taken = {
        surface: [
            block["type"] for block in (alert, container(section()), carousel, card()) if not faults([block], surface)
        ]
        for surface in ("message", "modal", "home")
    }
    assert taken == {
        "message": ["container", "carousel", "card"],
        "modal": ["alert", "card"],
        "home": ["carousel", "card"],
    }


@pytest.mark.parametrize(("name", "most"), [("title", 24), ("submit", 24), ("close", 24)])
def test_a_modals_labels_are_short(name: str, most: int) -> None:
    """Twenty-four characters each."""
    view = {"type": "modal", "title": plain("Title"), "blocks": [section()]}
    assert view_faults(view | {name: plain("x" * most)}) == []
    assert len(view_faults(view | {name: plain("x" * (most + 1))})) == 1


@pytest.mark.parametrize(("name", "most"), [("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)])
def test_a_views_strings_have_limits(name: str, most: int) -> None:
    """On modals and on home tabs."""
    view = {"type": "home", "blocks": [section()]}
    assert view_faults(view | {name: "x" * most}) == []
    assert len(view_faults(view | {name: "x" * (most + 1)})) == 1


def test_a_view_has_a_hundred_blocks_and_inputs_need_a_submit() -> None:
    """One more block is refused, and so is a form that cannot be sent."""
    view = {"type": "modal", "title": plain("Title"), "blocks": [section()] * 100}
    assert view_faults(view) == []
    assert len(view_faults(view | {"blocks": [section()] * 101})) == 1
    asked = {"type": "input", "label": plain("x"), "element": {"type": "plain_text_input", "action_id": "t"}}
    assert "needs submit" in view_faults(view | {"blocks": [asked]})[0]


@given(st.lists(st.text("abc é", min_size=1, max_size=2999), max_size=6))
def test_every_character_of_text_counts(texts: list[str]) -> None:
    """Wherever it stands: in sections, rich text and fields."""
    blocks = [section(text) for text in texts]
    rich = [spans({"type": "text", "text": text}) for text in texts]
    fields = [{"type": "section", "fields": [plain(text)]} for text in texts]
    assert words(blocks) == words(rich) == words(fields) == sum(map(len, texts))


ANYTHING = st.recursive(
    st.none() | st.integers() | st.sampled_from(["", "x", *RULES, "container", "rich_text_section", "link", "button"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
"""What is a little like blocks."""


@given(ANYTHING)
def test_nothing_makes_the_check_itself_fail(block: object) -> None:
    """Whatever is sent, the answer is a list of problems."""
    assert isinstance(faults([block]), list)
    assert isinstance(faults(block), list)


async def test_a_message_of_legal_blocks_can_be_too_long() -> None:
    """The hidden ceiling: every block fits, and all together do not."""
    async with FakeSlack() as slack:
        acme = slack.world.workspace("Acme")
        room = slack.world.channel(acme.id, "general", members=[acme.bot])
        async with opened(slack, acme.bot_token) as client:
            blocks = [section("x" * 2_640) for _ in range(5)]
            await client.chat_postMessage(channel=room.id, text="x", blocks=blocks)
            assert words(blocks) == CEILING
            with pytest.raises(SlackApiError) as failed:
                await client.chat_postMessage(channel=room.id, text="x", blocks=[*blocks, section("x")])
            assert failed.value.response["error"] == "msg_blocks_too_long"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"text": "x" * 40_001}, None),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "text": "x"}, "markdown_text_conflict"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [section()] * 51}, "msg_blocks_too_many"),
        ({"text": "x", "blocks": [section("x" * 3001)]}, "invalid_blocks"),
        ({"text": "x", "blocks": "[{"}, "invalid_blocks_format"),
    ],
)
async def test_a_post_has_limits(args: JSON, expected: str | None) -> None:
    """Each refused with its own code; a long text is cut."""
    async with FakeSlack() as slack:
        acme = slack.world.workspace("Acme")
        room = slack.world.channel(acme.id, "general", members=[acme.bot])
        async with opened(slack, acme.bot_token) as client:
            if expected is None:
                posted = await client.chat_postMessage(channel=room.id, **args)
                assert len(posted["message"]["text"]) == 40_000
                with pytest.raises(SlackApiError) as failed:
                    await client.chat_update(channel=room.id, ts=posted["ts"], text="x" * 4_001)
                assert failed.value.response["error"] == "msg_too_long"
            else:
                with pytest.raises(SlackApiError) as failed:
                    await client.api_call("chat.postMessage", json={"channel": room.id, **args})
                assert failed.value.response["error"] == expected


async def test_blocks_are_validated_without_a_token() -> None:
    """Each problem with a pointer."""
    async with FakeSlack() as slack, opened(slack) as client:
        assert (await client.blocks_validate(blocks=[section()]))["ok"]
        with pytest.raises(SlackApiError) as failed:
            await client.blocks_validate(blocks=[section(), section("x" * 3001)])
    (problem,) = failed.value.response["errors"]
    assert problem == {"message": "must be less than 3001 characters", "pointer": "/blocks/1/text/text"}
