"""From a signed request to confirmed deliveries: twenty members, three recipients an event, PostgreSQL and RabbitMQ.

Everything runs on the same cores: server, worker, database, broker and the clients. A slot lasts until the relay has
caught up; the rate is that of the whole, and `lag` is the part of it after the last answer. The baseline captures the
same way and delivers nothing.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import Any, Final

import floors
import latency
import load
from captures import Envelopes, Way, figures_of, measure, requests_of
from cpu import Meter, ProcessTree
from figures import Figures, Pair, claimed, paired
from filiere_platform.usecases.relay import relayed_grants
from material import SEED, events_of, party_uri, sign_chain
from sites import Site

MEMBERS: Final = tuple(f"party {n}" for n in range(20))
RECIPIENTS: Final = 3  # of each event: its owner and two whom it names
BASELINE_MEMBERS: Final = 8
PER_MEMBER: Final = 1_200
PACED, CROWD = 150, 200  # events of one member, and of each
ROUNDS: Final = 3
WAYS: Final = {"batches of 100": (100, 10, 200), "one event a request": (1, 64, 60)}  # batch, clients, events a member
PATIENCE: Final = 120.0
LAG_PART: Final = 0.1
MOST_TIMES_P50: Final = 3.0
ALONE: Final = 100  # events of one client


def material() -> dict[str, list[bytes]]:
    """Sign every member's events, each shared with two others; seeded."""
    return {name: sign_chain(name, list(_shared(number))) for number, name in enumerate(MEMBERS)}


def _shared(number: int) -> Sequence[dict[str, Any]]:
    draw = random.Random(f"{SEED}/shared/{number}")
    others = [name for name in MEMBERS if name != MEMBERS[number]]
    # A member works with the same few partners: their events share messages, as they do in a sector.
    circles = cycle([[party_uri(name) for name in draw.sample(others, RECIPIENTS - 1)] for _ in range(4)])
    events = islice(events_of(100 + number, PER_MEMBER), PER_MEMBER)
    return [{**event, "filiere:sharedWith": next(circles)} for event in events]


def compare(
    site: Site, baseline: Site, envelopes: Envelopes, workers: Mapping[str, ProcessTree], broker_url: str
) -> list[dict[str, Any]]:
    """Measure both ways of sending in pairs with the baseline's capture of as many events."""
    own = material()
    taken = dict.fromkeys(own, 0)
    plain = {name: list(lines) for name, lines in list(envelopes.items())[:BASELINE_MEMBERS]}
    results = []
    achieved = {}
    _slot(site, _cut(own, taken, 20), 20, 4, workers)  # declares queues, warms up
    for way, (batch, clients, events) in WAYS.items():
        pairs, lags = [], []
        for _ in range(ROUNDS):
            figures, lag = _slot(site, _cut(own, taken, events), batch, clients, workers)
            lags.append(lag)
            pairs.append((figures, _captured(baseline, plain, batch, clients, events * len(MEMBERS))))
        result = paired(f"delivered, {way}", pairs, unit="events/s")
        lag = sorted(lags)[len(lags) // 2]
        result["fan_out"] = RECIPIENTS
        rate = result["platform"]["rate"]
        results.append(claimed(result, f"lag at most {LAG_PART:g} of the run", lag, holds=lag <= LAG_PART))
        results.append(_evenly(way, pairs))
        achieved[way] = batch, sorted((mine for mine, _ in pairs), key=lambda mine: mine.rate)[ROUNDS // 2]
    crowd = _cut(own, taken, CROWD)
    paced = {MEMBERS[0]: own[MEMBERS[0]][taken[MEMBERS[0]] :][:PACED]}
    results += latency.compare(site, broker_url, {"paced": paced, "crowd": crowd}, rate)  # of single events
    results.append(floors.one_client(site, MEMBERS[1], own[MEMBERS[1]][taken[MEMBERS[1]] :][:ALONE]))
    unsent = {MEMBERS[2]: own[MEMBERS[2]][taken[MEMBERS[2]] :][:ALONE]}
    return [*results, *floors.compare(site, broker_url, unsent, achieved, workers)]


def _evenly(way: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Ask that nobody waits much longer than the others at full load."""
    times = statistics.median((ours.slow_ms or 0) / (ours.median_ms or 1) for ours, _ in pairs)
    ours = [(mine, None) for mine, _ in pairs]
    text = f"p99 at most {MOST_TIMES_P50:g} times p50"
    return claimed(paired(f"answers, {way}", ours, unit="events/s"), text, times, holds=times <= MOST_TIMES_P50)


def _cut(own: Envelopes, taken: dict[str, int], count: int) -> dict[str, Sequence[bytes]]:
    cut = {name: lines[taken[name] : taken[name] + count] for name, lines in own.items()}
    for name, lines in cut.items():
        assert len(lines) == count, f"{name} has no events left"
        taken[name] += count
    return cut


def _slot(
    site: Site, cut: Envelopes, batch: int, clients: int, workers: Mapping[str, ProcessTree]
) -> tuple[Figures, float]:
    """Send a slot and wait for the relay; gives its figures, and which part of it was waiting."""
    queues = {name: list(requests_of(site, name, lines, batch)) for name, lines in cut.items()}
    meter = Meter({**site.processes, **workers})
    started = time.perf_counter()
    done = load.apply_load(site.server.port, queues, clients=max(clients, len(queues)))
    answered = time.perf_counter()
    while not _is_relayed(site):
        assert time.perf_counter() - answered < PATIENCE, "the relay did not catch up"
        time.sleep(0.01)
    seconds = time.perf_counter() - started
    figures = replace(figures_of(done, meter.read()), rate=done.events / seconds, seconds=seconds)
    return figures, (seconds - (answered - started)) / seconds


def _is_relayed(site: Site) -> bool:
    with site.platform.database.unit_of_work() as uow:
        return relayed_grants(uow) == uow.log.head().grants


def _captured(site: Site, plain: dict[str, list[bytes]], batch: int, clients: int, events: int) -> Figures:
    each = events // len(plain)
    cut = {name: [lines.pop() for _ in range(each)] for name, lines in plain.items()}
    return measure(site, Way(name="baseline", batch=batch, clients=clients, share=each), cut)
