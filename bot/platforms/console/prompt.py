"""Lines typed by a person, with completion and history."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, WordCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

from bot.chat.message import Field
from bot.chat.request import ArgKind, Verb
from bot.chat.text import sanitise

_STYLE = Style.from_dict({"mark": "ansicyan bold", "label": "bold", "placeholder": "ansibrightblack"})


MAX_INTERRUPTS = 3
"""How many times Ctrl-C is pressed by somebody who wants to leave."""


class TerminalPrompt:
    """A prompt on a terminal: Tab completes, Ctrl-C clears the line or stops the answer, Ctrl-D leaves.

    `complete` gives names of entities for their beginning. `terminal_input` and `terminal_output` stand in for the
    terminal.
    """

    def __init__(
        self, complete: CompleteName, terminal_input: Input | None = None, terminal_output: Output | None = None
    ) -> None:
        self._completer = CommandCompleter(complete)
        self._interrupts = 0
        self._session = PromptSession[str](
            [("class:mark", "> ")],
            completer=self._completer,
            key_bindings=self._key_bindings(),
            placeholder=self._placeholder,
            reserve_space_for_menu=5,
            style=_STYLE,
            input=terminal_input,
            output=terminal_output,
        )
        self._form = PromptSession[str](
            style=_STYLE, history=DummyHistory(), input=terminal_input, output=terminal_output
        )

    def _placeholder(self) -> FormattedText:
        """Show a hint until the line is submitted: it must not stay on the screen."""
        hint = "Ctrl-C again to leave" if self._interrupts == MAX_INTERRUPTS - 1 else "Ask anything, or try /help"
        return FormattedText([("class:placeholder", "" if self._session.app.is_done else hint)])

    def _key_bindings(self) -> KeyBindings:
        bindings = KeyBindings()

        @bindings.add("c-c")
        def clear_or_leave(event: KeyPressEvent) -> None:
            self._interrupts = 1 if event.current_buffer.text else self._interrupts + 1
            event.current_buffer.reset()
            if self._interrupts == MAX_INTERRUPTS:
                event.app.exit(exception=EOFError)

        return bindings

    async def read_line(self, verbs: Sequence[Verb]) -> str:
        """Return the next line; raises EOFError on Ctrl-D, and on Ctrl-C three times over."""
        self._completer.verbs = verbs
        self._interrupts = 0
        return await self._session.prompt_async()

    async def read_field(self, field: Field) -> str:
        """Ask for a field of a form, with its value filled in; Ctrl-C and Ctrl-D both give up."""
        is_one = not field.several
        options = WordCompleter([sanitise(one) for one in field.options], sentence=is_one, match_middle=is_one)
        label = FormattedText([("class:label", sanitise(field.label)), ("class:mark", " > ")])
        try:
            return await self._form.prompt_async(
                label, default=sanitise(field.value), completer=options, is_password=field.hidden
            )
        except KeyboardInterrupt:
            raise EOFError from None

    async def write_above(self, write: Callable[[], None]) -> None:
        """Write above the prompt, which is redrawn below."""
        if self._session.app.is_running or self._form.app.is_running:
            await run_in_terminal(write)
        else:
            write()

    def on_interrupt(self, stop: Callable[[], object]) -> AbstractContextManager[None]:
        """Let Ctrl-C stop an answer instead of the program."""
        return _handling_sigint(stop)


@contextmanager
def _handling_sigint(stop: Callable[[], object]) -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)


CompleteName: TypeAlias = Callable[[str], list[str]]
"""Returns the names of entities with a prefix."""


class CommandCompleter(Completer):
    """Completes verbs at the start of a line, and names of entities after them."""

    def __init__(self, complete: CompleteName) -> None:
        self.verbs: Sequence[Verb] = ()
        self._complete = complete

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Offer verbs after a slash and names after a verb that takes one as they are typed; the rest on Tab."""
        before = document.text_before_cursor.lstrip()
        first, space, rest = before.partition(" ")
        if not space:
            yield from self._verbs(first, asked=complete_event.completion_requested)
        elif first.removeprefix("/") in self._verbs_taking(ArgKind.ENTITY):
            yield from self._entities(rest)
        elif complete_event.completion_requested:
            yield from self._entities(rest.rpartition(" ")[2])

    def _verbs(self, typed: str, *, asked: bool) -> Iterator[Completion]:
        if not (asked or typed.startswith("/")):
            return
        for verb in self.verbs:
            if verb.shown and verb.name.startswith(typed.removeprefix("/").casefold()):
                slash = "/" if typed.startswith("/") else ""
                yield Completion(f"{slash}{verb.name} ", -len(typed), verb.name, sanitise(verb.help))

    def _verbs_taking(self, kind: ArgKind) -> set[str]:
        return {verb.name for verb in self.verbs if any(arg.kind is kind for arg in verb.args)}

    def _entities(self, typed: str) -> Iterator[Completion]:
        if typed.strip():
            yield from (Completion(sanitise(name), -len(typed)) for name in self._complete(typed))
