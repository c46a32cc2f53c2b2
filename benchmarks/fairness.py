"""Fairness: what a member that sends one record at a time waits while another sends all that it can.

The baseline is the same member with the instance to itself, in the same run. The flood comes from one other member in
batches of a hundred from several clients, so that its records always wait in the queue.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import load
from captures import Envelopes, Way, measure, requests_of
from figures import claimed, paired
from sites import Site

ROUNDS = 3
FLOOD_CLIENTS = 8
FLOOD_BATCH = 100
FLOOD_RECORDS = 8_000  # of each that floods: more than is stored while the other one is measured
SLOT = 300  # records of the one who sends singly
LIGHT = Way(name="one record at a time", batch=1, clients=1, share=SLOT)
HEAD_START = 0.3  # seconds after which the flood is a flood
MOST_TIMES = 2.0


def compare(site: Site, envelopes: Envelopes, floods: Envelopes, *, seconds: float) -> list[dict[str, Any]]:
    """Measure one member's single records while another floods the instance, and alone."""
    light, *heavies = sorted(envelopes)
    own = iter([envelopes[light][start : start + SLOT] for start in range(0, len(envelopes[light]), SLOT)])
    measure(site, LIGHT, {light: next(own)}, seconds=seconds)  # warms up
    pairs, flooded = [], []
    for heavy in heavies[:ROUNDS]:
        alone = measure(site, LIGHT, {light: next(own)}, seconds=seconds)
        queue = list(requests_of(site, heavy, floods[heavy], FLOOD_BATCH))
        flood = _Flood(site, heavy, queue)
        flood.start()
        time.sleep(HEAD_START)
        pairs.append((measure(site, LIGHT, {light: next(own)}, seconds=seconds), alone))
        flooded.append(flood.end())
    result = paired("one record under a flood, PostgreSQL", pairs, unit="records/s")
    found = result["platform"]["slow_ms"] / result["baseline"]["slow_ms"]
    result["flood"] = {"records_per_second": sorted(flooded)[len(flooded) // 2]}
    return [claimed(result, f"p99 at most {MOST_TIMES:g} times that without it", found, holds=found <= MOST_TIMES)]


class _Flood(threading.Thread):
    """One member's batches, sent until it is told to stop or all are sent."""

    def __init__(self, site: Site, name: str, queue: list[load.Request]) -> None:
        super().__init__(daemon=True)
        self._port, self._name, self._queue = site.server.port, name, queue
        self._done = load.Load()

    def run(self) -> None:
        self._done = load.apply_load(self._port, {self._name: self._queue}, clients=FLOOD_CLIENTS)

    def end(self) -> float:
        """Wait for the last batch; gives records per second.

        Raises:
            AssertionError: the flood was over before the measurement.
        """
        assert self.is_alive(), "the flood ended before it was measured against"
        self.join()
        return self._done.events_per_second
