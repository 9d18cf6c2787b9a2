"""Lines typed by a person, with completion and history."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

from bot.chat.message import Field
from bot.chat.request import Verb
from bot.chat.text import plain
from bot.platforms.console.completion import Complete, Names

_STYLE = Style.from_dict({"mark": "ansicyan bold", "label": "bold", "placeholder": "ansibrightblack"})


class Typed:
    """A prompt on a terminal: Tab completes, Ctrl-C clears the line or stops the answer, Ctrl-D leaves.

    `complete` gives names of entities for their beginning. `source` and `sink` stand in for the terminal.
    """

    def __init__(self, complete: Complete, source: Input | None = None, sink: Output | None = None) -> None:
        self._completer = Names(complete)
        self._session = PromptSession[str](
            [("class:mark", "> ")],
            completer=self._completer,
            key_bindings=_bindings(),
            placeholder=self._hint,
            reserve_space_for_menu=5,
            style=_STYLE,
            input=source,
            output=sink,
        )
        self._form = PromptSession[str](style=_STYLE, history=DummyHistory(), input=source, output=sink)

    def _hint(self) -> FormattedText:
        """Say what can be typed, until the line is done: a hint must not stay on the screen."""
        return FormattedText([("class:placeholder", "" if self._session.app.is_done else "Ask anything, or try /help")])

    async def line(self, verbs: Sequence[Verb]) -> str:
        """Return the next line; raises EOFError on Ctrl-D."""
        self._completer.verbs = verbs
        return await self._session.prompt_async()

    async def field(self, field: Field) -> str:
        """Ask for a field of a form, its value already typed; Ctrl-C and Ctrl-D both give up."""
        options = WordCompleter([plain(option) for option in field.options], sentence=True)
        label = FormattedText([("class:label", plain(field.label)), ("class:mark", " > ")])
        try:
            return await self._form.prompt_async(
                label, default=plain(field.value), completer=options, is_password=field.hidden
            )
        except KeyboardInterrupt:
            raise EOFError from None

    async def aside(self, write: Callable[[], None]) -> None:
        """Write above the prompt, which is drawn again below."""
        if self._session.app.is_running or self._form.app.is_running:
            await run_in_terminal(write)
        else:
            write()

    def interrupts(self, stop: Callable[[], object]) -> AbstractContextManager[None]:
        """Let Ctrl-C stop an answer instead of the program."""
        return _sigint(stop)


def _bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("c-c")
    def clear(event: KeyPressEvent) -> None:
        event.current_buffer.reset()

    return bindings


@contextmanager
def _sigint(stop: Callable[[], object]) -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
