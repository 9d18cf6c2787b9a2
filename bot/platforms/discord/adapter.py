"""Discord as a platform: every event is saved, acknowledged at once, and only then handled."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

import aiohttp
import discord
import msgspec
import yarl

from bot.chat.message import Message
from bot.chat.platform import ConcurrencyLimits, Notify, PostedPages, Sent
from bot.chat.request import Dispatch, Reply, Request, Verb
from bot.delivery.leader_election import Replicas
from bot.delivery.outbox import LANDING
from bot.domain.address import Address
from bot.domain.delivery import DeliveryGuarantee
from bot.due_times import LOOP_TIMER, Clock, Timer
from bot.errors import Busy, PlatformError, RateLimitScope, TokenRefused
from bot.metrics import Metrics
from bot.platforms.discord.api import download, rate_limiter, trace_config, translated_errors
from bot.platforms.discord.commands import Autocomplete, application_commands, is_registered
from bot.platforms.discord.events import (
    PLATFORM,
    Event,
    direct_address,
    parse_deletion,
    parse_edit,
    parse_interaction,
    parse_message,
    serialize,
)
from bot.platforms.discord.missed import MissedMessages
from bot.platforms.discord.posting import NOT_CONNECTED_DELAY, InteractionWebhook, Posting
from bot.platforms.discord.sessions import resume_sessions
from bot.platforms.discord.spec import REFUSAL_ADVICE, DiscordSettings
from bot.platforms.discord.surfaces import InteractionSurface, Lateness, MessageSurface
from bot.platforms.inbox_worker import (
    ANSWER_LIFETIME,
    MAX_RESUME_AGE,
    Answer,
    InboxWorker,
    Job,
    LossReports,
    after_answer,
    asked_words,
    decode_reply,
    encode_reply,
    no_replies,
)
from bot.platforms.rate_limit import RateLimiter
from bot.platforms.token_watch import TokenWatch
from bot.store.follows import Follows
from bot.store.outbox import Inbox
from bot.store.registry import Registry
from bot.store.threads import Threads
from bot.views.wording import pluralise

logger = logging.getLogger(__name__)

# At DEBUG it logs whatever comes, and so what people enter into forms.
logging.getLogger("discord.gateway").setLevel(logging.INFO)

RESPONSE_LIFETIME = dt.timedelta(minutes=14)
"""How long an answer is tried that isn't a message: an interaction expires after a quarter of an hour."""

MAX_RATE_LIMIT_WAIT = 30.0
"""Seconds that discord.py waits at most for a rate limit; the outbox has better ways to wait longer."""

GUILD_READY_TIMEOUT = 0.5
"""Seconds after the last server was announced until the connection counts as ready; a later server isn't missed."""

_AUTHENTICATION_FAILED = 4004


class DiscordClient(discord.AutoShardedClient):
    """discord.py's client, with small caches, which passes events on."""

    def __init__(self, settings: DiscordSettings, adapter: Discord, metrics: Metrics, limiter: RateLimiter) -> None:
        self.watch = TokenWatch(self.check_token)
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        super().__init__(
            intents=intents,
            shard_count=settings.shards or None,
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILD_READY_TIMEOUT,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=MAX_RATE_LIMIT_WAIT,
            http_trace=trace_config(limiter, metrics, self.watch.suspect),
        )
        self._adapter = adapter
        # An unreadable event would end the connection and lose whatever else was on its way:
        # https://github.com/Rapptz/discord.py/blob/master/discord/gateway.py
        parsers = self._connection.parsers
        parsers.update({event: _skip_unreadable(event, read) for event, read in parsers.items() if event != "READY"})

    async def check_token(self) -> None:
        """Raise TokenRefused, in words, if Discord rejects the token."""
        with translated_errors():
            try:
                await self.http.request(discord.http.Route("GET", "/users/@me"))
            except discord.HTTPException as error:
                if error.status == HTTPStatus.UNAUTHORIZED:
                    raise _token_refused() from None
                raise

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Receive a command, a button, a form, or a half-typed word."""
        if interaction.type is discord.InteractionType.autocomplete:
            await self._adapter.autocomplete(interaction)
        else:
            await self._adapter.receive(parse_interaction(interaction), interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Receive a message to the bot."""
        await self._adapter.receive(parse_message(message, self._adapter.verbs))

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Receive a message to the bot as it was edited."""
        await self._adapter.receive_edit(payload.message)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Receive that a message was deleted."""
        await self._adapter.receive_deletion([payload.message_id], payload)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Receive that many messages were deleted at once."""
        await self._adapter.receive_deletion(payload.message_ids, payload)

    async def on_ready(self) -> None:
        """Say that the connection is up."""
        await self._adapter.announce_ready()

    async def on_shard_ready(self, shard_id: int) -> None:
        """Look at what was said before a new session began; one that is taken up again brings it by itself."""
        await self._adapter.receive_missed(shard_id)


class Discord:
    """The servers and people that have the app.

    `threads` remembers where it answers; `registry` and `follows` complete names as they are typed.
    """

    name = PLATFORM
    concurrency = ConcurrencyLimits(total=32, per_space=32)

    def __init__(
        self,
        settings: DiscordSettings,
        inbox: Inbox,
        threads: Threads,
        registry: Registry,
        follows: Follows,
        losses: LossReports,
        clock: Clock,
        announce: Notify,
        metrics: Metrics,
        replicas: Replicas,
        guarantee: DeliveryGuarantee = DeliveryGuarantee.AT_LEAST_ONCE,
        timer: Timer = LOOP_TIMER,
    ) -> None:
        self._settings = settings
        self._losses = losses
        self._guarantee = guarantee
        self._replicas = replicas
        self._timer = timer
        self._threads = threads
        self._autocomplete = Autocomplete(registry, follows)
        self._clock = clock
        self._announce = announce
        self._metrics = metrics
        self._worker = InboxWorker(PLATFORM, inbox, clock, timer)
        self._client: DiscordClient | None = None
        self._posting: Posting | None = None
        self._dispatch: Dispatch | None = None
        self._announced = self._listening = False
        self._lateness = Lateness()
        self.verbs: Sequence[Verb] = ()

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Post once Discord has accepted the token, and listen while this replica leads, until cancelled.

        Events that an earlier run left unfinished come first. Raises TokenRefused, in words, if Discord rejects the
        token, PlatformError if it can't be reached.
        """
        self.verbs, self._dispatch = verbs, dispatch
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        resume_sessions()
        discord.http.Route.BASE = self._settings.api_url.rstrip("/")
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._settings.gateway_url)
        while True:
            await self._run_session()

    async def _run_session(self) -> None:
        """Log in, and stay until another replica leads: a client cannot listen a second time."""
        limiter = rate_limiter(self._replicas, self._timer)
        self._client = client = DiscordClient(self._settings, self, self._metrics, limiter)
        try:
            await client.login(self._settings.token)
            self._posting = Posting(client, self._clock, crosspost=self._settings.crosspost)
            async with self._worker.resuming(MAX_RESUME_AGE, self._resume):
                await client.watch.guard(self._replicas.run_as_leader(PLATFORM, partial(self._listen, client)))
            await _disconnect_shards(client)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise _connection_error(error) from error
        finally:
            self._posting = None
            try:
                await self._worker.drain()
            finally:
                await client.close()

    async def _listen(self, client: DiscordClient) -> None:
        """Register the commands before any event comes, then listen."""
        self._announced, self._listening = False, True
        try:
            await self._register_commands(client)
            await client.connect()
        finally:
            self._listening = False
            # Before another replica begins; a lone one goes on saving events for its next start until it ends.
            if self._replicas.live_count > 1:
                await _disconnect_shards(client)

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Post; the same `key` again within minutes is the same message."""
        return await self._require_posting().deliver(to, message, key, trail)

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace what was posted."""
        await self._require_posting().edit(sent, message)

    async def is_connected(self) -> bool:
        """Return whether every shard is connected, or those of another replica are and this one can post."""
        client = self._client
        if client is None or self._posting is None or not self._listening:
            return self._posting is not None
        return client.is_ready() and not any(shard.is_closed() for shard in client.shards.values())

    async def has_outsiders(self, at: Address) -> bool:
        """Return False: a server has members and nobody else."""
        del at
        return False

    async def direct(self, space: str, user: str) -> Address:
        """Return the person's own address, which becomes a conversation when something is sent there."""
        del space
        return direct_address(user)

    async def _register_commands(self, client: DiscordClient) -> None:
        """Register the commands with Discord, unless it has them already."""
        with translated_errors():
            app = client.application_id or 0
            wanted = application_commands(self.verbs)
            known = {command["name"]: command for command in await client.http.get_global_commands(app)}
            if len(known) != len(wanted) or not all(is_registered(new, known.get(new["name"])) for new in wanted):
                await client.http.bulk_upsert_global_commands(app, payload=wanted)
                logger.info("Registered %d commands", len(wanted))

    async def announce_ready(self) -> None:
        """Announce once that the bot listens; Discord reports it again after every long break."""
        if not self._announced and self._client and self._client.user:
            self._announced = True
            servers = pluralise(len(self._client.guilds), "server")
            await self._announce(f"Discord: listening in {servers} as {self._client.user.name}.")

    async def receive(self, event: Event | None, interaction: discord.Interaction[Any] | None = None) -> None:
        """Save an event, then start handling it."""
        received = asyncio.get_running_loop().time()
        if interaction:
            # It has waited since it was sent, also while there was no connection.
            received -= self._lateness.of((self._clock.now() - interaction.created_at).total_seconds())
        if event is None:
            return
        event = replace(event, expires=(self._clock.now() + _lifetime(event)).timestamp())
        if await self._worker.accept(event.key, serialize(event, self.verbs)):
            self._start(event, interaction, received)

    async def receive_edit(self, message: discord.Message) -> None:
        """Receive a message as it was edited; an edit of long ago is told again, for instance if it is pinned."""
        if message.edited_at and self._clock.now() - message.edited_at < MAX_RESUME_AGE:
            await self.receive(parse_edit(message, self.verbs))

    async def receive_deletion(
        self, messages: Iterable[int], payload: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent
    ) -> None:
        """Receive that messages were deleted, of which some may have been questions."""
        for message in messages:
            event = parse_deletion(message, payload.channel_id, payload.guild_id)
            if event and await self._worker.is_answered(event.replaces):
                await self.receive(event)

    async def receive_missed(self, shard: int) -> None:
        """Receive what was said to the bot while a shard had no session; what was received before stays as it is."""
        if self._client and self._posting:
            missed = MissedMessages(self._client, self._posting, self._threads, self._clock)
            async for message in missed.read(shard):
                await self.receive(parse_message(message, self.verbs))

    async def autocomplete(self, interaction: discord.Interaction[Any]) -> None:
        """Offer completions for a half-typed word."""
        choices = await self._autocomplete.choices(self.verbs, interaction)
        with suppress(discord.HTTPException):
            await interaction.response.autocomplete(choices)

    def _start(
        self,
        event: Event,
        interaction: discord.Interaction[Any] | None,
        received: float,
        *,
        resumed: bool = False,
    ) -> None:
        client = self._client
        if client is None or self._posting is None:
            return
        # What an earlier run has posted for it is found by reading back.
        since = discord.utils.snowflake_time(event.message or int(event.key.rpartition(":")[2])) if resumed else None
        saved = event

        async def save(changed: Event) -> None:
            nonlocal saved
            saved = changed
            await self._worker.update(event.key, serialize(changed, self.verbs))

        async def save_posts(changed: Event) -> None:
            await save(replace(saved, posts=changed.posts))

        async def save_answer(reply: Reply) -> None:
            await save(replace(saved, answer=encode_reply(reply)))

        # A name isn't saved with the event: after a restart it is unknown.
        name = interaction.user.display_name if interaction else ""
        answered = decode_reply(event.answer)
        states = no_replies() if answered else self._states(event, client.http, name)
        expires, report_loss = dt.datetime.fromtimestamp(event.expires, dt.UTC), partial(self._report_loss, event)
        if event.token:
            webhook = InteractionWebhook(event, client, save_posts)
            on_acknowledged = partial(self._record_acknowledgement, received)
            beside = InteractionSurface(event, webhook, self._posting, interaction, on_acknowledged, since)
            answer = Answer(states, beside, save_answer, answered)
            job = Job(event.key, event.verb, answer.show, expires, report_loss, partial(beside.defer, received))
        else:
            below = MessageSurface(event, self._posting, client, self._guarantee, since)
            answer = Answer(states, below, save_answer, answered)
            run, question = partial(self._answer_message, event, below, answer), event.replaces or event.key
            job = Job(event.key, event.verb or "a deletion", run, expires, report_loss, None, question, below.take_back)
        self._worker.start(job, LANDING.total_seconds() if resumed and event.message else 0)

    async def _report_loss(self, event: Event) -> None:
        if not event.verb:
            return
        asked = asked_words(event.verb, event.args, self.verbs)
        await self._losses.send(event.key, direct_address(event.user), asked, event.at)

    def _record_acknowledgement(self, received: float) -> None:
        """Record how long an interaction has waited for its first response, which Discord has now."""
        self._metrics.record_acknowledgement(PLATFORM, asyncio.get_running_loop().time() - received)

    def _states(self, event: Event, http: discord.http.HTTPClient, user_name: str) -> AsyncIterator[Reply]:
        return self._dispatch(self._request(event, http, user_name)) if self._dispatch and event.verb else no_replies()

    async def _answer_message(self, event: Event, surface: MessageSurface, answer: Answer) -> None:
        """Answer a message in place of what it was answered before; one that was deleted loses its answer."""
        if event.replaces:
            await self._worker.withdraw(event.replaces, event.key, self._require_posting().remove)
        if not event.verb:
            return
        try:
            await answer.show()
        finally:
            with after_answer(event.verb):
                if surface.posted:
                    await self._worker.record_answer(event.key, surface.posted)
        with after_answer(event.verb):
            await self._threads.join(event.at, event.user, self._clock.now())

    def _request(self, event: Event, http: discord.http.HTTPClient, user_name: str) -> Request:
        return Request(
            event.verb,
            event.args,
            event.user,
            event.at,
            self._clock.now(),
            private=event.private,
            may_manage=event.may_manage,
            id=event.key,
            dm_address=event.own,
            may_post=event.may_post,
            user_name=user_name,
            attachments=tuple(file.attachment(partial(download, http)) for file in event.files),
        )

    async def _resume(self, _: str, payload: str) -> None:
        event = msgspec.json.decode(payload, type=Event)
        if not event.expires:
            event = replace(event, expires=(self._clock.now() + RESPONSE_LIFETIME).timestamp())
        self._start(event, None, asyncio.get_running_loop().time(), resumed=True)

    def _require_posting(self) -> Posting:
        if self._posting is None:
            raise Busy(NOT_CONNECTED_DELAY, RateLimitScope.PLATFORM)
        return self._posting


def _lifetime(event: Event) -> dt.timedelta:
    if not event.verb:
        return MAX_RESUME_AGE
    return RESPONSE_LIFETIME if event.token else ANSWER_LIFETIME


async def _disconnect_shards(client: DiscordClient) -> None:
    """Stop receiving events, and nothing else."""
    await asyncio.gather(*(shard.disconnect() for shard in client.shards.values()))


def _skip_unreadable(event: str, parse: Callable[[Any], None]) -> Callable[[object], None]:
    """Return a parser that logs and skips an event it cannot read."""

    def parse_or_skip(payload: object) -> None:
        try:
            parse(payload)
        except Exception:
            logger.exception("Discord sent a %s that cannot be read", event)

    return parse_or_skip


def _connection_error(error: Exception) -> PlatformError:
    """Return in plain words why the connection ended."""
    if isinstance(error, discord.LoginFailure) or getattr(error, "code", 0) == _AUTHENTICATION_FAILED:
        return _token_refused()
    return PlatformError("it cannot be reached")


def _token_refused() -> TokenRefused:
    return TokenRefused(f"it rejected DISCORD_TOKEN. {REFUSAL_ADVICE} `overheard doctor` checks the new one.")
