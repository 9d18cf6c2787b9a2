"""The seam of a chat platform, and what passes through it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from bot.chat.message import Message
from bot.chat.request import Dispatch, Verb
from bot.domain.address import Address

Notify: TypeAlias = Callable[[str], Awaitable[None]]
"""Tells whoever started the bot one sentence."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a platform has taken, so that it can be edited later."""

    at: Address
    id: str


@dataclass(slots=True)
class PostedPages:
    """What stands of a message that is sent page by page: `pages` by the platform's ids, in order.

    `doubt` is when an earlier try began whose end is not known; `keep` is given the pages after each but the last.
    """

    pages: list[str] = field(default_factory=list)
    uncertain_since: dt.datetime | None = None
    save: Callable[[Sequence[str]], Awaitable[None]] | None = None

    async def record(self, page: str, *, last: bool) -> None:
        """Note that a page stands."""
        self.pages.append(page)
        if self.save and not last:
            await self.save(self.pages)


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    """How many deliveries of a platform may be under way at once: in all, and for one of its spaces."""

    total: int = 64
    per_space: int = 64


class OutsiderDetector(Protocol):
    """Knows who reads along."""

    async def has_outsiders(self, at: Address) -> bool:
        """Return whether people from elsewhere read along there; then only what is open to all is told."""


class Platform(OutsiderDetector, Protocol):
    """A place where people talk. Raises the PlatformErrors of `bot.errors` and never its SDK's own."""

    name: str
    concurrency: ConcurrencyLimits

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Listen until cancelled, or until the person leaves."""

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Post what of a message does not stand yet; the same `key` in doubt is the same message.

        Raises Unanswered where the platform does not say whether it took it, Doubtful where the doubt of an earlier
        try cannot be settled; without a doubt it posts.
        """

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace what was posted."""

    async def is_connected(self) -> bool:
        """Return whether what people do there reaches us now."""

    async def direct(self, space: str, user: str) -> Address:
        """Open the direct conversation with a person."""
