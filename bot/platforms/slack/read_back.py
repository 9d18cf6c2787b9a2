"""What of a delivery stands in a channel, read back: Slack itself knows no post that is sent again."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any

from bot.chat.platform import Trail
from bot.errors import Busy, Denied, Doubtful, Gone
from bot.platforms.slack.api import Calls

MARK = "overheard_delivery"
"""The metadata that tells our deliveries apart."""

SKEW = dt.timedelta(minutes=1)
"""How far Slack's clock and ours may be apart."""

_AT_ONCE = 100


def mark(key: str, page: int) -> Mapping[str, Any]:
    """Return the metadata of a page of a delivery."""
    return {"event_type": MARK, "event_payload": {"key": key, "page": page}}


async def read_back(calls: Calls, channel: str, thread: str, key: str, trail: Trail) -> None:
    """Add to a trail in doubt what stands of a delivery; raises Doubtful where the channel cannot be read."""
    try:
        await _follow(calls, channel, thread, key, trail)
    except (Gone, Denied) as refusal:
        raise Doubtful from refusal


async def _follow(calls: Calls, channel: str, thread: str, key: str, trail: Trail) -> None:
    root = thread or (trail.pages[0] if trail.pages else "")
    if not root:
        found = await _standing(calls, "conversations_history", {"channel": channel}, key, trail)
        if 0 not in found:
            return
        root = found[0]
        trail.pages.append(root)
    found = await _standing(calls, "conversations_replies", {"channel": channel, "ts": root}, key, trail)
    while (following := len(trail.pages)) in found:
        trail.pages.append(found[following])


async def _standing(calls: Calls, method: str, where: Mapping[str, str], key: str, trail: Trail) -> dict[int, str]:
    """Return the pages of a delivery that stand, by number; the first of each counts."""
    found: dict[int, str] = {}
    async for message in _messages(calls, method, where, trail.doubt):
        said = message.get("metadata") or {}
        ours = said.get("event_payload") or {}
        if said.get("event_type") == MARK and ours.get("key") == key:
            found[int(ours["page"])] = message["ts"]
    return found


async def _messages(
    calls: Calls, method: str, where: Mapping[str, str], since: dt.datetime | None
) -> AsyncIterator[Mapping[str, Any]]:
    oldest = {"oldest": f"{(since - SKEW).timestamp():.6f}"} if since else {}
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        try:
            page = await calls(method, include_all_metadata=True, limit=_AT_ONCE, **where, **oldest, **more)
        except Busy:
            if cursor:
                # Slack lets some apps read one page a minute; a channel of many pages would never be read to its end.
                raise Doubtful from None
            raise
        for message in page["messages"]:
            yield message
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return
