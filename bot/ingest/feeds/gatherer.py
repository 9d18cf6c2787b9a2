"""From a polled feed to conversations: its items are noted at once, and told one by one as their turn comes."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import msgspec

from bot.domain import Conversation, Person, Turn
from bot.domain.feed import Feed, Outcome, Sighting, Waiting
from bot.domain.usage import Account
from bot.due_times import Clock
from bot.errors import FeedError, Health, LlmError
from bot.ingest.feeds.document import FeedDocument, FeedItem
from bot.ingest.feeds.episodes import Episode, Missing, Recording, Steps, Want, again, conversation, episode
from bot.ingest.feeds.fetch import Ask, Fetch, Fetched, Taken
from bot.ingest.feeds.finder import charset
from bot.ingest.feeds.items import shingles, sighting
from bot.ingest.feeds.parser import read_feed
from bot.ingest.feeds.show_notes import read_notes
from bot.ingest.sandbox import Run
from bot.store.items import Items

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""How many items are read side by side."""

BATCH = 8
"""How many are taken up at a time: what is new waits for no more than these, a second each where they share a host."""

_GONE = frozenset({Health.GONE, Health.MISSING})
_MINUTE = 60

Hear: TypeAlias = Callable[[Recording, Account], Awaitable[tuple[Turn, ...]]]
"""Writes down what is heard in a recording; raises FeedError or LlmError."""

FRESH = dt.timedelta(days=7)
"""How old a recording may be that is written down: a brief looks back as far, and a whole catalogue would be dear."""

Keep: TypeAlias = Callable[[Sequence[Conversation]], Awaitable[None]]
"""Reads conversations and keeps what is found in them."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """All that is needed to read an item later: the item, whose it is, and whom its feed names for all of them."""

    item: FeedItem
    show: str
    feed: str
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of an item; without an episode, why there is none."""

    waiting: Waiting
    ticket: Ticket
    told: Episode | None
    why: str = ""

    def outcome(self, now: dt.datetime) -> Outcome:
        told = self.told
        if told is None:
            return Outcome(None, self.why)
        kind = told.kind if told.turns else None
        return Outcome(kind, told.why, again(told, self.ticket.item, now), told.gone)


class Gatherer:
    """Takes in what feeds show. An item that was cut off is told again from the start, and kept once."""

    def __init__(
        self, items: Items, fetch: Fetch, run: Run, keep: Keep, clock: Clock, hear: Hear | None = None
    ) -> None:
        self._items, self._fetch, self._run = items, fetch, run
        self._keep, self._clock, self._hear = keep, clock, hear

    async def take(self, feed: Feed, fetched: Fetched) -> Taken:
        """Note the items of a feed; those it had when it was added are no news. Raises FeedError for no feed."""
        document = await self._run(read_feed, fetched.body, fetched.url, self._clock.now(), charset(fetched))
        seen = await asyncio.to_thread(_sightings, document, feed)
        await self._items.note(feed.id, seen, self._clock.now(), backlog=not feed.catalogue, space=feed.space)
        silent = bool(document.items) and not any(map(_worded, document.items))
        health = Health.SILENT if silent else Health.FINE if document.items else Health.EMPTY
        dates = [item.published for item in document.items if item.published]
        return Taken(dates, title=document.title, health=health, ttl=document.ttl * _MINUTE)

    async def tell(self, report: Callable[[str], None] | None = None) -> int:
        """Read a batch of the items that wait, reporting the title of each; return how many there were.

        What becomes ready while others are kept is kept together: for each time, all that the library names is learnt.
        """
        waiting = await self._items.waiting(self._clock.now(), BATCH)
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(item: Waiting) -> _Read:
            async with slots:
                return await self._read(item)

        reading = {asyncio.create_task(one(item)) for item in waiting}
        try:
            while reading:
                done, reading = await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
                read = [task.result() for task in done]
                await self._take_in(read)
                if report:
                    for each in read:
                        report(each.ticket.item.title)
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
        return len(waiting)

    async def _read(self, waiting: Waiting) -> _Read:
        ticket = msgspec.json.decode(waiting.payload, type=Ticket)
        try:
            return _Read(waiting, ticket, await self._episode(ticket, Account(waiting.space or "")))
        except FeedError as error:
            return _Read(waiting, ticket, None, str(error))
        except Exception:
            # One item that trips the reader must not cost all that wait behind it.
            logger.exception("Item %d of source %s could not be read", waiting.item, waiting.feed)
            return _Read(waiting, ticket, None, "it could not be read; the log has the details")

    async def _take_in(self, read: Sequence[_Read]) -> None:
        said: dict[str, Conversation] = {}
        for one in read:
            if (found := await self._placed(one)) and found.id not in said:
                said[found.id] = found
        if said:
            await self._keep(list(said.values()))
        for one in read:
            # Only what is kept is settled: whoever was cut off in between begins again.
            await self._items.settle(one.waiting.item, one.outcome(self._clock.now()), self._clock.now())

    async def _placed(self, read: _Read) -> Conversation | None:
        if read.told is None or not read.told.turns:
            return None
        marks = await asyncio.to_thread(shingles, read.told.turns)
        waiting, ticket = read.waiting, read.ticket
        key = await self._items.place(waiting.item, read.told.kind, marks)
        if key is None:
            return None
        return conversation(
            read.told,
            ticket.item,
            id_=key,
            show=ticket.show,
            feed=ticket.feed,
            first_seen=waiting.first_seen,
            space=waiting.space,
        )

    async def _episode(self, ticket: Ticket, account: Account) -> Episode:
        notes = await self._run(read_notes, ticket.item)
        published = ticket.item.published
        fresh = published is not None and self._clock.now() - published <= FRESH
        steps = episode(ticket.item, notes, ticket.people, hears=fresh and self._hear is not None)
        answer: object = None
        while True:
            # What lies between two fetches may be the reading of an hour's talk.
            step = await asyncio.to_thread(_next, steps, answer)
            if isinstance(step, Episode):
                return step
            answer = await (self._got(step) if isinstance(step, Want) else self._heard(step, account))

    async def _got(self, want: Want) -> object:
        try:
            fetched = await self._fetch(Ask(want.url))
            kind = fetched.headers.get("content-type", "").partition(";")[0].strip()
            return await self._run(want.read, fetched.body, fetched.url, kind, charset(fetched))
        except FeedError as error:
            return Missing(f"could not be read: {error}", gone=error.health in _GONE)

    async def _heard(self, recording: Recording, account: Account) -> object:
        try:
            return await self._hear(recording, account) if self._hear else ()
        except (FeedError, LlmError) as error:
            return Missing(f"could not be written down: {error}".rstrip("."))


def _next(steps: Steps[Episode], answer: object) -> Want | Recording | Episode:
    try:
        return steps.send(answer)
    except StopIteration as end:
        told: Episode = end.value
        return told


def _sightings(document: FeedDocument, feed: Feed) -> list[Sighting]:
    show = document.title or feed.title
    tickets = [Ticket(item, show, feed.url, document.people) for item in document.items]
    return [replace(sighting(one.item), payload=msgspec.json.encode(one).decode()) for one in tickets]


def _worded(item: FeedItem) -> bool:
    """Whether there is anything of an item to read."""
    return bool(item.transcripts or item.content or item.summary or item.url)
