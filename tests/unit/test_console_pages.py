"""How messages look on a terminal."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.chat.message import (
    Action,
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
from bot.chat.text import Span
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.domain.library import LibraryStats
from bot.platforms.console.render import Page
from bot.platforms.console.terminal import Screen
from bot.views.answer import answer_view
from bot.views.brief import brief_view, full_brief_view
from bot.views.entity import entity_view
from bot.views.follows import alert_view, follow_preview
from bot.views.signal import receipts_view
from bot.views.status import status_view
from bot.views.subscriptions import subscriptions_view
from bot.views.system import help_view
from tests.snapshots.content import ANSWER, BRIEF, PRICE, PROFILE, QUEUE, QUIET, REFUSAL, SOLD_OUT, SUBSCRIPTION, VERBS

GOLDEN = Path(__file__).parents[1] / "snapshots" / "console"

PAGES = {
    "brief": brief_view(BRIEF),
    "full": full_brief_view(BRIEF),
    "quiet": brief_view(QUIET),
    "answer": answer_view(ANSWER),
    "refusal": answer_view(REFUSAL),
    "receipts": receipts_view((PRICE, SOLD_OUT), "Northwind cuts Tarn board prices"),
    "alert": alert_view([("Northwind", (PRICE, SOLD_OUT, QUEUE))]),
    "entity": entity_view(PROFILE, (PRICE, SOLD_OUT)),
    "follow": follow_preview(PROFILE),
    "subscriptions": subscriptions_view((SUBSCRIPTION,)),
    "help": help_view(VERBS),
    "status": status_view(
        LibraryStats(407, 46_210, 8_042, 31, dt.date(2026, 6, 27)),
        failed=(
            Delivery(
                "k", "brief 2026-06-27", Address("slack", "T1", "C0QUAY"), reason="That channel is gone or archived."
            ),
        ),
    ),
}


def drawn(message: Message, width: int) -> str:
    """Return a page as a pipe gets it."""
    out = io.StringIO()
    Screen(out, width).show(message)
    return out.getvalue()


def on_terminal(message: Message, width: int = 80) -> str:
    """Return a page with every control sequence a terminal gets."""
    out = io.StringIO()
    terminal = Console(file=out, force_terminal=True, color_system="truecolor", width=width)
    terminal.print(Page(message, lambda _: 1))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", PAGES)
def test_pages_look_as_they_did(name: str, width: int) -> None:
    """Every page is as in its golden file, at three widths; UPDATE_SNAPSHOTS=1 writes them anew."""
    golden = GOLDEN / f"{name}-{width}.txt"
    page = drawn(PAGES[name], width)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        golden.write_text(page, encoding="utf-8")
    assert page == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1, 20, 60, 80, 200])
@pytest.mark.parametrize("name", PAGES)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    """Lines fit, and none ends in blanks."""
    terminal = Console(width=width)
    lines = drawn(PAGES[name], width).splitlines()
    assert all(terminal.measure(line).maximum <= width and line == line.rstrip() for line in lines)


ESCAPE = "\x1b[2J\x1b]0;owned\x07\x9b31m\x1b]8;;https://evil.example\x1b\\click\r\x00"
WILD = st.text(max_size=60) | st.just(ESCAPE)
OURS = re.compile(r"\x1b\[[0-9;]*m|\x1b]8;[a-z0-9=.-]*;(?:https://[!-~]+)?\x1b\\")


def of(words: str) -> Message:
    """Return a message with the same words in every place that can hold any."""
    text = (Span(words, bold=True), Span(words, href=f"https://a.example/{words}"), Span(words, href=words))
    button = Button(words, Action("ask", "x"))
    blocks = (
        Heading(text, text),
        Prose(text),
        Quote(words, text),
        Stats((Stat(words, words, words),)),
        Item(text, text, (button,)),
        Item(text, text, (button, button), text),
        Callout(words, text),
        Note(text),
        Sources((Source(text, words), Source(text, f"https://a.example/{words}"))),
        Choices((button,)),
    )
    return Message((Group(blocks),), words)


@given(WILD)
def test_outside_text_never_controls_the_terminal(words: str) -> None:
    """Whatever the words are, only our own colours and links reach the terminal."""
    shown = OURS.sub("", on_terminal(of(words)))
    assert not [c for c in shown if c != "\n" and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0)]


@given(WILD)
def test_a_pipe_gets_plain_text(words: str) -> None:
    """Without a terminal there is no control character at all."""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", drawn(of(words), 80))


def test_links_open_only_what_the_store_knows() -> None:
    """Of three addresses only the https one becomes a link."""
    hrefs = ("https://a.example/1", "javascript:alert(1)", "http://a.example/2")
    page = on_terminal(Message((Group((Prose(tuple(Span("x", href=href) for href in hrefs)),)),), ""))
    assert re.findall(r"\x1b]8;[^;]*;([^\x1b]+)\x1b", page) == ["https://a.example/1"]


def test_wide_characters_keep_the_bar_straight() -> None:
    """A quote of wide characters and emoji is wrapped by cells, each line behind its bar."""
    page = drawn(Message((Group((Quote("字" * 60 + "🎙️" * 20, ()),)),), ""), 40)
    assert all(line.startswith("  ▎ ") for line in page.splitlines() if line)


def test_quotes_are_shown_word_for_word() -> None:
    """Markup of a console library inside a quote stays what was said."""
    said = "[bold]up[/bold] :smile: **a** https://b.example"
    assert said in drawn(Message((Group((Quote(said, ()),)),), ""), 80)


def test_a_stream_without_unicode_still_gets_the_words() -> None:
    """Bars and dashes become question marks; nothing fails."""
    raw = io.BytesIO()
    narrow = io.TextIOWrapper(raw, encoding="ascii")
    Screen(narrow, 80).show(PAGES["brief"])
    narrow.flush()
    assert b"Northwind cuts Tarn board prices" in raw.getvalue()
