"""The desk: where material becomes an edition, and an edition or an alert becomes a message."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol
from weakref import WeakValueDictionary

from bot.chat.message import Message
from bot.chat.platform import Guests
from bot.delivery.renderer import Translator
from bot.domain import (
    Answer,
    Asker,
    Brief,
    Claim,
    Conversation,
    Filters,
    Hit,
    Material,
    Reading,
    Resolved,
    Subject,
    Weighed,
)
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.errors import UserError
from bot.search.hybrid import HybridSearch
from bot.store.editions import Editions
from bot.store.feeds import Feeds
from bot.store.follows import Follows
from bot.store.library import Library
from bot.store.people import Languages
from bot.store.replies import Replies
from bot.store.subscriptions import Subscriptions
from bot.views.alert import alert_view
from bot.views.brief import brief_view
from bot.views.notices import paused_view, silence_view
from bot.views.source_health import feed_view


class Analyst(Protocol):
    """Makes claims of conversations, briefs of claims, and answers of passages."""

    async def read(self, conversation: Conversation) -> Reading:
        """Find the claims, entities and passages of one conversation."""

    async def compose(self, material: Material) -> Brief:
        """Make the brief of a topic and date, or a quiet one."""

    async def resolve(self, question: str, subject: Subject, asker: Asker, /) -> Resolved:
        """Return a question that stands by itself, and the subject that the thread has now."""

    def answer(self, question: str, hits: Sequence[Hit], subject: Subject, asker: Asker) -> AsyncIterator[Answer]:
        """Yield the answer as it grows, made from the passages alone, or one that says that they do not answer."""

    async def weigh(self, statement: str, claims: Sequence[Claim]) -> Weighed:
        """Tell which claims say the same as a statement, which say otherwise, and which are only near."""


PASSAGES = 20
"""How many passages an answer may be made from."""
CLAIMS = 20
"""How many claims a statement is weighed against."""


class Desk:
    """The Desk over an analyst, the search and the editions made so far."""

    def __init__(self, editions: Editions, search: HybridSearch, analyst: Analyst) -> None:
        self._editions = editions
        self._search = search
        self._analyst = analyst
        self._making: WeakValueDictionary[tuple[str, dt.date], asyncio.Lock] = WeakValueDictionary()

    async def brief(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the published edition, or one made now from what has been read; nothing is kept."""
        kept = await self._editions.edition(topic, date, space=space)
        return kept or await self._analyst.compose(await self._editions.material(topic, date, space=space))

    async def publish(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the edition as it will always stand; what it tells counts as told from now on."""
        kept = await self._editions.edition(topic, date, space=space)
        return kept or await self._made(topic, date, space)

    async def _made(self, topic: str, date: dt.date, space: str | None) -> Brief:
        # Of many who want the same one, the first makes it; other topics do not wait for a model that writes this one.
        lock = self._making.setdefault((topic, date), asyncio.Lock())
        async with lock:
            kept = await self._editions.edition(topic, date, space=space)
            kept = kept or await self._editions.adopt(topic, date, space=space)
            return kept or await self._editions.publish(await self.brief(topic, date, space=space))

    async def answer(
        self, question: str, within: Filters, subject: Subject, asker: Asker
    ) -> AsyncIterator[tuple[Answer, Subject]]:
        """Yield the answer as it grows, each time with what the thread is about from now on."""
        asked = await self._analyst.resolve(question, subject, asker)
        hits = await self._search.find(asked.question, within, PASSAGES)
        spoken = replace(asker, language=asker.language or asked.language)
        async for answer in self._analyst.answer(asked.question, hits, asked.subject, spoken):
            yield answer, asked.subject

    async def check(self, statement: str, within: Filters) -> Weighed:
        """Return the nearest claims for and against a statement."""
        return await self._analyst.weigh(statement, await self._search.claims(statement, within, CLAIMS))


@lru_cache(maxsize=16)
def _drawn(brief: Brief, *, late: bool) -> Message:
    """Draw a brief once for all the channels that get it."""
    return brief_view(brief, late=late)


class Writer:
    """Writes the message of a delivery, from what the outbox names: a brief, an alert, a reply or a notice."""

    def __init__(
        self,
        desk: Desk,
        library: Library,
        alerts: Follows,
        replies: Replies,
        pauses: Subscriptions,
        schedule: Subscriptions,
        languages: Languages,
        translator: Translator,
        feeds: Feeds,
        guests: Guests,
    ) -> None:
        self._desk = desk
        self._library = library
        self._alerts = alerts
        self._replies = replies
        self._pauses = pauses
        self._schedule = schedule
        self._languages = languages
        self._translator = translator
        self._feeds = feeds
        self._guests = guests

    async def write(self, delivery: Delivery) -> Message | None:
        """Return the message, or None where there is nothing left to tell."""
        kind, _, name = delivery.what.partition(" ")
        match kind:
            case "brief" | "late":
                brief = await self._brief(name, delivery.at)
                language = await self._languages.language(delivery.at)
                brief = await self._translator.translate(brief, language, delivery.at.tenant)
                return _drawn(replace(brief, space=None), late=kind == "late")
            case "alert":
                return await self._alert(int(name), delivery.at)
            case "reply":
                return await self._replies.kept(delivery.at.tenant, name)
            case "source":
                known = await self._feeds.feeds(delivery.at.tenant)
                feed = next((one for one in known if one.id == name), None)
                return feed_view(feed) if feed else None
            case "paused":
                paused = await self._pauses.subscription(int(name), delivery.at)
                return paused_view(paused) if paused and paused.paused else None
            case "silence":
                return await self._silence(name)
            case _:
                message = f"The outbox names a {kind}, which nobody here can write."
                raise UserError(message)

    async def _brief(self, name: str, at: Address) -> Brief:
        date, _, topic = name.partition(" ")
        edition = dt.date.fromisoformat(date)
        brief = await self._desk.publish(topic, edition, space=at.tenant)
        reader = await self._reader(at, [*brief.claims])
        return brief if reader else await self._desk.publish(topic, edition, space=None)

    async def _reader(self, at: Address, claims: Sequence[str]) -> str | None:
        """Return the space whose own conversations may be told: none where people from elsewhere would read them."""
        everybodys = await self._library.claims(claims, space=None)
        # Who is there is only asked where something of the space's own would be told.
        own = len(everybodys) < len(set(claims))
        return None if own and await self._guests.outsiders(at) else at.tenant

    async def _alert(self, alert: int, at: Address) -> Message | None:
        news = [(one.entity, one.claims) for one in await self._alerts.news(alert, at)]
        wanted = [claim for _, claims in news for claim in claims]
        known = {claim.id: claim for claim in await self._library.claims(wanted, space=await self._reader(at, wanted))}
        told = [(entity, [known[claim] for claim in claims if claim in known]) for entity, claims in news]
        return alert_view([(entity, claims) for entity, claims in told if claims]) if known else None

    async def _silence(self, name: str) -> Message | None:
        since, _, tenant = name.partition(" ")
        silences = await self._schedule.silences(dt.date.fromisoformat(since))
        silence = next((one for one in silences if one.tenant == tenant), None)
        tally = await self._library.tally(space=tenant)
        return silence_view(silence, tally.newest) if silence else None
