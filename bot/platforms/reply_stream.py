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

    quiet: float
    """After how many seconds progress is shown: most answers are there before."""

    pause: float
    """How many seconds lie between two states that are shown; 0 where only one can be."""

    async def working(self, message: Message, *, growing: bool) -> None:
        """Show that it is being worked on, or what there is of the answer, in the place of what was shown before."""

    async def show(self, reply: Reply) -> None:
        """Show the answer, in the place of what was shown before."""


async def relay(states: AsyncIterator[Reply], surface: Surface) -> None:
    """Draw the states of an answer: progress only for who waits, and never after the answer."""
    waiting = _Waiting(surface)
    try:
        async for reply in states:
            if not reply.final and isinstance(reply.content, Message):
                waiting.sees(reply.content, growing=reply.growing)
                continue
            await waiting.over()
            await surface.show(reply)
    finally:
        await waiting.over()


def offer(asked: Form) -> Message:
    """Return a button that opens a form, for where none can be opened at once."""
    words = Prose(md("**{title}**: a few things to fill in.", title=asked.title))
    return Message((Group((words, Choices((Button("Open the form", Action(asked.verb, asked.arg)),)))),), asked.title)


class _Waiting:
    """Shows the newest state to whoever waits: the first after a while, others no faster than the surface takes."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._newest: tuple[Message, bool] | None = None
        self._answered = asyncio.Event()
        self._showing: asyncio.Task[None] | None = None

    def sees(self, message: Message, *, growing: bool) -> None:
        """Take a state; one that another replaces before its time is never shown."""
        self._newest = (message, growing)
        self._showing = self._showing or asyncio.create_task(self._shows())

    async def over(self) -> None:
        """Show nothing more."""
        self._answered.set()
        if self._showing:
            await self._showing

    async def _shows(self) -> None:
        shown, pause = None, self._surface.quiet
        while not await self._answered_within(pause):
            if self._newest and self._newest != shown:
                shown = self._newest
                await self._show(shown)
            pause = self._surface.pause
            if not pause:
                return

    async def _show(self, state: tuple[Message, bool]) -> None:
        message, growing = state
        try:
            await self._surface.working(message, growing=growing)
        except PlatformError as error:
            logger.info("Progress could not be shown: %s", error)

    async def _answered_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._answered.wait(), seconds)
        except TimeoutError:
            return False
        return True
