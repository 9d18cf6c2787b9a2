"""Parsers for the sandbox, of every temper; a process imports them by name."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import time
from dataclasses import dataclass

from bot.errors import FeedError, FeedHealth


@dataclass(frozen=True, slots=True)
class Part:
    """Something that was read."""

    title: str
    when: dt.datetime | None = None
    size: int = 0


def well(body: bytes, title: str) -> tuple[Part, ...]:
    """Read it as it should be."""
    return (Part(title, dt.datetime(2031, 6, 26, 12, tzinfo=dt.UTC), len(body)), Part("end"))


def who(_: bytes) -> int:
    """Return which process this is."""
    return os.getpid()


def how_nice(_: bytes) -> int:
    """Return how much this process gives way."""
    return os.nice(0)


def sleepy(_: bytes) -> int:
    """Sleep."""
    time.sleep(60)
    return 0


def busy(_: bytes) -> int:
    """Be busy in C, where no other thread of the process runs."""
    re.fullmatch(r"(a|a)*b", "a" * 40)
    return 0


def greedy(_: bytes) -> int:
    """Take ever more memory."""
    kept = []
    while True:
        kept.append(b"x" * 10_000_000)


def dying(_: bytes) -> int:
    """Die as one does of a fault in a library."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return 0


def refusing(_: bytes) -> int:
    """Say what is wrong."""
    message = "line 12: mismatched tag"
    raise FeedError(message, FeedHealth.UNREADABLE)


def failing(_: bytes) -> int:
    """Fail in a way that nobody thought of."""
    message = "with details for the log"
    raise KeyError(message)


def lying(_: bytes) -> str:
    """Return something else than it says."""
    return [1, 2][0] * 7 if _ else ""


def wordy(_: bytes) -> bytes:
    """Return more than anybody wants."""
    return b"x" * 40_000_000
