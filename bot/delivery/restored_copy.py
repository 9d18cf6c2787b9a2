"""The first start on a copy of the database: what the original may have sent since is not sent again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.delivery.jobs import queue_briefs
from bot.due_times import Clock
from bot.store.backup import CopyMark
from bot.store.follows import Follows
from bot.store.subscriptions import Subscriptions
from bot.views.system import restored_notice, unconfirmed_reason


async def settle_restored_copy(
    copies: CopyMark,
    subscriptions: Subscriptions,
    follows: Follows,
    catch_up: Callable[[], Awaitable[object]],
    clock: Clock,
) -> str:
    """Queue all that fell due as ever, then doubt it instead of sending it; return what to say of it, if anything.

    `catch_up` reads what the original may have read meanwhile, so that it alerts nobody. Cut off at any point, it
    may be begun again: nothing is sent before the mark of the copy is gone.
    """
    taken = await copies.taken_at()
    if taken is None:
        return ""
    await catch_up()
    await queue_briefs(subscriptions, clock)
    await follows.queue_alerts(clock.now())
    return restored_notice(taken, await copies.mark_due_unknown(clock.now(), unconfirmed_reason(taken)))
