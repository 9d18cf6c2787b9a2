"""The measures as Prometheus reads them; the only file that knows its client."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CollectorRegistry, Counter, Gauge, GaugeMetricFamily, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.domain.library import StoreStats
from bot.domain.usage import Usage

CONTENT_TYPE = CONTENT_TYPE_LATEST
"""What the page says it is."""

_ACK_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Slack and Discord give up after three seconds."""

_ANSWER_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LAG_BUCKETS = (0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Prometheus:
    """The Measures and the Consumption, kept for whoever asks for the page."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        self._acknowledged = Histogram(
            "overheard_ack_seconds",
            "From an event to its acknowledgement.",
            ["platform"],
            buckets=_ACK_BUCKETS,
            registry=registry,
        )
        self._answered = Histogram(
            "overheard_answer_seconds",
            "From a request to its answer.",
            ["verb"],
            buckets=_ANSWER_BUCKETS,
            registry=registry,
        )
        self._delivered = Counter(
            "overheard_deliveries", "Deliveries by how they went.", ["platform", "outcome"], registry=registry
        )
        self._slowed = Counter(
            "overheard_rate_limited", "Calls that a platform turned away as too many.", ["platform"], registry=registry
        )
        self._late = Gauge("overheard_schedule_lag_seconds", "How late the last brief was queued.", registry=registry)
        self._lag = Histogram(
            "overheard_event_loop_lag_seconds",
            "How late the event loop came back.",
            buckets=_LAG_BUCKETS,
            registry=registry,
        )

        self._calls = Counter(
            "overheard_model_calls",
            "What a model was asked, by how it went.",
            ["purpose", "outcome"],
            registry=registry,
        )
        self._tokens = Counter(
            "overheard_model_tokens", "Tokens that a model took and gave.", ["purpose", "kind"], registry=registry
        )

    def record_acknowledgement(self, platform: str, seconds: float) -> None:
        """Note how long a platform waited for our word that an event had arrived."""
        self._acknowledged.labels(platform).observe(seconds)

    def record_answer(self, verb: str, seconds: float) -> None:
        """Note how long the last state of an answer took."""
        self._answered.labels(verb).observe(seconds)

    def record_delivery(self, platform: str, outcome: str) -> None:
        """Note how a delivery went."""
        self._delivered.labels(platform, outcome).inc()

    def record_rate_limit(self, platform: str) -> None:
        """Note that a platform turned a call away."""
        self._slowed.labels(platform).inc()

    def record_queue_lag(self, late: float) -> None:
        """Note how late a brief was queued."""
        self._late.set(late)

    def record_call(self, purpose: str, outcome: str, usage: Usage | None = None) -> None:
        """Note what a model was asked, how it went, and the tokens it took; those of the input that cost less apart."""
        self._calls.labels(purpose, outcome).inc()
        if usage:
            kinds = {"input": usage.input - usage.cached, "cached": usage.cached, "output": usage.output}
            for kind, tokens in kinds.items():
                self._tokens.labels(purpose, kind).inc(max(tokens, 0))

    def record_event_loop_lag(self, seconds: float) -> None:
        """Note how late the event loop came back."""
        self._lag.observe(seconds)

    def render(self, load: StoreStats) -> bytes:
        """Return everything, with what lies in the database now."""
        lying = CollectorRegistry()
        lying.register(_DatabaseCollector(load))
        return generate_latest(self._registry) + generate_latest(lying)


class _DatabaseCollector(Collector):
    """What lies in the database, as gauges."""

    def __init__(self, load: StoreStats) -> None:
        self._load = load

    def collect(self) -> Iterator[Metric]:
        """Yield each gauge."""
        load = self._load
        yield GaugeMetricFamily("overheard_conversations", "Conversations read.", load.conversations)
        yield GaugeMetricFamily(
            "overheard_outbox_oldest_due_seconds",
            "How long ago the oldest delivery fell due that nobody has taken up.",
            load.overdue_seconds,
        )
        kept = GaugeMetricFamily(
            "overheard_outbox_deliveries", "Deliveries kept, by where they stand.", labels=["platform", "state"]
        )
        for labels, count in sorted(load.deliveries.items()):
            kept.add_metric(labels, count)
        unfinished = GaugeMetricFamily(
            "overheard_inbox_unfinished", "Events that are not dealt with yet.", labels=["platform"]
        )
        for platform, count in sorted(load.unfinished_events.items()):
            unfinished.add_metric([platform], count)
        yield from (kept, unfinished)
