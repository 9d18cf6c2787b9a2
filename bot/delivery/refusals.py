"""Platforms that no longer accept the bot's token: who is told, and how."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from hashlib import sha256

from bot.chat.platform import Platform
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.refusal import Refusal
from bot.due_times import Clock
from bot.errors import Denied, Gone
from bot.store.outbox import Outbox
from bot.store.subscriptions import Subscriptions
from bot.store.threads import Replies
from bot.views.system import refusal_view

logger = logging.getLogger(__name__)

CONSOLE = "console"
"""The platform of whoever runs the bot, which asks for no token."""


class Refusals:
    """What refuses the bot's token now, as far as this process knows; a restart begins with nothing."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Refusal] = {}
        self._told: set[Refusal] = set()
        self.unreachable: set[str] = set()
        """Whom no direct message reaches, each as their own tenant: `slack:T1/U1`."""

    def report(self, refusal: Refusal) -> None:
        """Remember a refusal; one that is known keeps its time."""
        logger.warning("%s", refusal)
        self._known.setdefault((refusal.platform, refusal.space), refusal)

    def withdraw(self, platform: str, space: str = "") -> None:
        """Forget a refusal: there is a new token."""
        self._known.pop((platform, space), None)

    def refuses(self, platform: str) -> bool:
        """Return whether a whole platform refuses the bot."""
        return (platform, "") in self._known

    @property
    def current(self) -> list[Refusal]:
        """The refusals, the oldest first."""
        return sorted(self._known.values(), key=lambda refusal: refusal.since)

    @property
    def untold(self) -> list[Refusal]:
        """Those of whole platforms of which nobody in a chat was told yet."""
        return [refusal for refusal in self.current if not refusal.space and refusal not in self._told]

    def mark_told(self, refusal: Refusal) -> None:
        """Note that somebody knows."""
        self._told.add(refusal)

    def shown_to(self, platform: str, *, may_manage: bool) -> list[Refusal]:
        """Return what somebody may know of: at the console all, in a chat whole platforms, without their settings."""
        if platform == CONSOLE:
            return self.current
        return [refusal.public for refusal in self.current if may_manage and not refusal.space]


async def notify_refusals(
    refusals: Refusals,
    subscriptions: Subscriptions,
    outbox: Outbox,
    replies: Replies,
    platforms: Mapping[str, Platform],
    clock: Clock,
) -> int:
    """Tell one person directly that a whole platform refuses the bot, once a day at most; return how many messages.

    It is whoever has the oldest subscription in a chat that still works: most likely the one who set the bot up. If a
    message doesn't reach them, the next one is told. The refusal of one workspace among many is nobody's business in
    another; it is told at the console.
    """
    told = 0
    working = {name for name in platforms if name != CONSOLE and not refusals.refuses(name)}
    for refusal in refusals.untold if working else ():
        oldest = await subscriptions.oldest(working, refusals.unreachable)
        if oldest is None:
            continue
        person = f"{oldest.at.tenant}/{oldest.user}"
        reason = sha256(refusal.reason.encode()).hexdigest()[:12]
        key = f"refused/{refusal.platform}/{refusal.since.date()}/{reason}/{person}"
        state = await outbox.state(key)
        if state is None:
            try:
                at = await platforms[oldest.at.platform].direct(oldest.at.space, oldest.user)
            except (Gone, Denied):
                refusals.unreachable.add(person)
                continue
            saved = await replies.save(at, at.channel, refusal_view(refusal.public), clock.now())
            told += await outbox.put([Delivery(key, f"reply {saved}", at)], clock.now())
        elif state is DeliveryState.FAILED:
            refusals.unreachable.add(person)
        elif state in {DeliveryState.SENT, DeliveryState.UNKNOWN}:
            refusals.mark_told(refusal)
    return told
