"""Where people talk: addresses, verbs, requests, replies, and the platforms that carry them."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, Self, TypeAlias

from bot.chat.message import Form, Message


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something long has come."""

    done: int
    total: int
    note: str = ""


Report: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes; reads `slack:T1/C2` or, in a thread, `slack:T1/C2/171.5`."""

    platform: str
    space: str
    channel: str
    thread: str = ""

    def __str__(self) -> str:
        """Write the address in one line."""
        return f"{self.platform}:{self.space}/{self.channel}" + (f"/{self.thread}" if self.thread else "")

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read an address back; raises ValueError for anything else."""
        platform, _, rest = written.partition(":")
        space, _, where = rest.partition("/")
        channel, _, thread = where.partition("/")
        if not (platform and space and channel):
            message = f"{written!r} is not an address like slack:T1/C2"
            raise ValueError(message)
        return cls(platform, space, channel, thread)

    @property
    def tenant(self) -> str:
        """The space with its platform, `slack:T1`: the key every tenant row carries."""
        return f"{self.platform}:{self.space}"

    @property
    def top(self) -> Address:
        """The channel that holds the thread."""
        return Address(self.platform, self.space, self.channel)


class ArgKind(StrEnum):
    """What an argument may hold: words, words with their line breaks (a text), or what its name says.

    What is hidden is given in a form only, and never written down as it came.
    """

    WORDS = "words"
    TEXT = "text"
    ENTITY = "entity"
    TOPIC = "topic"
    SPEAKER = "speaker"
    DATE = "date"
    TIME = "time"
    ZONE = "zone"
    DAYS = "days"
    HOURS = "hours"
    CHOICE = "choice"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument of a verb. `kind` tells a surface how to ask for it and free text how to find it."""

    name: str
    help: str
    kind: ArgKind
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """What a person can ask for, declared once; every surface is made from this.

    `shown` is False for verbs that only buttons send. `manages` asks for the right to manage the channel, `posts` for
    a bot that may post there. What `shares` answers one person alone, that person can show to the whole channel.
    """

    name: str
    help: str
    args: tuple[Arg, ...] = ()
    shown: bool = True
    manages: bool = False
    posts: bool = False
    shares: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A command, a mention, a button press or a submitted form; all look like this.

    `args` hold the verb's arguments by name, or everything under "" where the surface has free text only.
    `id` is the platform's own, the same when it is delivered again. `zone` is the person's IANA zone, if known.
    `own` is where the bot talks with the person alone; None where they are there already. `may_post` is False where
    the bot cannot post, and `outsiders` says that people from elsewhere can read along.
    """

    verb: str
    args: Mapping[str, str]
    user: str
    at: Address
    when: dt.datetime
    private: bool = True
    may_manage: bool = False
    zone: str = ""
    id: str = ""
    own: Address | None = None
    may_post: bool = True
    outsiders: bool = False

    def arg(self, name: str) -> str:
        """Return an argument, or the empty string where it was not given."""
        return self.args.get(name, "").strip()

    @property
    def reader(self) -> str | None:
        """The space whose own conversations may be shown here; None, only open ones, where outsiders read along."""
        return None if self.outsiders else self.at.tenant

    @property
    def listener(self) -> Address:
        """Who hears of what is followed from here: the person who asks privately, else the channel."""
        return self.own if self.own and self.private else self.at.top

    @property
    def tenants(self) -> tuple[str, ...]:
        """The spaces in which something of the person may be kept: where they are, and theirs alone."""
        return tuple(dict.fromkeys((self.at.tenant, (self.own or self.at).tenant)))

    @property
    def dialog(self) -> Address:
        """Where what they talk about is remembered: with the person who asks privately, else in the thread."""
        return replace(self.own, thread=self.at.channel) if self.own and self.private else self.at


@dataclass(frozen=True, slots=True)
class Reply:
    """A state of the answer, replacing the one before; `final` is False for progress.

    Progress is `growing` where it is the answer itself, as far as it has come.
    It goes where it was asked; `private` is for that person's eyes only, wherever they asked. `wrong` names the
    argument to mend where the answer is that one cannot be read.
    """

    content: Message | Form
    private: bool = False
    final: bool = True
    wrong: str = ""
    growing: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a platform has taken, so that it can be edited later."""

    at: Address
    id: str


@dataclass(slots=True)
class Trail:
    """What stands of a message that is sent page by page: `pages` by the platform's ids, in order.

    `doubt` is when an earlier try began whose end is not known; `keep` is given the pages after each but the last.
    """

    pages: list[str] = field(default_factory=list)
    doubt: dt.datetime | None = None
    keep: Callable[[Sequence[str]], Awaitable[None]] | None = None

    async def add(self, page: str, *, last: bool) -> None:
        """Note that a page stands."""
        self.pages.append(page)
        if self.keep and not last:
            await self.keep(self.pages)


@dataclass(frozen=True, slots=True)
class Pacing:
    """How many deliveries of a platform may be under way at once: in all, and for one of its spaces."""

    at_once: int = 64
    in_space: int = 64


Dispatch: TypeAlias = Callable[[Request], AsyncIterator[Reply]]


class Guests(Protocol):
    """Knows who reads along."""

    async def outsiders(self, at: Address) -> bool:
        """Return whether people from elsewhere read along there; then only what is open to all is told."""


class Platform(Guests, Protocol):
    """A place where people talk. Raises the PlatformErrors of `bot.errors` and never its SDK's own."""

    name: str
    pacing: Pacing

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Listen until cancelled, or until the person leaves."""

    async def send(self, to: Address, message: Message, *, key: str, trail: Trail | None = None) -> Sent:
        """Post what of a message does not stand yet; the same `key` in doubt is the same message.

        Raises Unanswered where the platform does not say whether it took it, Doubtful where the doubt of an earlier
        try cannot be settled; without a doubt it posts.
        """

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace what was posted."""

    async def connected(self) -> bool:
        """Return whether what people do there reaches us now."""

    async def direct(self, space: str, user: str) -> Address:
        """Open the direct conversation with a person."""


class Clock(Protocol):
    """The time of day, as a parameter."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
