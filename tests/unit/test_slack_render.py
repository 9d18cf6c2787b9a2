"""How messages look on Slack."""

from __future__ import annotations

import datetime as dt
import html
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from bot.chat.text import Span, md, sanitise, styled_text, unstyled
from bot.domain.subscription import AlertFrequency, Follow
from bot.platforms.slack.render import Node, app_home, render, size
from bot.views.brief import brief_view
from bot.views.follows import following_view
from bot.views.subscriptions import SubscriptionPlan, subscribe_preview
from bot.views.system import error_view
from tests.servers.slack.kit import CEILING, faults, view_faults, words
from tests.snapshots.content import BRIEF, HERE
from tests.unit.test_console_pages import PAGES as SHARED

GOLDEN = Path(__file__).parents[1] / "snapshots" / "slack"
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)

PAGES = SHARED | {
    "error": error_view("That source could not be read.", "7f3a"),
    "following": following_view((Follow(1, "Northwind", HERE, "you", AlertFrequency.BRIEF, "UTC", NOON),)),
    "subscribe": subscribe_preview(SubscriptionPlan("ai", dt.time(8), "Europe/Berlin", frozenset(range(5))), NOON),
}


def nodes(value: object) -> Iterator[Node]:
    """Yield every object of a piece of JSON, outermost first."""
    if isinstance(value, dict):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inside:
        yield from nodes(part)


def shown(value: object) -> str:
    """Return the words of Block Kit in reading order, without blanks and the marks that are ours."""
    found = (node for node in nodes(value) if isinstance(node.get("text"), str))
    return squeezed("".join(_unmarked(node) if node["type"] == "mrkdwn" else node["text"] for node in found))


def _unmarked(node: Node) -> str:
    return html.unescape(unmarked(node["text"]))


def unmarked(text: str) -> str:
    """Return markup of ours without its marks and links."""
    return MARKED.sub(r"\2", LINK.sub(r"\1", text))


def squeezed(words_: str) -> str:
    """Return words without what a renderer may add between them."""
    return re.sub(r"[\s–·:]+", "", sanitise(words_))


def said(message: Message) -> str:
    """Return the words of a message in the order in which they are drawn."""
    return squeezed("".join(part for group in message.groups for block in group.blocks for part in _parts(block)))


def _parts(block: object) -> tuple[str, ...]:
    match block:
        case Heading(title, kicker):
            parts = (unstyled(kicker), unstyled(title))
        case Prose(text) | Note(text):
            parts = (unstyled(text),)
        case Quote(quoted, by):
            parts = (quoted, unstyled(by))
        case Stats(items):
            parts = tuple(part for item in items for part in (item.value, item.label, item.hedge))
        case Item(title, body, beside, note):
            parts = (unstyled(title), unstyled(body), *(one.label for one in beside), unstyled(note))
        case Callout(label, text):
            parts = (label, unstyled(text))
        case Sources(items):
            parts = tuple(unstyled(item.text) for item in items)
        case Choices(buttons):
            parts = tuple(button.label for button in buttons)
        case _:
            raise AssertionError(block)
    return parts


NASTY = (
    "<!channel>",
    "<@U012ABC>",
    "<https://evil.example|click>",
    "see https://evil.example now",
    "*bold* _it_ ~no~ `code`",
    "&lt;!here&gt;",
    ":smile:",
    "a\u202eb\u200bc",
    "> quoted\n1. listed",
    "evil.example",
    "x\x00\x1b[2Jy",
)
wild = st.sampled_from(NASTY) | st.text(max_size=40)
long = st.builds(
    lambda part, times: f"{part} " * times, st.text("ab é字.!?", min_size=1, max_size=30), st.integers(1, 400)
)
outside = wild | long
short = wild.filter(lambda name: len(name) <= 75)
named = short.filter(lambda name: sanitise(name).strip())
href = st.none() | st.sampled_from(("https://a.example/1", "javascript:alert(1)", "https://a.example/" + "x" * 4000))
span = st.builds(Span, outside, st.booleans(), st.booleans(), st.booleans(), href)
text = st.lists(span, max_size=3).map(tuple)
button = st.builds(Button, named, st.builds(Action, st.sampled_from(("ask", "confirm", "privacy")), st.just("x")))
stat = st.builds(Stat, short, short, short)
block = st.one_of(
    st.builds(Heading, text, text),
    st.builds(Prose, text),
    st.builds(Quote, outside, text),
    st.builds(Stats, st.lists(stat, max_size=24).map(tuple)),
    st.builds(Item, text, text, st.lists(button, max_size=7).map(tuple)),
    st.builds(Item, text, text, st.just(()), text),
    st.builds(Callout, short, text),
    st.builds(Note, text),
    st.builds(Sources, st.lists(st.builds(Source, text, href), max_size=5).map(tuple), st.integers(1, 9)),
    st.builds(Choices, st.lists(button, max_size=40).map(tuple)),
)
group = st.builds(Group, st.lists(block, max_size=8).map(tuple))
message = st.builds(Message, st.lists(group, max_size=6).map(tuple), outside)


DRAWN = {name: render(message) for name, message in PAGES.items()}


@pytest.mark.parametrize("name", DRAWN)
def test_pages_look_as_they_did(name: str) -> None:
    """Every page is as in its golden file; UPDATE_SNAPSHOTS=1 writes them anew."""
    golden = GOLDEN / f"{name}.json"
    pages = [{"text": page.text, "blocks": page.blocks} for page in DRAWN[name]]
    written = json.dumps(pages, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        golden.write_text(written, encoding="utf-8")
    assert written == golden.read_text(encoding="utf-8")


@given(message)
def test_every_page_is_within_every_limit(message: Message) -> None:
    """Slack finds no fault with any page, and its words, links and blocks stay below the hidden ceiling."""
    for page in render(message):
        assert faults(page.blocks) == []
        assert words(page.blocks) + 100 * len(page.blocks) <= CEILING
        assert len(page.blocks) <= 50
        assert all(words(block) <= 3000 for block in page.blocks)
        assert size(page.blocks).characters <= 12_000
        assert size(page.blocks).blocks <= 50
        assert 0 < len(page.text) < 4000


@given(message)
def test_nothing_is_lost_and_the_order_is_kept(message: Message) -> None:
    """All words of all pages, one after the other, are those of the message, and so are its buttons."""
    pages = render(message)
    assert "".join(shown(page.blocks) for page in pages) == said(message)
    pressed = [node["value"] for page in pages for node in nodes(page.blocks) if "value" in node]
    assert pressed == [str(button.action) for button in message.buttons]


@given(message)
def test_outside_words_stay_words(message: Message) -> None:
    """No words mention, link, format or become an emoji, wherever they stand."""
    for page in render(message):
        assert {node["type"] for node in nodes(page.blocks) if "type" in node} <= HARMLESS
        for node in nodes(page.blocks):
            match node.get("type"):
                case "mrkdwn":
                    assert all(INERT.fullmatch(line) for line in unmarked(node["text"]).split("\n")), node
                    assert not LINKED.search(unmarked(node["text"]))
                    assert node["verbatim"]
                case "plain_text":
                    assert node["emoji"] is False
                case "link":
                    assert node["url"] == "https://a.example/1"
                case "header":
                    assert not LINKED.search(node["text"]["text"])
                case "context":
                    assert not LINKED.search(unmarked(node["elements"][0]["text"]))


HARMLESS = frozenset(
    """actions button context divider header link mrkdwn overflow plain_text rich_text rich_text_list rich_text_quote
    rich_text_section section text""".split()
)
INERT = re.compile(r"(?:[^\W_]|[ ,.%$€£·+()\[\]’'‘“”\"?!;…–—▁-█-]|:(?= |$)| \d+(?::\d\d)+|&amp;)+")
MARKED = re.compile(r"(?<!\S)([*_]{1,2})(?! )(\S.*?)(?<! )(?:\1|_\*)(?=\s|$)", re.MULTILINE)
LINK = re.compile(r"<https://a\.example/1\|([^<>|]*)>")
LINKED = re.compile(r"://|www\.|\w\.[^\W\d_]{2}")


@given(outside)
def test_a_notification_is_only_words(summary: str) -> None:
    """What Slack would parse beside the blocks cannot ping, link or format."""
    (page,) = render(Message((), summary))
    assert not re.search(r"[<>*_~`\u202a-\u202e\x00-\x1f]|://|&(?!amp;|lt;|gt;)|\w\.[^\W\d_]|:[\w+-]+:", page.text)
    assert page.text.strip()


def of(*blocks: Block) -> list[Node]:
    """Return how blocks of one group are drawn."""
    (page,) = render(Message((Group(blocks),), "summary"))
    return page.blocks


def test_links_open_only_what_the_store_knows() -> None:
    """Of the addresses given only honest web addresses become links; all words are kept."""
    hrefs = ("https://a.example/1", "http://a.example/2", "javascript:alert(1)", "https://a.example/ x", "")
    (block,) = of(Prose(tuple(Span("x", href=href) for href in hrefs)))
    spans = block["elements"][0]["elements"]
    assert [span.get("url") for span in spans] == ["https://a.example/1", "http://a.example/2", None, None, None]


def test_blanks_around_a_link_are_not_underlined() -> None:
    """The space before [1] is no part of the link."""
    (block,) = of(Prose(styled_text(" [1]", href="https://a.example/1")))
    assert [(span["type"], span["text"]) for span in block["elements"][0]["elements"]] == [
        ("text", " "),
        ("link", "[1]"),
    ]


def test_numbers_that_could_be_markup_are_a_list() -> None:
    """Two columns are for words in which nothing can be markup; others keep their words in rich text."""
    assert of(Stats((Stat("costs & fees", "40 percent", "alleged"),)))[0]["fields"][0]["text"] == (
        "*40 percent*\ncosts &amp; fees\n_alleged_"
    )
    (block,) = of(Stats((Stat("off *all* boards", "40 percent"),)))
    assert block["type"] == "rich_text"
    assert shown(block) == "40percentoff*all*boards"


def test_a_button_stands_beside_its_entry() -> None:
    """An entry's button is at its right; where its words could be markup, below them."""
    button = Button("Unfollow", Action("unfollow", "Northwind"))
    (beside,) = of(Item(md("Northwind"), md("at once"), (button,)))
    below = of(Item(styled_text("_Northwind_"), md("at once"), (button,)))
    assert beside["accessory"]["value"] == "unfollow:Northwind"
    assert [block["type"] for block in below] == ["rich_text", "actions"]


def test_several_buttons_of_an_entry_fold_into_a_menu() -> None:
    """The entry's words stand beside it with their links, and its small print below; five fit, more are a row."""
    title = (*md("Prices fell:"), *styled_text(" [1]", href="https://a.example/1?b&c"))
    buttons = tuple(Button(f"Number {n}", Action("ask", str(n))) for n in range(6))
    entry, print_ = of(Item(title, md("“So” it goes."), buttons[:5], md("Mara · The Hour")))
    assert entry["text"]["text"] == "*Prices fell:* *<https://a.example/1?b&amp;c|[1]>*\n“So” it goes."
    assert [option["value"] for option in entry["accessory"]["options"]] == [f"ask:{n}" for n in range(5)]
    assert (print_["type"], shown(print_)) == ("context", "MaraTheHour")
    assert [block["type"] for block in of(Item(title, (), buttons))] == ["rich_text", "actions"]
    below = of(Item(md("a_b"), (), buttons[:2]))
    assert [block["type"] for block in below] == ["rich_text", "actions"]
    assert below[1]["elements"][0]["type"] == "overflow"


@given(message)
def test_a_page_that_slack_refuses_is_still_its_words(message: Message) -> None:
    """Without blocks, and with nothing in them that Slack could take for markup."""
    for page in render(message):
        plain = page.in_words
        assert plain.blocks == []
        assert plain.text.strip()
        assert not re.search(r"[<>*_~`]|://|&(?!amp;|lt;|gt;)", plain.text)


@pytest.mark.parametrize("address", ["https://a.example/1>", "https://a.example/|<!channel>", "https://a.example/*1*"])
def test_an_address_that_could_be_markup_stays_out_of_markup(address: str) -> None:
    """Rich text takes any; small print that needs none of it is linked where it stands."""
    (block,) = of(Note(styled_text("The Hour", href=address)))
    assert block["elements"][0]["elements"] == [{"type": "link", "url": address, "text": "The Hour"}]
    (small,) = of(Note(styled_text("The Hour", href="https://a.example/1")))
    assert small["elements"][0]["text"] == "<https://a.example/1|The Hour>"


def test_the_thread_of_a_message_begins_its_second_page() -> None:
    """However short the first is."""
    pages = render(Message((Group((Prose(md("short")),)),), "s", (Group((Prose(md("long")),)),)))
    assert [shown(page.blocks) for page in pages] == ["short", "long"]


def test_entries_without_buttons_are_one_list() -> None:
    """Help is one block, however many verbs there are."""
    assert len(of(*(Item(md("ask"), md("Get an answer.")) for _ in range(20)))) == 1


def test_a_long_title_is_bold_instead() -> None:
    """A header holds 150 characters; longer titles and those with an address lose nothing."""
    for title in ("word " * 60, "Read evil.example today"):
        divider, block = render(Message((Group((Prose(md("x")),)), Group((Heading(styled_text(title)),))), "s"))[
            0
        ].blocks[1:]
        assert divider["type"] == "divider"
        assert block["elements"][0]["elements"][0]["style"] == {"bold": True}


def test_ids_of_buttons_differ_within_a_message() -> None:
    """Slack tells two buttons apart by their ids, so each begins with its verb and ends with its own number."""
    ids = [node["action_id"] for node in nodes(render(PAGES["brief"])[0].blocks) if "action_id" in node]
    assert len(ids) == len(set(ids)) == 7
    assert ids[2:5] == ["menu:2", "full:3", "question:4"]


def test_numbers_of_sources_go_on_after_a_page_break() -> None:
    """A list that begins with [3] counts from there."""
    (block,) = of(Sources((Source(md("one")),), first=3))
    assert block["elements"][0]["offset"] == 2


@pytest.mark.parametrize(("words_", "linked"), [("**The Hour** · one", ["The Hour"]), ("one", ["one"])])
def test_the_name_of_a_source_opens_it(words_: str, linked: list[str]) -> None:
    """Only the bold name is a link; where there is none, all the words are."""
    blocks = of(Sources((Source(md(words_), "https://a.example/1"),)))
    assert [node["text"] for node in nodes(blocks) if node.get("type") == "link"] == linked


def test_a_long_message_goes_on_in_more_pages() -> None:
    """Pages after the first say so in their notification."""
    pages = render(Message(tuple(Group((Quote("words " * 400, ()),)) for _ in range(12)), "Receipts"))
    assert [page.text for page in pages] == ["Receipts", "Receipts (2 of 3)", "Receipts (3 of 3)"]


def test_more_than_a_block_or_a_message_holds_is_spread() -> None:
    """Sixty buttons are several rows, long prose is several paragraphs, and many signals are several pages."""
    buttons = tuple(Button(f"Number {n}", Action("ask", str(n))) for n in range(60))
    rows = of(Choices(buttons))
    assert [len(row["elements"]) for row in rows] == [15, 15, 15, 15]
    assert [len(shown(block)) <= 3000 for block in of(Prose(styled_text("word. " * 900)))] == [True, True]
    signal = Group((Heading(md("News")), *(Quote("words", ()) for _ in range(7)), Choices(buttons[:1])))
    pages = render(Message((signal,) * 12, "s"))
    assert [len(page.blocks) for page in pages] == [49, 49, 19]
    assert faults(pages[0].blocks) == []


@given(st.lists(message, max_size=4))
def test_an_app_home_is_within_every_limit(messages: list[Message]) -> None:
    """Slack finds no fault with a home made of any messages."""
    assert view_faults(app_home(messages)) == []


def test_an_app_home_says_where_it_left_off() -> None:
    """Of more groups than a home can hold the first ones are shown, and then an ellipsis."""
    one = Message((Group((Prose(md("a")),)),), "s")
    blocks = app_home([one] * 150)["blocks"]
    assert len(blocks) == 100
    assert shown(blocks[-1]) == "…"
    whole = app_home([brief_view(BRIEF)])["blocks"]
    assert shown(whole) == "".join(shown(page.blocks) for page in render(PAGES["brief"]))
