"""From a feed's items to what they are known by, and back when their turn comes to be read."""

from __future__ import annotations

import hashlib
import heapq
import json
import re
from collections.abc import Sequence

import msgspec

from bot.domain import Turn
from bot.domain.feed import ItemSnapshot
from bot.ingest.feeds.document import FeedItem
from bot.ingest.feeds.urls import canonical_recording_url, canonical_url
from bot.ingest.formats.html_text import html_to_text

SHINGLE_WORDS = 3
"""Words in a row: short enough that two transcripts of one talk share most of them, wrong words and all."""

MAX_SHINGLES = 64
"""So many stand for a text: those with the lowest hashes, which are the same ones in every text that has them."""

_WORD = re.compile(r"\w+")


def make_sighting(item: FeedItem) -> ItemSnapshot:
    """Return what an item is known by; counters, tokens and tracking in its addresses tell nothing."""
    page, recordings = canonical_url(item.url), [canonical_recording_url(one.url) for one in item.enclosures]
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
        url=item.url or next((one.url for one in item.enclosures), ""),
        payload=msgspec.json.encode(item).decode(),
    )


def item_of(payload: str) -> FeedItem:
    """Return the item that a sighting came of."""
    return msgspec.json.decode(payload, type=FeedItem)


def normalise_title(title: str) -> str:
    """Return the form in which titles are the same."""
    return " ".join(_WORD.findall(title.casefold()))


def shingles(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return what stands for a text when texts are compared; nothing for one that is too short to tell."""
    words = [word for turn in turns for word in _WORD.findall(turn.text.casefold())]
    runs = {" ".join(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1)}
    if len(runs) < MAX_SHINGLES:
        return ()
    return tuple(heapq.nsmallest(MAX_SHINGLES, (_digest(run, 8) for run in runs)))


def _content_hash(item: FeedItem, page: str, recordings: Sequence[str]) -> str:
    told = {
        "title": item.title,
        "words": html_to_text(item.content) or item.summary,
        "page": page,
        "recordings": sorted(recordings),
        "transcripts": sorted(canonical_recording_url(one.url) for one in item.transcripts),
        "chapters": canonical_recording_url(item.chapters_url),
        "people": [[person.name, person.role] for person in item.people],
    }
    return _digest(json.dumps(told), 16)


def _digest(words: str, size: int) -> str:
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
