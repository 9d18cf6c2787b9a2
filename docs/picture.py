"""Draws the pictures in the README, all of one brief on the sample conversations: `python -m docs.picture`."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.segment import Segment, Segments

from bot.app import open_app
from bot.chat.message import Action, Message
from bot.cli.session import final_message
from bot.config import Settings
from bot.ingest.files import sample_conversations
from bot.platforms.console.render import Page
from bot.platforms.discord.render import render as for_discord
from bot.platforms.slack.render import render as for_slack
from docs import discord, slack

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Morning:
    """A clock that stands at the same morning whenever the pictures are drawn: the samples are dated by it."""

    def now(self) -> dt.datetime:
        """Return eight o'clock."""
        return dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


async def drawn() -> Mapping[str, str]:
    """Return each picture by the name of its file."""
    message = await sample_brief()
    slack_pages = for_slack(message)
    return {
        "brief.svg": _console(message),
        "slack.svg": slack.drawn(slack_pages[0].blocks, len(slack_pages) - 1, "8:00 AM"),
        "discord.svg": discord.drawn(for_discord(message)[0].components, "Today at 8:00 AM"),
    }


async def sample_brief() -> Message:
    """Return the brief on the sample conversations."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database=Path(folder) / "picture.db", timezone="UTC", workers=0)
        async with open_app(settings, Morning()) as app:
            await app.importer.import_conversations(sample_conversations(app.today), lambda _: None)
            return await final_message(app, app.request("brief"))


def _console(message: Message) -> str:
    terminal = _terminal()
    terminal.print(Segments(segment for line in drawn_lines(message) for segment in line), end="")
    # The picture is looked at on other people's pages: it fetches no fonts from anywhere.
    return re.sub(
        r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", terminal.export_svg(title="overheard run"), flags=re.DOTALL
    )


def drawn_lines(message: Message) -> list[list[Segment]]:
    """Return a message as it is drawn on a terminal, line by line."""
    return _terminal().render_lines(Page(message, _number(), links=False), new_lines=True)


def _terminal() -> Console:
    return Console(
        record=True, width=84, file=io.StringIO(), force_terminal=True, color_system="truecolor", highlight=False
    )


def _number() -> Callable[[Action], int]:
    numbers = count(1)
    return lambda _: next(numbers)


if __name__ == "__main__":
    for name, picture in asyncio.run(drawn()).items():
        (FOLDER / name).write_text(picture, "utf-8")
