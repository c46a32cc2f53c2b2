"""What is read when it is scraped: the state of the log, of the queues at the broker, of this process's threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from filiere_platform.domain.finding import SENTENCES
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.usecases.log_state import LogState
from filiere_platform.usecases.queue_state import QueueState
from filiere_platform.usecases.webhook_state import WebhookSums

log = logging.getLogger(__name__)

UNREADABLE = ("filiere_log_state_unreadable", "1 where the database or the log's files cannot be read, else 0")
BROKER_UNREADABLE = ("filiere_broker_unreadable", "1 where the broker does not tell what waits in its queues, else 0")


class LogStateCollector(Collector):
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
        yield _gauge("filiere_signing_refused", "1 where a publisher refuses to sign, else 0", state.is_refused)
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
        searches = CounterMetricFamily("filiere_graph_searches", "Questions, by where the graph was", labels=["graph"])
        searches.add_metric(["memory"], state.graph.remembered)
        searches.add_metric(["database"], state.graph.asked)
        yield searches
        findings = GaugeMetricFamily("filiere_findings_open", "Findings that are open, by rule", labels=["rule"])
        for rule in sorted(SENTENCES):
            findings.add_metric([rule], state.open_findings.get(rule, 0))
        yield findings
        yield from _of_webhooks(state.webhooks)


class QueueCollector(Collector):
    """Counts what waits on the broker; one that is away leaves the other metrics readable."""

    def __init__(self, read_state: Callable[[], QueueState]) -> None:
        self._read_state = read_state

    def describe(self) -> Iterable[Metric]:
        """Describe nothing: registering must not ask the broker."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Count once and give the gauges."""
        try:
            state = self._read_state()
        except Exception as error:
            if not isinstance(error, BusUnavailable):
                log.exception("queues_unreadable")
            yield _gauge(*BROKER_UNREADABLE, 1)
            return
        yield _gauge(*BROKER_UNREADABLE, 0)
        yield _by("member", "filiere_queue_messages", "Messages that wait for a member, by its URI", state.waiting)
        yield _by("member", "filiere_dead_letters", "Messages that a member's program gave up, by its URI", state.dead)
        yield _gauge("filiere_capture_queue_messages", "Messages of members that wait to be stored", state.captures)
        yield _gauge(
            "filiere_capture_dead_letters", "Messages of members that could not be digested", state.dead_captures
        )


class ThreadCollector(Collector):
    """Says which of the threads live that should live as long as the process does."""

    def __init__(self, are_alive: Callable[[], Mapping[str, bool]]) -> None:
        self._are_alive = are_alive

    def describe(self) -> Iterable[Metric]:
        """Describe nothing: the threads are not started yet."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Give one gauge for each thread."""
        yield _by("thread", "filiere_thread_alive", "1 where a thread of this process lives, else 0", self._are_alive())


def _of_webhooks(sums: WebhookSums) -> Iterable[Metric]:
    """Give what waits at webhooks, by what they are sent; no address and no member is a label."""
    webhooks = GaugeMetricFamily(
        "filiere_webhooks", "Webhooks, by what they are sent and how that stands", labels=["sends", "standing"]
    )
    for sends, standings in sums.webhooks.items():
        for standing, count in standings.items():
            webhooks.add_metric([sends, standing], count)
    yield webhooks
    yield _by(
        "sends",
        "filiere_webhook_failing_seconds",
        "For how long the webhook that has failed longest has taken nothing; 0: none fails",
        {sends.value: seconds for sends, seconds in sums.failing_seconds.items()},
    )
    letters = {sends.value: count for sends, count in sums.dead_letters.items()}
    yield _by("sends", "filiere_webhook_dead_letters", "Events that webhooks refused by themselves", letters)


def _gauge(name: str, description: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, description, value=value)


def _by(label: str, name: str, description: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, description, labels=[label])
    for value, found in sorted(values.items()):
        family.add_metric([value], found)
    return family
