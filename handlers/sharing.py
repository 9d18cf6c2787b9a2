"""Showing to everyone in a channel what one person was told alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.dispatch import Router
from bot.errors import UserError
from bot.ports import Arg, ArgKind, Clock, Delivery, Outbox, Replies, Reply, Request
from bot.views.share import shared_view

router = Router()


@router.verb(Arg("reply", "What to share", ArgKind.WORDS, required=True), shown=False, posts=True)
async def share(request: Request, replies: Replies, outbox: Outbox, clock: Clock) -> AsyncIterator[Reply]:
    """Show the channel what you were told alone."""
    if request.outsiders:
        message = "People from elsewhere read along here; what you were told is for your workspace."
        raise UserError(message)
    kept = request.arg("reply")
    if await replies.kept(request.at.tenant, kept) is None:
        message = "I no longer keep that; ask again, then share the new answer."
        raise UserError(message)
    new = await outbox.put([Delivery(f"reply/{kept}/{request.at}", f"reply {kept}", request.at)], clock.now())
    yield Reply(shared_view(new=bool(new)), private=True)
