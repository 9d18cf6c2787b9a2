"""The first start on a copy of the database: what the original may have sent since is not sent again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.delivery.jobs import queue_briefs
from bot.due_times import Clock
from bot.store.backup import Copies
from bot.store.follows import Follows
from bot.store.subscriptions import Subscriptions
from bot.views.system import in_doubt, restored_words


async def go_on(
    copies: Copies,
    schedule: Subscriptions,
    alerts: Follows,
    catch_up: Callable[[], Awaitable[object]],
    clock: Clock,
) -> str:
    """Queue all that fell due as ever, then doubt it instead of sending it; return what to say of it, if anything.

    `catch_up` reads what the original may have read meanwhile, so that it alerts nobody. Cut off at any point, it
    may be begun again: nothing is sent before the mark of the copy is gone.
    """
    taken = await copies.taken()
    if taken is None:
        return ""
    await catch_up()
    await queue_briefs(schedule, clock)
    await alerts.alerts(clock.now())
    return restored_words(taken, await copies.settle(clock.now(), in_doubt(taken)))
