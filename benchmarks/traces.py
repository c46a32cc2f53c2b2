"""Traces: where a lot came from, over HTTP, in a small chain and in a medium one; one question at a time."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

import load
from cpu import Meter
from figures import Figures, paired
from material import layered_chain, sign_chain
from sites import Site

ROUNDS = 2
BATCH = 100


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A layered chain, whose events one member sends, and how often it is asked for in a slot."""

    name: str
    member: str
    tiers: int
    width: int
    inputs: int
    questions: int
    baseline_questions: int


SMALL = Chain(name="small", member="site 6", tiers=4, width=4, inputs=3, questions=30, baseline_questions=30)
MEDIUM = Chain(name="medium", member="site 7", tiers=11, width=110, inputs=4, questions=3, baseline_questions=1)
CHAINS = (SMALL, MEDIUM)


def compare(platform: Site, baseline: Site) -> list[dict[str, object]]:
    """Measure both sides in pairs; the chains are captured first."""
    results = []
    for chain in CHAINS:
        wanted = tell(chain, platform=platform, baseline=baseline)
        objects = [ask(site, chain, wanted) for site in (platform, baseline)]
        assert objects[0] == objects[1], f"two answers: {len(objects[0])} and {len(objects[1])} objects"
        pairs = [
            (
                measure(platform, chain, wanted, questions=chain.questions),
                measure(baseline, chain, wanted, questions=chain.baseline_questions),
            )
            for _ in range(ROUNDS)
        ]
        results.append(paired(f"trace up, {len(objects[0])} objects", pairs, unit="traces/s"))
    return results


def tell(chain: Chain, *, platform: Site, baseline: Site | None = None) -> str:
    """Capture a chain on both sides; gives the object to ask for."""
    events, wanted = layered_chain(chain.name, tiers=chain.tiers, width=chain.width, inputs=chain.inputs)
    envelopes = sign_chain(chain.member, events, first=1_000_000)
    batches = [envelopes[n : n + BATCH] for n in range(0, len(envelopes), BATCH)]
    for site, path in ((platform, "/api/v1/records"), (baseline, "/records")):
        if site is None:
            continue
        token = site.senders[chain.member].token
        requests = [
            load.post(
                path,
                orjson.dumps({"records": [line.decode() for line in batch]}),
                token=token,
                media_type="application/json",
                events=len(batch),
            )
            for batch in batches
        ]
        load.apply_load(site.server.port, {chain.member: requests}, clients=1)
    return wanted


def ask(site: Site, chain: Chain, wanted: str) -> set[bytes]:
    """Ask once, and give the objects of the chain that the answer names."""
    done = load.apply_load(site.server.port, {chain.member: [_question(site, chain, wanted)]}, clients=1)
    return set(re.findall(rb"/10/(%s-[0-9]+-[0-9]+)" % chain.name.encode(), done.last))


def measure(site: Site, chain: Chain, wanted: str, *, questions: int) -> Figures:
    """Ask so many times and give what it came to."""
    return figures_of(site, chain.member, [_question(site, chain, wanted)] * questions)


def figures_of(site: Site, member: str, requests: Sequence[load.Request]) -> Figures:
    """Send requests one after the other and give what they came to."""
    meter = Meter(site.processes)
    done = load.apply_load(site.server.port, {member: requests}, clients=1)
    used = meter.read()
    return Figures(
        rate=done.events_per_second,
        microseconds={name: value / done.events * 1e6 for name, value in used.items()},
        clients_share=done.cpu_seconds / max(done.cpu_seconds + sum(used.values()), 1e-9),
        median_ms=done.latency_ms(50),
        slow_ms=done.latency_ms(99),
        count=done.events,
        seconds=done.seconds,
    )


def _question(site: Site, chain: Chain, wanted: str) -> load.Request:
    path = "/trace?wanted=" if site.name == "baseline" else "/api/v1/trace?direction=up&object="
    address = path + urllib.parse.quote(wanted, safe="")
    return load.get(address, token=site.senders[chain.member].token)
