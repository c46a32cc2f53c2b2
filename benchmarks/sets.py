"""Traces of three hundred objects: in one call, and in as many calls as there are objects.

Every object is asked for downstream through six tiers of a layered chain, so that most of what one reaches another
reaches as well. The rate is that of objects asked for; of the calls for one object there are fewer, as each takes long.
"""

from __future__ import annotations

import urllib.parse
from typing import Any, Final

import orjson

import load
from figures import paired
from sites import Site
from traces import Chain, figures_of, tell

ROOTS: Final = 300
SINGLE: Final = 40  # calls for one object each, in a slot
ROUNDS: Final = 2
CHAIN: Final = Chain(name="sets", member="site 5", tiers=7, width=110, inputs=4, questions=1, baseline_questions=SINGLE)


def compare(platform: Site) -> dict[str, Any]:
    """Capture a chain, then ask both ways in turns."""
    tell(CHAIN, platform=platform)
    token = platform.senders[CHAIN.member].token
    roots = [_lot(tier, place) for tier in range(3) for place in range(CHAIN.width)][:ROOTS]
    body = orjson.dumps({"objects": roots, "direction": "down"})
    together = load.post("/api/v1/trace", body, token=token, media_type="application/json", events=ROOTS)
    alone = [
        load.get(f"/api/v1/trace?direction=down&object={urllib.parse.quote(root, safe='')}", token=token)
        for root in roots[:: ROOTS // SINGLE][:SINGLE]
    ]
    pairs = [
        (figures_of(platform, CHAIN.member, [together]), figures_of(platform, CHAIN.member, alone))
        for _ in range(ROUNDS)
    ]
    return paired(f"trace down, {ROOTS} objects in one call, beside a call for each", pairs, unit="objects/s")


def _lot(tier: int, place: int) -> str:
    return f"urn:epc:class:lgtin:9521001.000024.{CHAIN.name}-{tier}-{place}"
