"""Verbs, requests and replies: what a command, a mention, a button and a form all become."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from bot.chat.message import Form, Message
from bot.domain.address import Address
from bot.due_times import local_date


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long task has come."""

    done: int
    total: int
    note: str = ""


ProgressCallback: TypeAlias = Callable[[Progress], None]


class ArgKind(StrEnum):
    """What an argument may hold: words, words with their line breaks (a text), or what its name says.

    A hidden one is only asked for in a form, and never stored as typed. A file is among the request's attachments.
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
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument of a verb. `kind` tells a surface how to ask for it and free text how to find it.

    A value of more than `max_chars` characters is refused before anything looks at it.
    """

    name: str
    help: str
    kind: ArgKind
    required: bool = False
    choices: tuple[str, ...] = ()
    max_chars: int = 2_000


@dataclass(frozen=True, slots=True)
class Verb:
    """What a person can ask for, declared once; every surface is made from this.

    `shown` is False for verbs that only buttons send. `manager_only` verbs need the right to manage the channel, and
    `needs_posting` a bot that may post there. A `shareable` answer to one person can be shown to the whole channel.
    """

    name: str
    help: str
    args: tuple[Arg, ...] = ()
    shown: bool = True
    manager_only: bool = False
    needs_posting: bool = False
    shareable: bool = False

    @property
    def takes_whole_text(self) -> bool:
        """Return whether all that follows the verb is one text, such as a question or a note."""
        return any(arg.kind is ArgKind.TEXT or (arg.kind is ArgKind.WORDS and arg.required) for arg in self.args)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a request: its name, its size in bytes as the platform tells it, and how to get it.

    `read` takes the most bytes that are wanted, and raises PlatformError, with a sentence that says what to do.
    """

    name: str
    size: int
    read: Callable[[int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """A command, a mention, a button press or a submitted form; all look like this.

    `args` hold the verb's arguments by name, or everything under "" if the surface has free text only.
    `id` is the platform's own, the same when it is delivered again. `zone` is the person's IANA zone, and `user_name`
    how others see them, if known.
    `dm_address` is the direct conversation with the person; None if this is it. `may_post` is False if the bot cannot
    post, and `has_outsiders` is True if people outside the workspace can read along.
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
    dm_address: Address | None = None
    may_post: bool = True
    has_outsiders: bool = False
    user_name: str = ""
    attachments: tuple[Attachment, ...] = ()

    def arg(self, name: str) -> str:
        """Return an argument, or the empty string if it was not given."""
        return self.args.get(name, "").strip()

    def local_date(self, now: dt.datetime) -> dt.date:
        """Return the date in the person's time zone, in UTC if that isn't known."""
        return local_date(now, self.zone or "UTC")

    @property
    def reader_space(self) -> str | None:
        """The space whose own conversations may be shown here; None, for open ones only, if outsiders read along."""
        return None if self.has_outsiders else self.at.tenant

    @property
    def follower(self) -> Address:
        """Who gets the alerts for what is followed from here: the person who asks privately, else the channel."""
        return self.dm_address if self.dm_address and self.private else self.at.channel_address

    def direct_address_of(self, user: str) -> Address | None:
        """Return the direct conversation with somebody else; None if people have none here."""
        own, mine, theirs = self.dm_address or self.at.channel_address, f"@{self.user}", f"@{user}"
        if own.channel != self.user:
            return None
        return replace(own, space=theirs if own.space == mine else own.space, channel=user)

    @property
    def tenants(self) -> tuple[str, ...]:
        """The spaces that may hold the person's data: the one they are in, and their own."""
        return tuple(dict.fromkeys((self.at.tenant, (self.dm_address or self.at).tenant)))

    @property
    def dialog_address(self) -> Address:
        """The dialog whose subject is remembered: the person's own if they ask privately, else the thread."""
        return replace(self.dm_address, thread=self.at.channel) if self.dm_address and self.private else self.at


@dataclass(frozen=True, slots=True)
class Reply:
    """A state of the answer, replacing the one before; `final` is False for progress.

    `is_partial` marks progress that is the beginning of the answer itself. A reply goes where the request came from;
    a `private` one is for that person only, wherever they asked. `invalid_args` says by name what is wrong with which
    arguments. `failed` says that nothing was done: what was asked before it stays open.
    """

    content: Message | Form
    private: bool = False
    final: bool = True
    invalid_args: Mapping[str, str] = field(default_factory=dict)
    is_partial: bool = False
    failed: bool = False


Dispatch: TypeAlias = Callable[[Request], AsyncIterator[Reply]]


Handler: TypeAlias = Callable[..., AsyncIterator[Reply]]


class Router:
    """Verbs with their handlers, each declared once, beside the handler."""

    def __init__(self, routers: Iterable[Router] = ()) -> None:
        self.handlers: dict[str, tuple[Verb, Handler]] = {}
        for part in routers:
            self.handlers.update(part.handlers)

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """Every verb, in the order of declaration."""
        return tuple(verb for verb, _ in self.handlers.values())

    def verb(
        self,
        *args: Arg,
        shown: bool = True,
        manager_only: bool = False,
        needs_posting: bool = False,
        shareable: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare a handler: its name is the verb, its docstring the help, its parameters the services it needs."""

        def declare(handler: Handler) -> Handler:
            name, help_text = handler.__name__.rstrip("_"), inspect.getdoc(handler) or ""
            verb = Verb(name, help_text, args, shown, manager_only, needs_posting, shareable)
            self.handlers[name] = (verb, handler)
            return handler

        return declare
