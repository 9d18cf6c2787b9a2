"""Where an answer is shown: privately in a channel, in a thread, in a modal, or on the app's own page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bot.chat.message import Form, Message
from bot.chat.platform import PostedPages
from bot.chat.request import Reply
from bot.domain.delivery import DeliveryGuarantee
from bot.errors import Denied, PlatformError, Unconfirmed, Unverifiable
from bot.platforms.inbox_worker import Surface, form_prompt
from bot.platforms.slack.api import InvalidMessage, ResponseURLClient, WebAPI
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

logger = logging.getLogger(__name__)

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
    """For one person or for everybody in a channel, through a `response_url`; `trail` are the pages already posted."""

    event: Event
    response_url: ResponseURL
    api: WebAPI
    response_urls: ResponseURLClient
    trail: PostedPages
    progress_delay: float = RESPONSE_URL_PROGRESS_DELAY
    progress_interval: float = 0

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Show progress to the person alone."""
        del is_partial
        await self._post(render(message)[0], public=False)

    async def show(self, reply: Reply) -> None:
        """Show the answer; pages that don't fit go to the person directly."""
        if isinstance(reply.content, Form):
            opener = self.response_url
            if not await _open_form(self.api, reply.content, self.event, opener.trigger_id, opener.url):
                await self._post(render(form_prompt(reply.content))[0], public=False)
            return
        public = not (self.event.private or reply.private)
        pages = render(reply.content.first_screen)
        replaced = int(bool(self.response_url.question) and not reply.failed)
        for number, page in enumerate(pages[len(self.trail.pages) :], len(self.trail.pages)):
            if number < replaced:
                await in_words_if_refused(page, self._replace_question)
            elif number < replaced + MAX_RESPONSE_URL_PAGES:
                await self._post(page, public=public)
            else:
                await self.api.call_with_retry(
                    "chat_postMessage", channel=self.event.user, **without_formatting(page_content(page))
                )
            await self.trail.record(f"{number}", last=page is pages[-1])
        self.trail.pages.clear()

    async def _replace_question(self, page: Page) -> None:
        values = {"response_type": self.response_url.question, **without_unfurling(page_content(page))}
        await self.response_urls(self.response_url.url, **values, replace_original=True)

    async def _post(self, page: Page, *, public: bool) -> None:
        await in_words_if_refused(page, partial(self._respond, public=public))

    async def _respond(self, page: Page, *, public: bool) -> None:
        values: dict[str, Any] = {
            "response_type": "in_channel" if public else "ephemeral",
            **without_unfurling(page_content(page)),
        }
        await self.response_urls(self.response_url.url, **values, replace_original=False)


@dataclass(slots=True)
class ThreadSurface:
    """In a thread of a channel, where all can read it, or of a direct conversation."""

    event: Event
    thread: Thread
    api: WebAPI
    posting: Posting
    save_reply_ts: Callable[[str], Awaitable[None]]
    """Saves the timestamp of a partial answer, so that it can be continued after a restart."""
    trail: PostedPages
    """The pages already posted."""
    guarantee: DeliveryGuarantee
    shown: list[str] = field(default_factory=list)
    """The pages of what has been shown."""
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
        """Post the answer, to the person alone if it is private; open the form it is, if a button was pressed."""
        if isinstance(reply.content, Form) and await _open_form(
            self.api, reply.content, self.event, self.thread.trigger_id
        ):
            return
        message = form_prompt(reply.content) if isinstance(reply.content, Form) else reply.content
        replaced = self.thread.reply_ts or ("" if reply.failed else self.thread.question_ts)
        only_for = self.event.user if reply.private and not self.event.private else ""
        is_for_one = bool(only_for) or self.event.private
        thread = replace(self.thread, reply_ts=replaced)
        await self._reply(thread, message.first_screen if is_for_one else message, only_for)
        self.shown += filter(None, self.trail.pages)
        self.trail.pages.clear()

    @property
    def posted(self) -> str:
        """Where the answer stands, as far as it is known; empty if it doesn't, or if one person alone can read it."""
        pages = [page for page in (*self.shown, *self.trail.pages) if page] or [self.thread.reply_ts]
        return "/".join([self.thread.channel, *pages]) if pages[0] else ""

    async def take_back(self) -> None:
        """Delete what all can read of the answer."""
        known = [self.thread.reply_ts, *self.shown, *self.trail.pages]
        trail = PostedPages([*filter(None, dict.fromkeys(known))], self.trail.uncertain_since)
        await self.posting.take_back(self.thread, self.event.key, trail)

    async def _reply(self, thread: Thread, message: Message, only_for: str) -> None:
        post = partial(self.posting.reply, thread, message, self.trail, key=self.event.key, only_for=only_for)
        try:
            await post()
        except Unconfirmed:
            self.trail.uncertain_since = self.thread.asked_at
            raise
        except Unverifiable:
            if self.guarantee is DeliveryGuarantee.AT_MOST_ONCE:
                raise
            self.trail.uncertain_since = None
            await post()

    async def _post_partial(self, message: Message) -> None:
        if self.trail.uncertain_since and not self.thread.reply_ts:
            # One may stand there already; the answer will find it.
            return
        try:
            reply_ts = await self.posting.post_partial(self.thread, message, self.event.key)
        except Unconfirmed:
            self.trail.uncertain_since = self.thread.asked_at
            raise
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
        show, metadata = partial(_show_modal, self.api.call_with_retry), self.modal.private_metadata
        if view_id := self.view_id or self.modal.view_id:
            await show("views_update", reply.content, metadata, view_id=view_id)
        else:
            opened = await show("views_open", reply.content, metadata, trigger_id=self.modal.trigger_id)
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
    trail: PostedPages,
    guarantee: DeliveryGuarantee,
) -> Surface:
    """Return where the answer to an event is shown.

    `save_reply_ts` saves the timestamp of a partial answer, `trail` are the pages that are posted, and `guarantee` is
    what is done if that can't be found out.
    """
    match event.route:
        case ResponseURL() as response_url:
            return ResponseURLSurface(event, response_url, api, response_urls, trail)
        case Thread() as thread:
            return ThreadSurface(event, thread, api, posting, save_reply_ts, trail, guarantee)
        case Modal() as modal:
            return ModalSurface(event, modal, api)
        case Submission() as submission:
            return SubmissionSurface(submission, api)
        case AppHome():
            return HomeSurface(event, api)


async def _open_form(api: WebAPI, form: Form, event: Event, trigger_id: str, response_url: str = "") -> bool:
    """Open a form; return False if it can't be: a trigger expires after three seconds, and a button brings another."""
    if not trigger_id:
        return False
    try:
        await _show_modal(api, "views_open", form, modal_metadata(event.at, response_url), trigger_id=trigger_id)
    except PlatformError as error:
        logger.info("The form could not be opened: %s", error)
        return False
    return True


async def _show_modal(
    call: Callable[..., Awaitable[Mapping[str, Any]]], method: str, content: Message | Form, metadata: str, **where: str
) -> Mapping[str, Any]:
    """Open or replace a modal; if Slack refuses its fields for files, since the app may not read any, without them."""
    try:
        return await call(method, view=modal_view(content, metadata), **where)
    except (Denied, InvalidMessage):
        if not isinstance(content, Form) or not any(field.is_file for field in content.fields):
            raise
        fields = tuple(field for field in content.fields if not field.is_file)
        return await call(method, view=modal_view(replace(content, fields=fields), metadata), **where)


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
