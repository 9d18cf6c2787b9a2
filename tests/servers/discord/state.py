"""What Discord is made of, as plain values that anybody may look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any, TypeAlias

from tests.servers.discord.permissions import MEMBER, NOTHING, Permission

JSON: TypeAlias = dict[str, Any]

KINDS = {
    "text": 0,
    "dm": 1,
    "group": 3,
    "announcement": 5,
    "announcement_thread": 10,
    "thread": 11,
    "private_thread": 12,
    "forum": 15,
}
"""Discord's number for each kind of channel."""

THREADS = frozenset({"announcement_thread", "thread", "private_thread"})
PRIVATE = frozenset({"dm", "group"})


class Flag(IntFlag):
    """The flags of a message."""

    CROSSPOSTED = 1 << 0
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


PLAIN = Flag(0)


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot; `installed` says that they installed the app for themselves."""

    id: str
    name: str
    locale: str = "en-US"
    is_bot: bool = False
    installed: bool = False
    takes_dms: bool = True


@dataclass(slots=True, eq=False)
class Role:
    """A role of a server; the one that has the server's own id is everybody's, and one of a `bot` its own."""

    id: str
    name: str
    permissions: Permission = MEMBER
    mentionable: bool = False
    bot: str = ""


@dataclass(slots=True, eq=False)
class Overwrite:
    """What a channel allows or denies to one role or member."""

    allow: Permission = NOTHING
    deny: Permission = NOTHING


@dataclass(slots=True, eq=False)
class Guild:
    """A server: its members with their roles' ids; `installed` says that the bot is in it."""

    id: str
    name: str
    owner: str
    locale: str = "en-US"
    installed: bool = True
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Channel:
    """A place to talk: `kind` is one of KINDS, `people` are those in a private conversation.

    A thread has a `parent`, an `owner`, and may be archived and locked; `last` is the last message all can see.
    """

    id: str
    name: str
    kind: str = "text"
    guild: str | None = None
    parent: str | None = None
    owner: str | None = None
    people: set[str] = field(default_factory=set)
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440
    applied_tags: list[str] = field(default_factory=list)
    last: str | None = None
    requires_tag: bool = False

    @property
    def type(self) -> int:
        """Return Discord's number for its kind."""
        return KINDS[self.kind]

    @property
    def is_thread(self) -> bool:
        """Say whether it is a thread or a forum post."""
        return self.kind in THREADS

    @property
    def is_private(self) -> bool:
        """Say whether it stands outside of any server."""
        return self.kind in PRIVATE


@dataclass(frozen=True, slots=True)
class Pinged:
    """Who is notified: users and roles by id, and everyone (or everyone who is here)."""

    users: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    everyone: bool = False

    def __or__(self, other: Pinged) -> Pinged:
        """Return both together."""
        return Pinged(self.users | other.users, self.roles | other.roles, self.everyone or other.everyone)

    def __bool__(self) -> bool:
        """Say whether anybody is."""
        return bool(self.users or self.roles or self.everyone)


NOBODY = Pinged()


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now; `viewer` is the only person who sees an ephemeral one.

    `mentions` are those it notifies as it stands, `pinged` all it ever notified; `previews` are the links
    that unfold, `allowed_mentions` what was last sent with it; `seconds` is the event loop's time.
    """

    id: str
    channel: str
    author: str
    at: dt.datetime
    content: str = ""
    components: list[JSON] = field(default_factory=list)
    embeds: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    forwarded: list[JSON] = field(default_factory=list)
    flags: Flag = PLAIN
    nonce: str | None = None
    viewer: str | None = None
    reply_to: str | None = None
    thread: str | None = None
    interaction: str | None = None
    allowed_mentions: JSON | None = None
    mentions: Pinged = NOBODY
    pinged: Pinged = NOBODY
    previews: tuple[str, ...] = ()
    edits: int = 0
    edited: dt.datetime | None = None
    late_edits: int = 0
    history: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def thinking(self) -> bool:
        """Say whether it still shows that the app is thinking."""
        return Flag.LOADING in self.flags

    @property
    def is_v2(self) -> bool:
        """Say whether it is laid out in components alone."""
        return Flag.COMPONENTS_V2 in self.flags

    @property
    def text(self) -> str:
        """Return all of its words, in the order in which they stand."""
        shown = [str(one["content"]) for one in walk(self.components) if one["type"] == TEXT_DISPLAY]
        return "\n".join(part for part in (self.content, *shown) if part)

    @property
    def buttons(self) -> list[JSON]:
        """Return its buttons, in the order in which they stand."""
        return [one for one in walk(self.components) if one["type"] == BUTTON]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person chooses on their own machine."""

    name: str
    content: bytes


@dataclass(slots=True, eq=False)
class Modal:
    """A form on somebody's screen; `asked` is the interaction it answered, `problem` why it is still there."""

    custom_id: str
    title: str
    components: list[JSON]
    user: str
    asked: str
    problem: str = ""


@dataclass(slots=True)
class Call:
    """One request to the REST API, as it was answered; `seconds` is the event loop's time.

    `code` is Discord's own error code, 0 without one; `ids` are those in its address.
    """

    name: str
    ids: dict[str, str]
    body: JSON
    token: str
    at: dt.datetime
    seconds: float
    status: int = 0
    code: int = 0


(ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT) = range(1, 9)
(SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR) = range(9, 15)
(CONTAINER, LABEL, FILE_UPLOAD) = range(17, 20)
(RADIO, CHECKBOXES, CHECKBOX) = range(21, 24)
SELECTS = frozenset({STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})


def walk(components: list[JSON]) -> Iterator[JSON]:
    """Yield every component, the ones inside others too, in the order in which they stand."""
    for one in components:
        yield one
        yield from walk(one.get("components", []))
        yield from walk([one[name] for name in ("accessory", "component") if isinstance(one.get(name), dict)])
