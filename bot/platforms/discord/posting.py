"""Posting messages of one or several pages: the first where it belongs, the others into its thread."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal, TypeAlias

import discord
from cachetools import LRUCache, TTLCache
from discord.http import Route

from bot.chat.message import Message
from bot.chat.platform import PostedPages, Sent
from bot.domain.address import Address
from bot.due_times import Clock
from bot.errors import Busy, Gone, RateLimitScope, Unverifiable
from bot.platforms.discord.api import prioritized, retry_once, translated_errors
from bot.platforms.discord.events import Event
from bot.platforms.discord.render import Node, Page, render

logger = logging.getLogger(__name__)

Posted: TypeAlias = discord.Message | discord.PartialMessage
AnyChannel: TypeAlias = discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread

NOT_CONNECTED_DELAY = 5.0
"""How many seconds a delivery waits that comes before the connection stands."""

NONCE_LIFETIME = dt.timedelta(minutes=2)
"""So long Discord surely knows a nonce again; it says: the past few minutes."""

MAX_CLOCK_SKEW = dt.timedelta(minutes=1)
"""How far Discord's clock and ours may be apart."""

_NONCE_LENGTH = 25
_ARCHIVE_AFTER_MINUTES: Literal[1440] = 1440
_CACHE_SIZE, _CACHE_SECONDS = 10_000, 600.0
_NON_TEXT_CHANNEL, _THREAD_EXISTS = 50008, 160004


class Posting:
    """Posts as the bot. A page that is sent again within minutes is the one that was sent, by its nonce.

    What kind of channel it posts to it knows from the gateway; where another replica listens to that, it finds out,
    and asks Discord only of a channel that does not take what most channels take.
    """

    def __init__(self, client: discord.Client, clock: Clock, *, crosspost: bool = False) -> None:
        self._client = client
        self._clock = clock
        self._crosspost = crosspost
        self._dm_channels: LRUCache[int, discord.DMChannel] = LRUCache(_CACHE_SIZE)
        self._fetched_channels: TTLCache[int, AnyChannel] = TTLCache(_CACHE_SIZE, _CACHE_SECONDS)

    async def deliver(self, to: Address, message: Message, key: str, trail: PostedPages | None = None) -> Sent:
        """Post a delivery; the id names channel and message of each page.

        Raises Busy while its server is away; Doubtful where an earlier try is in doubt, and longer ago than Discord
        remembers.
        """
        trail = trail or PostedPages()
        if not to.space.startswith("@"):
            self._require_available(int(to.space))
        if trail.uncertain_since and self._clock.now() - trail.uncertain_since > NONCE_LIFETIME:
            raise Unverifiable
        pages = render(message)
        with translated_errors():
            if not trail.pages:
                await trail.record(
                    _page_id(await self._post_first_page(to, pages[0], key, trail)), last=len(pages) == 1
                )
            await self._post_rest(trail, pages, key)
            await self._publish(self._page_message(trail.pages[0]))
        return Sent(to, "/".join(trail.pages))

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace each page; pages that are new follow the last one, and those too many are removed."""
        posts = [tuple(map(int, one.split("."))) for one in sent.id.split("/")]
        pages = render(message)
        with translated_errors():
            for (channel, post), page in zip(posts, pages, strict=False):
                await self._partial_message(channel, post).edit(
                    view=to_view(page), allowed_mentions=discord.AllowedMentions.none()
                )
            for channel, post in posts[len(pages) :]:
                await self._partial_message(channel, post).delete()
            for page in pages[len(posts) :]:
                await self._client.get_partial_messageable(posts[-1][0]).send(view=to_view(page), suppress_embeds=True)

    async def reply(self, channel: int, message: int, answer: Message) -> None:
        """Answer a message where it stands, ahead of what nobody waits for; one message is answered once."""
        with prioritized():
            await retry_once(lambda: self._reply(self._partial_message(channel, message), render(answer), f"{message}"))

    async def open_dm(self, user: str) -> discord.DMChannel:
        """Open the conversation with a person."""
        person = int(user)
        if person not in self._dm_channels:
            with translated_errors():
                self._dm_channels[person] = await self._client.create_dm(discord.Object(person))
        return self._dm_channels[person]

    async def _reply(self, question: discord.PartialMessage, pages: Sequence[Page], key: str) -> None:
        first = await question.reply(view=to_view(pages[0]), suppress_embeds=True, nonce=_nonce(key, 0))
        await self._post_rest(PostedPages([_page_id(first)]), pages, key)

    def _partial_message(self, channel: int, message: int) -> discord.PartialMessage:
        return self._client.get_partial_messageable(channel).get_partial_message(message)

    def _page_message(self, page: str) -> discord.PartialMessage:
        return self._partial_message(*map(int, page.split(".")))

    def _require_available(self, server: int) -> None:
        known = self._client.get_guild(server)
        if known and known.unavailable:
            raise Busy(NOT_CONNECTED_DELAY, RateLimitScope.SPACE)

    def _cached_channel(self, channel: int) -> AnyChannel | None:
        return self._client.get_channel(channel) or self._fetched_channels.get(channel)

    async def _get_channel(self, channel: int) -> AnyChannel:
        """Return a channel; Discord is asked for one that is not known, once in a while."""
        found = self._cached_channel(channel)
        if found is None:
            found = self._fetched_channels[channel] = await self._client.fetch_channel(channel)
        return found

    async def _post_first_page(self, to: Address, page: Page, key: str, trail: PostedPages) -> Posted:
        if to.space.startswith("@"):
            return await self._send(await self.open_dm(to.channel), page, key, 0)
        channel = int(to.thread or to.channel)
        known = self._cached_channel(channel)
        if not isinstance(known, discord.ForumChannel):
            try:
                return await self._send(self._client.get_partial_messageable(channel), page, key, 0)
            except discord.HTTPException as error:
                if known or error.code != _NON_TEXT_CHANNEL:
                    raise
        forum = await self._get_channel(channel)
        if not isinstance(forum, discord.ForumChannel):
            raise Gone
        return await self._open_forum_post(forum, page, trail)

    async def _open_forum_post(self, forum: discord.ForumChannel, page: Page, trail: PostedPages) -> Posted:
        """Open a post; it knows no nonce, but where an earlier try is in doubt it may be there, by name and time."""
        for thread in await forum.guild.active_threads() if trail.uncertain_since else ():
            made = discord.utils.snowflake_time(thread.id)
            if (
                (thread.parent_id, thread.name) == (forum.id, page.text)
                and trail.uncertain_since
                and made >= trail.uncertain_since - MAX_CLOCK_SKEW
            ):
                return thread.get_partial_message(thread.id)
        tags = [tag for tag in forum.available_tags if not tag.moderated][:1] if forum.flags.require_tag else []
        opened = await forum.create_thread(name=page.text, view=to_view(page), suppress_embeds=True, applied_tags=tags)
        return opened.message

    async def _publish(self, first: discord.PartialMessage) -> None:
        """Publish in an announcement channel, where that is wanted; the channel has its message in any case."""
        if not self._crosspost:
            return
        try:
            channel = await self._get_channel(first.channel.id)
            if isinstance(channel, discord.TextChannel) and channel.is_news():
                await first.publish()
        except (discord.HTTPException, discord.RateLimited) as error:
            logger.info("%s was not published: %s", first.jump_url, error)

    async def _post_rest(self, trail: PostedPages, pages: Sequence[Page], key: str) -> None:
        """Post the pages after those that stand into the thread of the first; where none may be opened, behind it."""
        if len(trail.pages) >= len(pages):
            return
        where = await self._destination_of_rest(trail, pages[0].text)
        for number, page in enumerate(pages[len(trail.pages) :], len(trail.pages)):
            await trail.record(_page_id(await self._send(where, page, key, number)), last=page is pages[-1])

    async def _destination_of_rest(self, trail: PostedPages, name: str) -> discord.abc.Messageable:
        last = self._page_message(trail.pages[-1])
        channel = await self._get_channel(last.channel.id) if len(trail.pages) == 1 else None
        if isinstance(channel, discord.TextChannel):
            return await self._open_thread(channel.get_partial_message(last.id), name)
        return self._client.get_partial_messageable(last.channel.id)

    async def _open_thread(self, first: discord.PartialMessage, name: str) -> discord.abc.Messageable:
        try:
            return await first.create_thread(name=name, auto_archive_duration=_ARCHIVE_AFTER_MINUTES)
        except discord.Forbidden:
            return first.channel
        except discord.HTTPException as error:
            if error.code != _THREAD_EXISTS:
                raise
            # A thread has the id of the message it belongs to.
            return self._client.get_partial_messageable(first.id)

    async def _send(self, where: discord.abc.Messageable, page: Page, key: str, number: int) -> discord.Message:
        return await where.send(view=to_view(page), suppress_embeds=True, nonce=_nonce(key, number))


def _page_id(posted: Posted) -> str:
    return f"{posted.channel.id}.{posted.id}"


def _nonce(key: str, number: int) -> str:
    return hashlib.sha256(f"{key}/{number}".encode()).hexdigest()[:_NONCE_LENGTH]


class _PageView(discord.ui.LayoutView):
    """Components as they were drawn; discord.py keeps nothing of it, since presses are told by what they carry."""

    def __init__(self, components: list[Node]) -> None:
        super().__init__(timeout=None)
        self._payload = components

    def to_components(self) -> list[Node]:
        return self._payload

    def has_components_v2(self) -> bool:
        return True

    def is_finished(self) -> bool:
        return True


class _FormModal(discord.ui.Modal):
    """A modal as it was drawn, of which discord.py keeps nothing either."""

    def __init__(self, payload: Node) -> None:
        super().__init__(title=payload["title"], custom_id=payload["custom_id"])
        self._payload: list[Node] = payload["components"]

    def to_components(self) -> list[Node]:
        return self._payload

    def is_finished(self) -> bool:
        return True


def to_view(page: Page) -> discord.ui.LayoutView:
    """Return a page to be sent as `view=`; it takes no presses itself."""
    return _PageView(page.components)


def to_modal(payload: Node) -> discord.ui.Modal:
    """Return a form to be opened with `send_modal`; it takes no submission itself."""
    return _FormModal(payload)


SaveEvent: TypeAlias = Callable[[Event], Awaitable[None]]
"""Writes an event down anew, with what was posted for it."""

_WEBHOOK_PATH = "/webhooks/{webhook_id}/{webhook_token}"
_MESSAGE_PATH = f"{_WEBHOOK_PATH}/messages/{{post}}"
_ORIGINAL = "@original"
_FLAGS = discord.MessageFlags(components_v2=True, suppress_embeds=True).value
_EPHEMERAL = discord.MessageFlags(ephemeral=True).value


class InteractionWebhook:
    """Writes the pages of one answer; for the quarter of an hour that a token lives, also after a restart.

    The first page has a name of its own, and each that follows is noted by its id as soon as Discord has it, so
    whoever goes on with the answer writes every page into its place. One case stays open, since Discord takes no key
    here: a page that it took, and whose id got lost with the connection or with the bot, is posted again.
    """

    def __init__(self, event: Event, client: discord.Client, save: SaveEvent) -> None:
        self._event = event
        self._http = client.http
        self._save = save

    async def write_page(self, index: int, page: Page) -> None:
        """Put a page in its place, the first of which is 0."""
        known: tuple[str | int, ...] = (_ORIGINAL, *self._event.posts)
        if index < len(known):
            await self._http.request(self._route("PATCH", _MESSAGE_PATH, known[index]), json=_message_payload(page))
        else:
            alone = _EPHEMERAL if self._event.own else 0
            posted = await self._http.request(self._route("POST", _WEBHOOK_PATH), json=_message_payload(page, alone))
            self._event = replace(self._event, posts=(*self._event.posts, int(posted["id"])))
            await self._save(self._event)

    async def trim(self, count: int) -> None:
        """Take away what was posted before beyond so many pages, of which there is at least one."""
        kept = self._event.posts[: count - 1]
        for post in self._event.posts[len(kept) :]:
            with suppress(discord.NotFound):
                await self._http.request(self._route("DELETE", _MESSAGE_PATH, post))
        self._event = replace(self._event, posts=kept)

    def _route(self, method: str, path: str, post: str | int = "") -> Route:
        event = self._event
        return Route(method, path, webhook_id=event.application, webhook_token=event.token, post=post)


def _message_payload(page: Page, flags: int = 0) -> Node:
    return {"components": page.components, "flags": _FLAGS | flags, "allowed_mentions": {"parse": []}}
