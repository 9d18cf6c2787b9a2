"""Posts to a workspace, recovers what an uncertain delivery has posted, and caches people and channels."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from cachetools import LRUCache, TTLCache

from bot.chat.message import Message
from bot.chat.platform import PostedPages, Sent
from bot.delivery.leader_election import Replicas
from bot.domain.address import Address
from bot.due_times import LOOP_TIMER, Clock, Timer
from bot.errors import Busy, Denied, Gone, PlatformError, RateLimitScope, Unverifiable
from bot.platforms.rate_limit import RateLimiter
from bot.platforms.slack.api import InvalidMessage, WebAPI
from bot.platforms.slack.events import Thread
from bot.platforms.slack.render import Page, render

logger = logging.getLogger(__name__)

METADATA_TYPE = "overheard_delivery"
"""The metadata that marks our deliveries."""

MAX_CLOCK_SKEW = dt.timedelta(minutes=1)
"""How far apart Slack's clock and ours may be."""

_PAGE_SIZE = 100


def delivery_metadata(key: str, page: int) -> Mapping[str, Any]:
    """Return the metadata of a page of a delivery."""
    return {"event_type": METADATA_TYPE, "event_payload": {"key": key, "page": page}}


async def recover_pages(api: WebAPI, channel: str, thread: str, key: str, trail: PostedPages) -> None:
    """Add the pages that an uncertain delivery has posted to its trail; raises Unverifiable if they can't be read."""
    try:
        await _recover(api, channel, thread, key, trail)
    except (Gone, Denied) as refusal:
        raise Unverifiable from refusal


async def _recover(api: WebAPI, channel: str, thread: str, key: str, trail: PostedPages) -> None:
    root = thread or (trail.pages[0] if trail.pages else "")
    if not root:
        posted = await _posted_pages(api, "conversations_history", {"channel": channel}, key, trail)
        if 0 not in posted:
            return
        root = posted[0]
        trail.pages.append(root)
    posted = await _posted_pages(api, "conversations_replies", {"channel": channel, "ts": root}, key, trail)
    while (number := len(trail.pages)) in posted:
        trail.pages.append(posted[number])


async def _posted_pages(
    api: WebAPI, method: str, where: Mapping[str, str], key: str, trail: PostedPages
) -> dict[int, str]:
    """Return the timestamps of a delivery's posted pages, by number."""
    posted: dict[int, str] = {}
    async for message in _messages(api, method, where, trail.uncertain_since):
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == METADATA_TYPE and payload.get("key") == key:
            posted[int(payload["page"])] = message["ts"]
    return posted


async def _messages(
    api: WebAPI, method: str, where: Mapping[str, str], since: dt.datetime | None
) -> AsyncIterator[Mapping[str, Any]]:
    oldest = {"oldest": f"{(since - MAX_CLOCK_SKEW).timestamp():.6f}"} if since else {}
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        try:
            page = await api(method, include_all_metadata=True, limit=_PAGE_SIZE, **where, **oldest, **more)
        except Busy:
            if cursor:
                # Slack lets some apps read one page a minute; a channel of many pages would never be read to its end.
                raise Unverifiable from None
            raise
        for message in page["messages"]:
            yield message
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return


RATE, BURST = 5.0, 3
"""Posts a second in a workspace, and how many of them one channel takes at once before it takes one a second."""

CREDIT = 20.0
"""Seconds that answers may be posted ahead of the rate: Slack counts hundreds of posts a minute, not each second."""

_DM_CACHE_SIZE = 10_000

USER_ID_PREFIXES = ("U", "W")
"""What the ids of people begin with; the address of a direct conversation is such an id."""


@dataclass(slots=True)
class Posting:
    """Posts to one workspace, within Slack's rate limits. Pages already posted are not posted again."""

    api: WebAPI
    replicas: Replicas | None = None
    timer: Timer = LOOP_TIMER
    _rate_limiter: RateLimiter = field(init=False)
    _dm_channels: LRUCache[str, str] = field(default_factory=lambda: LRUCache(_DM_CACHE_SIZE))

    def __post_init__(self) -> None:
        """Build the rate limiter for these replicas."""
        self._rate_limiter = RateLimiter(
            RATE, RateLimitScope.SPACE, BURST, self.replicas, credit=CREDIT, timer=self.timer
        )

    async def deliver(self, to: Address, message: Message, key: str, trail: PostedPages | None = None) -> Sent:
        """Post a delivery; the id names its channel and the timestamp of each page.

        Raises Unverifiable if an earlier attempt is uncertain and the channel cannot be read back.
        """
        trail = trail or PostedPages()
        channel = await self.resolve_channel(to.channel)
        if trail.uncertain_since:
            await recover_pages(self.api, channel, to.thread, key, trail)
        await self._post_pages(channel, to.thread, render(message), trail, key)
        return Sent(to, "/".join([channel, *trail.pages]))

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace each page; new pages are added to the thread, and surplus ones removed."""
        channel, *existing = sent.id.split("/")
        await self._replace_pages(channel, sent.at.thread, render(message), existing)

    async def remove(self, posted: str) -> None:
        """Delete what was posted, as far as that is possible. Raises Busy."""
        channel, *pages = posted.split("/")
        for ts in reversed(pages):
            try:
                await self._delete(channel, ts)
            except Busy:
                raise
            except PlatformError as error:
                logger.info("%s in %s was not deleted: %s", ts, channel, error)

    async def take_back(self, thread: Thread, key: str, trail: PostedPages) -> None:
        """Delete what is posted of an answer, also by an uncertain attempt. Raises Busy."""
        if trail.uncertain_since:
            with suppress(Unverifiable):
                await recover_pages(self.api, thread.channel, thread.ts, key, trail)
        await self.remove("/".join([thread.channel, *trail.pages]))

    async def reply(
        self, thread: Thread, message: Message, trail: PostedPages | None = None, *, key: str = "", only_for: str = ""
    ) -> None:
        """Post the pages of an answer that aren't posted yet, the first in place of its partial state if there is one.

        With `only_for` it is for one person alone, and no earlier attempt can be found. Raises as `deliver` does.
        """
        trail, pages = trail or PostedPages(), render(message)
        if only_for:
            await self._post_privately(thread, pages, trail, only_for)
            return
        if thread.reply_ts and not trail.pages:
            await self._take_over_first_page(thread, pages, trail)
        if trail.uncertain_since:
            known = len(trail.pages)
            await recover_pages(self.api, thread.channel, thread.ts, key, trail)
            if not known and len(trail.pages) == 1:
                # It may be as far as the answer had come then.
                await self._take_over_first_page(replace(thread, reply_ts=trail.pages.pop()), pages, trail)
            # Only now: if the beginning couldn't be edited, the next try has to find it again.
            trail.uncertain_since = None
        await self._post_pages(thread.channel, thread.ts, pages, trail, key, priority=True)

    async def post_partial(self, thread: Thread, message: Message, key: str = "") -> str:
        """Post or update the first page of a partial answer; return its timestamp."""
        (page, *_) = render(message)
        if thread.reply_ts:
            await in_words_if_refused(page, partial(self._update, thread.channel, thread.reply_ts))
            return thread.reply_ts
        post = _thread_post(thread, page) | ({"metadata": delivery_metadata(key, 0)} if key else {})
        posted = await self.api("chat_postMessage", **without_formatting(post))
        return str(posted["ts"])

    async def resolve_channel(self, address: str) -> str:
        """Return the channel of an address; a person's is the direct conversation with them."""
        if not address.startswith(USER_ID_PREFIXES):
            return address
        if address not in self._dm_channels:
            self._dm_channels[address] = (await self.api("conversations_open", users=address))["channel"]["id"]
        return self._dm_channels[address]

    async def _replace_pages(self, channel: str, thread: str, pages: Sequence[Page], existing: list[str]) -> None:
        for ts, page in zip(existing, pages, strict=False):
            await in_words_if_refused(page, partial(self._update, channel, ts))
        for ts in existing[len(pages) :]:
            await self.api("chat_delete", channel=channel, ts=ts)
        await self._post_pages(channel, thread, pages, PostedPages(existing), "")

    async def _post_privately(self, thread: Thread, pages: Sequence[Page], trail: PostedPages, person: str) -> None:
        if thread.reply_ts and not trail.pages:
            await self._delete(thread.channel, thread.reply_ts)
        for page in pages[len(trail.pages) :]:
            await in_words_if_refused(page, partial(self._post_to_person, thread, person))
            await trail.record("", last=page is pages[-1])

    async def _post_to_person(self, thread: Thread, person: str, page: Page) -> None:
        values = _thread_post(thread, page)
        await self.api.call_with_retry("chat_postEphemeral", user=person, link_names=False, **values)

    async def _take_over_first_page(self, thread: Thread, pages: Sequence[Page], trail: PostedPages) -> None:
        if await self._replace_first_page(thread, pages[0]):
            await trail.record(thread.reply_ts, last=len(pages) == 1)

    async def _delete(self, channel: str, ts: str) -> None:
        with suppress(Gone):
            await self.api.call_with_retry("chat_delete", channel=channel, ts=ts)

    async def _replace_first_page(self, thread: Thread, page: Page) -> bool:
        """Replace the partial answer with the first page.

        Return False, with nothing left in its place, if it is gone, or if Slack refuses the page's layout; its words
        alone may be longer than what a message can be replaced with.
        """
        values = {"channel": thread.channel, "ts": thread.reply_ts, "link_names": False, **page_content(page)}
        with suppress(Gone):
            with suppress(InvalidMessage):
                await self.api.call_with_retry("chat_update", **values)
                return True
            await self._delete(thread.channel, thread.reply_ts)
        return False

    async def _post_pages(
        self,
        channel: str,
        thread: str,
        pages: Sequence[Page],
        trail: PostedPages,
        key: str,
        *,
        priority: bool = False,
    ) -> None:
        for number, page in enumerate(pages[len(trail.pages) :], len(trail.pages)):
            root = thread or (trail.pages[0] if trail.pages else "")
            where = {"channel": channel, **({"thread_ts": root} if root else {})}
            marked = {"metadata": delivery_metadata(key, number)} if key else {}
            posted = await in_words_if_refused(page, partial(self._post_page, where | marked, priority=priority))
            await trail.record(posted["ts"], last=number == len(pages) - 1)

    async def _update(self, channel: str, ts: str, page: Page) -> Mapping[str, Any]:
        return await self.api("chat_update", channel=channel, ts=ts, link_names=False, **page_content(page))

    async def _post_page(self, values: Mapping[str, Any], page: Page, *, priority: bool) -> Mapping[str, Any]:
        await self._rate_limiter.acquire(str(values["channel"]), priority=priority)
        return await self.api("chat_postMessage", **without_formatting({**values, **page_content(page)}))


Posted = TypeVar("Posted")


async def in_words_if_refused(page: Page, post: Callable[[Page], Awaitable[Posted]]) -> Posted:
    """Post a page; if Slack refuses how it is laid out, post only its words."""
    try:
        return await post(page)
    except InvalidMessage as refusal:
        logger.warning("%s It is sent without its layout", refusal)
        return await post(page.in_words)


def _thread_post(thread: Thread, page: Page) -> dict[str, Any]:
    return {"channel": thread.channel, "thread_ts": thread.ts, **page_content(page)}


def page_content(page: Page) -> dict[str, Any]:
    """Return a page's blocks and its notification text; Slack refuses an empty list of blocks."""
    return {"text": page.text, **({"blocks": page.blocks} if page.blocks else {})}


def without_unfurling(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post whose links Slack does not unfurl."""
    return {**values, "unfurl_links": False, "unfurl_media": False}


def without_formatting(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post for `chat.postMessage` in which Slack looks for no links, names or markup."""
    return {**without_unfurling(values), "mrkdwn": False, "link_names": False}


CACHE_SECONDS = 600.0
"""Seconds that people and channels are cached."""

_PROFILE_CACHE_SIZE = 20_000

Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Person:
    """A person: their IANA zone, whether they are a full member of the workspace, and how others see them."""

    zone: str = ""
    is_member: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A channel: whether the bot may post there, and whether people outside the workspace can read along."""

    may_post: bool = True
    has_outsiders: bool = False


class Directory:
    """The people and channels of one workspace."""

    def __init__(self, team: str, api: WebAPI, clock: Clock) -> None:
        self._team = team
        self._api = api
        limits = (_PROFILE_CACHE_SIZE, CACHE_SECONDS, lambda: clock.now().timestamp())
        self._people: TTLCache[str, Person] = TTLCache(*limits)
        self._channels: TTLCache[str, ChannelInfo] = TTLCache(*limits)

    async def person(self, user: str, *, fresh: bool = False) -> Person:
        """Return a person; one that Slack won't describe has no rights."""
        return await _cached(self._people, user, self._fetch_person, Person(), fresh=fresh)

    async def channel(self, channel: str, *, fresh: bool = False) -> ChannelInfo:
        """Return a channel; one that Slack won't describe may have anyone in it."""
        return await _cached(self._channels, channel, self._fetch_channel, ChannelInfo(has_outsiders=True), fresh=fresh)

    async def _fetch_person(self, user: str) -> Person:
        profile = (await self._api.call_with_retry("users_info", user=user))["user"]
        flags = ("is_restricted", "is_ultra_restricted", "is_stranger", "deleted", "is_bot")
        is_local = profile.get("team_id", self._team) == self._team
        names = (profile.get("profile", {}).get("display_name"), profile.get("real_name"), profile.get("name"))
        is_member = is_local and not any(profile.get(flag) for flag in flags)
        return Person(profile.get("tz") or "", is_member, next(filter(None, names), ""))

    async def _fetch_channel(self, channel: str) -> ChannelInfo:
        try:
            info = (await self._api.call_with_retry("conversations_info", channel=channel))["channel"]
        except Gone:
            # A private channel that nobody invited the bot to.
            return ChannelInfo(may_post=False)
        return ChannelInfo(
            may_post=not info.get("is_archived") and bool(info.get("is_member") or not info.get("is_private")),
            has_outsiders=bool(info.get("is_ext_shared") or info.get("is_pending_ext_shared")),
        )


async def _cached(
    cache: TTLCache[str, Known], key: str, fetch: Callable[[str], Awaitable[Known]], default: Known, *, fresh: bool
) -> Known:
    if not fresh and (known := cache.get(key)) is not None:
        return known
    try:
        cache[key] = fetched = await fetch(key)
    except PlatformError as error:
        logger.warning("Slack gives no information on %s: %s", key, error)
        return default
    return fetched
