"""A brief in a channel is one screen: measured on the sample conversations."""

from __future__ import annotations

import asyncio

import pytest

from bot.chat.message import Choices, Message, Quote
from bot.chat.text import unstyled
from bot.platforms.discord.render import render as for_discord
from bot.platforms.discord.render import size
from bot.platforms.slack.render import render as for_slack
from docs.picture import drawn_lines, sample_brief
from tests.pages import blocks, texts
from tests.unit.test_slack_render import nodes

SCREEN_LINES = 50


@pytest.fixture(scope="module")
def brief() -> Message:
    """Return the brief on the samples."""
    return asyncio.run(sample_brief())


def test_on_slack_it_is_twenty_blocks_and_six_buttons(brief: Message) -> None:
    """The channel's post has 220 words at most; each story has one menu."""
    post = for_slack(brief)[0].blocks
    shown = [node["text"] for node in nodes(post) if isinstance(node.get("text"), str) and "value" not in node]
    options = [node["text"]["text"] for node in nodes(post) if "value" in node and node.get("type") != "button"]
    kinds = [node["type"] for node in nodes(post) if "type" in node]
    assert len(post) <= 20
    assert len(" ".join(shown).split()) - len(" ".join(options).split()) <= 220
    assert kinds.count("button") <= 6
    assert kinds.count("overflow") == 3


def test_on_discord_the_first_page_is_two_thousand_characters(brief: Message) -> None:
    """Half of what a message holds; the rest is in its thread."""
    assert size(for_discord(brief)[0].components).characters <= 2000


def test_on_the_console_it_is_one_screen_and_all_of_it_is_a_press_away(brief: Message) -> None:
    """The button that opens the rest is among the choices."""
    assert len(drawn_lines(brief)) <= SCREEN_LINES
    (foot,) = (block for block in blocks(brief) if isinstance(block, Choices))
    assert [button.label for button in foot.buttons] == ["Full brief", "Ask", "Helpful", "Not helpful"]


def test_nothing_is_told_twice(brief: Message) -> None:
    """No quote is repeated, by nobody; that the shows are samples is said once."""
    quoted = [block.words for block in blocks(brief) if isinstance(block, Quote)]
    said = [unstyled(text) for text in texts(brief)]
    assert len(quoted) == len(set(quoted))
    assert not any(quote in text for quote in quoted for text in said)
    assert sum("sample" in text for text in said) == 2
    assert "(sample)" not in "".join(said)
