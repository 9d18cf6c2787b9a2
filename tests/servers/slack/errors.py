"""How requests end badly: on purpose, by a test, or because Slack would refuse them."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import TypeAlias

from tests.servers.slack.state import JSON


class SlackError(Exception):
    """A refusal with Slack's own code; `extra` goes into the answer beside it."""

    def __init__(self, code: str, **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.extra: JSON = extra


@dataclass(frozen=True, slots=True)
class Limited:
    """Answer 429 with a Retry-After, in seconds; nothing is done."""

    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class Broken:
    """Answer with a status of the 500s; nothing is done unless `done`."""

    status: int = 503
    done: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Cut the connection instead of answering, after the work was done, or before it."""

    done: bool = True


@dataclass(frozen=True, slots=True)
class Slow:
    """Do the work, then wait before answering, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Garbled:
    """Do the work and answer 200 with something that is not JSON."""

    body: str = '{"ok": tru'


@dataclass(frozen=True, slots=True)
class Refused:
    """Answer with an error code; nothing is done."""

    code: str


Fault: TypeAlias = Limited | Broken | Lost | Slow | Garbled | Refused


class Faults:
    """Faults that wait for their method to be called, each for one call."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {}
        self.met: Counter[str] = Counter()

    def queue(self, method: str, *faults: Fault) -> None:
        """Let the next calls of the method meet these faults, one each; `*` stands for every method."""
        self._waiting.setdefault(method, deque()).extend(faults)

    def clear(self) -> None:
        """Forget what nobody met."""
        self._waiting.clear()

    def take(self, method: str) -> Fault | None:
        """Return the fault this call meets."""
        for key in (method, "*"):
            if waiting := self._waiting.get(key):
                self.met[method] += 1
                return waiting.popleft()
        return None
