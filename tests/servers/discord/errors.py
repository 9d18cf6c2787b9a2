"""How requests end badly: on purpose, by a test, or because Discord would refuse them."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from tests.servers.discord.state import JSON

REASONS: dict[int, tuple[int, str]] = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
    40033: (400, "This message has already been crossposted."),
    40058: (400, "Cannot message this channel until after the first message of a post"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    40094: (400, "This interaction has hit the maximum number of follow up messages."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
}
"""For each of Discord's codes its HTTP status and its words."""


class DiscordError(Exception):
    """A refusal with Discord's own code; `errors` is the tree that says what is wrong with a body."""

    def __init__(self, code: int, errors: JSON | None = None) -> None:
        self.code = code
        self.status, self.words = REASONS[code]
        self.errors = errors
        super().__init__(f"{code} {self.words}")

    @property
    def answer(self) -> JSON:
        """Return the body of the answer."""
        body: JSON = {"message": self.words, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        if self.status == 429:
            body["retry_after"] = 60.0
        return body


def refuse(code: int, *, when: bool = True) -> None:
    """Raise DiscordError with a code when something holds."""
    if when:
        raise DiscordError(code)


def fail(code: int) -> NoReturn:
    """Raise DiscordError with a code."""
    raise DiscordError(code)


@dataclass(frozen=True, slots=True)
class Limited:
    """Answer 429, to wait so many seconds; without `via` it looks like a ban by Cloudflare. Nothing is done."""

    retry_after: float = 1.0
    via: bool = True
    is_global: bool = False


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
class Refused:
    """Answer with one of Discord's codes; nothing is done."""

    code: int


Fault: TypeAlias = Limited | Broken | Lost | Slow | Refused


class Faults:
    """Faults that wait for their route to be called, each for one call."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {}
        self.met: Counter[str] = Counter()

    def queue(self, name: str, *faults: Fault) -> None:
        """Let the next calls of the route meet these faults, one each; `*` stands for every route."""
        self._waiting.setdefault(name, deque()).extend(faults)

    def clear(self) -> None:
        """Forget what nobody met."""
        self._waiting.clear()

    def take(self, name: str) -> Fault | None:
        """Return the fault this call meets."""
        for key in (name, "*"):
            if waiting := self._waiting.get(key):
                self.met[name] += 1
                return waiting.popleft()
        return None
