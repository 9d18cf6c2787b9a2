"""What a workspace is made of, as plain values that anybody may look at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, TypeAlias

JSON: TypeAlias = dict[str, Any]

SCOPES = frozenset(
    """app_mentions:read assistant:write channels:history channels:join channels:read chat:write chat:write.public
    commands files:read groups:history groups:read im:history im:read im:write mpim:history mpim:read mpim:write
    reactions:write users:read""".split()
)
"""Every scope the fake knows; a workspace grants all of them unless it is told otherwise."""


@dataclass(slots=True, eq=False)
class User:
    """A person, or a bot, of one workspace."""

    id: str
    team: str
    name: str
    tz: str = "Europe/London"
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False


@dataclass(slots=True, eq=False)
class Workspace:
    """A workspace and what it granted to the app; without an installation it has no token."""

    id: str
    name: str
    bot: str
    bot_id: str
    bot_token: str = ""
    scopes: frozenset[str] = frozenset()
    installed: bool = False

    @property
    def domain(self) -> str:
        """Return the part of its address that is its own."""
        return self.name.lower().replace(" ", "-")


@dataclass(slots=True, eq=False)
class Channel:
    """A conversation: `kind` is public, private, im or mpim."""

    id: str
    team: str
    name: str
    kind: str = "public"
    members: set[str] = field(default_factory=set)
    archived: bool = False
    is_ext_shared: bool = False

    @property
    def type(self) -> str:
        """Return what events call this kind."""
        return {"public": "channel", "private": "group"}.get(self.kind, self.kind)

    @property
    def family(self) -> str:
        """Return what scopes call this kind."""
        return {"public": "channels", "private": "groups"}.get(self.kind, self.kind)


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now; `viewer` is the only person who sees an ephemeral one."""

    team: str
    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    files: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    bot_id: str | None = None
    metadata: JSON | None = None
    viewer: str | None = None
    unfurl_links: bool = True
    unfurl_media: bool = True
    subtype: str | None = None
    edits: int = 0
    streaming_since: dt.datetime | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    chosen: dict[str, JSON] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)

    @property
    def root(self) -> str:
        """Return the thread this message belongs to or starts."""
        return self.thread_ts or self.ts


@dataclass(slots=True, eq=False)
class View:
    """A modal on somebody's screen, or somebody's home tab."""

    id: str
    team: str
    user: str
    body: JSON
    hash: str
    root: str
    previous: str | None = None
    chosen: dict[str, JSON] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[JSON]:
        """Return the view's blocks."""
        blocks: list[JSON] = self.body.get("blocks", [])
        return blocks

    @property
    def is_home(self) -> bool:
        """Say whether this is a home tab."""
        return self.body.get("type") == "home"


@dataclass(slots=True, eq=False)
class Token:
    """A token and whom it speaks for; `kind` is bot, app or refresh."""

    value: str
    kind: str
    team: str = ""
    scopes: frozenset[str] = frozenset()
    expires: dt.datetime | None = None
    revoked: bool = False
    inactive: bool = False


@dataclass(slots=True)
class Call:
    """One request to the Web API, as it was answered; `seconds` is the event loop's time."""

    method: str
    args: JSON
    token: str
    at: dt.datetime
    seconds: float
    status: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What the app says it is doing, since when."""

    words: str
    at: dt.datetime
    loading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trigger:
    """What lets the app open a modal for a person, once, within three seconds."""

    id: str
    team: str
    user: str
    at: dt.datetime
    view: str | None = None
