"""Posting messages of one or several pages: the first where it belongs, the others into its thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache

from bot.message import Message
from bot.platforms.slack.calls import Calls, Rejected
from bot.platforms.slack.render import Page, render
from bot.ports import Address, Sent

MARK = "overheard_delivery"
"""The metadata that tells our deliveries apart when a channel is read back."""

_REMEMBERED = 10_000


@dataclass(slots=True)
class Posting:
    """Posts for one workspace. Pages that were taken are not posted again when the same delivery is tried again."""

    calls: Calls
    _taken: LRUCache[str, list[str]] = field(default_factory=lambda: LRUCache(_REMEMBERED))
    _direct: LRUCache[str, str] = field(default_factory=lambda: LRUCache(_REMEMBERED))

    async def deliver(self, to: Address, message: Message, key: str) -> Sent:
        """Post a delivery; the id names its channel and the time stamp of each page."""
        channel = await self.channel(to.channel)
        taken = self._taken.setdefault(key, [])
        try:
            await self._pages(channel, to.thread, render(message), taken, key)
        except Rejected:
            await self._pages(channel, to.thread, render(message, containers=False), taken, key)
        return Sent(to, "/".join([channel, *taken]))

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace each page; pages that are new are added to the thread, and those too many removed."""
        channel, *taken = sent.id.split("/")
        pages = render(message)
        for ts, page in zip(taken, pages, strict=False):
            await self.calls("chat_update", channel=channel, ts=ts, text=page.text, blocks=page.blocks)
        for ts in taken[len(pages) :]:
            await self.calls("chat_delete", channel=channel, ts=ts)
        await self._pages(channel, sent.at.thread, pages, taken, "")

    async def answer(self, channel: str, thread: str, message: Message, *, alone: str = "") -> None:
        """Post an answer into a thread, for one person `alone` where it is theirs."""
        try:
            await self._answer(channel, thread, render(message), alone)
        except Rejected:
            await self._answer(channel, thread, render(message, containers=False), alone)

    async def channel(self, name: str) -> str:
        """Return the channel of an address; a person's is the direct conversation with them."""
        if not name.startswith(("U", "W")):
            return name
        if name not in self._direct:
            self._direct[name] = (await self.calls("conversations_open", users=name))["channel"]["id"]
        return self._direct[name]

    async def _answer(self, channel: str, thread: str, pages: Sequence[Page], alone: str) -> None:
        for page in pages:
            values: Mapping[str, Any] = {"channel": channel, "thread_ts": thread, **contents(page)}
            if alone:
                await self.calls.patiently("chat_postEphemeral", user=alone, **values)
            else:
                await self.calls.patiently("chat_postMessage", **unfurled(values))

    async def _pages(self, channel: str, thread: str, pages: Sequence[Page], taken: list[str], key: str) -> None:
        for number, page in enumerate(pages[len(taken) :], len(taken)):
            root = thread or (taken[0] if taken else "")
            values: dict[str, Any] = {"channel": channel, **contents(page), **({"thread_ts": root} if root else {})}
            if key:
                values["metadata"] = {"event_type": MARK, "event_payload": {"key": key, "page": number}}
            taken.append((await self.calls("chat_postMessage", **unfurled(values)))["ts"])


def contents(page: Page) -> dict[str, Any]:
    """Return what is drawn, and the words for notifications."""
    return {"text": page.text, "blocks": page.blocks}


def unfurled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post whose links are not followed by Slack."""
    return {**values, "unfurl_links": False, "unfurl_media": False}
