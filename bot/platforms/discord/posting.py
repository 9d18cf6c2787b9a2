"""Posting messages of one or several pages: the first where it belongs, the others into its thread."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Sequence
from typing import Literal, TypeAlias

import discord
from cachetools import LRUCache, TTLCache

from bot.chat.message import Message
from bot.chat.platform import Sent, Trail
from bot.domain.address import Address
from bot.due_times import Clock
from bot.errors import Busy, Doubtful, Gone, Reach
from bot.platforms.discord.components import layout
from bot.platforms.discord.errors import translated, twice
from bot.platforms.discord.render import Page, render
from bot.platforms.discord.transport import waited_for

logger = logging.getLogger(__name__)

Posted: TypeAlias = discord.Message | discord.PartialMessage
Place: TypeAlias = discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread

SOON = 5.0
"""How many seconds a delivery waits that comes before the connection stands."""

NONCE_LIFE = dt.timedelta(minutes=2)
"""So long Discord surely knows a nonce again; it says: the past few minutes."""

SKEW = dt.timedelta(minutes=1)
"""How far Discord's clock and ours may be apart."""

_NONCE = 25
_A_DAY: Literal[1440] = 1440
_REMEMBERED, _REMEMBERED_FOR = 10_000, 600.0
_NOT_FOR_MESSAGES, _THREAD_THERE = 50008, 160004


class Posting:
    """Posts as the bot. A page that is sent again within minutes is the one that was sent, by its nonce.

    What kind of channel it posts to it knows from the gateway; where another replica listens to that, it finds out,
    and asks Discord only of a channel that does not take what most channels take.
    """

    def __init__(self, client: discord.Client, clock: Clock, *, crosspost: bool = False) -> None:
        self._client = client
        self._clock = clock
        self._crosspost = crosspost
        self._directs: LRUCache[int, discord.DMChannel] = LRUCache(_REMEMBERED)
        self._fetched: TTLCache[int, Place] = TTLCache(_REMEMBERED, _REMEMBERED_FOR)

    async def deliver(self, to: Address, message: Message, key: str, trail: Trail | None = None) -> Sent:
        """Post a delivery; the id names channel and message of each page.

        Raises Busy while its server is away; Doubtful where an earlier try is in doubt, and longer ago than Discord
        remembers.
        """
        trail = trail or Trail()
        if not to.space.startswith("@"):
            self._ask_for(int(to.space))
        if trail.doubt and self._clock.now() - trail.doubt > NONCE_LIFE:
            raise Doubtful
        pages = render(message)
        with translated():
            if not trail.pages:
                await trail.add(_id(await self._first(to, pages[0], key, trail)), last=len(pages) == 1)
            await self._after(trail, pages, key)
            await self._publish(self._standing(trail.pages[0]))
        return Sent(to, "/".join(trail.pages))

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
        """Answer a message where it stands, ahead of what nobody waits for; one message is answered once."""
        with waited_for():
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
        await self._after(Trail([_id(first)]), pages, key)

    def _post(self, channel: int, message: int) -> discord.PartialMessage:
        return self._client.get_partial_messageable(channel).get_partial_message(message)

    def _standing(self, page: str) -> discord.PartialMessage:
        return self._post(*map(int, page.split(".")))

    def _ask_for(self, server: int) -> None:
        known = self._client.get_guild(server)
        if known and known.unavailable:
            raise Busy(SOON, Reach.SPACE)

    def _known(self, channel: int) -> Place | None:
        return self._client.get_channel(channel) or self._fetched.get(channel)

    async def _found(self, channel: int) -> Place:
        """Return a channel; Discord is asked for one that is not known, once in a while."""
        found = self._known(channel)
        if found is None:
            found = self._fetched[channel] = await self._client.fetch_channel(channel)
        return found

    async def _first(self, to: Address, page: Page, key: str, trail: Trail) -> Posted:
        if to.space.startswith("@"):
            return await self._send(await self.direct(to.channel), page, key, 0)
        channel = int(to.thread or to.channel)
        known = self._known(channel)
        if not isinstance(known, discord.ForumChannel):
            try:
                return await self._send(self._client.get_partial_messageable(channel), page, key, 0)
            except discord.HTTPException as error:
                if known or error.code != _NOT_FOR_MESSAGES:
                    raise
        forum = await self._found(channel)
        if not isinstance(forum, discord.ForumChannel):
            raise Gone
        return await self._open(forum, page, trail)

    async def _open(self, forum: discord.ForumChannel, page: Page, trail: Trail) -> Posted:
        """Open a post; it knows no nonce, but where an earlier try is in doubt it may be there, by name and time."""
        for thread in await forum.guild.active_threads() if trail.doubt else ():
            made = discord.utils.snowflake_time(thread.id)
            if (thread.parent_id, thread.name) == (forum.id, page.text) and trail.doubt and made >= trail.doubt - SKEW:
                return thread.get_partial_message(thread.id)
        tags = [tag for tag in forum.available_tags if not tag.moderated][:1] if forum.flags.require_tag else []
        opened = await forum.create_thread(name=page.text, view=layout(page), suppress_embeds=True, applied_tags=tags)
        return opened.message

    async def _publish(self, first: discord.PartialMessage) -> None:
        """Publish in an announcement channel, where that is wanted; the channel has its message in any case."""
        if not self._crosspost:
            return
        try:
            channel = await self._found(first.channel.id)
            if isinstance(channel, discord.TextChannel) and channel.is_news():
                await first.publish()
        except (discord.HTTPException, discord.RateLimited) as error:
            logger.info("%s was not published: %s", first.jump_url, error)

    async def _after(self, trail: Trail, pages: Sequence[Page], key: str) -> None:
        """Post the pages after those that stand into the thread of the first; where none may be opened, behind it."""
        if len(trail.pages) >= len(pages):
            return
        where = await self._behind(trail, pages[0].text)
        for number, page in enumerate(pages[len(trail.pages) :], len(trail.pages)):
            await trail.add(_id(await self._send(where, page, key, number)), last=page is pages[-1])

    async def _behind(self, trail: Trail, name: str) -> discord.abc.Messageable:
        last = self._standing(trail.pages[-1])
        channel = await self._found(last.channel.id) if len(trail.pages) == 1 else None
        if isinstance(channel, discord.TextChannel):
            return await self._thread(channel.get_partial_message(last.id), name)
        return self._client.get_partial_messageable(last.channel.id)

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

    async def _send(self, where: discord.abc.Messageable, page: Page, key: str, number: int) -> discord.Message:
        return await where.send(view=layout(page), suppress_embeds=True, nonce=_nonce(key, number))


def _id(posted: Posted) -> str:
    return f"{posted.channel.id}.{posted.id}"


def _nonce(key: str, number: int) -> str:
    return hashlib.sha256(f"{key}/{number}".encode()).hexdigest()[:_NONCE]
