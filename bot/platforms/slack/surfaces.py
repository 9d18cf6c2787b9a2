"""Where an answer is drawn: privately in a channel, in a thread, in a modal, or on the app's own page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.chat.message import Form, Group, Message, Prose
from bot.chat.request import Reply
from bot.chat.text import say
from bot.errors import PlatformError
from bot.platforms.reply_stream import Surface, offer
from bot.platforms.slack.api import Calls, Hooks
from bot.platforms.slack.events import Event, Home, Hook, Modal, Submission, Thread, where
from bot.platforms.slack.modals import form
from bot.platforms.slack.posting import Posting, contents, inert, unfurled
from bot.platforms.slack.render import Page, home, render

QUIET = 0.8
"""Progress is shown to who has waited for so many seconds; most answers are there before."""

QUIET_WHISPER = 2.5
"""So long it waits where it stays: what a `response_url` posted cannot be taken back."""

PAUSE = 1.2
"""So many seconds lie between two states of an answer: Slack takes fifty edits a minute in a workspace."""

HOOK_USES = 4
"""How many pages of an answer one `response_url` takes; Slack allows five posts, and progress may be one."""

Payload = Mapping[str, Any]


@dataclass(slots=True)
class Whisper:
    """For one person alone in a channel, or for all of it, by a `response_url`."""

    event: Event
    hook: Hook
    calls: Calls
    hooks: Hooks
    posting: Posting
    quiet: float = QUIET_WHISPER
    pause: float = 0

    async def working(self, message: Message, *, growing: bool) -> None:
        """Show progress to the person alone."""
        del growing
        await self._post(render(message)[0], public=False)

    async def show(self, reply: Reply) -> None:
        """Show the answer; what does not fit goes to the person directly."""
        if isinstance(reply.content, Form):
            await self._open(reply.content)
            return
        public = not (self.event.private or reply.private)
        await self.posting.drawn(reply.content, lambda pages: self._pages(pages, public=public))

    async def _pages(self, pages: Sequence[Page], *, public: bool) -> None:
        for page in pages[:HOOK_USES]:
            await self._post(page, public=public)
        for page in pages[HOOK_USES:]:
            await self.calls.patiently("chat_postMessage", channel=self.event.user, **inert(contents(page)))

    async def _post(self, page: Page, *, public: bool) -> None:
        values: dict[str, Any] = {"response_type": "in_channel" if public else "ephemeral", **unfurled(contents(page))}
        # Never in the place of the message whose button was pressed.
        await self.hooks(self.hook.url, **values, replace_original=False)

    async def _open(self, asked: Form) -> None:
        private = where(self.event.at, self.hook.url)
        try:
            view = form(asked, callback=asked.verb, private=private)
            await self.calls("views_open", trigger_id=self.hook.trigger, view=view)
        except PlatformError:
            # A trigger lives for three seconds; a button brings a new one.
            await self._post(render(offer(asked))[0], public=False)


@dataclass(slots=True)
class Talk:
    """In a thread: of a channel, where all can read it, or of a direct conversation."""

    event: Event
    thread: Thread
    calls: Calls
    posting: Posting
    keep: Callable[[str], Awaitable[None]]
    """Notes the time stamp of an answer that is begun, so that who goes on with it after a stop finds it."""
    quiet: float = QUIET
    pause: float = PAUSE

    async def working(self, message: Message, *, growing: bool) -> None:
        """Show what there is of the answer, or beside the name what is being done, which Slack then takes away."""
        if growing:
            await self._grow(message)
            return
        await self.calls(
            "assistant_threads_setStatus",
            channel_id=self.thread.channel,
            thread_ts=self.thread.ts,
            status=message.summary[:_STATUS],
        )

    async def show(self, reply: Reply) -> None:
        """Post the answer, to the person alone where it is theirs."""
        message = offer(reply.content) if isinstance(reply.content, Form) else reply.content
        alone = self.event.user if reply.private and not self.event.private else ""
        await self.posting.answer(self.thread, message, alone=alone)

    async def _grow(self, message: Message) -> None:
        begun = await self.posting.grow(self.thread, message)
        if begun != self.thread.begun:
            self.thread = replace(self.thread, begun=begun)
            await self.keep(begun)


@dataclass(slots=True)
class Dialog:
    """In a modal, which is opened at once where a trigger does, since triggers die within seconds."""

    event: Event
    modal: Modal
    calls: Calls
    view: str = ""
    quiet: float = QUIET
    pause: float = PAUSE

    async def working(self, message: Message, *, growing: bool) -> None:
        """Show progress in the modal."""
        del growing
        await self._draw(window(message, self.modal.private))

    async def show(self, reply: Reply) -> None:
        """Show the answer in the modal, or the form it is."""
        if isinstance(reply.content, Form):
            await self._draw(form(reply.content, callback=reply.content.verb, private=self.modal.private))
        else:
            await self._draw(window(reply.content, self.modal.private))

    async def _draw(self, view: Payload) -> None:
        known = self.view or self.modal.view
        if known:
            await self.calls.patiently("views_update", view_id=known, view=view)
        else:
            opened = await self.calls.patiently("views_open", trigger_id=self.modal.trigger, view=view)
            self.view = opened["view"]["id"]


@dataclass(slots=True)
class Submitted:
    """The first answer to a submitted form goes back with its acknowledgement, later ones into its modal."""

    submission: Submission
    calls: Calls
    answer: asyncio.Future[Payload] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    quiet: float = QUIET
    pause: float = PAUSE

    async def working(self, message: Message, *, growing: bool) -> None:
        """Show progress in the modal."""
        del growing
        await self._draw(window(message, self.submission.private))

    async def show(self, reply: Reply) -> None:
        """Show the answer, or point at the field it is about."""
        if isinstance(reply.content, Form):
            await self._draw(form(reply.content, callback=reply.content.verb, private=self.submission.private))
        elif reply.wrong in self.submission.fields and not self.answer.done():
            errors = {reply.wrong: reply.content.summary}
            self.answer.set_result({"response_action": "errors", "errors": errors})
        else:
            await self._draw(window(reply.content, self.submission.private))

    async def acknowledgement(self, seconds: float) -> Payload:
        """Return what the acknowledgement carries: the answer where it is there in so many seconds."""
        await asyncio.wait({self.answer}, timeout=seconds)
        if not self.answer.done():
            self.answer.set_result({"response_action": "update", "view": window(_moment(), self.submission.private)})
        return self.answer.result()

    async def _draw(self, view: Payload) -> None:
        if self.answer.done():
            await self.calls.patiently("views_update", view_id=self.submission.view, view=view)
        else:
            self.answer.set_result({"response_action": "update", "view": view})


@dataclass(slots=True)
class OwnPage:
    """The person's own page of the app."""

    event: Event
    calls: Calls
    quiet: float = QUIET
    pause: float = 0

    async def working(self, message: Message, *, growing: bool) -> None:
        """Show nothing: the page that stands there is better than none."""

    async def show(self, reply: Reply) -> None:
        """Draw the page anew."""
        if isinstance(reply.content, Message):
            await self.calls.patiently("views_publish", user_id=self.event.user, view=home([reply.content]))


def surface_of(
    event: Event, calls: Calls, hooks: Hooks, posting: Posting, keep: Callable[[str], Awaitable[None]]
) -> Surface:
    """Return where the answer to an event is drawn; `keep` notes the answer to a message that is begun."""
    match event.route:
        case Hook() as hook:
            return Whisper(event, hook, calls, hooks, posting)
        case Thread() as thread:
            return Talk(event, thread, calls, posting, keep)
        case Modal() as modal:
            return Dialog(event, modal, calls)
        case Submission() as submission:
            return Submitted(submission, calls)
        case Home():
            return OwnPage(event, calls)


def window(message: Message, private: str) -> Payload:
    """Return a modal that shows a message."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Overheard"},
        "close": {"type": "plain_text", "text": "Done"},
        "private_metadata": private,
        "blocks": home([message])["blocks"],
    }


_STATUS = 50
_LATER = "One moment…"


def _moment() -> Message:
    return Message((Group((Prose(say(_LATER)),)),), _LATER)
