"""Posts messages of one or several pages: the first to its channel, the others into its thread."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Literal, TypeAlias

import discord
from cachetools import LRUCache, TTLCache
from discord.http import Route

from bot.chat.message import Message
from bot.chat.platform import PostedPages, Sent
from bot.domain.address import Address
from bot.due_times import Clock
from bot.errors import Busy, Denied, Gone, PlatformError, RateLimitScope, Unconfirmed, Unverifiable
from bot.platforms.discord.api import prioritized, retry_once, translated_errors
from bot.platforms.discord.events import Event
from bot.platforms.discord.render import Node, Page, render

logger = logging.getLogger(__name__)

Posted: TypeAlias = discord.Message | discord.PartialMessage
AnyChannel: TypeAlias = discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread

NOT_CONNECTED_DELAY = 5.0
"""Seconds that a delivery waits if it comes before the connection is up."""

NONCE_LIFETIME = dt.timedelta(minutes=2)
"""How long Discord is sure to recognise a nonce; it says: the past few minutes."""

MAX_CLOCK_SKEW = dt.timedelta(minutes=1)
"""How far apart Discord's clock and ours may be."""

MAX_READ_BACK = 500
"""Messages that are read at most to find what was posted: five requests."""

_NONCE_LENGTH = 25
_ARCHIVE_AFTER_MINUTES: Literal[1440] = 1440
_CACHE_SIZE, _CACHE_SECONDS = 10_000, 600.0
_NON_TEXT_CHANNEL, _THREAD_EXISTS = 50008, 160004
_THREAD_START = discord.MessageType.thread_starter_message


class Posting:
    """Posts as the bot. Because of its nonce, a page that is sent again within minutes isn't posted twice.

    Later, what stands there is read back: the number of each page's first component says which page of what it is.

    The gateway tells what kind of channel it posts to. If another replica listens to the gateway, Discord is only
    asked about a channel that refuses what most channels accept.
    """

    def __init__(self, client: discord.Client, clock: Clock, *, crosspost: bool = False) -> None:
        self._client = client
        self._clock = clock
        self._crosspost = crosspost
        self._dm_channels: LRUCache[int, discord.DMChannel] = LRUCache(_CACHE_SIZE)
        self._fetched_channels: TTLCache[int, AnyChannel] = TTLCache(_CACHE_SIZE, _CACHE_SECONDS)

    async def deliver(self, to: Address, message: Message, key: str, trail: PostedPages | None = None) -> Sent:
        """Post a delivery; the id names channel and message of each page.

        Raises Busy while its server is unavailable; Unverifiable if an earlier attempt is uncertain, longer ago than
        Discord remembers, and what it posted can't be read back.
        """
        trail = trail or PostedPages()
        if not to.space.startswith("@"):
            self._require_available(int(to.space))
        pages = render(message)
        if self._is_forgotten(trail):
            await self._recover(to, trail, pages, key)
        with self._noting_doubt(trail), translated_errors():
            if not trail.pages:
                await trail.record(
                    _page_id(await self._post_first_page(to, pages[0], key, trail)), last=len(pages) == 1
                )
            await self._post_rest(trail, pages, key)
            await self._publish(self._page_message(trail.pages[0]))
        return Sent(to, "/".join(trail.pages))

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace each page; new pages follow the last one, and surplus ones are removed."""
        posts = [tuple(map(int, page.split("."))) for page in sent.id.split("/")]
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

    async def reply(
        self, channel: int, message: int, answer: Message, key: str, trail: PostedPages | None = None
    ) -> None:
        """Answer a message in its channel, ahead of what nobody waits for; with the same `key`, once.

        Raises Unverifiable as `deliver` does.
        """
        trail, pages = trail or PostedPages(), render(answer)
        question = self._partial_message(channel, message)
        with prioritized(), self._noting_doubt(trail):
            if self._is_forgotten(trail):
                await self._recover_reply(question, trail, _page_marks(key, len(pages)))
            await retry_once(lambda: self._reply(question, pages, key, trail))

    async def take_back(self, channel: int, message: int, key: str, trail: PostedPages) -> None:
        """Delete what is posted of an answer, also by an uncertain attempt; the question may be gone. Raises Busy."""
        if trail.uncertain_since:
            with suppress(Unverifiable):
                marks = _page_marks(key, MAX_READ_BACK)
                await self._recover_reply(self._partial_message(channel, message), trail, marks, is_gone=True)
        await self.remove("/".join(trail.pages))

    async def remove(self, posted: str) -> None:
        """Delete what was posted, and its thread unless others wrote there, as far as that is possible. Raises Busy."""
        pages = posted.split("/") if posted else []
        thread = pages[0].partition(".")[2] if pages else ""
        below = {page.partition(".")[2] for page in pages if page.startswith(f"{thread}.")}
        named = f"Thread {thread}"
        is_ours = bool(below) and await _succeeds(named, partial(self._require_alone, int(thread), below))
        for page in reversed(pages):
            await _succeeds(page, self._page_message(page).delete)
        if is_ours:
            await _succeeds(named, partial(self._close_thread, int(thread)))

    async def _require_alone(self, thread: int, pages: Collection[str]) -> None:
        """Raise Unverifiable unless these pages alone can be seen in a thread."""
        newest = self._client.get_partial_messageable(thread).history(limit=len(pages) + 2)
        standing = {str(message.id) async for message in newest if message.type is not _THREAD_START}
        if not standing or not standing.issubset(pages):
            raise Unverifiable

    async def _close_thread(self, thread: int) -> None:
        """Delete a thread of ours that is empty, or put it away if the bot may not delete any."""
        try:
            await self._client.http.delete_channel(thread)
        except discord.Forbidden:
            await self._client.http.edit_channel(thread, archived=True)

    async def open_dm(self, user: str) -> discord.DMChannel:
        """Open the conversation with a person."""
        person = int(user)
        if person not in self._dm_channels:
            with translated_errors():
                self._dm_channels[person] = await self._client.create_dm(discord.Object(person))
        return self._dm_channels[person]

    async def open_channel(self, at: Address) -> discord.abc.Messageable:
        """Return where an address is; Discord is asked about a channel that isn't known."""
        if at.space.startswith("@"):
            return await self.open_dm(at.channel)
        channel = await self._get_channel(int(at.thread or at.channel))
        if not isinstance(channel, discord.abc.Messageable):
            raise Gone
        return channel

    async def _reply(
        self, question: discord.PartialMessage, pages: Sequence[Page], key: str, trail: PostedPages
    ) -> None:
        if not trail.pages:
            view = _marked_view(pages[0], key, 0)
            first = await question.reply(view=view, suppress_embeds=True, nonce=_nonce(key, 0))
            await trail.record(_page_id(first), last=len(pages) == 1)
        await self._post_rest(trail, pages, key)

    @contextmanager
    def _noting_doubt(self, trail: PostedPages) -> Iterator[None]:
        """Note in the trail since when something may stand there that isn't in it."""
        try:
            yield
        except Unconfirmed:
            trail.uncertain_since = trail.uncertain_since or self._clock.now()
            raise

    def _is_forgotten(self, trail: PostedPages) -> bool:
        """Return whether an attempt is uncertain for longer than Discord is sure to recognise a nonce."""
        since = trail.uncertain_since
        return since is not None and self._clock.now() - since > NONCE_LIFETIME

    async def _recover(self, to: Address, trail: PostedPages, pages: Sequence[Page], key: str) -> None:
        """Add to the trail what an uncertain delivery has posted; raises Unverifiable if that can't be read."""
        marks = _page_marks(key, len(pages))
        with _unverifiable_if_refused():
            if not trail.pages:
                channel = (
                    (await self.open_dm(to.channel)).id if to.space.startswith("@") else int(to.thread or to.channel)
                )
                place = await self._get_channel(channel)
                if isinstance(place, discord.ForumChannel):
                    post = await self._find_forum_post(place, pages[0], trail)
                    trail.pages += [_page_id(post)] if post else []
                else:
                    await self._recover_first_page(channel, trail, marks)
            await self._recover_rest(trail, marks)

    async def _recover_first_page(self, channel: int, trail: PostedPages, marks: Mapping[int, int]) -> None:
        since = (trail.uncertain_since or self._clock.now()) - MAX_CLOCK_SKEW
        found = await self._read_back(channel, discord.utils.time_snowflake(since), marks)
        if not found:
            # Discord shows an empty channel to those who may not read it.
            newest = self._client.get_partial_messageable(channel).history(limit=1)
            is_private = isinstance(self._cached_channel(channel), discord.DMChannel)
            if not (is_private or [message async for message in newest]):
                raise Unverifiable
        if 0 in found:
            trail.pages.append(found[0])

    async def _recover_reply(
        self, question: discord.PartialMessage, trail: PostedPages, marks: Mapping[int, int], *, is_gone: bool = False
    ) -> None:
        with _unverifiable_if_refused():
            if not trail.pages:
                found = await self._read_back(question.channel.id, question.id, marks, includes_start=not is_gone)
                trail.pages += [found[0]] if 0 in found else []
            await self._recover_rest(trail, marks)

    async def _recover_rest(self, trail: PostedPages, marks: Mapping[int, int]) -> None:
        """Add the pages that follow those in the trail: below the last one, or in the thread of the first."""
        if not trail.pages or len(trail.pages) == len(marks):
            return
        last = self._page_message(trail.pages[-1])
        found = await self._read_back(last.channel.id, last.id, marks, includes_start=True)
        if len(trail.pages) == 1:
            with suppress(discord.NotFound):  # no thread was opened
                found = {**found, **await self._read_back(last.id, last.id, marks)}
        while (number := len(trail.pages)) in found:
            trail.pages.append(found[number])

    async def _read_back(
        self, channel: int, start: int, marks: Mapping[int, int], *, includes_start: bool = False
    ) -> dict[int, str]:
        """Return the pages with these marks that stand in a channel from a message on, by number.

        Raises Unverifiable if more was written than is read, or if the message isn't among what is read although it has
        to be: then the bot may not read there.
        """
        found: dict[int, str] = {}
        count, has_start = 0, False
        place = self._client.get_partial_messageable(channel)
        async for message in place.history(limit=MAX_READ_BACK, after=discord.Object(start - 1)):
            count, has_start = count + 1, has_start or message.id == start
            number = marks.get(_mark_of(message))
            if number is not None and message.author == self._client.user:
                found[number] = _page_id(message)
        if count == MAX_READ_BACK or (includes_start and not has_start):
            raise Unverifiable
        return found

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
        """Return a channel; Discord is asked about an unknown one, and the answer is kept for a while."""
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
        if found := await self._find_forum_post(forum, page, trail):
            return found
        tags = [tag for tag in forum.available_tags if not tag.moderated][:1] if forum.flags.require_tag else []
        opened = await forum.create_thread(name=page.text, view=to_view(page), suppress_embeds=True, applied_tags=tags)
        return opened.message

    async def _find_forum_post(self, forum: discord.ForumChannel, page: Page, trail: PostedPages) -> Posted | None:
        """Return the post that an uncertain attempt has opened, by its name and time: it takes no nonce."""
        if trail.uncertain_since is None:
            return None
        earliest = trail.uncertain_since - MAX_CLOCK_SKEW
        for thread in await forum.guild.active_threads():
            is_ours = (thread.parent_id, thread.name) == (forum.id, page.text)
            if is_ours and discord.utils.snowflake_time(thread.id) >= earliest:
                return thread.get_partial_message(thread.id)
        return None

    async def _publish(self, first: discord.PartialMessage) -> None:
        """Publish in an announcement channel, if that is wanted; the channel has its message in any case."""
        if not self._crosspost:
            return
        try:
            channel = await self._get_channel(first.channel.id)
            if isinstance(channel, discord.TextChannel) and channel.is_news():
                await first.publish()
        except (discord.HTTPException, discord.RateLimited) as error:
            logger.info("%s was not published: %s", first.jump_url, error)

    async def _post_rest(self, trail: PostedPages, pages: Sequence[Page], key: str) -> None:
        """Post the remaining pages into the thread of the first, or after it if no thread may be opened."""
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
        view = _marked_view(page, key, number)
        return await where.send(view=view, suppress_embeds=True, nonce=_nonce(key, number))


async def _succeeds(what: str, call: Callable[[], Awaitable[object]]) -> bool:
    """Call Discord; return False, with the reason in the log, if it refuses that. Raises Busy."""
    try:
        await retry_once(call)
    except Busy:
        raise
    except PlatformError as error:
        logger.info("%s stays: %s", what, error)
        return False
    return True


def _page_id(posted: Posted) -> str:
    return f"{posted.channel.id}.{posted.id}"


def _nonce(key: str, number: int) -> str:
    return hashlib.sha256(f"{key}/{number}".encode()).hexdigest()[:_NONCE_LENGTH]


def _page_mark(key: str, number: int) -> int:
    """Return the number that marks a page; it is above those that Discord gives to components by itself."""
    return int.from_bytes(hashlib.sha256(f"{key}/{number}".encode()).digest()[:4]) % _LEAST_MARK + _LEAST_MARK


_LEAST_MARK = 1 << 30
"""A component's number has 32 bits, of which one is its sign."""


def _mark_of(message: discord.Message) -> int:
    return getattr(message.components[0], "id", None) or 0 if message.components else 0


def _page_marks(key: str, count: int) -> dict[int, int]:
    return {_page_mark(key, number): number for number in range(count)}


@contextmanager
def _unverifiable_if_refused() -> Iterator[None]:
    try:
        with translated_errors():
            yield
    except (Gone, Denied) as refusal:
        raise Unverifiable from refusal


class _PageView(discord.ui.LayoutView):
    """Rendered components; discord.py keeps no state for them, since the id of a button says what it does."""

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
    """A rendered modal, for which discord.py keeps no state either."""

    def __init__(self, payload: Node) -> None:
        super().__init__(title=payload["title"], custom_id=payload["custom_id"])
        self._payload: list[Node] = payload["components"]

    def to_components(self) -> list[Node]:
        return self._payload

    def is_finished(self) -> bool:
        return True


def to_view(page: Page) -> discord.ui.LayoutView:
    """Return a page to be sent as `view=`; it handles no presses itself."""
    return _PageView(page.components)


def _marked_view(page: Page, key: str, number: int) -> discord.ui.LayoutView:
    first, *others = page.components
    return _PageView([{**first, "id": _page_mark(key, number)}, *others])


def to_modal(payload: Node) -> discord.ui.Modal:
    """Return a form to be opened with `send_modal`; it handles no submission itself."""
    return _FormModal(payload)


SaveEvent: TypeAlias = Callable[[Event], Awaitable[None]]
"""Saves an event again, with what was posted for it."""

_WEBHOOK_PATH = "/webhooks/{webhook_id}/{webhook_token}"
_MESSAGE_PATH = f"{_WEBHOOK_PATH}/messages/{{post}}"
_ORIGINAL = "@original"
_FLAGS = discord.MessageFlags(components_v2=True, suppress_embeds=True).value
_EPHEMERAL = discord.MessageFlags(ephemeral=True).value


class InteractionWebhook:
    """Writes the pages of one answer, for the quarter of an hour that a token lives, also after a restart.

    The first page has a fixed name, and the id of each that follows is saved as soon as Discord has it, so a resumed
    answer puts every page in its place. One gap remains, since Discord takes no key here: a page that it accepted, but
    whose id got lost with the connection or the bot, is posted again.
    """

    def __init__(self, event: Event, client: discord.Client, save: SaveEvent) -> None:
        self._event = event
        self._http = client.http
        self._save = save

    async def write_page(self, index: int, page: Page) -> None:
        """Put a page in its place; the first is 0."""
        known: tuple[str | int, ...] = (_ORIGINAL, *self._event.posts)
        if index < len(known):
            await self._http.request(self._route("PATCH", _MESSAGE_PATH, known[index]), json=_message_payload(page))
        else:
            alone = _EPHEMERAL if self._event.own else 0
            posted = await self._http.request(self._route("POST", _WEBHOOK_PATH), json=_message_payload(page, alone))
            self._event = replace(self._event, posts=(*self._event.posts, int(posted["id"])))
            await self._save(self._event)

    async def trim(self, count: int) -> None:
        """Delete the pages posted before beyond the first `count`, which is at least one."""
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
