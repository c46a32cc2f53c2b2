"""From the commit to a member's program at half load, and how many events share a commit when 256 clients send."""

from __future__ import annotations

import re
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import httpx
import orjson
import pika

import load
from captures import Envelopes, requests_of
from figures import Figures, claimed, paired
from filiere_platform.bus.topology import Topology
from sites import Site

CLIENTS: Final = 256
MOST_MS: Final = {50: 50.0, 99: 500.0}
LEAST_PER_COMMIT: Final = 30.0
QUIET: Final = 2.0  # seconds without a message after which all have come


def compare(
    site: Site, broker_url: str, cuts: Mapping[str, Envelopes], singles_per_second: float
) -> list[dict[str, Any]]:
    """Measure both.

    Args:
        site: an instance with a worker beside it.
        broker_url: where its members' queues are.
        cuts: the envelopes of each member for `paced` and for `crowd`.
        singles_per_second: what the instance takes of single events; half of it is sent.
    """
    crowd, delays = cuts["crowd"], _delays(site, broker_url, cuts["paced"], singles_per_second / 2)
    shown = Figures(rate=singles_per_second / 2, median_ms=_of(delays, 50), slow_ms=_of(delays, 99), count=len(delays))
    result = paired("commit to delivery at half load", [(shown, None)], unit="events/s")
    holds = all(_of(delays, percent) <= most for percent, most in MOST_MS.items())
    before = _groups(site)
    queues = {name: list(requests_of(site, name, lines, 1)) for name, lines in crowd.items()}
    done = load.apply_load(site.server.port, queues, clients=CLIENTS)
    records, groups = (after - earlier for after, earlier in zip(_groups(site), before, strict=True))
    many = Figures(
        rate=done.events_per_second, median_ms=done.latency_ms(50), slow_ms=done.latency_ms(99), count=done.events
    )
    per_commit = records / groups
    return [
        claimed(result, "p50 under 50 ms and p99 under 500 ms", _of(delays, 99), holds=holds),
        claimed(
            paired(f"one event a request, {CLIENTS} clients", [(many, None)], unit="events/s"),
            f"at least {LEAST_PER_COMMIT:g} events in a commit",
            per_commit,
            holds=per_commit >= LEAST_PER_COMMIT,
        ),
    ]


def _delays(site: Site, broker_url: str, paced: Envelopes, per_second: float) -> list[float]:
    """Send single events at a steady pace; gives the milliseconds from each one's storing to its arrival."""
    [(name, lines)] = paced.items()
    with site.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(site.senders[name].uri)
    assert member is not None
    reader = _Reader(broker_url, Topology().member_queue(member.id))
    reader.drain()
    reader.start()
    headers = {**site.senders[name].headers, "Content-Type": "application/jose"}
    with httpx.Client(base_url=site.server.url, headers=headers, timeout=30) as client:
        for line in lines:
            due = time.perf_counter() + 1 / per_second
            assert client.post("/api/v1/records", content=line).status_code == 200
            time.sleep(max(0.0, due - time.perf_counter()))
    reader.join()
    return sorted(reader.delays)


class _Reader(threading.Thread):
    """Reads a member's queue until nothing has come for a while."""

    def __init__(self, url: str, queue: str) -> None:
        super().__init__(daemon=True)
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._queue = queue
        self.delays: list[float] = []

    def drain(self) -> None:
        """Take what earlier slots have left."""
        self._channel.queue_purge(self._queue)

    def run(self) -> None:
        for method, _properties, body in self._channel.consume(self._queue, inactivity_timeout=QUIET, auto_ack=True):
            if method is None:
                if self.delays:
                    break
                continue
            now = time.time()
            for event in orjson.loads(body):
                stored = datetime.fromisoformat(event["time"]).timestamp()
                self.delays.append((now - stored) * 1_000)
        self._connection.close()


def _of(delays: Sequence[float], percent: int) -> float:
    return statistics.quantiles(delays, n=100)[percent - 1]


def _groups(site: Site) -> tuple[float, float]:
    """Read how many records were committed, and in how many groups, from the server's own metrics."""
    told = httpx.get(f"{site.server.url}/metrics").text
    return _sample(told, "filiere_group_records_sum"), _sample(told, "filiere_group_records_count")


def _sample(told: str, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", told, re.MULTILINE)
    assert found, name
    return float(found[1])
