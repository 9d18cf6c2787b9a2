"""Posting messages of one or several pages: the first where it belongs, the others into its thread."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Literal

import discord
from cachetools import LRUCache

from bot.errors import Busy
from bot.message import Message
from bot.platforms.discord.refusals import translated, twice
from bot.platforms.discord.render import Page, render
from bot.platforms.discord.views import layout
from bot.ports import Address, Sent

logger = logging.getLogger(__name__)

SOON = 5.0
"""How many seconds a delivery waits that comes before the connection stands."""

_NONCE = 25
_A_DAY: Literal[1440] = 1440
_REMEMBERED = 10_000
_THREAD_THERE = 160004


class Posting:
    """Posts as the bot. A page that is sent again within minutes is the one that was sent, by its nonce."""

    def __init__(self, client: discord.Client, *, crosspost: bool = False) -> None:
        self._client = client
        self._crosspost = crosspost
        self._newest: LRUCache[str, int] = LRUCache(_REMEMBERED)
        self._directs: LRUCache[int, discord.DMChannel] = LRUCache(_REMEMBERED)

    async def deliver(self, to: Address, message: Message, key: str) -> Sent:
        """Post a delivery; the id names channel and message of each page.

        Raises Busy while it is not known what kind of channel it goes to: at the start, or when a server is away.
        """
        if not to.space.startswith("@"):
            self._ask_for(int(to.space))
        pages = render(message)
        with translated():
            first = await self._first(to, pages[0], key)
            rest = await self._after(first, pages[1:], key)
            await self._publish(first)
        return Sent(to, "/".join(f"{one.channel.id}.{one.id}" for one in (first, *rest)))

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace each page; pages that are new follow the last one, and those too many are removed."""
        posts = [tuple(map(int, one.split("."))) for one in sent.id.split("/")]
        pages = render(message)
        with translated():
            for (channel, post), page in zip(posts, pages, strict=False):
                await self._post(channel, post).edit(view=layout(page), allowed_mentions=discord.AllowedMentions.none())
            for channel, post in posts[len(pages) :]:
                await self._post(channel, post).delete()
            for page in pages[len(posts) :]:
                await self._client.get_partial_messageable(posts[-1][0]).send(view=layout(page), suppress_embeds=True)

    async def reply(self, channel: int, message: int, answer: Message) -> None:
        """Answer a message where it stands; one message is answered once."""
        await twice(lambda: self._reply(self._post(channel, message), render(answer), f"{message}"))

    async def direct(self, user: str) -> discord.DMChannel:
        """Open the conversation with a person."""
        person = int(user)
        if person not in self._directs:
            with translated():
                self._directs[person] = await self._client.create_dm(discord.Object(person))
        return self._directs[person]

    async def _reply(self, asked: discord.PartialMessage, pages: Sequence[Page], key: str) -> None:
        first = await asked.reply(view=layout(pages[0]), suppress_embeds=True, nonce=_nonce(key, 0))
        await self._after(first, pages[1:], key)

    def _post(self, channel: int, message: int) -> discord.PartialMessage:
        return self._client.get_partial_messageable(channel).get_partial_message(message)

    def _ask_for(self, server: int) -> None:
        known = self._client.get_guild(server)
        if known.unavailable if known else not self._client.is_ready():
            raise Busy(SOON)

    async def _first(self, to: Address, page: Page, key: str) -> discord.Message | discord.PartialMessage:
        if to.space.startswith("@"):
            return (await self._send(await self.direct(to.channel), [page], key))[0]
        channel = self._client.get_channel(int(to.thread or to.channel))
        if isinstance(channel, discord.ForumChannel):
            return await self._open(channel, page, key)
        where = self._client.get_partial_messageable(int(to.thread or to.channel))
        return (await self._send(where, [page], key))[0]

    async def _open(
        self, forum: discord.ForumChannel, page: Page, key: str
    ) -> discord.Message | discord.PartialMessage:
        """Open a post; it knows no nonce, but after a first try it may be there, newer than others by its name."""
        named = [thread for thread in forum.threads if thread.name == page.text]
        newest = max(named, key=lambda thread: thread.id, default=None)
        known = newest.id if newest else 0
        if newest and known > self._newest.setdefault(key, known):
            return newest.get_partial_message(newest.id)
        self._newest[key] = known
        return (await forum.create_thread(name=page.text, view=layout(page), suppress_embeds=True)).message

    async def _publish(self, first: discord.Message | discord.PartialMessage) -> None:
        """Publish in an announcement channel, where that is wanted; the channel has its message in any case."""
        channel = self._client.get_channel(first.channel.id)
        if self._crosspost and isinstance(channel, discord.TextChannel) and channel.is_news():
            try:
                await first.publish()
            except (discord.HTTPException, discord.RateLimited) as error:
                logger.info("%s was not published: %s", first.jump_url, error)

    async def _after(
        self, first: discord.Message | discord.PartialMessage, pages: Sequence[Page], key: str
    ) -> list[discord.Message]:
        """Post the pages after the first into its thread; where none may be opened, behind it."""
        where: discord.abc.Messageable = first.channel
        channel = self._client.get_channel(first.channel.id)
        if pages and isinstance(channel, discord.TextChannel):
            where = await self._thread(channel.get_partial_message(first.id), pages[0].text)
        return await self._send(where, pages, key, 1)

    async def _thread(self, first: discord.PartialMessage, name: str) -> discord.abc.Messageable:
        try:
            return await first.create_thread(name=name, auto_archive_duration=_A_DAY)
        except discord.Forbidden:
            return first.channel
        except discord.HTTPException as error:
            if error.code != _THREAD_THERE:
                raise
            # A thread has the id of the message it belongs to.
            return self._client.get_partial_messageable(first.id)

    async def _send(
        self, where: discord.abc.Messageable, pages: Sequence[Page], key: str, number: int = 0
    ) -> list[discord.Message]:
        sent = []
        for n, page in enumerate(pages, number):
            sent.append(await where.send(view=layout(page), suppress_embeds=True, nonce=_nonce(key, n)))
        return sent


def _nonce(key: str, number: int) -> str:
    return hashlib.sha256(f"{key}/{number}".encode()).hexdigest()[:_NONCE]
