"""Briefs on demand: an edition is composed once, however many want it at the same time."""

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
    """Composes briefs, and stores those that are published."""

    def __init__(self, editions: Editions, composer: Composer) -> None:
        self._editions = editions
        self._composer = composer
        self._locks: WeakValueDictionary[tuple[str, dt.date], asyncio.Lock] = WeakValueDictionary()

    async def get_brief(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the published edition, or one composed now from what has been read; nothing is stored."""
        kept = await self._editions.edition(topic, date, space=space)
        return kept or await self._composer.compose(await self._editions.material(topic, date, space=space))

    async def publish(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the final edition; what it reports counts as published from now on."""
        kept = await self._editions.edition(topic, date, space=space)
        return kept or await self._publish_once(topic, date, space)

    async def _publish_once(self, topic: str, date: dt.date, space: str | None) -> Brief:
        # The first of many who want an edition composes it; other topics don't wait for a model that writes this one.
        lock = self._locks.setdefault((topic, date), asyncio.Lock())
        async with lock:
            kept = await self._editions.edition(topic, date, space=space)
            kept = kept or await self._editions.adopt(topic, date, space=space)
            return kept or await self._editions.publish(await self.get_brief(topic, date, space=space))
