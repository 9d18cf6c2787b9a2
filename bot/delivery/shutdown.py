"""An end in good order: nothing new is begun, what is under way is finished for a while, the rest is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

DELIVERY_GRACE_SECONDS, ANSWER_GRACE_SECONDS, CONNECTION_GRACE_SECONDS = 11.0, 7.0, 1.0
"""How many seconds, one after the other, deliveries have to finish, then answers, then connections to close."""


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Cancel tasks, and give them so long to end; cancelled meanwhile, wait no longer."""
    left = {task for task in tasks if not task.done()}
    for task in left:
        task.cancel()
    if left:
        with suppress(asyncio.CancelledError):
            await asyncio.wait(left, timeout=seconds)
