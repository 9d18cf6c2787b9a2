"""Where an answer is drawn: beside a command or button, or under a message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import discord

from bot.chat.message import Choices, Form, Group, Message, Note, Prose
from bot.chat.request import Reply
from bot.chat.text import channel as mentioned
from bot.chat.text import flat, md
from bot.domain.address import Address
from bot.errors import Denied, Gone, PlatformError
from bot.platforms.discord.components import layout, modal
from bot.platforms.discord.errors import Expired, translated, twice
from bot.platforms.discord.events import Event
from bot.platforms.discord.interaction_replies import Answer
from bot.platforms.discord.modals import form
from bot.platforms.discord.posting import Posting
from bot.platforms.discord.render import Page, render, split
from bot.platforms.reply_stream import offer

logger = logging.getLogger(__name__)

FIRST_WORD = 0.5
"""After so many seconds an interaction is told that its answer is on its way; Discord gives up after three."""

QUIET = 1.5
"""Progress is shown to who has waited for so many seconds."""

PAUSE = 1.2
"""So many seconds lie between two states of an answer: Discord takes five edits of a message in five."""

TYPES = 8.0
"""After so many seconds the bot is said to be typing once more; Discord shows it for ten."""

GUEST_PAGES = 5
"""So many messages an answer has where the app is there for one person only: Discord takes one and five that follow,
of which one is left for a page whose confirmation gets lost."""

_ANSWERED = 40060


class Beside:
    """Beside a command, a button or a form: for the person alone, and in a direct conversation as any message.

    `interaction` is None where the bot was started anew since: then only its token is left. `acknowledged` is called
    when Discord has the first response.
    """

    quiet, pause = QUIET, PAUSE

    def __init__(
        self,
        event: Event,
        answer: Answer,
        posting: Posting,
        interaction: discord.Interaction | None,
        acknowledged: Callable[[], None],
    ) -> None:
        self._event = event
        self._answer = answer
        self._posting = posting
        self._interaction = interaction
        self._acknowledged = acknowledged
        self._begun = interaction is None
        self._lock = asyncio.Lock()
        self._alone = event.own is not None

    async def promise(self) -> None:
        """Say after a moment that the answer is on its way, if it is not there by then."""
        await asyncio.sleep(FIRST_WORD)
        async with self._lock:
            if not self._begun and self._interaction:
                with translated():
                    await self._interaction.response.defer(thinking=True, ephemeral=self._alone)
                self._begins()

    async def working(self, message: Message, *, growing: bool) -> None:
        """Show progress where the answer will be."""
        del growing
        async with self._lock:
            if self._begun:
                with translated():
                    await self._answer.write(0, render(message)[0])

    async def show(self, reply: Reply) -> None:
        """Show the answer, or open the form it is; what comes too late goes to the person directly."""
        async with self._lock:
            if isinstance(reply.content, Form) and await self._opens(reply.content):
                return
            message = self._mendable(reply)
            try:
                await self._draw(message)
            except (Expired, Gone):
                at = self._event.own or self._event.at
                await self._posting.deliver(at, message, f"late/{self._event.key}")

    async def _opens(self, asked: Form) -> bool:
        """Open a form; False where it is too late for one."""
        if self._begun or not self._interaction:
            return False
        try:
            with translated():
                await self._interaction.response.send_modal(modal(form(asked)))
        except PlatformError as error:
            logger.info("The form could not be opened: %s", error)
            return False
        self._begins()
        return True

    async def _draw(self, message: Message) -> None:
        pages = render(message)
        here = GUEST_PAGES - 1 if self._event.visiting and len(pages) > GUEST_PAGES else len(pages)
        await twice(lambda: self._begin(pages[0]))
        for number, page in enumerate(pages[1:here], 1):
            await self._write(number, page)
        if here < len(pages):
            await self._write(here, render(await self._elsewhere(message, here))[0])
        with translated():
            await self._answer.ends(here + (here < len(pages)))

    async def _write(self, number: int, page: Page) -> None:
        await twice(partial(self._answer.write, number, page))

    async def _begin(self, page: Page) -> None:
        if self._interaction and not self._begun:
            try:
                await self._interaction.response.send_message(
                    view=layout(page), ephemeral=self._alone, suppress_embeds=True
                )
            except discord.HTTPException as error:
                # It was answered, and Discord's confirmation got lost.
                if error.code != _ANSWERED:
                    raise
            else:
                self._begins()
                return
        await self._answer.write(0, page)
        self._begun = True

    def _begins(self) -> None:
        """Note that Discord has its first response, for which it waited."""
        self._begun = True
        self._acknowledged()

    async def _elsewhere(self, message: Message, after: int) -> Message:
        """Send the person directly what does not fit here; return words that say where it is."""
        left = split(message)[after:]
        groups = (group for part in left for group in part.groups)
        rest = Message((_continued(message.summary), *groups), message.summary)
        try:
            await self._posting.deliver(self._event.own or self._event.at, rest, f"rest/{self._event.key}")
        except PlatformError as error:
            logger.info("%s takes no direct messages: %s", self._event.user, error)
            return _unfinished()
        return _elsewhere()

    def _mendable(self, reply: Reply) -> Message:
        """Let who filled in a form wrongly open it again: Discord cannot point at a field."""
        message = reply.content
        if not isinstance(message, Message) or not (reply.wrong and self._event.form):
            return message if isinstance(message, Message) else offer(message)
        again = offer(Form("The form again", (), self._event.verb)).buttons
        return replace(message, groups=(*message.groups, Group((Choices(again),))))


@dataclass(slots=True)
class Under:
    """Under a message, where all can read it; what is for one person alone goes to them directly."""

    event: Event
    posting: Posting
    client: discord.Client
    quiet: float = QUIET
    pause: float = TYPES

    async def working(self, message: Message, *, growing: bool) -> None:
        """Show that the bot is typing."""
        del message, growing
        with translated():
            await self.client.get_partial_messageable(self.event.channel).typing()

    async def show(self, reply: Reply) -> None:
        """Post the answer as a reply."""
        message = offer(reply.content) if isinstance(reply.content, Form) else reply.content
        if reply.private and self.event.own:
            await self._alone(self.event.own, message)
            return
        try:
            await self.posting.reply(self.event.channel, self.event.message, message)
        except (Denied, Gone):
            # Silence would be the worst answer: they asked where it may not write, or where the channel is gone by now.
            if self.event.own is None:
                raise
            said = replace(message, groups=(_barred(self.event.channel), *message.groups))
            await self.posting.deliver(self.event.own, said, f"barred/{self.event.key}")

    async def _alone(self, own: Address, message: Message) -> None:
        try:
            await self.posting.deliver(own, message, f"alone/{self.event.key}")
        except PlatformError as error:
            logger.info("%s takes no direct messages: %s", self.event.user, error)
            await self.posting.reply(self.event.channel, self.event.message, _unreachable())


def _barred(channel: int) -> Group:
    where = mentioned(str(channel))
    return Group((Note(md("I may not write in {where}, so here it is for you alone.", where=where)),))


def _continued(summary: str) -> Group:
    return Group((Note(md("What did not fit where you asked: {summary}", summary=summary)),))


def _elsewhere() -> Message:
    return _told("**There is more**, and no room for it here: I sent you the rest as a direct message.")


def _unfinished() -> Message:
    said = (
        "**There is more**, and no room for it here. You take no direct messages from me: open a conversation with me"
    )
    return _told(f"{said} and ask again there, where all of it fits.")


def _unreachable() -> Message:
    said = "That is for your eyes only, and you take no direct messages from here: ask me by a `/` command."
    return _told(said)


def _told(said: str) -> Message:
    words = md(said)
    return Message((Group((Prose(words),)),), flat(words))
