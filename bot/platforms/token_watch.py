"""Notices that a platform no longer accepts the bot's token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.errors import Busy, PlatformError, TokenRefused

logger = logging.getLogger(__name__)

CHECK_SECONDS = 30.0
"""Seconds between two checks of a token that nothing is said against: a refusal is to be seen within a minute."""


class TokenWatch:
    """Checks a token now and then, and at once when a call is refused; `check` raises TokenRefused if it is bad.

    One refused call alone proves nothing.
    """

    def __init__(self, check: Callable[[], Awaitable[object]]) -> None:
        self._check = check
        self._suspected = asyncio.Event()

    def suspect(self) -> None:
        """Note that a call was refused because of the token."""
        self._suspected.set()

    async def guard(self, work: Awaitable[None]) -> None:
        """Do some work for as long as the token is good; raises what the work does, or TokenRefused once it isn't."""
        working, checking = asyncio.ensure_future(work), asyncio.create_task(self._check_again_and_again())
        try:
            await asyncio.wait({working, checking}, return_when=asyncio.FIRST_COMPLETED)
            await (checking if checking.done() else working)
        finally:
            for task in (working, checking):
                task.cancel()
            await asyncio.gather(working, checking, return_exceptions=True)

    async def _check_again_and_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._suspected.wait(), CHECK_SECONDS)
            self._suspected.clear()
            try:
                await self._check()
            except TokenRefused:
                raise
            except PlatformError as error:
                logger.info("The token could not be checked: %s", error)
                if isinstance(error, Busy):
                    await asyncio.sleep(error.retry_after)
