"""Slack as a platform: every event is saved, acknowledged, and only then handled."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.chat.argument_parser import hidden_args
from bot.chat.message import Message
from bot.chat.platform import ConcurrencyLimits, PostedPages, Sent
from bot.chat.request import ArgKind, Dispatch, Reply, Request, Verb
from bot.delivery.outbox import LANDING
from bot.domain.address import Address
from bot.domain.delivery import DeliveryGuarantee
from bot.due_times import LOOP_TIMER, Clock, Timer, is_zone
from bot.errors import Denied, PlatformError, StoreError
from bot.metrics import Metrics
from bot.platforms.inbox_worker import (
    ANSWER_LIFETIME,
    MAX_RESUME_AGE,
    Answer,
    InboxWorker,
    Job,
    LossReports,
    Surface,
    after_answer,
    asked_words,
    decode_reply,
    encode_reply,
    no_replies,
    relay,
)
from bot.platforms.slack.connection import Acknowledgement, Connection, Workspace
from bot.platforms.slack.events import (
    ANSWER,
    EXPIRES,
    PAGES,
    PLATFORM,
    REPLY_TS,
    AppHome,
    Event,
    Modal,
    Payload,
    Thread,
    parse_event,
    redact,
)
from bot.platforms.slack.render import suggestions
from bot.platforms.slack.surfaces import HomeSurface, SubmissionSurface, ThreadSurface, surface_for
from bot.platforms.slack.workspace import USER_ID_PREFIXES, ChannelInfo
from bot.platforms.zone_search import find_zones
from bot.store.outbox import Inbox
from bot.store.threads import Threads
from bot.views.system import error_view

logger = logging.getLogger(__name__)

FORM_TIMEOUT = 2.0
"""Seconds that a submitted form waits for its answer; Slack gives up after three."""

RESPONSE_LIFETIME = dt.timedelta(minutes=25)
"""How long an answer is tried that doesn't go into a thread: a `response_url` expires after half an hour."""


class Slack:
    """The workspaces that have the app. `connection` receives their events and knows the tokens to answer with."""

    name = PLATFORM
    concurrency = ConcurrencyLimits(total=64, per_space=4)

    def __init__(
        self,
        connection: Connection,
        inbox: Inbox,
        threads: Threads,
        losses: LossReports,
        clock: Clock,
        metrics: Metrics,
        guarantee: DeliveryGuarantee = DeliveryGuarantee.AT_LEAST_ONCE,
        timer: Timer = LOOP_TIMER,
    ) -> None:
        self._connection = connection
        self._worker = InboxWorker(self.name, inbox, clock, timer)
        self._losses = losses
        self._guarantee = guarantee
        self._threads = threads
        self._clock = clock
        self._metrics = metrics
        self._verbs: Mapping[str, Verb] = {}
        self._dispatch: Dispatch = _not_running

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Listen until cancelled; events that an earlier run left unfinished come first.

        Raises TokenRefused, in words, if Slack rejects the tokens; SettingsError if it can't listen as it is set up.
        """
        self._verbs = {verb.name: verb for verb in verbs}
        self._dispatch = dispatch
        async with self._connection.session(self._acknowledge):
            try:
                async with self._worker.resuming(MAX_RESUME_AGE, self._resume):
                    await self._connection.listen()
            finally:
                await self._worker.drain()

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Post; an uncertain delivery is read back first, and goes on with the first page that is missing."""
        workspace = await self._connection.workspace(to.space)
        return await workspace.posting.deliver(to, message, key, trail)

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace what was posted."""
        workspace = await self._connection.workspace(sent.at.space)
        await workspace.posting.edit(sent, message)

    async def is_connected(self) -> bool:
        """Return whether events reach the bot now."""
        return await self._connection.is_connected()

    async def has_outsiders(self, at: Address) -> bool:
        """Return whether people outside the workspace may read along, as in any channel that Slack says nothing of."""
        workspace = await self._connection.workspace(at.space)
        return (
            not at.channel.startswith(USER_ID_PREFIXES)
            and (await workspace.directory.channel(at.channel)).has_outsiders
        )

    async def direct(self, space: str, user: str) -> Address:
        """Return the person's own address, which becomes a conversation when something is sent there."""
        return Address(self.name, space, user)

    async def _acknowledge(self, body: Payload) -> Acknowledgement:
        """Receive an event, and record how long that took: Slack is waiting."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await self._receive(body)
        finally:
            self._metrics.record_acknowledgement(self.name, loop.time() - began)

    async def _receive(self, body: Payload) -> Acknowledgement:
        """Save an event and start handling it; return what the acknowledgement carries."""
        if body.get("type") == "block_suggestion":
            return suggestions(self._matching_options(body))
        event = parse_event(body, tuple(self._verbs.values()))
        if event is None or (event.unaddressed and not await self._threads.is_live(event.at)):
            return None
        if not event.verb and not await self._worker.is_answered(event.replaces):
            return None
        workspace = await self._workspace(event)
        body = {**body, EXPIRES: (self._clock.now() + _lifetime(event)).timestamp()}
        if workspace is None or not await self._worker.accept(event.key, self._serialize(event, body)):
            return None
        return await self._start(event, workspace, body)

    def _matching_options(self, body: Payload) -> list[str]:
        """Return what fits the words that somebody types into a form: zones, by city or country."""
        verb = self._verbs.get(body.get("view", {}).get("callback_id", ""))
        kinds = {arg.name: arg.kind for arg in verb.args} if verb else {}
        return find_zones(body["value"]) if kinds.get(body["action_id"]) is ArgKind.ZONE else []

    def _serialize(self, event: Event, body: Payload) -> str:
        return json.dumps(redact(body, hidden_args(event.verb, tuple(self._verbs.values()))))

    async def _workspace(self, event: Event) -> Workspace | None:
        try:
            return await self._connection.workspace(event.at.space)
        except Denied:
            logger.warning("%s was asked for in %s, which we do not serve", event.verb, event.at.space)
            return None

    async def _start(
        self, event: Event, workspace: Workspace, body: Payload, *, resumed: bool = False
    ) -> Acknowledgement:
        saved = dict(body)

        async def save(name: str, value: object) -> None:
            saved[name] = value
            await self._worker.update(event.key, self._serialize(event, saved))

        asked_at = event.route.asked_at if resumed and isinstance(event.route, Thread) else None
        trail = PostedPages([*body.get(PAGES, ())], asked_at, partial(save, PAGES))
        surface = surface_for(
            event,
            workspace.api,
            self._connection.response_urls,
            workspace.posting,
            partial(save, REPLY_TS),
            trail,
            self._guarantee,
        )

        async def save_answer(reply: Reply) -> None:
            await save(ANSWER, encode_reply(reply))

        answered = decode_reply(body.get(ANSWER, ""))
        states = no_replies() if answered else self._states(event, workspace)
        answer = Answer(states, surface, save_answer, answered)
        expires = dt.datetime.fromtimestamp(body[EXPIRES], dt.UTC)
        run, report_loss = partial(self._answer, event, workspace, surface, answer), partial(self._report_loss, event)
        if isinstance(surface, ThreadSurface):
            question = event.replaces or event.key
            job = Job(
                event.key, event.verb or "a deletion", run, expires, report_loss, None, question, surface.take_back
            )
        else:
            job = Job(event.key, event.verb, run, expires, report_loss)
        self._worker.start(job, LANDING.total_seconds() if asked_at else 0)
        if not isinstance(surface, SubmissionSurface):
            return None
        return await surface.acknowledgement(FORM_TIMEOUT)

    async def _states(self, event: Event, workspace: Workspace) -> AsyncIterator[Reply]:
        try:
            request = await self._request(event, workspace)
        except StoreError as error:
            # Raised from here it would end the states, and another try would find nothing to show.
            yield Reply(error_view(str(error)), private=True, failed=True)
            return
        async for reply in self._dispatch(request):
            yield reply

    async def _answer(self, event: Event, workspace: Workspace, surface: Surface, answer: Answer) -> None:
        """Answer an event, a message in place of what it was answered before; a deleted one loses its answer."""
        if event.replaces:
            await self._worker.withdraw(event.replaces, event.key, workspace.posting.remove)
        if not event.verb:
            return
        try:
            await answer.show()
        finally:
            with after_answer(event.verb):
                if isinstance(surface, ThreadSurface) and surface.posted:
                    await self._worker.record_answer(event.key, surface.posted)
        with after_answer(event.verb):
            if isinstance(event.route, Modal) and event.route.trigger_id:
                await self._refresh_home(event, workspace)
            if isinstance(event.route, Thread) and not event.private:
                # From now on, questions here need no mention.
                await self._threads.join(event.at, event.user, self._clock.now())

    async def _report_loss(self, event: Event) -> None:
        if event.verb and not isinstance(event.route, AppHome):
            asked = asked_words(event.verb, event.args, tuple(self._verbs.values()))
            await self._losses.send(event.key, Address(self.name, event.at.space, event.user), asked, event.at)

    async def _refresh_home(self, event: Event, workspace: Workspace) -> None:
        """Redraw the person's page after something they did there."""
        page = replace(event, verb="home", args={}, route=AppHome())
        surface = HomeSurface(page, workspace.api)
        try:
            await relay(self._dispatch(await self._request(page, workspace)), surface)
        except PlatformError as error:
            logger.info("The page of %s was not redrawn: %s", event.user, error)

    async def _request(self, event: Event, workspace: Workspace) -> Request:
        verb = self._verbs.get(event.verb)
        direct = event.at.channel == event.user
        directory = workspace.directory
        # Rights are fetched again if they matter: they may have changed since the button was drawn.
        person = await directory.person(event.user, fresh=bool(verb and verb.manager_only))
        channel = ChannelInfo()
        if not direct:
            channel = await directory.channel(event.at.channel, fresh=bool(verb and verb.needs_posting))
        return Request(
            event.verb,
            event.args,
            event.user,
            event.at,
            self._clock.now(),
            private=event.private,
            may_manage=person.is_member and not event.is_outsider,
            zone=person.zone if is_zone(person.zone) else "",
            id=event.key,
            dm_address=None if direct else Address(self.name, event.at.space, event.user),
            may_post=channel.may_post,
            has_outsiders=channel.has_outsiders or event.is_outsider,
            user_name=person.name,
            attachments=tuple(file.attachment(workspace.api.download) for file in event.files),
        )

    async def _resume(self, key: str, payload: str) -> None:
        body = {EXPIRES: (self._clock.now() + RESPONSE_LIFETIME).timestamp(), **json.loads(payload)}
        event = parse_event(body, tuple(self._verbs.values()))
        workspace = await self._workspace(event) if event and event.key == key else None
        if event and workspace:
            await self._start(event, workspace, body, resumed=True)


def _lifetime(event: Event) -> dt.timedelta:
    if not event.verb:
        return MAX_RESUME_AGE
    return ANSWER_LIFETIME if isinstance(event.route, Thread) else RESPONSE_LIFETIME


def _not_running(request: Request) -> AsyncIterator[Reply]:
    """Answer nothing: the platform isn't running yet."""
    del request
    return no_replies()
