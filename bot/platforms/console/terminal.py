"""The console's input and output: a person's keyboard or a pipe, and the screen."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cached_property
from io import TextIOWrapper
from itertools import chain
from threading import Thread
from typing import TYPE_CHECKING, Protocol, TextIO

from bot.chat.message import Action, Field, Group, Message, Note
from bot.chat.request import Verb
from bot.chat.text import sanitise, styled_text

if TYPE_CHECKING:
    from rich.console import Console as RichConsole


class Keyboard(Protocol):
    """Where lines come from."""

    async def read_line(self, verbs: Sequence[Verb], /) -> str:
        """Return the next line, offering verbs as completions; raises EOFError at the end."""

    async def read_field(self, field: Field, /) -> str:
        """Return the value of a form's field; raises EOFError if the person gives up."""

    async def write_above(self, write: Callable[[], None], /) -> None:
        """Write above what is being typed."""

    def on_interrupt(self, stop: Callable[[], object], /) -> AbstractContextManager[None]:
        """Let Ctrl-C call `stop` for as long as the context lasts."""


class Pipe:
    """Reads a stream line by line without holding up the event loop or the end of the program."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: asyncio.Queue[str] | None = None

    async def read_line(self, _verbs: Sequence[Verb]) -> str:
        """Return the next line; raises EOFError at the end."""
        return await self._next_line()

    async def read_field(self, field: Field) -> str:
        """Return the next line, or the field's initial value if that line is blank."""
        return (await self._next_line()).strip() or field.value

    async def write_above(self, write: Callable[[], None]) -> None:
        """Write at once: nobody is typing."""
        write()

    def on_interrupt(self, _stop: Callable[[], object]) -> AbstractContextManager[None]:
        """Leave Ctrl-C alone: it ends the program."""
        return nullcontext()

    async def _next_line(self) -> str:
        if self._lines is None:
            self._lines = asyncio.Queue()
            # A daemon, because a read from an idle pipe cannot be cancelled and must not delay the exit.
            Thread(target=self._pump, args=(self._lines, asyncio.get_running_loop()), daemon=True).start()
        line = await self._lines.get()
        if not line:
            self._lines.put_nowait("")
            raise EOFError
        return line

    def _pump(self, lines: asyncio.Queue[str], loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop may be closed before the pipe is
            for line in chain(self._stream, ("",)):
                loop.call_soon_threadsafe(lines.put_nowait, line)


class NoKeyboard:
    """Nobody types: a service has no terminal, and still runs until it is stopped."""

    async def read_line(self, _verbs: Sequence[Verb]) -> str:
        """Wait for ever."""
        forever: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        return await forever

    async def read_field(self, field: Field) -> str:
        """Give up, since nobody fills in a form."""
        raise EOFError(field.name)

    async def write_above(self, write: Callable[[], None]) -> None:
        """Write at once."""
        write()

    def on_interrupt(self, _stop: Callable[[], object]) -> AbstractContextManager[None]:
        """Leave Ctrl-C alone: it ends the program."""
        return nullcontext()


class Screen:
    """Draws on a stream: with colour, links and progress on a terminal, as plain text elsewhere.

    `width` is in cells; by default the terminal's own, or 80 for any other stream. The renderer is loaded with the
    first page, so that the prompt need not wait for it.
    """

    def __init__(self, stream: TextIO, width: int | None = None) -> None:
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode still gets the words
        self._stream, self._width = stream, width
        self._is_interactive = stream.isatty()
        self._numbers: dict[Action, int] = {}
        self._actions: dict[int, Action] = {}
        self._settled_with: dict[int, frozenset[int]] = {}
        self._last_number = 0

    def show(self, message: Message, label: str = "") -> None:
        """Draw a message, under a label such as "edited"."""
        from bot.platforms.console.render import Page

        if label:
            self.show_note(label)
        # Apple's terminal shows the text of a link, but can't open its address.
        links = self._terminal.is_terminal and os.environ.get("TERM_PROGRAM") != "Apple_Terminal"
        settling = [button.action for button in message.buttons if button.action.settles]
        for action in settling:
            self._numbers.pop(action, None)  # each question has numbers of its own
        self._terminal.print(Page(message, self._number_of, links=links))
        together = frozenset(map(self._number_of, settling))
        self._settled_with |= dict.fromkeys(together, together)

    def show_note(self, words: str) -> None:
        """Draw one line of small print."""
        self.show(Message((Group((Note(styled_text(words)),)),), words))

    def press(self, number: int) -> Action | None:
        """Return what the button with this number does, None if there is none; numbers count up through the session.

        Once a button settles its question, all that would are dead.
        """
        action = self._actions.get(number)
        for used in self._settled_with.get(number, ()):
            self._actions.pop(used, None)
        return action

    def is_used(self, number: int) -> bool:
        """Return whether a button had this number and is dead."""
        return number in self._settled_with and number not in self._actions

    @contextmanager
    def progress(self) -> Iterator[Callable[[Message], None]]:
        """Yield a function that draws a state of the answer in place of the one before."""
        if not self._is_interactive:
            yield lambda _: None
            return
        self._terminal.print()
        with self._terminal.status("…", spinner_style="cyan") as status:
            yield lambda message: status.update(sanitise(message.summary))

    @cached_property
    def _terminal(self) -> RichConsole:
        from rich.console import Console as RichConsole

        return RichConsole(file=self._stream, width=self._width, highlight=False, markup=False, emoji=False)

    def _number_of(self, action: Action) -> int:
        if action not in self._numbers:
            self._last_number += 1
            self._numbers[action], self._actions[self._last_number] = self._last_number, action
        return self._numbers[action]
