"""What an operator watches, in Prometheus' text format at `/metrics`.

Counters and histograms count what this process did; gauges are read from the database and the log's files when they
are scraped, so that every process tells the same and none has to be asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from filiere_platform.domain.capture import Outcome
from filiere_platform.domain.finding import SENTENCES
from filiere_platform.usecases.log_state import LogState

log = logging.getLogger(__name__)

# Seconds. A commit is a few milliseconds, a request in a crowd some tens, a lock timeout a few seconds.
LATENCY_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
UNREADABLE = ("filiere_log_state_unreadable", "1 where the database or the log's files cannot be read, else 0")
GROUP_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 512, 1_000, 5_000)


class Metrics:
    """The registry of one process and its instruments. Observing is cheap: a lock and an addition."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._captured = Counter(
            "filiere_records",
            "Records decided, by what became of them (stored, known, refused)",
            ["outcome"],
            registry=self.registry,
        )
        self._refused = Counter(
            "filiere_refused", "Reasons for which records were refused, by code", ["code"], registry=self.registry
        )
        self._request = Histogram(
            "filiere_capture_seconds",
            "From the arrival of a capture request to its answer",
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self._commit = Histogram(
            "filiere_commit_seconds",
            "From the first statement of a group to its commit",
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self._group = Histogram(
            "filiere_group_records", "Records written in one commit", buckets=GROUP_BUCKETS, registry=self.registry
        )

        self._slowed = Counter(
            "filiere_slowed_requests", "Requests answered with 429 because of their rate", registry=self.registry
        )

    def slowed(self) -> None:
        """Count one request of somebody who calls too often."""
        self._slowed.inc()

    def committed(self, *, records: int, seconds: float) -> None:
        """Count one commit of so many records in so many seconds."""
        self._group.observe(records)
        self._commit.observe(seconds)

    def decided(self, outcome: str, *, codes: Iterable[str] = ()) -> None:
        """Count one record by what became of it, and each reason of a refusal.

        Codes come from our own catalogue: a sender cannot make a label.
        """
        self._captured.labels(outcome).inc()
        for code in codes:
            self._refused.labels(code).inc()

    def answered(self, seconds: float) -> None:
        """Count one capture request by the time its sender waited."""
        self._request.observe(seconds)

    def watch(self, read_state: Callable[[], LogState]) -> None:
        """Have every scrape read the state of the log; called once."""
        self.registry.register(_LogStateCollector(read_state))


def count_outcomes(metrics: Metrics, outcomes: Iterable[Outcome], *, seconds: float) -> None:
    """Count a request that was answered after so many seconds, and what became of each of its records."""
    for outcome in outcomes:
        metrics.decided(outcome.status.value, codes=(p.code for p in outcome.problems))
    metrics.answered(seconds)


class _LogStateCollector(Collector):
    """Reads the state of the log at each scrape; a database that is away leaves the other metrics readable."""

    def __init__(self, read_state: Callable[[], LogState]) -> None:
        self._read_state = read_state

    def describe(self) -> Iterable[Metric]:
        """Describe nothing: registering must not read the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Read the state once and give its gauges."""
        try:
            state = self._read_state()
        except Exception:
            log.exception("log_state_unreadable")
            yield _gauge(*UNREADABLE, 1)
            return
        yield _gauge(*UNREADABLE, 0)
        yield _gauge("filiere_log_size", "Records stored in the log", state.stored)
        yield _gauge("filiere_log_published_size", "Records under the served checkpoint", state.published)
        yield _gauge(
            "filiere_checkpoint_lag_records", "Records stored but not published", max(0, state.stored - state.published)
        )
        yield _gauge(
            "filiere_checkpoint_lag_seconds", "Age of the oldest record not published", state.unpublished_seconds
        )
        yield _gauge("filiere_grants", "Grants given", state.grants)
        yield _gauge("filiere_relay_lag_grants", "Grants not relayed yet", max(0, state.grants - state.relayed))
        yield _gauge(
            "filiere_relay_lag_seconds", "Age of the record of the oldest grant not relayed", state.unrelayed_seconds
        )
        yield _gauge(
            "filiere_chains_lag_records", "Records not followed in chains yet", max(0, state.stored - state.followed)
        )
        yield _gauge("filiere_graph_log_size", "Records that this process's graph reflects", state.graph.size)
        yield _gauge("filiere_graph_ends", "Ends of events in this process's graph", state.graph.ends)
        yield _gauge("filiere_graph_bytes", "Memory of this process's graph", state.graph.nbytes)
        findings = GaugeMetricFamily("filiere_findings_open", "Findings that are open, by rule", labels=["rule"])
        for rule in sorted(SENTENCES):
            findings.add_metric([rule], state.open_findings.get(rule, 0))
        yield findings


def _gauge(name: str, description: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, description, value=value)


def router(metrics: Metrics) -> APIRouter:
    """Serve a registry at `/metrics`."""
    routes = APIRouter()

    @routes.get("/metrics", include_in_schema=False)
    def read_metrics() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return routes
