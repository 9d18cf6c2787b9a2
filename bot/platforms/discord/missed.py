"""Finds what people wrote to the bot while no session listened: Discord tells nobody of it later."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator

import discord

from bot.domain.address import Address
from bot.due_times import Clock
from bot.errors import PlatformError
from bot.platforms.discord.api import translated_errors
from bot.platforms.discord.events import PLATFORM, direct_address
from bot.platforms.discord.posting import Posting
from bot.store.threads import Threads

logger = logging.getLogger(__name__)

MAX_AGE = dt.timedelta(days=1)
"""How old what was missed may be, and how long ago the bot last answered in a place that is looked at."""

MAX_PLACES, MAX_MESSAGES = 100, 100
"""Places that are looked at, the latest answers first, and messages that are read in each: one request."""


class MissedMessages:
    """The latest messages wherever the bot answered in the last day, whether they were missed or not."""

    def __init__(self, client: discord.AutoShardedClient, posting: Posting, threads: Threads, clock: Clock) -> None:
        self._client = client
        self._posting = posting
        self._threads = threads
        self._clock = clock

    async def read(self, shard: int) -> AsyncIterator[discord.Message]:
        """Yield what a shard would have been told of, the oldest of each place first, without what has its answer."""
        since = self._clock.now() - MAX_AGE
        for place in await self._threads.recent(PLATFORM, since, MAX_PLACES):
            if self._shard_of(place) != shard:
                continue
            try:
                with translated_errors():
                    messages = await self._messages(place, since)
            except PlatformError as error:
                logger.info("What was missed in %s can't be read: %s", place, error)
                continue
            for message in messages:
                yield message

    def _shard_of(self, place: Address) -> int | None:
        """Return which shard hears of a place; None for one that isn't the bot's to read."""
        if place.space.startswith("@"):
            return 0 if place == direct_address(place.channel) else None
        return (int(place.space) >> 22) % (self._client.shard_count or 1)

    async def _messages(self, place: Address, since: dt.datetime) -> list[discord.Message]:
        channel = await self._posting.open_channel(place)
        # Counted back from now, so that the latest remain if there are too many.
        read = [message async for message in channel.history(limit=MAX_MESSAGES) if message.created_at >= since]
        answered = {
            message.reference.message_id
            for message in read
            if message.author == self._client.user and message.reference
        }
        missed = [message for message in reversed(read) if message.id not in answered and not message.author.bot]
        for message in missed:
            await _look_up_author(message)
        return missed


async def _look_up_author(message: discord.Message) -> None:
    """Replace the author of a message to the bot by the member they are, with their rights; who left has none."""
    if message.guild and message.guild.me in message.mentions:
        try:
            with translated_errors():
                message.author = await message.guild.fetch_member(message.author.id)
        except PlatformError as error:
            logger.info("The rights of %s aren't known: %s", message.author.id, error)
