"""Draws the picture in the README: `python docs/picture.py docs/brief.svg` on the sample conversations."""

from __future__ import annotations

import asyncio
import io
import re
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.segment import Segments

from bot.app import opened
from bot.commands.session import last_message
from bot.config import Settings
from bot.ingest.samples import samples
from bot.message import Action
from bot.platforms.console.render import Page

LINES = 52


async def drawn() -> str:
    """Return the first screen of the sample brief as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Settings(database=Path(folder) / "picture.db")) as app:
            await app.intake.keep(samples(app.today), lambda _: None)
            message = await last_message(app, app.request("brief"))
    terminal = Console(record=True, width=84, file=io.StringIO(), force_terminal=True, highlight=False)
    page = terminal.render_lines(Page(message, _number(), links=False), new_lines=True)
    terminal.print(Segments(segment for line in page[:LINES] for segment in line), end="")
    # The picture is looked at on other people's pages: it fetches no fonts from anywhere.
    return re.sub(
        r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", terminal.export_svg(title="overheard run"), flags=re.DOTALL
    )


def _number() -> Callable[[Action], int]:
    numbers = count(1)
    return lambda _: next(numbers)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(drawn()), "utf-8")
