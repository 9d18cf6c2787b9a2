"""Fetching from the web: the request, the response, and the protocols between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol, TypeAlias

from bot.domain.feed import Feed, Login
from bot.errors import FeedHealth

MAX_BODY_BYTES = 15_000_000
"""Unpacked bytes of a body that is read, and of a file that somebody sends."""

TRANSIENT = frozenset(
    {
        FeedHealth.BUSY,
        FeedHealth.SERVER_ERROR,
        FeedHealth.TIMED_OUT,
        FeedHealth.UNREACHABLE,
        FeedHealth.INTERNAL_ERROR,
    }
)
"""What may pass by itself; anything else says that there is no feed."""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to fetch. `etag` and `last_modified` are those of the previous response, letter by letter."""

    url: str
    etag: str = ""
    last_modified: str = ""
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class FetchResponse:
    """A response: 200 with a body, or 304 without.

    `url` is where it came from in the end, `moved_to` where its server says it is for good. `headers` are those that
    are read here, by lower-case name; `hash` is the body's.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    hash: str
    moved_to: str | None = None

    @property
    def media_type(self) -> str:
        """What kind of content the server says it is, if anything."""
        return self.headers.get("content-type", "").partition(";")[0].strip()

    @property
    def charset(self) -> str:
        """The encoding that the server named, if any."""
        _, _, named = self.headers.get("content-type", "").lower().partition("charset=")
        return named.split(";")[0].strip(" \"'")


MemoryGate: TypeAlias = Callable[[], Awaitable[None]]
"""Waits until there is room in memory for a large body; called once, when a body turns out to be one."""


class Fetch(Protocol):
    """Fetches an outside address, safely; raises FeedError, which gives the reason, if that fails."""

    async def __call__(self, request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
        """Return the response; time spent waiting for room doesn't count."""


class Download(Protocol):
    """Fetches something large into a file, as safely; raises FeedError."""

    async def __call__(self, request: FetchRequest, into: BinaryIO) -> FetchResponse:
        """Return the response, whose body is in the file."""


@dataclass(frozen=True, slots=True)
class FeedUpdate:
    """What a feed's body held: the dates of its items, and what is wrong with it, if anything.

    `ttl` is for how many seconds the feed asks to be left alone. `is_complete` is False if there was too much for one
    go: the same body comes again then.
    """

    dates: Sequence[dt.datetime] = ()
    title: str = ""
    health: FeedHealth = FeedHealth.OK
    detail: str = ""
    ttl: int = 0
    is_complete: bool = True


HandleFeed: TypeAlias = Callable[[Feed, FetchResponse], Awaitable[FeedUpdate]]
"""Takes in a new body; raises FeedError if it cannot be read."""
