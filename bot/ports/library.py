"""What was said: keeping it, finding it, and the names in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain import Claim, Conversation, Entity, Reading


@dataclass(frozen=True, slots=True)
class Tally:
    """How much there is; `newest` is the date of the newest conversation.

    `catalogue` lists each show with its number of conversations and newest date, the newest first.
    """

    conversations: int = 0
    claims: int = 0
    entities: int = 0
    shows: int = 0
    newest: dt.date | None = None
    catalogue: tuple[tuple[str, int, dt.date], ...] = ()


class Library(Protocol):
    """Everything that was said. Readers see what is open and what belongs to their own space."""

    async def keep(self, readings: Sequence[Reading]) -> None:
        """Store readings whole or not at all; an edited conversation replaces its former self.

        Raises ValueError where a quote is not the span of the stored turn, byte for byte.
        """

    async def hashes(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Return the content hash of each conversation that is already kept."""

    async def conversation(self, conversation: str, *, space: str | None) -> Conversation | None:
        """Return one conversation whole."""

    async def claims(self, ids: Sequence[str], *, space: str | None) -> list[Claim]:
        """Return claims by id, in the order asked; ids unknown to this reader are left out."""

    async def tally(self, *, space: str | None) -> Tally:
        """Return how much this reader may read."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The card of an entity: who talks about it, how often, and since when."""

    entity: Entity
    claims: int
    week: int
    speakers: tuple[tuple[str, int], ...]
    timeline: tuple[tuple[dt.date, int], ...]


class Registry(Protocol):
    """Canonical names with their aliases and kinds."""

    async def entity(self, name: str) -> Entity | None:
        """Return the entity that goes by this name or alias."""

    async def complete(self, prefix: str, limit: int, *, space: str | None) -> list[Entity]:
        """Return entities whose name or alias begins so, the most spoken of first; near names after them."""

    async def profile(self, entity: Entity, *, space: str | None, today: dt.date) -> Profile:
        """Return the card of an entity, counting what this reader may read."""


class Merges(Protocol):
    """Which names there are, which of them are one, and which must never become one."""

    async def known(self) -> tuple[Entity, ...]:
        """Return what open conversations name more than once, the most spoken of first: reading counts on it."""

    async def keep_apart(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Note pairs of names that must never merge."""

    async def merge(self, keep: str, drop: str) -> None:
        """Make one name an alias of another; raises UserError for a pair that must not merge."""

    async def split(self, name: str) -> None:
        """Undo the merge that made this name an alias, and never merge the pair again."""


class Reader(Protocol):
    """Reads files and folders on this machine."""

    async def read_source(self, tenant: str, target: str) -> str:
        """Read a source now and return in words how it went."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A file or folder that is read, how its last reading went in words, and when that was."""

    target: str
    state: str
    read: dt.datetime | None = None


class Sources(Protocol):
    """What is read, now and whenever it changes."""

    async def add(self, tenant: str, user: str, target: str) -> None:
        """Begin reading a file or folder."""

    async def remove(self, tenant: str, target: str) -> bool:
        """Stop reading it; return whether it was read."""

    async def sources(self, tenant: str) -> list[SourceState]:
        """Return what is read, and how the last reading went."""

    async def report(self, tenant: str, target: str, state: str, now: dt.datetime) -> None:
        """Keep how a reading went, in words."""
