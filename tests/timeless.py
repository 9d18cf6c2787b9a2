"""An event loop in which nobody waits: its time jumps to whatever comes next."""

from __future__ import annotations

import asyncio
import datetime as dt
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class _Jumping(selectors.DefaultSelector):
    """A selector that never sleeps, and tells for how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.passed += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed

    def stand_still(self, seconds: float) -> None:
        """Let time pass in which nothing else can run."""
        self._jumping.passed += seconds


class LoopClock:
    """The time of day that passes with the loop's; `ahead` by so many seconds of what it is."""

    def __init__(self, start: dt.datetime, ahead: float = 0.0) -> None:
        self._start = start
        self._ahead = ahead

    def now(self) -> dt.datetime:
        """Return the present moment."""
        passed = asyncio.get_running_loop().time() + self._ahead
        return self._start + dt.timedelta(seconds=passed)


def timeless(work: Coroutine[object, object, T]) -> T:
    """Run something that waits only for time, without waiting."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


def without_waiting(test: Callable[P, Coroutine[object, object, T]]) -> Callable[P, T]:
    """Let a test that waits only for time run without waiting."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return timeless(test(*args, **kwargs))

    return run
