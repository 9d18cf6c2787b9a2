"""How messages look on Discord."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from bot.chat.message import (
    Action,
    Block,
    Button,
    Callout,
    Choices,
    Group,
    Heading,
    Item,
    Message,
    Note,
    Prose,
    Quote,
    Source,
    Sources,
    Stat,
    Stats,
)
from bot.chat.text import Span, md
from bot.platforms.discord.render import ACCENT, Node, Page, parse_button, render, size
from bot.views.brief import brief_view
from tests.discord_markdown import letters, read, shown
from tests.servers.discord.kit.check import Check
from tests.servers.discord.kit.components import check_layout
from tests.snapshots.content import BRIEF
from tests.unit.test_slack_render import PAGES, message, said, squeezed

GOLDEN = Path(__file__).parents[1] / "snapshots" / "discord"

ROW, BUTTON, SECTION, TEXT, SEPARATOR = 1, 2, 9, 10, 14
CONFIRM, ERASE = Action("confirm"), Action("privacy", "forget yes")


def nodes(value: object) -> Iterator[Node]:
    """Yield every component of a piece of JSON, outermost first."""
    if isinstance(value, dict):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inside:
        yield from nodes(part)


def texts(page: Page) -> list[str]:
    """Return what stands in each text of a page, as Markdown."""
    return [node["content"] for node in nodes(page.components) if node.get("type") == TEXT]


def buttons(page: Page) -> list[Node]:
    """Return the buttons of a page in reading order."""
    return [node for node in nodes(page.components) if node.get("type") == BUTTON or "value" in node]


def words(pages: tuple[Page, ...]) -> str:
    """Return all that a person reads, without what a renderer may add between words."""
    drawn = chain.from_iterable(nodes(page.components) for page in pages)
    return squeezed("".join(node.get("label", "") or shown(node.get("content", "")) for node in drawn))


def faults(components: list[Node]) -> dict[str, Any]:
    """Return what Discord would refuse; it also takes blanks off the ends of a text, and then none may be empty."""
    check = Check()
    check_layout(check, json.loads(json.dumps(components)))
    for node in nodes(components):
        content = node.get("content", "x")
        if content.strip() != content or not content:
            check.fault("content", "BASE_TYPE_REQUIRED", repr(content))
    return check.errors


DRAWN = {name: render(message_) for name, message_ in PAGES.items()}


@pytest.mark.parametrize("name", DRAWN)
def test_pages_look_as_they_did(name: str) -> None:
    """Every page is as in its golden file; UPDATE_SNAPSHOTS=1 writes them anew."""
    golden = GOLDEN / f"{name}.json"
    pages = [{"text": page.text, "components": page.components} for page in DRAWN[name]]
    written = json.dumps(pages, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        golden.write_text(written, encoding="utf-8")
    assert written == golden.read_text(encoding="utf-8")


@given(message)
def test_every_page_is_within_every_limit(message_: Message) -> None:
    """Discord finds no fault with any page, and the sizes that decide are those of the components."""
    for page in render(message_):
        assert faults(page.components) == {}
        assert 0 < len(page.text) <= 100
        (container,) = page.components
        assert container["accent_color"] == ACCENT
        assert size(page.components).blocks == len([node for node in nodes(page.components) if "value" not in node])


@given(message)
def test_nothing_is_lost_and_the_order_is_kept(message_: Message) -> None:
    """All words of a message are read in their order, and every button does what it did."""
    pages = render(message_)
    if any(group.blocks for group in message_.groups):
        drawn = iter(words(pages))
        assert all(letter in drawn for letter in said(message_))
    actions = [parse_button(one.get("custom_id") or one["value"]) for page in pages for one in buttons(page)]
    assert actions == [button.action for button in message_.buttons]


@given(message)
def test_nothing_is_added_but_numbers_and_links(message_: Message) -> None:
    """Of a message without sources and addresses only its own words are read."""
    pages = render(_unlinked(message_))
    if said(_unlinked(message_)):
        assert words(pages) == said(_unlinked(message_))


def _unlinked(message_: Message) -> Message:
    groups = (
        Group(tuple(_plainly(block) for block in group.blocks if not isinstance(block, Sources)))
        for group in message_.groups
    )
    return Message(tuple(groups), message_.summary)


def _plainly(block: Block) -> Block:
    def bare(text: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(replace(span, href=None) for span in text)

    match block:
        case Heading(title, kicker):
            return Heading(bare(title), bare(kicker))
        case Prose(text):
            return Prose(bare(text))
        case Note(text):
            return Note(bare(text))
        case Quote(quoted, by):
            return Quote(quoted, bare(by))
        case Callout(label, text):
            return Callout(label, bare(text))
        case Item(title, body, beside, note):
            return Item(bare(title), bare(body), beside, bare(note))
    return block


@given(message)
def test_outside_words_stay_words(message_: Message) -> None:
    """Read as Discord reads it, nothing pings, previews or becomes what it is not; only the store's links open."""
    for page in render(message_):
        for text in texts(page):
            for _, kinds in letters(read(text)):
                assert {kind.partition(" ")[0] for kind in kinds} <= HARMLESS, text
                assert {kind for kind in kinds if kind.startswith("link")} <= {"link https://a.example/1"}


HARMLESS = {"bold", "italic", "code", "link", "heading", "small", "quote", "list"}


def of(*blocks: Block) -> list[Node]:
    """Return how blocks of one group are drawn."""
    (page,) = render(Message((Group(blocks),), "summary"))
    return list(page.components[0]["components"])


def written(*blocks: Block) -> list[str]:
    """Return how blocks of one group that are words alone are written."""
    return [node["content"] for node in of(*blocks)]


def test_blocks_are_written_by_their_meaning() -> None:
    """A title has its line above, a quote its bar and who said it, a number its label and its hedge."""
    assert written(Heading(md("News"), md("Today"))) == ["-# Today\n## News"]
    assert written(Heading(md("News"))) == ["### News"]
    assert written(Quote("one\n\ntwo", md("**Mara** · The Hour"))) == ["> one\n> \n> two\n-# **Mara** · The Hour"]
    assert written(Stats((Stat("copied", "29 million", "nearly"), Stat("waiting", "46")))) == [
        "**29 million** – copied · *nearly*\n**46** – waiting"
    ]
    assert written(Callout("Watch", md("the date"))) == ["**Watch\\:** the date"]
    assert written(Note(md("small\nprint"))) == ["-# small\n-# print"]


def test_what_belongs_together_is_one_text() -> None:
    """A title and what it is over, a quote and what leads to it, callouts, a list; other blocks keep apart."""
    assert written(Heading(md("t")), Quote("q", ()), Note(md("n")), Callout("a", md("b")), Callout("c", md("d"))) == [
        "### t\n> q\n-# n",
        "**a\\:** b\n**c\\:** d",
    ]
    assert written(Heading(md("t")), Prose(()), Prose(md("a"))) == ["### t\na"]
    assert written(Item(md("a"), md("b")), Item(md("c"))) == ["- **a** – b\n**c**"]
    assert written(Prose(md("a")), Prose(()), Quote("b", ()), Prose(md("c"))) == ["a\n> b", "c"]


def test_sources_are_numbered_and_open() -> None:
    """The name of a source opens it (all its words where none stands out), with its number before it."""
    items = (Source(md("**The Hour** · one"), "https://a.example/1"), Source(md("two\nthree"), "https://a.example/2"))
    (drawn,) = written(Sources((*items, Source(md("four"))), first=3))
    assert drawn.split("\n") == [
        "-# \\[3\\] **[The Hour](<https://a.example/1>)** · one",
        "-# \\[4\\] [two](<https://a.example/2>)",
        "-# [three](<https://a.example/2>)",
        "-# \\[5\\] four",
    ]


def test_a_title_keeps_its_last_sign() -> None:
    """Discord leaves out signs that close a title, so one that is part of its words is kept from the end."""
    assert shown(written(Heading(md("More on {name}", name="C#")))[0]).rstrip("\u200b") == "More on C#"


def test_a_button_stands_beside_its_entry() -> None:
    """An entry's button is at its right; where it has no words, it stands alone."""
    button = Button("Unfollow", Action("unfollow", "Northwind"))
    (beside,) = of(Item(md("Northwind"), md("at once"), (button,)))
    (alone,) = of(Item((), (), (button,)))
    assert beside["type"] == SECTION
    assert beside["components"][0]["content"] == "**Northwind**\nat once"
    assert beside["accessory"]["custom_id"] == "unfollow:Northwind"
    assert alone["type"] == ROW


def test_several_buttons_of_an_entry_are_one_beside_it_and_a_menu() -> None:
    """Its small print belongs to its words; what is chosen in the menu does what the button would."""
    buttons = tuple(Button(f"Number {n}", Action("ask", str(n))) for n in range(4))
    beside, menu = of(Item(md("News"), md("more"), buttons, md("Mara · The Hour")))
    assert [node["content"] for node in beside["components"]] == ["**News**\nmore\n-# Mara · The Hour"]
    assert beside["accessory"]["custom_id"] == "ask:0"
    assert [option["value"] for option in menu["components"][0]["options"]] == ["ask:1", "ask:2", "ask:3"]
    two = of(Item(md("News"), (), buttons[:2]))
    assert [node["type"] for node in two] == [SECTION, ROW]
    assert two[1]["components"][0]["type"] == BUTTON


def test_rows_hold_five_buttons() -> None:
    """Twelve buttons are three rows; only those that confirm or erase stand out."""
    rows = of(Choices(tuple(Button(f"Number {n}", Action("ask", str(n))) for n in range(12))))
    assert [len(row["components"]) for row in rows] == [5, 5, 2]
    shown = tuple(Button("x", action) for action in (Action("privacy", "export"), CONFIRM, ERASE))
    styles = [node["style"] for node in of(Choices(shown))[0]["components"]]
    assert styles == [2, 1, 4]


def test_buttons_that_do_the_same_differ_in_what_they_carry() -> None:
    """Discord refuses two of one id: the second says that it is one, and the same action comes back."""
    action = Action("follow", "3.Northwind: the company")
    (row,) = of(Choices((Button("a", action), Button("b", action), Button("c", action))))
    carried = [button["custom_id"] for button in row["components"]]
    assert carried == [str(action), f"1.{action}", f"2.{action}"]
    assert {parse_button(id_) for id_ in carried} == {action}


def test_a_second_button_without_room_to_differ_is_left_out() -> None:
    """An action that fills its hundred characters can stand on a page once."""
    button = Button("Ask", Action("ask", "x" * 96))
    drawn = of(Choices((button, button)), Item(md("Entry"), (), (button,)))
    assert [parse_button(node["custom_id"]) for node in nodes(drawn) if "custom_id" in node] == [button.action]
    assert drawn[-1]["type"] == TEXT


def test_a_line_divides_titled_groups() -> None:
    """There is a line above every title but the first thing on a page."""
    titled, plain = Group((Heading(md("News")),)), Group((Prose(md("words")),))
    (page,) = render(Message((titled, plain, titled, Group(())), "s"))
    assert [node["type"] for node in page.components[0]["components"]] == [TEXT, TEXT, SEPARATOR, TEXT]


def test_a_message_without_words_shows_its_summary() -> None:
    """Discord takes no empty page."""
    (page,) = render(Message((), "Nothing *new*"))
    assert texts(page) == ["Nothing \\*new\\*"]
    assert texts(render(Message((Group(()),), ""))[0]) == ["…"]
    assert faults(render(Message((), "*" * 5000))[0].components) == {}


def test_a_long_message_goes_on_in_more_pages() -> None:
    """Pages after the first say so in their name, which is short enough for a thread."""
    pages = render(Message(tuple(Group((Quote("words " * 150, ()),)) for _ in range(9)), "Receipts " * 20))
    assert [size(page.components).characters <= 4000 for page in pages] == [True] * 3
    assert pages[1].text.endswith("… (2 of 3)")
    assert max(len(page.text) for page in pages) <= 100


def test_a_brief_of_eight_signals_is_three_pages() -> None:
    """Three of them stand on the first; no signal is torn apart."""
    signals = tuple(replace(BRIEF.signals[0], key=f"s{n}", headline=f"News {n}") for n in range(8))
    pages = render(brief_view(replace(BRIEF, signals=signals)))
    assert [sum("**News " in text for text in texts(page)) for page in pages] == [3, 7, 1]
