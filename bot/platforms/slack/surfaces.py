"""Where an answer is drawn: privately in a channel, in a thread, in a modal, or on the app's own page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.chat.message import Form, Group, Message, Prose
from bot.chat.request import Reply
from bot.chat.text import styled_text
from bot.errors import PlatformError
from bot.platforms.inbox_worker import Surface, form_prompt
from bot.platforms.slack.api import ResponseURLClient, WebAPI
from bot.platforms.slack.events import AppHome, Event, Modal, ResponseURL, Submission, Thread, modal_metadata
from bot.platforms.slack.render import Page, app_home, build_modal, render
from bot.platforms.slack.workspace import Posting, page_content, without_formatting, without_unfurling

PROGRESS_DELAY = 0.8
"""Progress is shown to who has waited for so many seconds; most answers are there before."""

RESPONSE_URL_PROGRESS_DELAY = 2.5
"""So long it waits where it stays: what a `response_url` posted cannot be taken back."""

PROGRESS_INTERVAL = 1.2
"""So many seconds lie between two states of an answer: Slack takes fifty edits a minute in a workspace."""

MAX_RESPONSE_URL_PAGES = 4
"""How many pages of an answer one `response_url` takes; Slack allows five posts, and progress may be one."""

Payload = Mapping[str, Any]


@dataclass(slots=True)
class ResponseURLSurface:
    """For one person alone in a channel, or for all of it, by a `response_url`."""

    event: Event
    response_url: ResponseURL
    api: WebAPI
    response_urls: ResponseURLClient
    posting: Posting
    progress_delay: float = RESPONSE_URL_PROGRESS_DELAY
    progress_interval: float = 0

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show progress to the person alone."""
        del is_partial
        await self._post(render(message)[0], public=False)

    async def show(self, reply: Reply) -> None:
        """Show the answer; what does not fit goes to the person directly."""
        if isinstance(reply.content, Form):
            await self._open_form(reply.content)
            return
        public = not (self.event.private or reply.private)
        await self.posting.post_rendered(reply.content, lambda pages: self._post_pages(pages, public=public))

    async def _post_pages(self, pages: Sequence[Page], *, public: bool) -> None:
        for page in pages[:MAX_RESPONSE_URL_PAGES]:
            await self._post(page, public=public)
        for page in pages[MAX_RESPONSE_URL_PAGES:]:
            await self.api.call_with_retry(
                "chat_postMessage", channel=self.event.user, **without_formatting(page_content(page))
            )

    async def _post(self, page: Page, *, public: bool) -> None:
        values: dict[str, Any] = {
            "response_type": "in_channel" if public else "ephemeral",
            **without_unfurling(page_content(page)),
        }
        # Never in the place of the message whose button was pressed.
        await self.response_urls(self.response_url.url, **values, replace_original=False)

    async def _open_form(self, form: Form) -> None:
        private = modal_metadata(self.event.at, self.response_url.url)
        try:
            view = build_modal(form, callback_id=form.verb, private_metadata=private)
            await self.api("views_open", trigger_id=self.response_url.trigger_id, view=view)
        except PlatformError:
            # A trigger lives for three seconds; a button brings a new one.
            await self._post(render(form_prompt(form))[0], public=False)


@dataclass(slots=True)
class ThreadSurface:
    """In a thread: of a channel, where all can read it, or of a direct conversation."""

    event: Event
    thread: Thread
    api: WebAPI
    posting: Posting
    save_reply_ts: Callable[[str], Awaitable[None]]
    """Notes the time stamp of an answer that is begun, so that who goes on with it after a stop finds it."""
    progress_delay: float = PROGRESS_DELAY
    progress_interval: float = PROGRESS_INTERVAL

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show what there is of the answer, or beside the name what is being done, which Slack then takes away."""
        if is_partial:
            await self._post_partial(message)
            return
        await self.api(
            "assistant_threads_setStatus",
            channel_id=self.thread.channel,
            thread_ts=self.thread.ts,
            status=message.summary[:_MAX_STATUS],
        )

    async def show(self, reply: Reply) -> None:
        """Post the answer, to the person alone where it is theirs."""
        message = form_prompt(reply.content) if isinstance(reply.content, Form) else reply.content
        alone = self.event.user if reply.private and not self.event.private else ""
        await self.posting.reply(self.thread, message, only_for=alone)

    async def _post_partial(self, message: Message) -> None:
        begun = await self.posting.post_partial(self.thread, message)
        if begun != self.thread.reply_ts:
            self.thread = replace(self.thread, reply_ts=begun)
            await self.save_reply_ts(begun)


@dataclass(slots=True)
class ModalSurface:
    """In a modal, which is opened at once where a trigger does, since triggers die within seconds."""

    event: Event
    modal: Modal
    api: WebAPI
    view_id: str = ""
    progress_delay: float = PROGRESS_DELAY
    progress_interval: float = PROGRESS_INTERVAL

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show progress in the modal."""
        del is_partial
        await self._draw(message_modal(message, self.modal.private_metadata))

    async def show(self, reply: Reply) -> None:
        """Show the answer in the modal, or the form it is."""
        if isinstance(reply.content, Form):
            await self._draw(
                build_modal(reply.content, callback_id=reply.content.verb, private_metadata=self.modal.private_metadata)
            )
        else:
            await self._draw(message_modal(reply.content, self.modal.private_metadata))

    async def _draw(self, view: Payload) -> None:
        known = self.view_id or self.modal.view_id
        if known:
            await self.api.call_with_retry("views_update", view_id=known, view=view)
        else:
            opened = await self.api.call_with_retry("views_open", trigger_id=self.modal.trigger_id, view=view)
            self.view_id = opened["view"]["id"]


@dataclass(slots=True)
class SubmissionSurface:
    """The first answer to a submitted form goes back with its acknowledgement, later ones into its modal."""

    submission: Submission
    api: WebAPI
    response: asyncio.Future[Payload] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    progress_delay: float = PROGRESS_DELAY
    progress_interval: float = PROGRESS_INTERVAL

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show progress in the modal."""
        del is_partial
        await self._draw(message_modal(message, self.submission.private_metadata))

    async def show(self, reply: Reply) -> None:
        """Show the answer, or point at the field it is about."""
        if isinstance(reply.content, Form):
            await self._draw(
                build_modal(
                    reply.content, callback_id=reply.content.verb, private_metadata=self.submission.private_metadata
                )
            )
        elif reply.invalid_arg in self.submission.fields and not self.response.done():
            errors = {reply.invalid_arg: reply.content.summary}
            self.response.set_result({"response_action": "errors", "errors": errors})
        else:
            await self._draw(message_modal(reply.content, self.submission.private_metadata))

    async def acknowledgement(self, seconds: float) -> Payload:
        """Return what the acknowledgement carries: the answer where it is there in so many seconds."""
        await asyncio.wait({self.response}, timeout=seconds)
        if not self.response.done():
            self.response.set_result(
                {"response_action": "update", "view": message_modal(_please_wait(), self.submission.private_metadata)}
            )
        return self.response.result()

    async def _draw(self, view: Payload) -> None:
        if self.response.done():
            await self.api.call_with_retry("views_update", view_id=self.submission.view_id, view=view)
        else:
            self.response.set_result({"response_action": "update", "view": view})


@dataclass(slots=True)
class HomeSurface:
    """The person's own page of the app."""

    event: Event
    api: WebAPI
    progress_delay: float = PROGRESS_DELAY
    progress_interval: float = 0

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show nothing: the page that stands there is better than none."""

    async def show(self, reply: Reply) -> None:
        """Draw the page anew."""
        if isinstance(reply.content, Message):
            await self.api.call_with_retry("views_publish", user_id=self.event.user, view=app_home([reply.content]))


def surface_for(
    event: Event,
    api: WebAPI,
    response_urls: ResponseURLClient,
    posting: Posting,
    save_reply_ts: Callable[[str], Awaitable[None]],
) -> Surface:
    """Return where the answer to an event is drawn; `save_reply_ts` notes the answer to a message that is begun."""
    match event.route:
        case ResponseURL() as hook:
            return ResponseURLSurface(event, hook, api, response_urls, posting)
        case Thread() as thread:
            return ThreadSurface(event, thread, api, posting, save_reply_ts)
        case Modal() as modal:
            return ModalSurface(event, modal, api)
        case Submission() as submission:
            return SubmissionSurface(submission, api)
        case AppHome():
            return HomeSurface(event, api)


def message_modal(message: Message, private_metadata: str) -> Payload:
    """Return a modal that shows a message."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Overheard"},
        "close": {"type": "plain_text", "text": "Done"},
        "private_metadata": private_metadata,
        "blocks": app_home([message])["blocks"],
    }


_MAX_STATUS = 50
_PLEASE_WAIT = "One moment…"


def _please_wait() -> Message:
    return Message((Group((Prose(styled_text(_PLEASE_WAIT)),)),), _PLEASE_WAIT)
