"""What an operator watches, in Prometheus' text format at `/metrics`.

Counters and histograms count what this process did: each process of an instance, server or worker, is scraped for its
own. Gauges (`api.gauges`) are read from the database, the log's files and the broker when they are scraped, so that
every process tells the same of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from filiere_platform.api.gauges import LogStateCollector, QueueCollector, ThreadCollector
from filiere_platform.domain.capture import Outcome
from filiere_platform.usecases.log_state import LogState
from filiere_platform.usecases.queue_state import QueueState

# Seconds. A commit is a few milliseconds, a request in a crowd some tens, a lock timeout a few seconds.
LATENCY_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
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
        self.registry.register(LogStateCollector(read_state))

    def watch_queues(self, read_state: Callable[[], QueueState]) -> None:
        """Have every scrape count what waits on the broker; called once."""
        self.registry.register(QueueCollector(read_state))

    def watch_threads(self, are_alive: Callable[[], Mapping[str, bool]]) -> None:
        """Have every scrape say which threads of this process live, by name; called once."""
        self.registry.register(ThreadCollector(are_alive))


def count_outcomes(metrics: Metrics, outcomes: Iterable[Outcome], *, seconds: float) -> None:
    """Count a request that was answered after so many seconds, and what became of each of its records."""
    for outcome in outcomes:
        metrics.decided(outcome.status.value, codes=(p.code for p in outcome.problems))
    metrics.answered(seconds)


def router(metrics: Metrics) -> APIRouter:
    """Serve a registry at `/metrics`."""
    routes = APIRouter()

    @routes.get("/metrics", include_in_schema=False)
    def read_metrics() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return routes
