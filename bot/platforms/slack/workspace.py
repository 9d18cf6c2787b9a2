"""What of a delivery stands in a channel, read back: Slack itself knows no post that is sent again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
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

METADATA_TYPE = "overheard_delivery"
"""The metadata that tells our deliveries apart."""

MAX_CLOCK_SKEW = dt.timedelta(minutes=1)
"""How far Slack's clock and ours may be apart."""

_PAGE_SIZE = 100


def delivery_metadata(key: str, page: int) -> Mapping[str, Any]:
    """Return the metadata of a page of a delivery."""
    return {"event_type": METADATA_TYPE, "event_payload": {"key": key, "page": page}}


async def recover_pages(api: WebAPI, channel: str, thread: str, key: str, trail: PostedPages) -> None:
    """Add to a trail in doubt what stands of a delivery; raises Doubtful where the channel cannot be read."""
    try:
        await _recover(api, channel, thread, key, trail)
    except (Gone, Denied) as refusal:
        raise Unverifiable from refusal


async def _recover(api: WebAPI, channel: str, thread: str, key: str, trail: PostedPages) -> None:
    root = thread or (trail.pages[0] if trail.pages else "")
    if not root:
        found = await _posted_pages(api, "conversations_history", {"channel": channel}, key, trail)
        if 0 not in found:
            return
        root = found[0]
        trail.pages.append(root)
    found = await _posted_pages(api, "conversations_replies", {"channel": channel, "ts": root}, key, trail)
    while (following := len(trail.pages)) in found:
        trail.pages.append(found[following])


async def _posted_pages(
    api: WebAPI, method: str, where: Mapping[str, str], key: str, trail: PostedPages
) -> dict[int, str]:
    """Return the pages of a delivery that stand, by number; the first of each counts."""
    found: dict[int, str] = {}
    async for message in _messages(api, method, where, trail.uncertain_since):
        said = message.get("metadata") or {}
        ours = said.get("event_payload") or {}
        if said.get("event_type") == METADATA_TYPE and ours.get("key") == key:
            found[int(ours["page"])] = message["ts"]
    return found


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
"""So many seconds before their time answers are posted: Slack counts hundreds of posts a minute, not each second."""

_DM_CACHE_SIZE = 10_000

USER_ID_PREFIXES = ("U", "W")
"""What the ids of people begin with; a person's own address is theirs."""


@dataclass(slots=True)
class Posting:
    """Posts for one workspace, at the pace that Slack takes. Pages that stand are not posted again."""

    api: WebAPI
    replicas: Replicas | None = None
    timer: Timer = LOOP_TIMER
    _rate_limiter: RateLimiter = field(init=False)
    _dm_channels: LRUCache[str, str] = field(default_factory=lambda: LRUCache(_DM_CACHE_SIZE))
    _use_containers: bool = True

    def __post_init__(self) -> None:
        """Begin with nothing posted."""
        self._rate_limiter = RateLimiter(
            RATE, RateLimitScope.SPACE, BURST, self.replicas, credit=CREDIT, timer=self.timer
        )

    async def deliver(self, to: Address, message: Message, key: str, trail: PostedPages | None = None) -> Sent:
        """Post a delivery; the id names its channel and the time stamp of each page.

        Raises Doubtful where an earlier try is in doubt and the channel cannot be read back.
        """
        trail = trail or PostedPages()
        channel = await self.resolve_channel(to.channel)
        if trail.uncertain_since:
            await recover_pages(self.api, channel, to.thread, key, trail)
        await self.post_rendered(message, lambda pages: self._post_pages(channel, to.thread, pages, trail, key))
        return Sent(to, "/".join([channel, *trail.pages]))

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace each page; pages that are new are added to the thread, and those too many removed."""
        channel, *taken = sent.id.split("/")
        await self.post_rendered(message, lambda pages: self._replace_pages(channel, sent.at.thread, pages, taken))

    async def reply(self, thread: Thread, message: Message, *, only_for: str = "") -> None:
        """Post an answer, in the place of what is there of it; for one person alone with `only_for`."""
        await self.post_rendered(message, lambda pages: self._post_reply(thread, pages, only_for))

    async def post_partial(self, thread: Thread, message: Message) -> str:
        """Post the first page of an answer that goes on, or put it in its place; return its time stamp."""
        (page, *_) = render(message, containers=self._use_containers)
        if thread.reply_ts:
            await self.api(
                "chat_update", channel=thread.channel, ts=thread.reply_ts, link_names=False, **page_content(page)
            )
            return thread.reply_ts
        posted = await self.api("chat_postMessage", **without_formatting(_thread_post(thread, page)))
        return str(posted["ts"])

    async def post_rendered(self, message: Message, post: Callable[[Sequence[Page]], Awaitable[object]]) -> None:
        """Post the pages of a message; without containers from the first time that the workspace refuses them."""
        try:
            await post(render(message, containers=self._use_containers))
        except InvalidMessage:
            if not self._use_containers:
                raise
            await post(render(message, containers=False))
            # It was them: drawn without, the message was taken.
            self._use_containers = False

    async def resolve_channel(self, address: str) -> str:
        """Return the channel of an address; a person's is the direct conversation with them."""
        if not address.startswith(USER_ID_PREFIXES):
            return address
        if address not in self._dm_channels:
            self._dm_channels[address] = (await self.api("conversations_open", users=address))["channel"]["id"]
        return self._dm_channels[address]

    async def _replace_pages(self, channel: str, thread: str, pages: Sequence[Page], existing: list[str]) -> None:
        for ts, page in zip(existing, pages, strict=False):
            await self.api("chat_update", channel=channel, ts=ts, link_names=False, **page_content(page))
        for ts in existing[len(pages) :]:
            await self.api("chat_delete", channel=channel, ts=ts)
        await self._post_pages(channel, thread, pages, PostedPages(existing), "")

    async def _post_reply(self, thread: Thread, pages: Sequence[Page], only_for: str) -> None:
        stands = bool(thread.reply_ts) and await self._replace_first_page(thread, pages[0], only_for)
        for page in pages[stands:]:
            values = _thread_post(thread, page)
            if only_for:
                await self.api.call_with_retry("chat_postEphemeral", user=only_for, link_names=False, **values)
            else:
                await self._rate_limiter.acquire(thread.channel, priority=True)
                await self.api.call_with_retry("chat_postMessage", **without_formatting(values))

    async def _replace_first_page(self, thread: Thread, page: Page, only_for: str) -> bool:
        """Put the first page in the place of what is there; False where that is gone, or all saw what one may see."""
        place = {"channel": thread.channel, "ts": thread.reply_ts}
        try:
            if only_for:
                await self.api.call_with_retry("chat_delete", **place)
                return False
            await self.api.call_with_retry("chat_update", **place, link_names=False, **page_content(page))
        except Gone:
            return False
        return True

    async def _post_pages(self, channel: str, thread: str, pages: Sequence[Page], trail: PostedPages, key: str) -> None:
        for number, page in enumerate(pages[len(trail.pages) :], len(trail.pages)):
            root = thread or (trail.pages[0] if trail.pages else "")
            values: dict[str, Any] = {"channel": channel, **page_content(page), **({"thread_ts": root} if root else {})}
            if key:
                values["metadata"] = delivery_metadata(key, number)
            await self._rate_limiter.acquire(channel)
            posted = await self.api("chat_postMessage", **without_formatting(values))
            await trail.record(posted["ts"], last=page is pages[-1])


def _thread_post(thread: Thread, page: Page) -> dict[str, Any]:
    return {"channel": thread.channel, "thread_ts": thread.ts, **page_content(page)}


def page_content(page: Page) -> dict[str, Any]:
    """Return what is drawn, and the words for notifications; Slack refuses a list of no blocks."""
    return {"text": page.text, **({"blocks": page.blocks} if page.blocks else {})}


def without_unfurling(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post whose links are not followed by Slack."""
    return {**values, "unfurl_links": False, "unfurl_media": False}


def without_formatting(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post for `chat.postMessage` in which Slack finds no links, names or markup of its own accord."""
    return {**without_unfurling(values), "mrkdwn": False, "link_names": False}


logger = logging.getLogger(__name__)

CACHE_SECONDS = 600.0
"""For so many seconds."""

_PROFILE_CACHE_SIZE = 20_000

Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Person:
    """A person: their IANA zone, and whether they are a full member of the workspace."""

    zone: str = ""
    is_member: bool = False


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A channel: whether the bot may post there, and whether people from elsewhere can read along."""

    may_post: bool = True
    has_outsiders: bool = False


class Directory:
    """Persons and channels of one workspace."""

    def __init__(self, team: str, api: WebAPI, clock: Clock) -> None:
        self._team = team
        self._api = api

        def seconds() -> float:
            return clock.now().timestamp()

        self._people: TTLCache[str, Person] = TTLCache(_PROFILE_CACHE_SIZE, CACHE_SECONDS, seconds)
        self._channels: TTLCache[str, ChannelInfo] = TTLCache(_PROFILE_CACHE_SIZE, CACHE_SECONDS, seconds)

    async def person(self, user: str, *, fresh: bool = False) -> Person:
        """Return a person; one whom Slack will not tell us of has no rights."""
        return await _cached(self._people, user, self._fetch_person, Person(), fresh=fresh)

    async def channel(self, channel: str, *, fresh: bool = False) -> ChannelInfo:
        """Return a channel; one that Slack will not tell us of may have anyone in it."""
        return await _cached(self._channels, channel, self._fetch_channel, ChannelInfo(has_outsiders=True), fresh=fresh)

    async def _fetch_person(self, user: str) -> Person:
        found = (await self._api.call_with_retry("users_info", user=user))["user"]
        guest = found.get("is_restricted") or found.get("is_ultra_restricted") or found.get("is_stranger")
        here = found.get("team_id", self._team) == self._team
        return Person(found.get("tz") or "", here and not (guest or found.get("deleted") or found.get("is_bot")))

    async def _fetch_channel(self, channel: str) -> ChannelInfo:
        try:
            found = (await self._api.call_with_retry("conversations_info", channel=channel))["channel"]
        except Gone:
            # A private channel that nobody invited the bot to.
            return ChannelInfo(may_post=False)
        return ChannelInfo(
            may_post=not found.get("is_archived") and bool(found.get("is_member") or not found.get("is_private")),
            has_outsiders=bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared")),
        )


async def _cached(
    cache: TTLCache[str, Known], key: str, fetch: Callable[[str], Awaitable[Known]], default: Known, *, fresh: bool
) -> Known:
    known = None if fresh else cache.get(key)
    if known is not None:
        return known
    try:
        cache[key] = found = await fetch(key)
    except PlatformError as error:
        logger.warning("Slack does not tell about %s: %s", key, error)
        return default
    return found
