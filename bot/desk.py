"""The desk: where material becomes an edition, and an edition or an alert becomes a message."""

from __future__ import annotations

import datetime as dt

from bot.errors import UserError
from bot.message import Message
from bot.model import Answer, Brief, Filters, Subject, Weighed
from bot.ports import Address, Analyst, Audience, Delivery, Desk, Editions, Library, Replies, Search
from bot.views.alert import alert_view
from bot.views.brief import brief_view

PASSAGES = 20
"""How many passages an answer may be made from."""
CLAIMS = 20
"""How many claims a statement is weighed against."""


class PlainDesk:
    """The Desk over an analyst, the search and the editions made so far."""

    def __init__(self, editions: Editions, search: Search, analyst: Analyst) -> None:
        self._editions = editions
        self._search = search
        self._analyst = analyst

    async def brief(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the published edition, or one made now from what has been read; nothing is kept."""
        kept = await self._editions.edition(topic, date, space=space)
        return kept or await self._analyst.compose(await self._editions.material(topic, date, space=space))

    async def publish(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the edition as it will always stand; what it tells counts as told from now on."""
        return await self._editions.publish(await self.brief(topic, date, space=space))

    async def answer(self, question: str, within: Filters, subject: Subject) -> tuple[Answer, Subject]:
        """Return the answer, and what the thread is about from now on."""
        query, following = await self._analyst.resolve(question, subject)
        hits = await self._search.find(query, within, PASSAGES)
        return await self._analyst.answer(query, hits, following), following

    async def check(self, statement: str, within: Filters) -> Weighed:
        """Return the nearest claims for and against a statement."""
        return await self._analyst.weigh(statement, await self._search.claims(statement, within, CLAIMS))


class Writer:
    """Writes the message of a delivery, from what the outbox names: `brief`, `late`, `alert` or `reply`."""

    def __init__(self, desk: Desk, library: Library, audience: Audience, replies: Replies) -> None:
        self._desk = desk
        self._library = library
        self._audience = audience
        self._replies = replies

    async def write(self, delivery: Delivery) -> Message | None:
        """Return the message, or None where there is nothing left to tell."""
        kind, _, name = delivery.what.partition(" ")
        match kind:
            case "brief" | "late":
                date, _, topic = name.partition(" ")
                edition = dt.date.fromisoformat(date)
                brief = await self._desk.publish(topic, edition, space=delivery.at.tenant)
                return brief_view(brief, late=kind == "late")
            case "alert":
                return await self._alert(name, delivery.at)
            case "reply":
                return await self._replies.kept(delivery.at.tenant, name)
            case _:
                message = f"The outbox names a {kind}, which nobody here can write."
                raise UserError(message)

    async def _alert(self, name: str, at: Address) -> Message | None:
        follow, _, span = name.partition("/")
        after, _, until = span.partition("-")
        news = await self._audience.news(int(follow), int(after), int(until))
        claims = await self._library.claims(news[1], space=at.tenant) if news else []
        return alert_view(news[0].entity, claims) if news and claims else None
