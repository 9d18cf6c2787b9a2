"""Sources on the web: what is asked of them and what they answer, and the rows that say when to ask again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, Protocol, TypeAlias

from bot.errors import Health
from bot.ports.delivery import Delivery


class Content(StrEnum):
    """What a body is by its first bytes, whatever its header says."""

    EMPTY = "empty"
    XML = "xml"
    PAGE = "page"
    JSON = "json"
    CAPTIONS = "captions"
    TEXT = "text"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Login:
    """What a source wants to know of us: a user with a password, or without a user a bearer token."""

    user: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """What to fetch. `etag` and `modified` are what the answer before this one carried, letter by letter."""

    url: str
    etag: str = ""
    modified: str = ""
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: 200 with a body, or 304 without.

    `url` is where it came from in the end, `moved` where the source says that it is for good. `headers` are those that
    are read here, by lower-case name; `hash` is the body's.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    hash: str
    kind: Content
    moved: str | None = None


Room: TypeAlias = Callable[[], Awaitable[None]]
"""Waits until there is room in memory for a large body; asked once, when a body turns out to be one."""


class Fetch(Protocol):
    """Asks an outside address, safely; raises FeedError for whatever is no answer, with the reason in words."""

    async def __call__(self, ask: Ask, room: Room | None = None) -> Fetched:
        """Return the answer; the time spent waiting for room is not counted."""


class Download(Protocol):
    """Fetches something large into a file, as safely; raises FeedError."""

    async def __call__(self, ask: Ask, into: BinaryIO) -> Fetched:
        """Return the answer, whose body is in the file."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A source on the web, whose it is, and how polling it stands.

    `space` may read what comes of it, all where it is None. `tell` is set while its owner is to hear of `health`, and
    `told` is what they heard last. `catalogue` is whether everything it had from the start has been read.
    """

    id: str
    tenant: str
    user: str
    url: str
    added: dt.datetime
    due: dt.datetime
    space: str | None = None
    title: str = ""
    locked: bool = False
    etag: str = ""
    modified: str = ""
    hash: str = ""
    interval: int = 3600
    failures: int = 0
    moved_to: str = ""
    moved_count: int = 0
    health: Health = Health.NEW
    detail: str = ""
    told: Health = Health.NEW
    tell: bool = False
    paused: bool = False
    polled: dt.datetime | None = None
    catalogue: bool = False
    token: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a body: when its items are of, and what is wrong with it, if anything.

    `ttl` are the seconds for which the feed asks to be left alone. `whole` is False where there was too much for one
    go; the same body comes again then.
    """

    dates: Sequence[dt.datetime] = ()
    title: str = ""
    health: Health = Health.FINE
    detail: str = ""
    ttl: int = 0
    whole: bool = True


Take: TypeAlias = Callable[[Feed, Fetched], Awaitable[Taken]]
"""Takes in a body that is new; raises FeedError where it is none that can be read."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed as it was found: how much there is in it, how much is recorded and has transcripts, and its newest.

    `reason` says why it is none; `later` that this may pass.
    """

    url: str
    title: str = ""
    items: int = 0
    transcripts: int = 0
    recordings: int = 0
    languages: tuple[str, ...] = ()
    newest: dt.datetime | None = None
    reason: str = ""
    later: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """A show to begin with: what it is called, what it is about, and its feed."""

    name: str
    about: str
    url: str


class Finder(Protocol):
    """Looks at what stands behind an address now."""

    async def find(self, url: str, login: Login | None = None) -> list[Offer]:
        """Return the feed behind an address, or one result for each line of a list of feeds.

        Raises FeedError where there is none, with health LOCKED where a login is wanted.
        """

    async def post(self, url: str) -> tuple[str, str]:
        """Return the title and the words of the page at an address; raises FeedError where it has none."""

    async def catalogue(self, topic: str) -> list[Show]:
        """Return shows to begin with: those on a topic, or all of them."""


class Feeds(Protocol):
    """The sources on the web of each space."""

    async def add(
        self, tenant: str, user: str, url: str, now: dt.datetime, *, space: str | None, login: Login | None
    ) -> Feed:
        """Keep a source, due now; one that is there already is asked again, and a login takes the place of its own."""

    async def feeds(self, tenant: str) -> list[Feed]:
        """Return a space's sources, by their addresses."""

    async def pause(self, tenant: str, id_: str) -> bool:
        """Ask it no more, until it is resumed."""

    async def resume(self, tenant: str, id_: str, now: dt.datetime) -> bool:
        """Ask it again, now."""

    async def remove(self, tenant: str, id_: str) -> bool:
        """Forget a source and its login; what was read stays."""


class Polls(Protocol):
    """The same rows as whoever polls sees them: those of all spaces."""

    async def due(self, now: dt.datetime, lease: dt.timedelta, limit: int) -> list[Feed]:
        """Take sources whose time has come: one of a host, and none of a host that anybody asks just now.

        Nobody else gets them until they are settled, or the lease is over.
        """

    async def settle(self, feed: Feed) -> bool:
        """Keep how it went, unless the lease has passed to another."""

    async def login(self, feed: Feed) -> Login | None:
        """Return what the source wants to know of us."""

    async def untold(self) -> list[Feed]:
        """Return those whose owners are to hear how they do."""

    async def announce(self, feed: Feed, now: dt.datetime, out: Sequence[Delivery]) -> bool:
        """Note that its health is known, and put the notice into the outbox, both or neither; False if it changed."""
