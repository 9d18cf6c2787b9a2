"""Renders the message that a delivery names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from bot.briefs.preferences import arrange_signals
from bot.briefs.service import BriefService
from bot.chat.message import Message
from bot.chat.platform import Platform
from bot.domain import Brief
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.errors import UserError
from bot.views.brief import brief_view
from bot.views.follows import alert_view
from bot.views.sources import feed_notice_view
from bot.views.subscriptions import missing_briefs_view, paused_view

if TYPE_CHECKING:
    # It brings the database's driver, which whoever only prints a manifest need not have.
    from bot.store.store import Store


class Translator(Protocol):
    """Translates briefs; quotes stay as spoken."""

    async def translate(self, brief: Brief, language: str, space: str, /) -> Brief:
        """Return the brief with our sentences in the language with that English name.

        It comes back unchanged for an empty name or English, and with a note of the reason if it can't be translated.
        """


@lru_cache(maxsize=16)
def _render_brief(brief: Brief, *, late: bool) -> Message:
    """Render a brief once for all the channels that get it."""
    return brief_view(brief, late=late)


class Renderer:
    """Renders the message that a delivery names: a brief, an alert, a reply or a notice."""

    def __init__(
        self, briefs: BriefService, store: Store, translator: Translator, platforms: Mapping[str, Platform]
    ) -> None:
        self._briefs = briefs
        self._store = store
        self._translator = translator
        self._platforms = platforms

    async def render(self, delivery: Delivery) -> Message | None:
        """Return the message, or None if there is nothing left to report."""
        kind, _, name = delivery.what.partition(" ")
        match kind:
            case "brief" | "late":
                brief = await self._brief(name, delivery.at)
                brief = arrange_signals(brief, delivery.preferences)
                language = await self._store.languages.language(delivery.at)
                brief = await self._translator.translate(brief, language, delivery.at.tenant)
                return _render_brief(replace(brief, space=None), late=kind == "late")
            case "alert":
                return await self._alert(int(name), delivery.at)
            case "reply":
                return await self._store.replies.get(delivery.at.tenant, name)
            case "source":
                feeds = await self._store.feeds.feeds(delivery.at.tenant)
                return next((feed_notice_view(feed) for feed in feeds if feed.id == name), None)
            case "paused":
                paused = await self._store.subscriptions.subscription(int(name), delivery.at)
                return paused_view(paused) if paused and paused.is_paused else None
            case "silence":
                return await self._missing_briefs_notice(name)
            case _:
                message = f"The outbox names an unknown kind of delivery: {kind}."
                raise UserError(message)

    async def _brief(self, name: str, at: Address) -> Brief:
        date, _, topic = name.partition(" ")
        edition = dt.date.fromisoformat(date)
        brief = await self._briefs.publish(topic, edition, space=at.tenant)
        reader = await self._reader_space(at, [*brief.claims_by_id])
        return brief if reader else await self._briefs.publish(topic, edition, space=None)

    async def _reader_space(self, at: Address, claims: Sequence[str]) -> str | None:
        """Return the space whose own conversations may be shown: none if people from elsewhere would read them."""
        open_claims = await self._store.library.claims(claims, space=None)
        # The platform is asked who reads there only if something of the space's own would be shown.
        has_own = len(open_claims) < len(set(claims))
        return None if has_own and await self._platforms[at.platform].has_outsiders(at) else at.tenant

    async def _alert(self, alert: int, at: Address) -> Message | None:
        news = await self._store.follows.news(alert, at)
        ids = [claim_id for item in news for claim_id in item.claim_ids]
        claims = await self._store.library.claims(ids, space=await self._reader_space(at, ids))
        by_id = {claim.id: claim for claim in claims}
        told = [(item.entity, [by_id[claim_id] for claim_id in item.claim_ids if claim_id in by_id]) for item in news]
        return alert_view([(entity, shown) for entity, shown in told if shown]) if by_id else None

    async def _missing_briefs_notice(self, name: str) -> Message | None:
        since, _, tenant = name.partition(" ")
        outages = await self._store.subscriptions.silences(dt.date.fromisoformat(since))
        outage = next((outage for outage in outages if outage.tenant == tenant), None)
        tally = await self._store.library.tally(space=tenant)
        return missing_briefs_view(outage, tally.newest) if outage else None
