"""The pictures in the README: what they show is what the bot sends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

import pytest
from lxml import etree

from docs.picture import FOLDER, drawn

SVG = "http://www.w3.org/2000/svg"


@pytest.fixture(scope="module")
def pictures() -> Mapping[str, str]:
    """Return the pictures as they are drawn now."""
    return asyncio.run(drawn())


@pytest.mark.parametrize("name", ["brief.svg", "slack.svg", "discord.svg"])
def test_a_picture_is_the_one_that_is_drawn_now(pictures: Mapping[str, str], name: str) -> None:
    """Where it is not, `python -m docs.picture` draws it anew; the clock stands still for it."""
    assert (FOLDER / name).read_text("utf-8") == pictures[name]


@pytest.mark.parametrize("name", ["slack.svg", "discord.svg"])
def test_a_picture_fetches_nothing_and_runs_nothing(pictures: Mapping[str, str], name: str) -> None:
    """It is looked at on other people's pages."""
    assert re.findall(r"https?://[^\"]+", pictures[name]) == [SVG]
    assert not re.search(r"<(?:script|image|use|foreignObject|style)|href|@import|\bon\w+=", pictures[name])


@pytest.mark.parametrize("name", ["slack.svg", "discord.svg"])
def test_both_platforms_show_the_same_brief(pictures: Mapping[str, str], name: str) -> None:
    """The lead, a figure and the buttons can be read on either."""
    lines = etree.fromstring(pictures[name].encode()).iter(f"{{{SVG}}}text")
    words = [" ".join("".join(line.itertext()).split()) for line in lines]
    assert words[0] == "Overheard"
    assert any("5.2 billion" in line for line in words)
    assert {"Full brief", "Ask", "Helpful"} <= set(words)
