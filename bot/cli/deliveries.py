"""`deliveries`: what became of what was to be sent, in every space."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.cli.session import as_plain, print_json, session
from bot.domain.delivery import State
from bot.errors import UserError
from bot.platforms.console.screen import Screen
from bot.views.system import deliveries_view

TROUBLED = (State.FAILED, State.UNKNOWN)


async def deliveries(state: str | None, resend: Sequence[int], *, as_json: bool) -> int:
    """List deliveries in a state, a hundred at most, the newest first; those to be resent wait to be sent from now on.

    Raises UserError for a number that is not one of a delivery that failed or is unknown.
    """
    async with session() as app:
        for number in resend:
            if not await app.store.outbox.resend(number, app.clock.now()):
                message = f"{number} is no delivery that failed or is unknown; `overheard deliveries` lists those."
                raise UserError(message)
        states = [State(state)] if state else [State.PENDING] if resend else TROUBLED
        found = await app.store.outbox.deliveries(None, states)
        listed = [one for one in found if one.id in resend] if resend else found
    if as_json:
        print_json([as_plain(one) for one in listed])
    else:
        Screen(sys.stdout).show(deliveries_view(listed, states))
    return 0
