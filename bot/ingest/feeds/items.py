"""From a feed's items to what they are known by, and back when their turn comes to be read."""

from __future__ import annotations

import hashlib
import heapq
import json
import re
from collections.abc import Sequence

import msgspec

from bot.domain import Turn
from bot.domain.feed import Sighting
from bot.ingest.feeds.document import FeedItem
from bot.ingest.feeds.urls import canonical, recording
from bot.ingest.formats.html_text import plain

SHINGLE = 3
"""Words in a row: short enough that two transcripts of one talk share most of them, wrong words and all."""

SHINGLES = 64
"""So many stand for a text: those with the lowest hashes, which are the same ones in every text that has them."""

_WORD = re.compile(r"\w+")


def sighting(item: FeedItem) -> Sighting:
    """Return what an item is known by; counters, tokens and tracking in its addresses tell nothing."""
    page, recordings = canonical(item.url), [recording(one.url) for one in item.enclosures]
    when = item.published or item.updated
    return Sighting(
        guid=item.guid,
        page=page,
        recording=next(filter(None, recordings), ""),
        title=item.title,
        fold=fold(item.title),
        day=when.date() if when else None,
        lasts=item.duration,
        hash=_hash(item, page, recordings),
        url=item.url or next((one.url for one in item.enclosures), ""),
        payload=msgspec.json.encode(item).decode(),
    )


def item_of(payload: str) -> FeedItem:
    """Return the item that a sighting came of."""
    return msgspec.json.decode(payload, type=FeedItem)


def fold(title: str) -> str:
    """Return the form in which titles are the same."""
    return " ".join(_WORD.findall(title.casefold()))


def shingles(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return what stands for a text when texts are compared; nothing for one that is too short to tell."""
    words = [word for turn in turns for word in _WORD.findall(turn.text.casefold())]
    runs = {" ".join(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1)}
    if len(runs) < SHINGLES:
        return ()
    return tuple(heapq.nsmallest(SHINGLES, (_digest(run, 8) for run in runs)))


def _hash(item: FeedItem, page: str, recordings: Sequence[str]) -> str:
    told = {
        "title": item.title,
        "words": plain(item.content) or item.summary,
        "page": page,
        "recordings": sorted(recordings),
        "transcripts": sorted(recording(one.url) for one in item.transcripts),
        "chapters": recording(item.chapters_url),
        "people": [[person.name, person.role] for person in item.people],
    }
    return _digest(json.dumps(told), 16)


def _digest(words: str, size: int) -> str:
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
