"""From the states of an answer to where it is drawn; what chat platforms share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Protocol

from bot.chat.message import Action, Button, Choices, Form, Group, Message, Prose
from bot.chat.request import Reply
from bot.chat.text import md
from bot.errors import PlatformError

logger = logging.getLogger(__name__)


class Surface(Protocol):
    """One place where one answer is drawn; it raises the platform's errors in our words."""

    progress_delay: float
    """After how many seconds progress is shown: most answers are there before."""

    progress_interval: float
    """How many seconds lie between two states that are shown; 0 where only one can be."""

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show that it is being worked on, or what there is of the answer, in the place of what was shown before."""

    async def show(self, reply: Reply) -> None:
        """Show the answer, in the place of what was shown before."""


async def relay(states: AsyncIterator[Reply], surface: Surface) -> None:
    """Draw the states of an answer: progress only for who waits, and never after the answer."""
    waiting = _ProgressDisplay(surface)
    try:
        async for reply in states:
            if not reply.final and isinstance(reply.content, Message):
                waiting.update(reply.content, is_partial=reply.is_partial)
                continue
            await waiting.stop()
            await surface.show(reply)
    finally:
        await waiting.stop()


def form_prompt(form: Form) -> Message:
    """Return a button that opens a form, for where none can be opened at once."""
    words = Prose(md("**{title}**: a few things to fill in.", title=form.title))
    return Message((Group((words, Choices((Button("Open the form", Action(form.verb, form.arg)),)))),), form.title)


class _ProgressDisplay:
    """Shows the newest state to whoever waits: the first after a while, others no faster than the surface takes."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._latest: tuple[Message, bool] | None = None
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def update(self, message: Message, *, is_partial: bool) -> None:
        """Take a state; one that another replaces before its time is never shown."""
        self._latest = (message, is_partial)
        self._task = self._task or asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Show nothing more."""
        self._stopped.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        shown, pause = None, self._surface.progress_delay
        while not await self._is_stopped_within(pause):
            if self._latest and self._latest != shown:
                shown = self._latest
                await self._show_state(shown)
            pause = self._surface.progress_interval
            if not pause:
                return

    async def _show_state(self, state: tuple[Message, bool]) -> None:
        message, growing = state
        try:
            await self._surface.show_progress(message, is_partial=growing)
        except PlatformError as error:
            logger.info("Progress could not be shown: %s", error)

    async def _is_stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return False
        return True
