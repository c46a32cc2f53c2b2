"""The drawing of an object's page, laid out and written as SVG, beside the least that any drawing of it would cost.

The baseline writes the same boxes and arrows, each where it comes, with format strings: no order within a column, no
escaping, no words. What is above it is what a reader gets: crossings undone, folds, names, languages.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from figures import Figures, paired
from filiere_platform.web.lot_choice import LotChoice
from filiere_platform.web.lot_page import lot_view
from filiere_platform.web.lot_svg import write_svg
from filiere_platform.web.words import Words
from material import SEED

ROUNDS = 7
CLAIMS = {1_000: 150.0, 10_000: 500.0}  # objects -> milliseconds, at most
ORGANISATIONS = 12
SITES, PRODUCTS, DAYS = 4, 25, 28  # of each organisation; of all

Result = dict[str, Any]


def compare(say: Callable[[str], None]) -> Iterator[Result]:
    """Draw a graph of 1,000 objects as it is, and one of 10,000 folded by each value and by every collapser."""
    say("page")
    small, large = an_answer(1_000), an_answer(10_000)
    every = ("isolated", "chains", "sources", "targets")
    asked = {
        "1,000 objects drawn": (small, LotChoice(object=small["object"], draw=True), 1_000),
        "10,000 objects, folded by site": (large, LotChoice(object=large["object"], fold="site", draw=True), 10_000),
        "10,000 objects, by product": (large, LotChoice(object=large["object"], fold="product", draw=True), 10_000),
        "10,000 objects, by day, collapsed": (
            large,
            LotChoice(object=large["object"], fold="day", collapse=every, draw=True),
            10_000,
        ),
    }
    for name, (answer, choice, size) in asked.items():
        draw(answer, choice)  # the template is compiled once
        pairs = [(_timed(draw, answer, choice), _timed(plainly, answer, choice)) for _ in range(ROUNDS)]
        result = paired(f"page: {name}", pairs, unit="pages/s")
        found = sorted(ours.median_ms for ours, _ in pairs)[len(pairs) // 2]
        limit = CLAIMS[size]
        result["claim"] = {"text": f"at most {limit:.0f} ms", "holds": found <= limit, "found": round(found, 1)}
        yield result


def an_answer(size: int) -> dict[str, Any]:
    """A chain over some organisations: lots of products, made on days at sites, each of one to three others."""
    draw_from = random.Random(SEED)
    lots = [f"urn:filiere:lot:siret:73282932000074:P{n % PRODUCTS:02d}:L{n:05d}" for n in range(size)]
    nodes, edges, events = [], [], []
    for at, key in enumerate(lots):
        tier = at * ORGANISATIONS // size
        member = f"urn:filiere:party:duns:{tier:09d}"
        when = f"2026-03-{1 + at * DAYS // size:02d}T{at % 24:02d}:00:00.000Z"
        amount = {"quantity": f"{draw_from.randrange(1, 999_999) / 1000}", "uom": "KGM"}
        nodes.append(
            {
                "key": key,
                "kind": "lot",
                "depth": ORGANISATIONS - tier,
                "certainty": "certain",
                "tombstone": False,
                "quantities": {"made": {"amounts": [amount], "open": 0}},
            }
        )
        place = {"role": "biz_location", "key": f"urn:filiere:site:{tier}:{draw_from.randrange(SITES)}"}
        events.append(
            {
                "index": at,
                "member": member,
                "objects": [key],
                "earliest": when,
                "latest": when,
                "bizStep": "commissioning",
                "places": [place],
                "type": "TransformationEvent",
                "view": None,
            }
        )
        # A lot is made of lots of the tier before, of its own product and of the next one.
        first = max(0, at - size // ORGANISATIONS)
        near = [n for n in range(first, at) if (n - at) % PRODUCTS <= 1]
        others = {draw_from.choice(near) for _ in range(draw_from.randrange(1, 4))} if near else ()
        edges += [_edge(lots[other], key, at, when, amount) for other in others]
    return {
        "object": lots[-1],
        "direction": "up",
        "as_of": size,
        "nodes": nodes,
        "edges": edges,
        "events": events,
        "findings": [],
        "cut": None,
        "sealed": [],
        "places": [],
        "summary": {"views": 0, "erased": 0},
    }


def _edge(source: str, target: str, at: int, when: str, amount: dict[str, str]) -> dict[str, Any]:
    told = {"kind": "transformed-into", "from": source, "to": target, "event": at, "other_event": None, "objects": []}
    return told | {"earliest": when, "latest": when, "certainty": "certain"} | amount


def draw(answer: dict[str, Any], choice: LotChoice) -> str:
    """Lay out and write the drawing as the page does."""
    view = lot_view(answer, None, {}, choice)
    assert view.drawing is not None, f"{view.boxes} boxes"
    return write_svg(view, Words("fr"))


def plainly(answer: dict[str, Any], _: LotChoice) -> str:
    """Write every object and every step of a drawing with format strings, in the order in which they come."""
    place = {node["key"]: (240 * node["depth"], 64 * at) for at, node in enumerate(answer["nodes"])}
    boxes = [f'<rect x="{x}" y="{y}"/><text x="{x}" y="{y}">{key}</text>' for key, (x, y) in place.items()]
    ends = [(*place[edge["from"]], *place[edge["to"]]) for edge in answer["edges"]]
    return "\n".join([*boxes, *(f'<path d="M{a} {b} L{c} {d}"/>' for a, b, c, d in ends)])


def _timed(write: Callable[[dict[str, Any], LotChoice], str], answer: dict[str, Any], choice: LotChoice) -> Figures:
    began, used = time.perf_counter(), time.process_time()
    write(answer, choice)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    return Figures(
        rate=1 / seconds,
        microseconds={"page": cpu * 1e6},
        clients_share=0.0,
        median_ms=seconds * 1e3,
        slow_ms=seconds * 1e3,
        count=1,
        seconds=seconds,
    )
