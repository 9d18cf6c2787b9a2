"""From the states of an answer to where it is drawn; what chat platforms share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Protocol

from bot.errors import PlatformError
from bot.message import Action, Button, Choices, Form, Group, Message, Prose
from bot.ports import Reply
from bot.text import md

logger = logging.getLogger(__name__)


class Surface(Protocol):
    """One place where one answer is drawn; it raises the platform's errors in our words."""

    quiet: float
    """After how many seconds progress is shown: most answers are there before."""

    async def working(self, message: Message) -> None:
        """Show that it is being worked on."""

    async def show(self, reply: Reply) -> None:
        """Show the answer, in the place of what was shown before."""


async def relay(states: AsyncIterator[Reply], surface: Surface) -> None:
    """Draw the states of an answer: progress only for who waits, and never after the answer."""
    answered = asyncio.Event()
    progress: asyncio.Task[None] | None = None
    try:
        async for reply in states:
            if not reply.final and isinstance(reply.content, Message):
                progress = progress or asyncio.create_task(_after_a_while(surface, reply.content, answered))
                continue
            answered.set()
            if progress:
                await progress
            await surface.show(reply)
    finally:
        answered.set()
        if progress:
            await progress


def offer(asked: Form) -> Message:
    """Return a button that opens a form, for where none can be opened at once."""
    words = Prose(md("**{title}**: a few things to fill in.", title=asked.title))
    return Message((Group((words, Choices((Button("Open the form", Action(asked.verb, asked.arg)),)))),), asked.title)


async def _after_a_while(surface: Surface, message: Message, answered: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(answered.wait(), surface.quiet)
    except TimeoutError:
        try:
            await surface.working(message)
        except PlatformError as error:
            logger.info("Progress could not be shown: %s", error)
