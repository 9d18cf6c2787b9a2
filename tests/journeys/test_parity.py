"""The same dialogs on every platform say the same and offer the same."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import NOON
from tests.fakes import FixedClock
from tests.journeys import hall as rooms
from tests.journeys.conftest import Visitor, visiting
from tests.journeys.hall import Hall, gathered
from tests.journeys.office import Office, working
from tests.journeys.sight import labels, words
from tests.servers.discord import Message as Posted
from tests.servers.slack import Message

BUTTON = re.compile(r"(?:^| )\d+\) ")

PLACES = {"terminal", "to", "you", "alone"}
"""How the platforms call where one is."""

DIALOGS = {
    "a question and its follow-up": [
        "How much of the world's stacked memory did Orkdal make?",
        "and who said that about it?",
    ],
    "what nobody said": ["Who won the football world cup of 1998?"],
    "a brief and its receipts": ["brief", ">Receipts"],
    "the brief of a quiet day": ["brief 1999-01-01"],
    "following": ["follow halden", ">At most hourly", "following", "unfollow Halden", "following"],
    "a name nobody spoke of": ["follow Haldn"],
    "an entity": ["entity Halden"],
    "claims with filters": ["claims stacked memory by Tomas Brandt", "claims about Halden since yesterday"],
    "quiet hours": ["quiet", "quiet from 10pm to 7am", "follow halden at once", "following", "quiet off", "quiet 5"],
    "nothing to resume": ["resume", "resume the brief", "resume #1"],
    "subscribing": ["subscribe at 8am in Berlin on weekdays", ">Subscribe", "subscriptions", "unsubscribe"],
    "a time that is none": ["subscribe ai at 25:00"],
    "a zone that is none": ["subscribe ai at 8am in Nowhereland"],
    "help": ["help", "help ask", "/subscrib"],
    "status and sources": ["status", "sources"],
    "why it came or did not": [
        "why signal 2",
        "why was there cake",
        "why no brief",
        "why no alert about Halden",
    ],
    "a verb without its words": ["entity"],
    "what is kept": ["privacy", "privacy forget", ">Erase all of it", "privacy"],
}


@dataclass(frozen=True)
class Page:
    """What one sees: its plain words, and what can be pressed."""

    words: frozenset[str]
    buttons: tuple[str, ...]


class Talker(Protocol):
    """Somebody alone with the bot on one platform."""

    async def says(self, line: str) -> Page:
        """Write a line, and return the answer."""

    async def presses(self, label: str) -> Page:
        """Press a button of the last answer."""


class AtConsole:
    """Somebody at the terminal."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page = ""

    async def says(self, line: str) -> Page:
        """Type a line."""
        self.page = await self.visitor.says(line)
        return self._seen()

    async def presses(self, label: str) -> Page:
        """Type the number of a button."""
        before, _, _ = self.page.partition(f") {label}")
        self.page = await self.visitor.says(before.split()[-1])
        return self._seen()

    def _seen(self) -> Page:
        return Page(plain(self.page), tuple(BUTTON.findall(self.page)))


class InSlack:
    """Ann in her direct conversation with the bot."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.pages: list[Message] = []

    async def says(self, line: str) -> Page:
        """Write a message."""
        self.pages = await self.office.asks(line)
        return self._seen()

    async def presses(self, label: str) -> Page:
        """Press a button."""
        self.pages = await self.office.pressed(label, self.pages)
        return self._seen()

    def _seen(self) -> Page:
        return Page(plain(words(*self.pages)), tuple(labels(*self.pages)))


class OnDiscord:
    """Ann in her direct conversation with the bot."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.pages: list[Posted] = []

    async def says(self, line: str) -> Page:
        """Write a message."""
        self.pages = await self.hall.asks(line)
        return self._seen()

    async def presses(self, label: str) -> Page:
        """Press a button."""
        self.pages = await self.hall.pressed(label, self.pages)
        return self._seen()

    def _seen(self) -> Page:
        buttons = rooms.labels(*self.pages)
        return Page(plain(" ".join([rooms.words(*self.pages), *buttons])), tuple(buttons))


@asynccontextmanager
async def at_console(database: Path, clock: FixedClock) -> AsyncIterator[Talker]:
    """Sit down at the terminal."""
    async with visiting(database, clock) as visitor:
        yield AtConsole(visitor)


@asynccontextmanager
async def in_slack(database: Path, clock: FixedClock) -> AsyncIterator[Talker]:
    """Open the conversation with the bot in Slack."""
    async with working(database, clock) as office:
        office.ann.tz = "UTC"
        yield InSlack(office)


@asynccontextmanager
async def on_discord(database: Path, clock: FixedClock) -> AsyncIterator[Talker]:
    """Open the conversation with the bot on Discord."""
    async with gathered(database, clock) as hall:
        yield OnDiscord(hall)


PLATFORMS: dict[str, Callable[[Path, FixedClock], AbstractAsyncContextManager[Talker]]] = {
    "console": at_console,
    "slack": in_slack,
    "discord": on_discord,
}


def plain(page: str) -> frozenset[str]:
    """Return the words of a page; not its numbers, ids and addresses, which are each platform's own."""
    tokens = (token.strip(".,:;?!()[]“”\"'`▎·–") for token in page.casefold().split())
    return frozenset(token for token in tokens if token.isalpha()) - PLACES


async def held(open_: Callable[[Path, FixedClock], AbstractAsyncContextManager[Talker]], database: Path) -> list[Page]:
    """Hold every dialog, one after the other."""
    async with open_(database, FixedClock(NOON)) as talker:
        return [
            await (talker.presses(line[1:]) if line.startswith(">") else talker.says(line))
            for lines in DIALOGS.values()
            for line in lines
        ]


@pytest.mark.parametrize("platform", [name for name in PLATFORMS if name != "console"])
async def test_every_platform_says_and_offers_the_same(sample_library: Path, tmp_path: Path, platform: str) -> None:
    """As the console, word for word, but for its layout."""
    lines = [(about, line) for about, lines in DIALOGS.items() for line in lines]
    expected, found = [
        await held(PLATFORMS[name], Path(shutil.copy(sample_library, tmp_path / f"{name}.db")))
        for name in ("console", platform)
    ]
    for at, one, other in zip(lines, expected, found, strict=True):
        assert sorted(one.words ^ other.words) == [], at
        assert len(one.buttons) == len(other.buttons), at
