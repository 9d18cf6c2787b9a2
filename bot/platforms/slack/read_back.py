"""What of a delivery stands in a channel, read back: Slack itself knows no post that is sent again."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any

from bot.chat.platform import PostedPages
from bot.errors import Busy, Denied, Gone, Unverifiable
from bot.platforms.slack.api import WebAPI

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
