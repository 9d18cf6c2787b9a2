"""What a chat platform offers to the rest of the bot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from bot.chat.message import Message
from bot.chat.request import Dispatch, Verb
from bot.domain.address import Address

Notify: TypeAlias = Callable[[str], Awaitable[None]]
"""Says one sentence to whoever started the bot."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a platform has accepted, so that it can be edited later."""

    at: Address
    id: str


@dataclass(slots=True)
class PostedPages:
    """The pages already posted of a message that is sent page by page, as the platform's ids, in order.

    `uncertain_since` is when an earlier attempt began whose outcome isn't known; `save` is called after each page but
    the last.
    """

    pages: list[str] = field(default_factory=list)
    uncertain_since: dt.datetime | None = None
    save: Callable[[Sequence[str]], Awaitable[None]] | None = None

    async def record(self, page: str, *, last: bool) -> None:
        """Record a page that has been posted."""
        self.pages.append(page)
        if self.save and not last:
            await self.save(self.pages)


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    """How many deliveries of a platform may be under way at once, in total and for each space."""

    total: int = 64
    per_space: int = 64


class Platform(Protocol):
    """A chat platform. Raises the PlatformErrors of `bot.errors` and never its SDK's own."""

    name: str
    concurrency: ConcurrencyLimits

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Listen until cancelled, or until the person leaves."""

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Post the pages of a message that aren't posted yet; the same `key` means the same message.

        Raises Unconfirmed if the platform does not say whether it took it, and Unverifiable if it can't be found out
        what became of an earlier attempt.
        """

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace what was posted."""

    async def is_connected(self) -> bool:
        """Return whether events reach the bot now."""

    async def has_outsiders(self, at: Address) -> bool:
        """Return whether people outside the workspace can read along; then only open conversations may be shown."""

    async def direct(self, space: str, user: str) -> Address:
        """Open the direct conversation with a person."""
