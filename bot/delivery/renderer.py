"""From what the outbox names to a message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from bot.briefs.service import BriefService
from bot.chat.message import Message
from bot.chat.platform import OutsiderDetector
from bot.domain import Brief
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.errors import UserError
from bot.store.feeds import Feeds
from bot.store.follows import Follows
from bot.store.library import Library
from bot.store.subscriptions import Subscriptions
from bot.store.threads import Languages, Replies
from bot.views.brief import brief_view
from bot.views.follows import alert_view
from bot.views.sources import feed_notice_view
from bot.views.subscriptions import missing_briefs_view, paused_view


class Translator(Protocol):
    """Puts briefs into other languages; what people said stays as they said it."""

    async def translate(self, brief: Brief, language: str, space: str, /) -> Brief:
        """Return the brief with our sentences in the language of that English name, or as it is with a note why.

        An empty name, and English, leave it as it is.
        """


@lru_cache(maxsize=16)
def _render_brief(brief: Brief, *, late: bool) -> Message:
    """Draw a brief once for all the channels that get it."""
    return brief_view(brief, late=late)


class Renderer:
    """Writes the message of a delivery, from what the outbox names: a brief, an alert, a reply or a notice."""

    def __init__(
        self,
        briefs: BriefService,
        library: Library,
        follows: Follows,
        replies: Replies,
        pauses: Subscriptions,
        subscriptions: Subscriptions,
        languages: Languages,
        translator: Translator,
        feeds: Feeds,
        outsider_detector: OutsiderDetector,
    ) -> None:
        self._briefs = briefs
        self._library = library
        self._follows = follows
        self._replies = replies
        self._pauses = pauses
        self._subscriptions = subscriptions
        self._languages = languages
        self._translator = translator
        self._feeds = feeds
        self._outsider_detector = outsider_detector

    async def render(self, delivery: Delivery) -> Message | None:
        """Return the message, or None where there is nothing left to tell."""
        kind, _, name = delivery.what.partition(" ")
        match kind:
            case "brief" | "late":
                brief = await self._brief(name, delivery.at)
                language = await self._languages.language(delivery.at)
                brief = await self._translator.translate(brief, language, delivery.at.tenant)
                return _render_brief(replace(brief, space=None), late=kind == "late")
            case "alert":
                return await self._alert(int(name), delivery.at)
            case "reply":
                return await self._replies.get(delivery.at.tenant, name)
            case "source":
                known = await self._feeds.feeds(delivery.at.tenant)
                feed = next((one for one in known if one.id == name), None)
                return feed_notice_view(feed) if feed else None
            case "paused":
                paused = await self._pauses.subscription(int(name), delivery.at)
                return paused_view(paused) if paused and paused.is_paused else None
            case "silence":
                return await self._missing_briefs_notice(name)
            case _:
                message = f"The outbox names a {kind}, which nobody here can write."
                raise UserError(message)

    async def _brief(self, name: str, at: Address) -> Brief:
        date, _, topic = name.partition(" ")
        edition = dt.date.fromisoformat(date)
        brief = await self._briefs.publish(topic, edition, space=at.tenant)
        reader = await self._reader_space(at, [*brief.claims_by_id])
        return brief if reader else await self._briefs.publish(topic, edition, space=None)

    async def _reader_space(self, at: Address, claims: Sequence[str]) -> str | None:
        """Return the space whose own conversations may be told: none where people from elsewhere would read them."""
        everybodys = await self._library.claims(claims, space=None)
        # Who is there is only asked where something of the space's own would be told.
        own = len(everybodys) < len(set(claims))
        return None if own and await self._outsider_detector.has_outsiders(at) else at.tenant

    async def _alert(self, alert: int, at: Address) -> Message | None:
        news = [(one.entity, one.claim_ids) for one in await self._follows.news(alert, at)]
        wanted = [claim for _, claims in news for claim in claims]
        known = {
            claim.id: claim for claim in await self._library.claims(wanted, space=await self._reader_space(at, wanted))
        }
        told = [(entity, [known[claim] for claim in claims if claim in known]) for entity, claims in news]
        return alert_view([(entity, claims) for entity, claims in told if claims]) if known else None

    async def _missing_briefs_notice(self, name: str) -> Message | None:
        since, _, tenant = name.partition(" ")
        silences = await self._subscriptions.silences(dt.date.fromisoformat(since))
        silence = next((one for one in silences if one.tenant == tenant), None)
        tally = await self._library.tally(space=tenant)
        return missing_briefs_view(silence, tally.newest) if silence else None
