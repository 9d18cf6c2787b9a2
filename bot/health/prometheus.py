"""The metrics as Prometheus reads them; the only file that knows its client."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CollectorRegistry, Counter, Gauge, GaugeMetricFamily, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.domain.library import StoreStats
from bot.domain.usage import Usage
from bot.metrics import Metrics

CONTENT_TYPE = CONTENT_TYPE_LATEST
"""The content type of the page."""

_ACK_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Slack and Discord give up after three seconds."""

_ANSWER_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LAG_BUCKETS = (0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Prometheus(Metrics):
    """Metrics kept for whoever asks for the page."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        histogram, counter = partial(Histogram, registry=registry), partial(Counter, registry=registry)
        self._acknowledged = histogram(
            "overheard_ack_seconds", "From an event to its acknowledgement.", ["platform"], buckets=_ACK_BUCKETS
        )
        self._answered = histogram(
            "overheard_answer_seconds", "From a request to its answer.", ["verb"], buckets=_ANSWER_BUCKETS
        )
        self._lag = histogram(
            "overheard_event_loop_lag_seconds", "How late the event loop came back.", buckets=_LAG_BUCKETS
        )
        self._late = Gauge("overheard_schedule_lag_seconds", "How late the last brief was queued.", registry=registry)
        self._delivered = counter("overheard_deliveries", "Deliveries by outcome.", ["platform", "outcome"])
        self._slowed = counter("overheard_rate_limited", "Calls that a platform turned away as too many.", ["platform"])
        self._calls = counter("overheard_model_calls", "Requests to a model, by outcome.", ["purpose", "outcome"])
        self._tokens = counter("overheard_model_tokens", "Tokens that a model read and wrote.", ["purpose", "kind"])

    def record_acknowledgement(self, platform: str, seconds: float) -> None:
        """Observe an acknowledgement."""
        self._acknowledged.labels(platform).observe(seconds)

    def record_answer(self, verb: str, seconds: float) -> None:
        """Observe an answer."""
        self._answered.labels(verb).observe(seconds)

    def record_delivery(self, platform: str, outcome: str) -> None:
        """Count a delivery."""
        self._delivered.labels(platform, outcome).inc()

    def record_rate_limit(self, platform: str) -> None:
        """Count a call that was turned away."""
        self._slowed.labels(platform).inc()

    def record_queue_lag(self, late: float) -> None:
        """Set how late the last brief was queued."""
        self._late.set(late)

    def record_call(self, purpose: str, outcome: str, usage: Usage | None = None) -> None:
        """Count a request to a model and its tokens, with the cheaper cached input apart."""
        self._calls.labels(purpose, outcome).inc()
        if usage:
            kinds = {"input": usage.input - usage.cached, "cached": usage.cached, "output": usage.output}
            for kind, tokens in kinds.items():
                self._tokens.labels(purpose, kind).inc(max(tokens, 0))

    def record_event_loop_lag(self, seconds: float) -> None:
        """Observe how late the event loop came back."""
        self._lag.observe(seconds)

    def render(self, load: StoreStats) -> bytes:
        """Return every metric, with the database's counts of this moment."""
        database = CollectorRegistry()
        database.register(_DatabaseCollector(load))
        return generate_latest(self._registry) + generate_latest(database)


class _DatabaseCollector(Collector):
    """The counts of the database, as gauges."""

    def __init__(self, load: StoreStats) -> None:
        self._load = load

    def collect(self) -> Iterator[Metric]:
        """Yield each gauge."""
        load = self._load
        yield GaugeMetricFamily("overheard_conversations", "Conversations read.", load.conversations)
        yield GaugeMetricFamily(
            "overheard_outbox_oldest_due_seconds",
            "How long ago the oldest delivery fell due that nobody has picked up.",
            load.overdue_seconds,
        )
        kept = GaugeMetricFamily(
            "overheard_outbox_deliveries", "Deliveries kept, by state.", labels=["platform", "state"]
        )
        for labels, count in sorted(load.deliveries.items()):
            kept.add_metric(labels, count)
        unfinished = GaugeMetricFamily(
            "overheard_inbox_unfinished", "Events that have not been handled yet.", labels=["platform"]
        )
        for platform, count in sorted(load.unfinished_events.items()):
            unfinished.add_metric([platform], count)
        yield from (kept, unfinished)
