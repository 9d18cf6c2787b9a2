"""The input side of the console as the adapter needs it: a person's or a pipe's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bot.chat.message import Field
from bot.chat.request import Verb


class Keyboard(Protocol):
    """Where lines come from."""

    async def read_line(self, verbs: Sequence[Verb], /) -> str:
        """Return the next line, offering verbs to complete; raises EOFError at the end."""

    async def read_field(self, field: Field, /) -> str:
        """Return what a form's field should hold; raises EOFError where the person gives up."""

    async def write_above(self, write: Callable[[], None], /) -> None:
        """Write above what is being typed."""

    def on_interrupt(self, stop: Callable[[], object], /) -> AbstractContextManager[None]:
        """Let Ctrl-C stop what is going on, for as long as the context lasts."""
