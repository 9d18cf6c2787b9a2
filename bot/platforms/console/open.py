"""Opens the console on the streams of a program."""

from __future__ import annotations

import os
from typing import TextIO

from bot.platforms.console.adapter import Console
from bot.platforms.console.completion import Complete
from bot.platforms.console.piped import Pipe
from bot.platforms.console.screen import Screen
from bot.platforms.console.typed import Typed
from bot.platforms.console.zone import machine_zone
from bot.ports import Clock


def open_console(source: TextIO, sink: TextIO, clock: Clock, complete: Complete) -> Console:
    """Return a console that prompts where both streams are a terminal, and reads lines elsewhere."""
    typing = source.isatty() and sink.isatty()
    return Console(Typed(complete) if typing else Pipe(source), Screen(sink), clock, machine_zone(os.environ))
