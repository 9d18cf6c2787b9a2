"""Builds everything and wires it once; only this file knows every class. `runtime.py` runs what is built here."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, fields
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from bot.analysts.rules import RuleAnalyst
from bot.briefs.explanation import ExplanationService
from bot.briefs.service import BriefService
from bot.chat.platform import Notify, Platform
from bot.chat.request import Request
from bot.config import ModelSettings, Settings
from bot.delivery.leader_election import ReplicaGroup, SingleReplica, new_holder_id
from bot.delivery.refusals import Refusals
from bot.domain.address import Address
from bot.due_times import LOOP_TIMER, Clock, Timer, local_date
from bot.errors import SettingsError
from bot.ingest.feeds.service import FeedService
from bot.ingest.importer import Importer
from bot.llm.provider import LanguageModel
from bot.llm.registry import connect
from bot.metrics import Metrics, ModelMetrics
from bot.platforms.console.adapter import machine_zone
from bot.platforms.registry import PLATFORMS
from bot.platforms.spec import PlatformServices, PlatformSpec
from bot.qa.service import AnswerService
from bot.search.hybrid import HybridSearch, open_search
from bot.store.store import Store, open_store
from handlers import router
from handlers.dispatcher import Dispatcher

if TYPE_CHECKING:
    from bot.analysts.llm.analyst import LLMAnalyst
    from bot.health.prometheus import Prometheus
    from bot.ingest.feeds.transcription import Transcriber

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

    `llm` is None if no language model is configured.
    """

    space: ClassVar[str] = LOCAL_SPACE
    settings: Settings
    clock: Clock
    zone: str
    store: Store
    search: HybridSearch
    briefs: BriefService
    answers: AnswerService
    explanations: ExplanationService
    analyst: RuleAnalyst | LLMAnalyst
    importer: Importer
    feeds: FeedService
    dispatcher: Dispatcher
    metrics: Metrics
    replicas: SingleReplica | ReplicaGroup
    refusals: Refusals
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
    """Build the application on its database, and close it at the end; without a clock, this machine's is used.

    `shared` makes it one of several replicas, even on a database that is made for one process. Raises SettingsError
    if the database cannot be opened.
    """
    clock, name = clock or SystemClock(), new_holder_id()
    metrics = _build_metrics(settings)
    async with (
        open_store(settings.database, settings.secret_key, name) as store,
        _open_language_model(settings, store, clock, metrics) as llm,
        _open_transcriber(settings, store, clock, metrics) as transcriber,
        AsyncExitStack() as stack,
    ):
        analyst = _build_analyst(llm, settings.model)
        search = open_search(store.index, store.index)
        briefs = BriefService(store.editions, analyst)
        answers = AnswerService(search, analyst, clock)
        explanations = ExplanationService(briefs, store.library, search)
        importer = Importer(
            store.library,
            store.registry,
            search,
            store.sources,
            clock,
            analyst,
            settings.workers,
            store.rereading,
        )
        feeds = FeedService(settings, store.feeds, store.items, store.notes, importer, search, clock, transcriber)
        stack.push_async_callback(feeds.aclose)
        refusals = Refusals()
        services = {
            **{field.name: getattr(store, field.name) for field in fields(store)},
            "answers": answers,
            "briefs": briefs,
            "clock": clock,
            "explanations": explanations,
            "can_translate": llm is not None,
            "feed_service": feeds,
            "importer": importer,
            "note_days": settings.note_days,
            "refusals": refusals,
            "search": search,
            "spending": store.spending if llm or transcriber else None,
            "translator": analyst,
            "verbs": router.verbs,
        }
        dispatcher = Dispatcher(router, services, store.replies, clock, metrics)
        is_shared = shared or store.database.is_shared
        replicas = ReplicaGroup(store.leases, name, clock) if is_shared else SingleReplica(name)
        yield App(
            settings=settings,
            clock=clock,
            zone=settings.timezone or machine_zone(os.environ),
            store=store,
            search=search,
            briefs=briefs,
            answers=answers,
            explanations=explanations,
            analyst=analyst,
            importer=importer,
            feeds=feeds,
            dispatcher=dispatcher,
            metrics=metrics,
            replicas=replicas,
            refusals=refusals,
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

    names = settings.model.models_by_tier
    async with aclosing(connect(settings.model)) as model:
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

    async with aclosing(OpenAI(settings.model.audio_server or settings.model.server)) as server:
        yield ServerTranscriber(server, settings.model, store.spending, store.completions, clock, metrics)


def _build_metrics(settings: Settings) -> Metrics | Prometheus:
    """Return what is read at the health port; without one, nothing is measured."""
    if not settings.health_port or find_spec("prometheus_client") is None:
        return Metrics()
    from bot.health.prometheus import Prometheus

    return Prometheus()


async def chat_platforms(
    app: App,
    notify: Notify,
    platforms: Sequence[PlatformSpec[Any]] = PLATFORMS,
    timer: Timer = LOOP_TIMER,
) -> dict[str, Platform]:
    """Return each chat platform that is configured; each notifies when it is connected, and waits by the timer.

    Raises SettingsError if what one needs is not installed.
    """
    services = PlatformServices(
        app.settings, app.store, app.clock, app.metrics, app.replicas, app.refusals, notify, timer
    )
    configured = [spec for spec in platforms if app.settings.platform(spec.settings).is_configured]
    return {spec.name: await spec.connect(services) for spec in configured}


def require_extra(module: str, extra: str) -> None:
    """Raise SettingsError if a module is not installed that one of our extras brings."""
    if find_spec(module) is None:
        message = f"{extra.capitalize()} is configured, but its packages are missing: pip install 'overheard[{extra}]'"
        raise SettingsError(message)
