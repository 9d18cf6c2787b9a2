"""Lines from a pipe or a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import chain
from threading import Thread
from typing import TextIO

from bot.chat.message import Field
from bot.chat.request import Verb


class Pipe:
    """Reads a stream line by line without holding up the event loop or the end of the program."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: asyncio.Queue[str] | None = None

    async def read_line(self, _verbs: Sequence[Verb]) -> str:
        """Return the next line; raises EOFError at the end."""
        return await self._next_line()

    async def read_field(self, field: Field) -> str:
        """Return the next line, or the field's own value where that line is blank."""
        return (await self._next_line()).strip() or field.value

    async def write_above(self, write: Callable[[], None]) -> None:
        """Write at once: nobody is typing."""
        write()

    def on_interrupt(self, _stop: Callable[[], object]) -> AbstractContextManager[None]:
        """Leave Ctrl-C to the program, which it ends."""
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
