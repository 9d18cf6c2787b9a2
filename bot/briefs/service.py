"""Briefs on demand: an edition is composed once, however many want it at the same time."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from typing import Protocol
from weakref import WeakValueDictionary

from bot.briefs.composer import compose_brief
from bot.briefs.window import narrow_first_window
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
        return kept or (await self._compose(topic, date, space))[0]

    async def publish(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the final edition; what it reports counts as published from now on."""
        kept = await self._editions.edition(topic, date, space=space)
        return kept or await self._publish_once(topic, date, space)

    async def example(self, topic: str, date: dt.date, *, space: str | None) -> str:
        """Return what a brief on a topic would begin with, by rules alone; "" if there is nothing to tell."""
        material = await self._editions.material(topic, date, space=space)
        brief = await asyncio.to_thread(lambda: compose_brief(narrow_first_window(material)))
        return brief.signals[0].headline if brief.signals else ""

    async def republish(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Publish an edition composed now in place of that date's, for a reader who takes it whenever they like."""
        brief, seen = await self._compose(topic, date, space)
        return await self._editions.publish(brief, seen=seen, replaces=True)

    async def _publish_once(self, topic: str, date: dt.date, space: str | None) -> Brief:
        # The first of many who want an edition composes it; other topics don't wait for a model that writes this one.
        lock = self._locks.setdefault((topic, date), asyncio.Lock())
        async with lock:
            kept = await self._editions.edition(topic, date, space=space)
            kept = kept or await self._editions.adopt(topic, date, space=space)
            if kept:
                return kept
            brief, seen = await self._compose(topic, date, space)
            return await self._editions.publish(brief, seen=seen)

    async def _compose(self, topic: str, date: dt.date, space: str | None) -> tuple[Brief, int]:
        """Return a brief and the newest claim that was there when its material was gathered."""
        gathered = await self._editions.material(topic, date, space=space)
        material = await asyncio.to_thread(narrow_first_window, gathered)
        return replace(await self._composer.compose(material), since=material.since), gathered.seen
