"""Briefs on demand: an edition is made once, however many want it at once."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Protocol
from weakref import WeakValueDictionary

from bot.domain import Brief, Material
from bot.store.editions import Editions


class Composer(Protocol):
    """What makes briefs: rules, or rules and a language model."""

    async def compose(self, material: Material) -> Brief:
        """Return the brief of a topic and date, or a quiet one."""


class BriefService:
    """Makes briefs, and keeps those that are published."""

    def __init__(self, editions: Editions, composer: Composer) -> None:
        self._editions = editions
        self._composer = composer
        self._locks: WeakValueDictionary[tuple[str, dt.date], asyncio.Lock] = WeakValueDictionary()

    async def get_brief(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the published edition, or one made now from what has been read; nothing is kept."""
        kept = await self._editions.edition(topic, date, space=space)
        return kept or await self._composer.compose(await self._editions.material(topic, date, space=space))

    async def publish(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the edition as it will always stand; what it tells counts as told from now on."""
        kept = await self._editions.edition(topic, date, space=space)
        return kept or await self._publish_once(topic, date, space)

    async def _publish_once(self, topic: str, date: dt.date, space: str | None) -> Brief:
        # Of many who want the same one, the first makes it; other topics do not wait for a model that writes this one.
        lock = self._locks.setdefault((topic, date), asyncio.Lock())
        async with lock:
            kept = await self._editions.edition(topic, date, space=space)
            kept = kept or await self._editions.adopt(topic, date, space=space)
            return kept or await self._editions.publish(await self.get_brief(topic, date, space=space))
