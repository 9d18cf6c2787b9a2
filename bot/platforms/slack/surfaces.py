"""Where an answer is shown: privately in a channel, in a thread, in a modal, or on the app's own page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bot.chat.message import Form, Message
from bot.chat.request import Reply
from bot.errors import PlatformError
from bot.platforms.inbox_worker import Surface, form_prompt
from bot.platforms.slack.api import ResponseURLClient, WebAPI
from bot.platforms.slack.events import AppHome, Event, Modal, ResponseURL, Submission, Thread, modal_metadata
from bot.platforms.slack.render import Node, Page, app_home, build_modal, render
from bot.platforms.slack.workspace import (
    Posting,
    in_words_if_refused,
    page_content,
    without_formatting,
    without_unfurling,
)
from bot.views.wording import line_view

PROGRESS_DELAY = 0.8
"""Seconds until progress is shown; most answers are there before."""

RESPONSE_URL_PROGRESS_DELAY = 2.5
"""The same for progress that stays: what was posted to a `response_url` cannot be taken back."""

PROGRESS_INTERVAL = 1.2
"""Seconds between two states of an answer: Slack takes fifty edits a minute in a workspace."""

MAX_RESPONSE_URL_PAGES = 4
"""How many pages of an answer one `response_url` takes; Slack allows five posts, and progress may be one."""


@dataclass(slots=True)
class ResponseURLSurface:
    """For one person or for everybody in a channel, through a `response_url`."""

    event: Event
    response_url: ResponseURL
    api: WebAPI
    response_urls: ResponseURLClient
    progress_delay: float = RESPONSE_URL_PROGRESS_DELAY
    progress_interval: float = 0

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show progress to the person alone."""
        del is_partial
        await self._post(render(message)[0], public=False)

    async def show(self, reply: Reply) -> None:
        """Show the answer; pages that don't fit go to the person directly."""
        if isinstance(reply.content, Form):
            await self._open_form(reply.content)
            return
        public = not (self.event.private or reply.private)
        pages = render(reply.content.first_screen)
        if self.response_url.question and not reply.failed:
            await in_words_if_refused(pages[0], self._replace_question)
            pages = pages[1:]
        await self._post_pages(pages, public=public)

    async def _replace_question(self, page: Page) -> None:
        values = {"response_type": self.response_url.question, **without_unfurling(page_content(page))}
        await self.response_urls(self.response_url.url, **values, replace_original=True)

    async def _post_pages(self, pages: Sequence[Page], *, public: bool) -> None:
        for page in pages[:MAX_RESPONSE_URL_PAGES]:
            await self._post(page, public=public)
        for page in pages[MAX_RESPONSE_URL_PAGES:]:
            await self.api.call_with_retry(
                "chat_postMessage", channel=self.event.user, **without_formatting(page_content(page))
            )

    async def _post(self, page: Page, *, public: bool) -> None:
        await in_words_if_refused(page, partial(self._respond, public=public))

    async def _respond(self, page: Page, *, public: bool) -> None:
        values: dict[str, Any] = {
            "response_type": "in_channel" if public else "ephemeral",
            **without_unfurling(page_content(page)),
        }
        await self.response_urls(self.response_url.url, **values, replace_original=False)

    async def _open_form(self, form: Form) -> None:
        private = modal_metadata(self.event.at, self.response_url.url)
        try:
            view = build_modal(form, callback_id=form.verb, private_metadata=private)
            await self.api("views_open", trigger_id=self.response_url.trigger_id, view=view)
        except PlatformError:
            # A trigger expires after three seconds; a button brings a new one.
            await self._post(render(form_prompt(form))[0], public=False)


@dataclass(slots=True)
class ThreadSurface:
    """In a thread of a channel, where all can read it, or of a direct conversation."""

    event: Event
    thread: Thread
    api: WebAPI
    posting: Posting
    save_reply_ts: Callable[[str], Awaitable[None]]
    """Saves the timestamp of a partial answer, so that it can be continued after a restart."""
    posted: str = ""
    """Where the answer stands."""
    progress_delay: float = PROGRESS_DELAY
    progress_interval: float = PROGRESS_INTERVAL

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show the answer so far, or beside the bot's name what it is doing, which Slack removes later."""
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
        """Post the answer, to the person alone if it is private."""
        message = form_prompt(reply.content) if isinstance(reply.content, Form) else reply.content
        replaced = self.thread.reply_ts or ("" if reply.failed else self.thread.question_ts)
        only_for = self.event.user if reply.private and not self.event.private else ""
        is_for_one = bool(only_for) or self.event.private
        thread = replace(self.thread, reply_ts=replaced)
        shown = message.first_screen if is_for_one else message
        self.posted = await self.posting.reply(thread, shown, only_for=only_for)

    async def _post_partial(self, message: Message) -> None:
        reply_ts = await self.posting.post_partial(self.thread, message)
        if reply_ts != self.thread.reply_ts:
            self.thread = replace(self.thread, reply_ts=reply_ts)
            await self.save_reply_ts(reply_ts)


@dataclass(slots=True)
class ModalSurface:
    """In a modal, which is opened at once, since triggers expire within seconds."""

    event: Event
    modal: Modal
    api: WebAPI
    view_id: str = ""
    progress_delay: float = PROGRESS_DELAY
    progress_interval: float = PROGRESS_INTERVAL

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show progress in the modal."""
        await self.show(Reply(message, is_partial=is_partial))

    async def show(self, reply: Reply) -> None:
        """Show the answer in the modal, or the form it is."""
        view = modal_view(reply.content, self.modal.private_metadata)
        if view_id := self.view_id or self.modal.view_id:
            await self.api.call_with_retry("views_update", view_id=view_id, view=view)
        else:
            opened = await self.api.call_with_retry("views_open", trigger_id=self.modal.trigger_id, view=view)
            self.view_id = opened["view"]["id"]


@dataclass(slots=True)
class SubmissionSurface:
    """Where a submitted form is answered: first with its acknowledgement, later in its modal."""

    submission: Submission
    api: WebAPI
    response: asyncio.Future[Node] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    progress_delay: float = PROGRESS_DELAY
    progress_interval: float = PROGRESS_INTERVAL

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show progress in the modal."""
        del is_partial
        await self._draw(message)

    async def show(self, reply: Reply) -> None:
        """Show the answer, or point at the fields that are wrong."""
        errors = {name: why for name, why in reply.invalid_args.items() if name in self.submission.fields}
        if errors and not self.response.done():
            self.response.set_result({"response_action": "errors", "errors": errors})
        else:
            await self._draw(reply.content)

    async def acknowledgement(self, seconds: float) -> Node:
        """Return the acknowledgement: the answer, if it is there within so many seconds."""
        await asyncio.wait({self.response}, timeout=seconds)
        if not self.response.done():
            await self._draw(line_view("One moment…"))
        return self.response.result()

    async def _draw(self, content: Message | Form) -> None:
        view = modal_view(content, self.submission.private_metadata)
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
        """Show nothing: the old page is better than none."""

    async def show(self, reply: Reply) -> None:
        """Redraw the page."""
        if isinstance(reply.content, Message):
            await self.api.call_with_retry("views_publish", user_id=self.event.user, view=app_home([reply.content]))


def surface_for(
    event: Event,
    api: WebAPI,
    response_urls: ResponseURLClient,
    posting: Posting,
    save_reply_ts: Callable[[str], Awaitable[None]],
) -> Surface:
    """Return where the answer to an event is shown; `save_reply_ts` saves the timestamp of a partial answer."""
    match event.route:
        case ResponseURL() as response_url:
            return ResponseURLSurface(event, response_url, api, response_urls)
        case Thread() as thread:
            return ThreadSurface(event, thread, api, posting, save_reply_ts)
        case Modal() as modal:
            return ModalSurface(event, modal, api)
        case Submission() as submission:
            return SubmissionSurface(submission, api)
        case AppHome():
            return HomeSurface(event, api)


def modal_view(content: Message | Form, private_metadata: str) -> Node:
    """Return a modal that shows a message or a form."""
    if isinstance(content, Form):
        return build_modal(content, callback_id=content.verb, private_metadata=private_metadata)
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Overheard"},
        "close": {"type": "plain_text", "text": "Done"},
        "private_metadata": private_metadata,
        "blocks": app_home([content])["blocks"],
    }


_MAX_STATUS = 50
