"""Where an answer is shown: beside a command or button, or under a message."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import discord

from bot.chat.message import Choices, Form, Group, Message, Note
from bot.chat.platform import PostedPages
from bot.chat.request import Reply
from bot.chat.text import channel_mention, md
from bot.domain.address import Address
from bot.domain.delivery import DeliveryGuarantee
from bot.errors import Busy, Denied, Gone, PlatformError, Unverifiable
from bot.platforms.discord.api import Expired, retry_once, translated_errors
from bot.platforms.discord.events import Event
from bot.platforms.discord.posting import InteractionWebhook, Posting, to_modal, to_view
from bot.platforms.discord.render import Page, build_modal, render, split_pages
from bot.platforms.inbox_worker import form_prompt
from bot.views.wording import line_view

logger = logging.getLogger(__name__)

DEFER_AFTER = 0.5
"""Seconds after it came that an interaction is told its answer is on its way; Discord gives up after three."""

PROGRESS_DELAY = 1.5
"""Seconds until progress is shown."""

PROGRESS_INTERVAL = 1.2
"""Seconds between two states of an answer: Discord takes five edits of a message in five."""

TYPING_INTERVAL = 8.0
"""Seconds until the bot is shown to be typing again; Discord shows it for ten."""

MAX_USER_INSTALL_PAGES = 5
"""Messages of an answer if the app is installed for one person only: Discord takes one and five that follow, of which
one is left for a page whose confirmation gets lost."""

_ALREADY_ACKNOWLEDGED = 40060

_COMPARED = 100
"""With how many events the age of one is compared: a clock that is set right is soon forgotten."""


class Lateness:
    """By how many seconds events are heard later than others, for instance after a break of the connection."""

    def __init__(self) -> None:
        self._ages: deque[float] = deque(maxlen=_COMPARED)

    def of(self, age: float) -> float:
        """Return it for one whose age in seconds is by Discord's clock and ours, which may differ."""
        self._ages.append(age)
        return age - min(self._ages)


class InteractionSurface:
    """Beside a command, a button or a form: for the person alone, or as a normal message in a direct conversation.

    `interaction` is None after a restart of the bot: then only its token is left. `on_acknowledged` is called when
    Discord has the first response. `resumed_since` is the earliest moment at which an earlier run may have answered.
    """

    progress_delay, progress_interval = PROGRESS_DELAY, PROGRESS_INTERVAL

    def __init__(
        self,
        event: Event,
        webhook: InteractionWebhook,
        posting: Posting,
        interaction: discord.Interaction | None,
        on_acknowledged: Callable[[], None],
        resumed_since: dt.datetime | None = None,
    ) -> None:
        self._event = event
        self._webhook = webhook
        self._posting = posting
        self._interaction = interaction
        self._on_acknowledged = on_acknowledged
        self._responded = interaction is None
        self._lock = asyncio.Lock()
        self._ephemeral = event.own is not None
        self._late_trail = PostedPages(uncertain_since=resumed_since)
        self._rest_trail = PostedPages(uncertain_since=resumed_since)

    async def defer(self, received: float) -> None:
        """Say that the answer is on its way, a moment after the interaction came, unless it is there by then.

        `received` is when it came, in the loop's seconds: saving it may have taken as long.
        """
        await asyncio.sleep(received + DEFER_AFTER - asyncio.get_running_loop().time())
        async with self._lock:
            if not self._responded and self._interaction:
                with translated_errors():
                    await self._interaction.response.defer(thinking=not self._event.settles, ephemeral=self._ephemeral)
                self._mark_responded()

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show progress where the answer will be."""
        del is_partial
        async with self._lock:
            if self._responded:
                with translated_errors():
                    await self._webhook.write_page(0, render(message)[0])

    async def show(self, reply: Reply) -> None:
        """Show the answer, or open the form it is; an answer that comes too late goes to the person directly."""
        async with self._lock:
            if isinstance(reply.content, Form) and await self._open_form(reply.content):
                return
            message = self._with_retry_button(reply)
            try:
                await self._write_pages(message, failed=reply.failed)
            except (Expired, Gone):
                at = self._event.own or self._event.at
                await self._posting.deliver(at, message, f"late/{self._event.key}", self._late_trail)

    async def _open_form(self, form: Form) -> bool:
        """Open a form; return False if it is too late for that."""
        if self._responded or not self._interaction:
            return False
        try:
            with translated_errors():
                await self._interaction.response.send_modal(to_modal(build_modal(form)))
        except PlatformError as error:
            logger.info("The form could not be opened: %s", error)
            return False
        self._mark_responded()
        return True

    async def _write_pages(self, message: Message, *, failed: bool) -> None:
        pages = render(message.first_screen)
        # A question that still stands has the place of the first page.
        above = int(self._responded and self._event.settles and failed)
        is_too_long = self._event.visiting and len(pages) > MAX_USER_INSTALL_PAGES
        here = MAX_USER_INSTALL_PAGES - 1 if is_too_long else len(pages)
        if above:
            await self._write_page(above, pages[0])
        else:
            await retry_once(lambda: self._respond(pages[0], replaces=self._event.settles and not failed))
        for number, page in enumerate(pages[1:here], above + 1):
            await self._write_page(number, page)
        if here < len(pages):
            await self._write_page(above + here, render(await self._send_rest_directly(message, here))[0])
        with translated_errors():
            await self._webhook.trim(above + here + (here < len(pages)))

    async def _write_page(self, index: int, page: Page) -> None:
        await retry_once(partial(self._webhook.write_page, index, page))

    async def _respond(self, page: Page, *, replaces: bool) -> None:
        if self._interaction and not self._responded:
            response = self._interaction.response
            try:
                if replaces:
                    await response.edit_message(view=to_view(page))
                else:
                    await response.send_message(view=to_view(page), ephemeral=self._ephemeral, suppress_embeds=True)
            except discord.HTTPException as error:
                # It has been answered, and Discord's confirmation got lost.
                if error.code != _ALREADY_ACKNOWLEDGED:
                    raise
            else:
                self._mark_responded()
                return
        await self._webhook.write_page(0, page)
        self._responded = True

    def _mark_responded(self) -> None:
        """Record that Discord has the first response, for which it waited."""
        self._responded = True
        self._on_acknowledged()

    async def _send_rest_directly(self, message: Message, after: int) -> Message:
        """Send the remaining pages to the person directly, once; return a message that says so. Raises Busy."""
        groups = (group for page in split_pages(message.first_screen)[after:] for group in page.groups)
        note = Note(md("The rest of your answer: {summary}", summary=message.summary))
        rest = Message((Group((note,)), *groups), message.summary)
        to = self._event.own or self._event.at
        try:
            await self._posting.deliver(to, rest, f"rest/{self._event.key}", self._rest_trail)
        except (Busy, Unverifiable):
            raise
        except PlatformError as error:
            logger.info("%s takes no direct messages: %s", self._event.user, error)
            return line_view(md(_REST_NOT_SENT))
        return line_view(md(_REST_SENT))

    def _with_retry_button(self, reply: Reply) -> Message:
        """Let a person who made a mistake in a form open it again: Discord cannot point at a field."""
        message = reply.content
        if not isinstance(message, Message) or not (reply.invalid_args and self._event.form):
            return message if isinstance(message, Message) else form_prompt(message)
        retry = form_prompt(Form("The form again", (), self._event.verb)).buttons
        return replace(message, groups=(*message.groups, Group((Choices(retry),))))


class MessageSurface:
    """Under a message, where all can read it; a private answer goes to the person directly.

    `guarantee` is what is done if it can't be found out what of the answer is posted; `resumed_since` is the earliest
    moment at which an earlier run may have posted some of it.
    """

    progress_delay, progress_interval = PROGRESS_DELAY, TYPING_INTERVAL

    def __init__(
        self,
        event: Event,
        posting: Posting,
        client: discord.Client,
        guarantee: DeliveryGuarantee,
        resumed_since: dt.datetime | None = None,
    ) -> None:
        self._event = event
        self._posting = posting
        self._client = client
        self._guarantee = guarantee
        self._trail = PostedPages(uncertain_since=resumed_since)
        self._direct_trail = PostedPages(uncertain_since=resumed_since)

    @property
    def posted(self) -> str:
        """Where the answer stands, as far as it is known; empty if it doesn't, or if one person alone can read it."""
        return "/".join(self._trail.pages)

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show that the bot is typing."""
        del message, is_partial
        with translated_errors():
            await self._client.get_partial_messageable(self._event.channel).typing()

    async def show(self, reply: Reply) -> None:
        """Post the answer as a reply."""
        message = form_prompt(reply.content) if isinstance(reply.content, Form) else reply.content
        is_for_one = self._event.private or (reply.private and self._event.own is not None)
        post = partial(self._post, message.first_screen if is_for_one else message, private=reply.private)
        try:
            await post()
        except Unverifiable:
            if self._guarantee is DeliveryGuarantee.AT_MOST_ONCE:
                raise
            self._trail.uncertain_since = self._direct_trail.uncertain_since = None
            await post()

    async def _post(self, message: Message, *, private: bool) -> None:
        if private and self._event.own:
            await self._send_directly(self._event.own, message)
            return
        try:
            await self._reply(message)
        except (Denied, Gone):
            # Silence would be the worst answer to a question from a channel that is gone, or closed to the bot.
            if self._event.own is None:
                raise
            channel = channel_mention(str(self._event.channel))
            note = Note(md("I can't write in {channel}, so here it is for you alone.", channel=channel))
            redirected = replace(message, groups=(Group((note,)), *message.groups))
            await self._posting.deliver(self._event.own, redirected, f"barred/{self._event.key}", self._direct_trail)

    async def take_back(self) -> None:
        """Delete what all can read of the answer."""
        event = self._event
        await self._posting.take_back(event.channel, event.message, event.key, self._trail)

    async def _reply(self, message: Message) -> None:
        event = self._event
        await self._posting.reply(event.channel, event.message, message, event.key, self._trail)

    async def _send_directly(self, own: Address, message: Message) -> None:
        try:
            await self._posting.deliver(own, message, f"alone/{self._event.key}", self._direct_trail)
        except (Busy, Unverifiable):
            raise
        except PlatformError as error:
            logger.info("%s takes no direct messages: %s", self._event.user, error)
            await self._reply(line_view(md(_DMS_CLOSED)))


_REST_SENT = "**There is more** than fits here: I sent you the rest in a direct message."
_REST_NOT_SENT = (
    "**There is more** than fits here, and you don't accept direct messages from me. Open a conversation with me and "
    "ask again there, where all of it fits."
)
_DMS_CLOSED = "That answer is for you alone, and you don't accept direct messages from here: ask me with a `/` command."
