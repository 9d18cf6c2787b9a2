"""Fetching an outside address: what is asked, what comes back, and the seam between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol, TypeAlias

from bot.domain.feed import Feed, Login
from bot.errors import FeedHealth


class ContentKind(StrEnum):
    """What a body is by its first bytes, whatever its header says."""

    EMPTY = "empty"
    XML = "xml"
    PAGE = "page"
    JSON = "json"
    CAPTIONS = "captions"
    TEXT = "text"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to fetch. `etag` and `last_modified` are what the answer before carried, letter by letter."""

    url: str
    etag: str = ""
    last_modified: str = ""
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class FetchResponse:
    """An answer: 200 with a body, or 304 without.

    `url` is where it came from in the end, `moved` where the source says that it is for good. `headers` are those that
    are read here, by lower-case name; `hash` is the body's.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    hash: str
    kind: ContentKind
    moved_to: str | None = None


MemoryGate: TypeAlias = Callable[[], Awaitable[None]]
"""Waits until there is room in memory for a large body; asked once, when a body turns out to be one."""


class Fetch(Protocol):
    """Asks an outside address, safely; raises FeedError for whatever is no answer, with the reason in words."""

    async def __call__(self, request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
        """Return the answer; the time spent waiting for room is not counted."""


class Download(Protocol):
    """Fetches something large into a file, as safely; raises FeedError."""

    async def __call__(self, request: FetchRequest, into: BinaryIO) -> FetchResponse:
        """Return the answer, whose body is in the file."""


@dataclass(frozen=True, slots=True)
class FeedUpdate:
    """What came of a body: when its items are of, and what is wrong with it, if anything.

    `ttl` are the seconds for which the feed asks to be left alone. `is_complete` is False if there was too much
    for one go; the same body comes again then.
    """

    dates: Sequence[dt.datetime] = ()
    title: str = ""
    health: FeedHealth = FeedHealth.OK
    detail: str = ""
    ttl: int = 0
    is_complete: bool = True


HandleFeed: TypeAlias = Callable[[Feed, FetchResponse], Awaitable[FeedUpdate]]
"""Takes in a body that is new; raises FeedError where it is none that can be read."""
