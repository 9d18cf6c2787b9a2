"""The items that feeds showed at their last poll, by their marks, so that the next poll reads only what is new."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from bot.domain.feed import ItemMatch
from bot.ingest.feeds.document import FeedItem

MAX_ITEMS = 100_000
"""Items that are remembered, of all feeds together: some thirty megabytes. The feeds polled longest ago go first."""


@dataclass(frozen=True, slots=True)
class ShownItem:
    """What is still asked of an item that was read: which one it is, when it was published, if there is text of it.

    It `is_settled` unless it would be read otherwise later: a date in the future is not believed before its time.
    """

    id: int
    published: dt.datetime | None
    has_text: bool
    is_settled: bool = True

    @classmethod
    def of(cls, item: FeedItem, match: ItemMatch) -> Self:
        """Return what is asked of an item, which is kept as what it matches."""
        has_text = bool(item.transcripts or item.content or item.summary or item.url)
        return cls(match.item, item.published, has_text, is_settled=not item.has_unread_date)


class ShownItems:
    """What each feed showed last. It may be forgotten at any time: a feed that isn't here is read whole."""

    def __init__(self, most: int = MAX_ITEMS) -> None:
        self._most, self._count = most, 0
        self._feeds: OrderedDict[str, Mapping[bytes, ShownItem]] = OrderedDict()

    def get(self, feed: str) -> Mapping[bytes, ShownItem]:
        """Return the items of a feed by their marks; none if they are not remembered."""
        return self._feeds.get(feed, {})

    def put(self, feed: str, items: Mapping[bytes, ShownItem]) -> None:
        """Remember what a feed shows now, and nothing else of it."""
        self._count += len(items) - len(self._feeds.pop(feed, {}))
        self._feeds[feed] = items
        while self._count > self._most:
            self._count -= len(self._feeds.popitem(last=False)[1])
