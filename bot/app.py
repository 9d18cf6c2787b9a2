"""Builds everything and wires it once; only this file knows every class. `runtime.py` runs what is built here."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, fields
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

from bot.analysts.rules import RuleAnalyst
from bot.briefs.service import BriefService
from bot.chat.platform import Notify, Platform
from bot.chat.request import Request
from bot.config import ModelSettings, Settings
from bot.delivery.leader_election import ReplicaGroup, SingleReplica, new_holder_id
from bot.domain.address import Address
from bot.due_times import Clock, local_date
from bot.errors import SettingsError
from bot.ingest.feeds.service import FeedService
from bot.ingest.feeds.transcription import Transcriber
from bot.ingest.importer import Importer
from bot.llm.provider import LanguageModel
from bot.metrics import Metrics, ModelMetrics, NoMetrics
from bot.platforms.console.adapter import machine_zone
from bot.qa.service import AnswerService
from bot.search.hybrid import HybridSearch, open_search
from bot.store.store import Store, open_store
from handlers import router
from handlers.dispatcher import Dispatcher

if TYPE_CHECKING:
    from bot.analysts.llm.analyst import LLMAnalyst
    from bot.health.prometheus import Prometheus
    from bot.platforms.slack.connection import Connection

logger = logging.getLogger(__name__)

LOCAL_SPACE = "console:local"
"""The space of the person at this machine."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class App:
    """Everything, built and wired. `replicas` are this process and the others on its database.

    `llm` is None if no language model is configured; `space` is that of the person at this machine.
    """

    space: ClassVar[str] = LOCAL_SPACE
    settings: Settings
    clock: Clock
    zone: str
    store: Store
    search: HybridSearch
    briefs: BriefService
    answers: AnswerService
    analyst: RuleAnalyst | LLMAnalyst
    importer: Importer
    feeds: FeedService
    dispatcher: Dispatcher
    metrics: Metrics
    replicas: SingleReplica | ReplicaGroup
    llm: LanguageModel | None = None

    @property
    def today(self) -> dt.date:
        """The local date of this machine."""
        return local_date(self.clock.now(), self.zone)

    def request(self, verb: str, **args: str) -> Request:
        """Return a request from the person at this machine."""
        at = Address.parse(f"{LOCAL_SPACE}/terminal")
        return Request(verb, args, "you", at, self.clock.now(), may_manage=True, zone=self.zone)


@asynccontextmanager
async def open_app(settings: Settings, clock: Clock | None = None, *, shared: bool = False) -> AsyncIterator[App]:
    """Build the application on its database, and close it at the end; the clock is this machine's unless one is given.

    With `shared` it is one of several replicas, even on a database made for one process. Raises SettingsError if the
    database cannot be opened.
    """
    clock, holder = clock or SystemClock(), new_holder_id()
    metrics = _build_metrics(settings)
    async with (
        open_store(settings.database, settings.secret_key, holder) as store,
        _open_language_model(settings, store, clock, metrics) as llm,
        _open_transcriber(settings, store, clock, metrics) as transcriber,
        AsyncExitStack() as stack,
    ):
        analyst = _build_analyst(llm, settings.model)
        search = open_search(store.index, store.index)
        briefs = BriefService(store.editions, analyst)
        answers = AnswerService(search, analyst)
        importer = Importer(store.library, store.registry, search, store.sources, clock, analyst, settings.workers)
        feeds = FeedService(settings, store.feeds, store.items, importer, search, clock, transcriber)
        stack.push_async_callback(feeds.aclose)
        services = {
            **{field.name: getattr(store, field.name) for field in fields(store)},
            "answers": answers,
            "briefs": briefs,
            "clock": clock,
            "feed_service": feeds,
            "importer": importer,
            "note_days": settings.note_days,
            "search": search,
            "spending": store.spending if llm or transcriber else None,
            "translator": analyst,
            "verbs": router.verbs,
        }
        has_replicas = shared or store.database.is_shared
        yield App(
            settings=settings,
            clock=clock,
            zone=settings.timezone or machine_zone(os.environ),
            store=store,
            search=search,
            briefs=briefs,
            answers=answers,
            analyst=analyst,
            importer=importer,
            feeds=feeds,
            dispatcher=Dispatcher(router, services, store.replies, clock, metrics),
            metrics=metrics,
            replicas=ReplicaGroup(store.leases, holder, clock) if has_replicas else SingleReplica(),
            llm=llm,
        )


def _build_analyst(llm: LanguageModel | None, settings: ModelSettings) -> RuleAnalyst | LLMAnalyst:
    if llm is None:
        return RuleAnalyst()
    from bot.analysts.llm.analyst import LLMAnalyst

    # Reading gets half of its slots.
    readers = max(settings.model_concurrency // 2, 1)
    return LLMAnalyst(llm, context=settings.model_context, patience=settings.model_patience, readers=readers)


@asynccontextmanager
async def _open_language_model(
    settings: Settings, store: Store, clock: Clock, metrics: ModelMetrics
) -> AsyncIterator[LanguageModel | None]:
    """Open the language model if one is configured; answers from its cache cost nothing."""
    if not settings.model.is_configured:
        yield None
        return
    from bot.llm.budget import MeteredModel, Tariff
    from bot.llm.cache import CachedModel
    from bot.llm.openai import OpenAI

    names = settings.model.models_by_tier
    async with aclosing(OpenAI(settings.model)) as model:
        tariff = Tariff(names, settings.model.prices_by_model, settings.model.budgets)
        metered = MeteredModel(model, store.spending, tariff, clock, metrics)
        yield CachedModel(metered, store.completions, names, clock, metrics)


@asynccontextmanager
async def _open_transcriber(
    settings: Settings, store: Store, clock: Clock, metrics: ModelMetrics
) -> AsyncIterator[Transcriber | None]:
    """Open the transcriber of recordings if a model for that is configured."""
    if not settings.model.model_transcribe:
        yield None
        return
    from bot.llm.openai import OpenAI
    from bot.llm.transcription import ServerTranscriber

    async with aclosing(OpenAI(settings.model)) as model:
        yield ServerTranscriber(model, settings.model, store.spending, store.completions, clock, metrics)


def _build_metrics(settings: Settings) -> NoMetrics | Prometheus:
    """Return the metrics served at the health port; without one, nothing is recorded."""
    if not settings.health_port or find_spec("prometheus_client") is None:
        return NoMetrics()
    from bot.health.prometheus import Prometheus

    return Prometheus()


async def chat_platforms(app: App, notify: Notify) -> dict[str, Platform]:
    """Return the chat platforms that are configured; each notifies once it is connected.

    Raises SettingsError if what one needs is not installed.
    """
    # An SDK takes a second to import, which only those who use it should wait for.
    platforms: list[Platform] = []
    if app.settings.slack.is_configured:
        require_extra("slack_bolt", "slack")
        from bot.platforms.slack.adapter import Slack

        connection = await _slack_connection(app, notify)
        platforms.append(Slack(connection, app.store.inbox, app.store.threads, app.clock, app.metrics))
    if app.settings.discord.token:
        require_extra("discord", "discord")
        from bot.platforms.discord.adapter import Discord

        inbox, registry = app.store.inbox, app.store.registry
        shared = (app.clock, notify, app.metrics, app.replicas)
        platforms.append(Discord(app.settings.discord, inbox, registry, *shared))
    return {platform.name: platform for platform in platforms}


def require_extra(module: str, extra: str) -> None:
    """Raise SettingsError if a module that one of our extras brings is not installed."""
    if find_spec(module) is None:
        message = f"{extra.capitalize()} is configured, but what it needs is missing: pip install 'overheard[{extra}]'"
        raise SettingsError(message)


async def _slack_connection(app: App, notify: Notify) -> Connection:
    settings = app.settings
    if settings.slack.uses_socket_mode:
        from bot.platforms.slack.socket_mode import SocketConnection

        return SocketConnection(settings.slack, app.clock, notify, app.metrics, app.replicas)
    from bot.platforms.slack.http_mode import HTTPConnection

    # A missing or wrong key is reported now, not when the first workspace installs; an older one is retired.
    await app.store.vault.rotate()

    async def erase_workspace(team: str) -> None:
        await app.store.privacy.erase_space(f"slack:{team}")

    address = (settings.http_host, settings.http_port)
    shared = (notify, app.metrics, app.replicas)
    return HTTPConnection(settings.slack, app.store.vault, app.clock, address, erase_workspace, *shared)
