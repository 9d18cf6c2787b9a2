"""Who did something that concerns others, and what those hear of it."""

from __future__ import annotations

import datetime as dt

from bot.chat.message import Message
from bot.chat.request import Request
from bot.chat.text import one_line, shorten
from bot.domain.address import Member
from bot.domain.delivery import Delivery
from bot.store.outbox import Outbox
from bot.store.threads import Replies

_MAX_NAME = 80


def member(request: Request) -> Member:
    """Return who asks, under the name by which others see them."""
    return Member(request.user, shorten(one_line(request.user_name), _MAX_NAME))


async def tell_owner(
    request: Request, owner: str, news: Message, replies: Replies, outbox: Outbox, now: dt.datetime
) -> None:
    """Tell whoever set something up, in their direct conversation, what somebody else did to it."""
    to = request.direct_address_of(owner) if owner not in {"", request.user} else None
    if to is not None:
        kept = await replies.save(to, owner, news, now)
        await outbox.put([Delivery(f"reply/{kept}/{to}", f"reply {kept}", to)], now)
