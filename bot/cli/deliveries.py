"""`deliveries`: what became of what was to be sent, in every space."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.cli.session import app_session, print_json, to_builtins
from bot.domain.delivery import DeliveryState
from bot.errors import UserError
from bot.platforms.console.screen import Screen
from bot.views.system import deliveries_view

UNDELIVERED = (DeliveryState.FAILED, DeliveryState.UNKNOWN)


async def deliveries(state: str | None, resend: Sequence[int], *, as_json: bool) -> int:
    """List deliveries in a state, a hundred at most, the newest first; those to be resent wait to be sent from now on.

    Raises UserError for a number that is not one of a delivery that failed or is unknown.
    """
    async with app_session() as app:
        for number in resend:
            if not await app.store.outbox.resend(number, app.clock.now()):
                message = f"{number} is no delivery that failed or is unknown; `overheard deliveries` lists those."
                raise UserError(message)
        states = [DeliveryState(state)] if state else [DeliveryState.PENDING] if resend else UNDELIVERED
        found = await app.store.outbox.deliveries(None, states)
        listed = [one for one in found if one.id in resend] if resend else found
    if as_json:
        print_json([to_builtins(one) for one in listed])
    else:
        Screen(sys.stdout).show(deliveries_view(listed, states))
    return 0
