"""Posting messages of one or several pages: the first where it belongs, the others into its thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache

from bot.chat.message import Message
from bot.chat.platform import Sent, Trail
from bot.delivery.leader_election import Replicas
from bot.domain.address import Address
from bot.errors import Gone, Reach
from bot.platforms.rate_limit import Gate
from bot.platforms.slack.api import Calls, Rejected
from bot.platforms.slack.events import Thread
from bot.platforms.slack.read_back import mark, read_back
from bot.platforms.slack.render import Page, render

RATE, BURST = 5.0, 3
"""Posts a second in a workspace, and how many of them one channel takes at once before it takes one a second."""

CREDIT = 20.0
"""So many seconds before their time answers are posted: Slack counts hundreds of posts a minute, not each second."""

_REMEMBERED = 10_000

PERSONS = ("U", "W")
"""What the ids of people begin with; a person's own address is theirs."""


@dataclass(slots=True)
class Posting:
    """Posts for one workspace, at the pace that Slack takes. Pages that stand are not posted again."""

    calls: Calls
    replicas: Replicas | None = None
    _gate: Gate = field(init=False)
    _direct: LRUCache[str, str] = field(default_factory=lambda: LRUCache(_REMEMBERED))
    _containers: bool = True

    def __post_init__(self) -> None:
        """Begin with nothing posted."""
        self._gate = Gate(RATE, Reach.SPACE, BURST, self.replicas, credit=CREDIT)

    async def deliver(self, to: Address, message: Message, key: str, trail: Trail | None = None) -> Sent:
        """Post a delivery; the id names its channel and the time stamp of each page.

        Raises Doubtful where an earlier try is in doubt and the channel cannot be read back.
        """
        trail = trail or Trail()
        channel = await self.channel(to.channel)
        if trail.doubt:
            await read_back(self.calls, channel, to.thread, key, trail)
        await self.drawn(message, lambda pages: self._pages(channel, to.thread, pages, trail, key))
        return Sent(to, "/".join([channel, *trail.pages]))

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace each page; pages that are new are added to the thread, and those too many removed."""
        channel, *taken = sent.id.split("/")
        await self.drawn(message, lambda pages: self._replaced(channel, sent.at.thread, pages, taken))

    async def answer(self, thread: Thread, message: Message, *, alone: str = "") -> None:
        """Post an answer, in the place of what is there of it; for one person `alone` where it is theirs."""
        await self.drawn(message, lambda pages: self._answer(thread, pages, alone))

    async def grow(self, thread: Thread, message: Message) -> str:
        """Post the first page of an answer that goes on, or put it in its place; return its time stamp."""
        (page, *_) = render(message, containers=self._containers)
        if thread.begun:
            await self.calls("chat_update", channel=thread.channel, ts=thread.begun, link_names=False, **contents(page))
            return thread.begun
        posted = await self.calls("chat_postMessage", **inert(_into(thread, page)))
        return str(posted["ts"])

    async def drawn(self, message: Message, post: Callable[[Sequence[Page]], Awaitable[object]]) -> None:
        """Post the pages of a message; without containers from the first time that the workspace refuses them."""
        try:
            await post(render(message, containers=self._containers))
        except Rejected:
            if not self._containers:
                raise
            await post(render(message, containers=False))
            # It was them: drawn without, the message was taken.
            self._containers = False

    async def channel(self, name: str) -> str:
        """Return the channel of an address; a person's is the direct conversation with them."""
        if not name.startswith(PERSONS):
            return name
        if name not in self._direct:
            self._direct[name] = (await self.calls("conversations_open", users=name))["channel"]["id"]
        return self._direct[name]

    async def _replaced(self, channel: str, thread: str, pages: Sequence[Page], taken: list[str]) -> None:
        for ts, page in zip(taken, pages, strict=False):
            await self.calls("chat_update", channel=channel, ts=ts, link_names=False, **contents(page))
        for ts in taken[len(pages) :]:
            await self.calls("chat_delete", channel=channel, ts=ts)
        await self._pages(channel, thread, pages, Trail(taken), "")

    async def _answer(self, thread: Thread, pages: Sequence[Page], alone: str) -> None:
        stands = bool(thread.begun) and await self._finished(thread, pages[0], alone)
        for page in pages[stands:]:
            values = _into(thread, page)
            if alone:
                await self.calls.patiently("chat_postEphemeral", user=alone, link_names=False, **values)
            else:
                await self._gate.turn(thread.channel, first=True)
                await self.calls.patiently("chat_postMessage", **inert(values))

    async def _finished(self, thread: Thread, page: Page, alone: str) -> bool:
        """Put the first page in the place of what is there; False where that is gone, or all saw what one may see."""
        place = {"channel": thread.channel, "ts": thread.begun}
        try:
            if alone:
                await self.calls.patiently("chat_delete", **place)
                return False
            await self.calls.patiently("chat_update", **place, link_names=False, **contents(page))
        except Gone:
            return False
        return True

    async def _pages(self, channel: str, thread: str, pages: Sequence[Page], trail: Trail, key: str) -> None:
        for number, page in enumerate(pages[len(trail.pages) :], len(trail.pages)):
            root = thread or (trail.pages[0] if trail.pages else "")
            values: dict[str, Any] = {"channel": channel, **contents(page), **({"thread_ts": root} if root else {})}
            if key:
                values["metadata"] = mark(key, number)
            await self._gate.turn(channel)
            posted = await self.calls("chat_postMessage", **inert(values))
            await trail.add(posted["ts"], last=page is pages[-1])


def _into(thread: Thread, page: Page) -> dict[str, Any]:
    return {"channel": thread.channel, "thread_ts": thread.ts, **contents(page)}


def contents(page: Page) -> dict[str, Any]:
    """Return what is drawn, and the words for notifications; Slack refuses a list of no blocks."""
    return {"text": page.text, **({"blocks": page.blocks} if page.blocks else {})}


def unfurled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post whose links are not followed by Slack."""
    return {**values, "unfurl_links": False, "unfurl_media": False}


def inert(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post for `chat.postMessage` in which Slack finds no links, names or markup of its own accord."""
    return {**unfurled(values), "mrkdwn": False, "link_names": False}
