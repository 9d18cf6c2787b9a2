"""Verbs, requests and replies: what a command, a mention, a button and a form all become."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from bot.chat.message import Form, Message
from bot.domain.address import Address


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something long has come."""

    done: int
    total: int
    note: str = ""


ProgressCallback: TypeAlias = Callable[[Progress], None]


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
    manager_only: bool = False
    needs_posting: bool = False
    shareable: bool = False


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
    dm_address: Address | None = None
    may_post: bool = True
    has_outsiders: bool = False

    def arg(self, name: str) -> str:
        """Return an argument, or the empty string where it was not given."""
        return self.args.get(name, "").strip()

    @property
    def reader_space(self) -> str | None:
        """The space whose own conversations may be shown here; None, only open ones, where outsiders read along."""
        return None if self.has_outsiders else self.at.tenant

    @property
    def follower(self) -> Address:
        """Who hears of what is followed from here: the person who asks privately, else the channel."""
        return self.dm_address if self.dm_address and self.private else self.at.channel_address

    @property
    def tenants(self) -> tuple[str, ...]:
        """The spaces in which something of the person may be kept: where they are, and theirs alone."""
        return tuple(dict.fromkeys((self.at.tenant, (self.dm_address or self.at).tenant)))

    @property
    def dialog_address(self) -> Address:
        """Where what they talk about is remembered: with the person who asks privately, else in the thread."""
        return replace(self.dm_address, thread=self.at.channel) if self.dm_address and self.private else self.at


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
    invalid_arg: str = ""
    is_partial: bool = False


Dispatch: TypeAlias = Callable[[Request], AsyncIterator[Reply]]


Handler: TypeAlias = Callable[..., AsyncIterator[Reply]]


class Router:
    """Verbs with their handlers, each declared once where the handler is written."""

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
            name = handler.__name__.rstrip("_")
            help_text = inspect.getdoc(handler) or ""
            verb = Verb(
                name,
                help_text,
                args,
                shown=shown,
                manager_only=manager_only,
                needs_posting=needs_posting,
                shareable=shareable,
            )
            self.handlers[name] = (verb, handler)
            return handler

        return declare
