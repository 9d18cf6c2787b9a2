"""From a polled feed to conversations: its items are recorded at once, and read as their turn comes."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import heapq
import json
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from bot.domain import Conversation, Person, Turn
from bot.domain.feed import Feed, ItemSnapshot, PendingItem, ReadOutcome
from bot.domain.usage import Account
from bot.due_times import Clock
from bot.errors import FeedError, FeedHealth, LlmError
from bot.ingest.feeds.document import FeedDocument, FeedItem
from bot.ingest.feeds.episodes import (
    EpisodeText,
    FetchStep,
    Steps,
    TranscribeStep,
    Unavailable,
    build_conversation,
    next_recheck,
    read_show_notes,
    resolve_episode,
)
from bot.ingest.feeds.fetch import FeedUpdate, Fetch, FetchRequest, FetchResponse
from bot.ingest.feeds.shown_items import ShownItem, ShownItems
from bot.ingest.feeds.unread_items import UnreadItems, read_unread_items
from bot.ingest.feeds.urls import canonical_recording_url, canonical_url
from bot.ingest.formats.html_text import html_to_text
from bot.ingest.sandbox import RunSandboxed
from bot.store.items import Items

logger = logging.getLogger(__name__)

MAX_CONCURRENT = 4
"""How many items are read side by side."""

BATCH_ITEMS = 8
"""How many are taken up at a time: a new item waits for no more than these, a second each if they share a host."""

_GONE = frozenset({FeedHealth.GONE, FeedHealth.NOT_FOUND})
_MINUTE = 60

TranscribeRecording: TypeAlias = Callable[[TranscribeStep, Account], Awaitable[tuple[Turn, ...]]]
"""Transcribes a recording; raises FeedError or LlmError."""

MAX_RECORDING_AGE = dt.timedelta(days=7)
"""The age up to which recordings are transcribed: a brief looks back as far, and a whole catalogue would cost a lot."""

SaveConversations: TypeAlias = Callable[[Sequence[Conversation]], Awaitable[None]]
"""Reads conversations and saves what is found in them."""


@dataclass(frozen=True, slots=True)
class ItemPayload:
    """All that is needed to read an item later: the item, its show and feed, and the people that its feed names."""

    item: FeedItem
    show: str
    feed: str
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class _ItemResult:
    """The outcome of an item: its episode, or why there is none."""

    waiting: PendingItem
    payload: ItemPayload
    episode: EpisodeText | None
    reason: str = ""

    def outcome(self, now: dt.datetime) -> ReadOutcome:
        episode = self.episode
        if episode is None:
            return ReadOutcome(None, self.reason)
        kind = episode.kind if episode.turns else None
        return ReadOutcome(kind, episode.reason, next_recheck(episode, self.payload.item, now), episode.is_gone)


class FeedIngester:
    """Takes in the items of feeds. An item that was cut off is read again from the start, and saved once."""

    def __init__(
        self,
        items: Items,
        fetch: Fetch,
        run: RunSandboxed,
        save: SaveConversations,
        clock: Clock,
        transcribe: TranscribeRecording | None = None,
    ) -> None:
        self._items, self._fetch, self._run = items, fetch, run
        self._save, self._clock, self._transcribe = save, clock, transcribe
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)
        self._shown = ShownItems()

    async def record_items(self, feed: Feed, response: FetchResponse) -> FeedUpdate:
        """Record the items of a feed; those it had when it was added are not news. Raises FeedError for no feed.

        Items that were there at the last poll, byte for byte, are not read again.
        """
        now, space = self._clock.now(), feed.space
        shown = self._shown.get(feed.id) if feed.is_backfilled else {}
        read, items = await self._read(feed, response, frozenset(shown))
        matches = None
        if read.known:
            unchanged = frozenset(shown[mark].id for mark in read.known)
            matches = await self._items.record_beside(unchanged, feed.id, items, now, space=space)
            if matches is None:
                read, items = await self._read(feed, response, frozenset())
        if matches is None:
            matches = await self._items.record(feed.id, items, now, backlog=not feed.is_backfilled, space=space)
        new = [ShownItem.of(item, match) for item, match in zip(read.document.items, matches, strict=True)]
        marked = {mark: item for mark, item in zip(read.marks, new, strict=False) if item.is_settled}
        self._shown.put(feed.id, {mark: shown[mark] for mark in read.known} | marked)
        return _update(read.document, [*new, *(shown[mark] for mark in read.known)])

    async def _read(
        self, feed: Feed, response: FetchResponse, known: frozenset[bytes]
    ) -> tuple[UnreadItems, list[ItemSnapshot]]:
        body, url, charset = response.body, response.url, response.charset
        read = await self._run(read_unread_items, body, url, self._clock.now(), charset, known)
        return read, await asyncio.to_thread(_snapshots, read.document, feed)

    async def process_batch(self, report: Callable[[str], None] | None = None) -> int:
        """Read a batch of the items that wait, reporting the title of each; return how many there were.

        Those that become ready while others are being saved are saved together: each save loads the library's names.
        """
        waiting = await self._items.due(self._clock.now(), BATCH_ITEMS)
        tasks = {asyncio.create_task(self._process_item(item)) for item in waiting}
        try:
            while tasks:
                done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                results = [task.result() for task in done]
                await self._save_results(results)
                if report:
                    for result in results:
                        report(result.payload.item.title)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return len(waiting)

    async def _process_item(self, waiting: PendingItem) -> _ItemResult:
        payload = msgspec.json.decode(waiting.payload, type=ItemPayload)
        try:
            async with self._slots:
                return _ItemResult(waiting, payload, await self._resolve_episode(payload, Account(waiting.space or "")))
        except FeedError as error:
            return _ItemResult(waiting, payload, None, str(error))
        except Exception:
            # One item that trips the reader must not cost all those behind it.
            logger.exception("Item %d of source %s could not be read", waiting.item, waiting.feed)
            return _ItemResult(waiting, payload, None, "it could not be read; the log has the details")

    async def _save_results(self, results: Sequence[_ItemResult]) -> None:
        conversations: dict[str, Conversation] = {}
        for result in results:
            if conversation := await self._to_conversation(result):
                conversations.setdefault(conversation.id, conversation)
        if conversations:
            await self._save(list(conversations.values()))
        for result in results:
            # Settled only once it is saved: whoever is cut off in between begins again.
            await self._items.settle(result.waiting.item, result.outcome(self._clock.now()), self._clock.now())

    async def _to_conversation(self, result: _ItemResult) -> Conversation | None:
        if result.episode is None or not result.episode.turns:
            return None
        marks = await asyncio.to_thread(shingles, result.episode.turns)
        waiting, payload = result.waiting, result.payload
        key = await self._items.assign_conversation(waiting.item, result.episode.kind, marks)
        if key is None:
            return None
        return build_conversation(
            result.episode,
            payload.item,
            id_=key,
            show=payload.show,
            feed=payload.feed,
            first_seen=waiting.first_seen,
            space=waiting.space,
        )

    async def _resolve_episode(self, payload: ItemPayload, account: Account) -> EpisodeText:
        notes = await self._run(read_show_notes, payload.item)
        published = payload.item.published
        is_fresh = published is not None and self._clock.now() - published <= MAX_RECORDING_AGE
        steps = resolve_episode(
            payload.item, notes, payload.people, can_transcribe=is_fresh and self._transcribe is not None
        )
        answer: object = None
        while True:
            # Between two fetches, an hour's talk may be parsed.
            step = await asyncio.to_thread(_advance, steps, answer)
            if isinstance(step, EpisodeText):
                return step
            answer = await (
                self._run_fetch_step(step) if isinstance(step, FetchStep) else self._run_transcribe_step(step, account)
            )

    async def _run_fetch_step(self, step: FetchStep) -> object:
        try:
            response = await self._fetch(FetchRequest(step.url))
            return await self._run(step.read, response.body, response.url, response.media_type, response.charset)
        except FeedError as error:
            return Unavailable(f"could not be read: {error}", is_gone=error.health in _GONE)

    async def _run_transcribe_step(self, step: TranscribeStep, account: Account) -> object:
        try:
            return await self._transcribe(step, account) if self._transcribe else ()
        except (FeedError, LlmError) as error:
            return Unavailable(f"could not be transcribed: {error}".rstrip("."))


def _advance(steps: Steps[EpisodeText], answer: object) -> FetchStep | TranscribeStep | EpisodeText:
    try:
        return steps.send(answer)
    except StopIteration as end:
        episode: EpisodeText = end.value
        return episode


def _update(document: FeedDocument, items: Collection[ShownItem]) -> FeedUpdate:
    health = FeedHealth.OK if items else FeedHealth.EMPTY
    if items and not any(item.has_text for item in items):
        health = FeedHealth.NO_TRANSCRIPTS
    dates = [item.published for item in items if item.published]
    return FeedUpdate(dates, title=document.title, health=health, ttl=document.ttl * _MINUTE)


def _snapshots(document: FeedDocument, feed: Feed) -> list[ItemSnapshot]:
    show = document.title or feed.title
    return [make_snapshot(ItemPayload(item, show, feed.url, document.people)) for item in document.items]


SHINGLE_WORDS = 3
"""Words in a row: few enough that two transcripts of one talk share most runs despite their errors."""

MAX_SHINGLES = 64
"""So many stand for a text: those with the lowest hashes, the same in every text that has them."""

_WORD = re.compile(r"\w+")


def make_snapshot(payload: ItemPayload) -> ItemSnapshot:
    """Return what an item is known by, without the counters, tokens and tracking in its addresses."""
    item = payload.item
    page, recordings = (
        canonical_url(item.url),
        [canonical_recording_url(enclosure.url) for enclosure in item.enclosures],
    )
    when = item.published or item.updated
    return ItemSnapshot(
        guid=item.guid,
        page=page,
        recording=next(filter(None, recordings), ""),
        title=item.title,
        fold=normalise_title(item.title),
        day=when.date() if when else None,
        lasts=item.duration,
        hash=_content_hash(item, page, recordings),
        url=item.url or next((enclosure.url for enclosure in item.enclosures), ""),
        payload=msgspec.json.encode(payload).decode(),
    )


def normalise_title(title: str) -> str:
    """Return the form in which equal titles are the same."""
    return " ".join(_WORD.findall(title.casefold()))


def shingles(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return what stands for a text when texts are compared; nothing for one that is too short."""
    words = [word for turn in turns for word in _WORD.findall(turn.text.casefold())]
    runs = {" ".join(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1)}
    if len(runs) < MAX_SHINGLES:
        return ()
    return tuple(heapq.nsmallest(MAX_SHINGLES, (_digest(run, 8) for run in runs)))


def _content_hash(item: FeedItem, page: str, recordings: Sequence[str]) -> str:
    facts = {
        "title": item.title,
        "words": html_to_text(item.content) or item.summary,
        "page": page,
        "recordings": sorted(recordings),
        "transcripts": sorted(canonical_recording_url(link.url) for link in item.transcripts),
        "chapters": canonical_recording_url(item.chapters_url),
        "people": [[person.name, person.role] for person in item.people],
    }
    return _digest(json.dumps(facts), 16)


def _digest(words: str, size: int) -> str:
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
