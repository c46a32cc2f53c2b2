"""Capture: one event per request from many clients, and batches of a hundred, on PostgreSQL and embedded."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

import load
from cpu import Meter
from figures import Figures, paired
from sites import Site

ROUNDS = 3
WARM_UP_SECONDS = 1.0
Envelopes = Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way of sending: how many events in a request, how many clients at a time, how many events are kept ready.

    `share` is the part of each member's envelopes that one slot may use up; a slot that runs out of them ends early.
    """

    name: str
    batch: int
    clients: int
    share: int


SINGLE = Way(name="capture single", batch=1, clients=96, share=600)
BATCH = Way(name="capture batch of 100", batch=100, clients=8, share=1_000)
WAYS = (SINGLE, BATCH)
WARM_UP_SHARE = 200
PER_MEMBER = sum(WARM_UP_SHARE + way.share * ROUNDS for way in WAYS)


def compare(platform: Site, baseline: Site, envelopes: Envelopes, *, seconds: float) -> list[dict[str, object]]:
    """Measure both sides in pairs, platform then baseline, with the same envelopes in each pair."""
    results = []
    slots = slots_of(envelopes)
    for way in WAYS:
        warm_up, *rounds = [next(slots[way.name]) for _ in range(ROUNDS + 1)]
        for site in (platform, baseline):
            measure(site, way, warm_up, seconds=WARM_UP_SECONDS)
        pairs = [
            (measure(platform, way, slot, seconds=seconds), measure(baseline, way, slot, seconds=seconds))
            for slot in rounds
        ]
        results.append(paired(f"{way.name}, PostgreSQL", pairs, unit="events/s"))
    return results


def alone(site: Site, envelopes: Envelopes, *, seconds: float) -> list[dict[str, object]]:
    """Measure one site without a baseline."""
    results = []
    slots = slots_of(envelopes)
    for way in WAYS:
        warm_up, *rounds = [next(slots[way.name]) for _ in range(ROUNDS + 1)]
        measure(site, way, warm_up, seconds=WARM_UP_SECONDS)
        taken = [(measure(site, way, slot, seconds=seconds), None) for slot in rounds[:2]]
        results.append(paired(f"{way.name}, {site.name}", taken, unit="events/s"))
    return results


def slots_of(envelopes: Envelopes) -> dict[str, Iterator[Envelopes]]:
    """Cut the envelopes into slots of each way, none used twice on one site."""
    start = 0
    found: dict[str, Iterator[Envelopes]] = {}
    for way in WAYS:
        cuts = [start, *(start + WARM_UP_SHARE + way.share * n for n in range(ROUNDS + 1))]
        found[way.name] = iter(
            [{name: own[low:high] for name, own in envelopes.items()} for low, high in itertools.pairwise(cuts)]
        )
        start = cuts[-1]
    return found


def measure(site: Site, way: Way, slot: Envelopes, *, seconds: float = float("inf")) -> Figures:
    """Send one slot, or as much of it as so many seconds take, and give what it came to."""
    queues = {name: list(requests_of(site, name, own, way.batch)) for name, own in slot.items()}
    meter = Meter(site.processes)
    done = load.apply_load(site.server.port, queues, clients=way.clients, seconds=seconds)
    used = meter.read()
    return figures_of(done, used)


def figures_of(done: load.Load, used: Mapping[str, float]) -> Figures:
    """Sum up a slot of load: `used` is the seconds of processor time of each process."""
    return Figures(
        rate=done.events_per_second,
        microseconds={name: value / done.events * 1e6 for name, value in used.items()},
        clients_share=done.cpu_seconds / (done.cpu_seconds + sum(used.values())),
        median_ms=done.latency_ms(50),
        slow_ms=done.latency_ms(99),
        count=done.events,
        seconds=done.seconds,
    )


def requests_of(site: Site, name: str, envelopes: Sequence[bytes], batch: int) -> Iterator[load.Request]:
    """Lay out one member's envelopes as requests of so many each."""
    token = site.senders[name].token
    for start in range(0, len(envelopes), batch):
        lines = envelopes[start : start + batch]
        if site.name == "baseline":
            body = orjson.dumps({"records": [line.decode() for line in lines]})
            yield load.post("/records", body, token=token, media_type="application/json", events=len(lines))
        else:
            body = b"\n".join(lines)
            path, media = "/api/v1/records", "application/jose"
            yield load.post(path, body, token=token, media_type=media, events=len(lines))
