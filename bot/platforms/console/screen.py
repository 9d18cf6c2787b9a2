"""The output side of the console: pages, transient progress, and the numbers of buttons."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from bot.chat.message import Action, Group, Message, Note
from bot.chat.text import sanitise, styled_text

if TYPE_CHECKING:
    from rich.console import Console as Terminal


class Screen:
    """Draws on a stream: with colour, links and progress on a terminal, as plain text elsewhere.

    `width` is in cells; without it the terminal's own, or 80 for a stream that is none. What draws is loaded with
    the first page, which the prompt need not wait for.
    """

    def __init__(self, stream: TextIO, width: int | None = None) -> None:
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode still gets the words
        self._stream, self._width = stream, width
        self._is_interactive = stream.isatty()
        self._numbers: dict[Action, int] = {}

    def show(self, message: Message, label: str = "") -> None:
        """Draw a message, under a mark such as "edited"."""
        from bot.platforms.console.render import Page

        if label:
            self.show_note(label)
        # Apple's terminal shows the words of a link and swallows its address.
        links = self._terminal.is_terminal and os.environ.get("TERM_PROGRAM") != "Apple_Terminal"
        self._terminal.print(Page(message, self._number_of, links=links))

    def show_note(self, words: str) -> None:
        """Draw one line of small print."""
        self.show(Message((Group((Note(styled_text(words)),)),), words))

    def action(self, number: int) -> Action | None:
        """Return what the button with this number does; numbers count through the session."""
        return next((action for action, given in self._numbers.items() if given == number), None)

    @contextmanager
    def progress(self) -> Iterator[Callable[[Message], None]]:
        """Give a function that draws a state of the answer in place of the one before, until the end."""
        if not self._is_interactive:
            yield lambda _: None
            return
        self._terminal.print()
        with self._terminal.status("…", spinner_style="cyan") as status:
            yield lambda message: status.update(sanitise(message.summary))

    @cached_property
    def _terminal(self) -> Terminal:
        from rich.console import Console as Terminal

        return Terminal(file=self._stream, width=self._width, highlight=False, markup=False, emoji=False)

    def _number_of(self, action: Action) -> int:
        return self._numbers.setdefault(action, len(self._numbers) + 1)
