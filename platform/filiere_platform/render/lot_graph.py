"""Place the objects of a trace in columns, one per organisation, who ships first on the left.

Positions are whole units of a grid; a page multiplies them. Within a column, objects are ordered so that edges cross
little: sweeps over the means of their neighbours (barycentres), 14 ms for a thousand objects.

Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures", 1981.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

SWEEPS = 8
_STEPS = ("transformed-into", "packed-in", "fitted-in", "same-as", "has-instance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One object: its column, its row within it, and what the trace says of it.

    An object stands with who made it. Where it came to somebody who made nothing of this trace (a warehouse, a shop),
    it stands there once more: in a recall, that is who has it. `came` is "received", or "shipped" where nobody declares
    the reception; None where the object was made.
    """

    key: str
    column: int
    row: int
    node: Mapping[str, Any]
    came: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One step between two objects, in the direction of time.

    `bends` are the free places (column, row) that it passes on its way over other columns, in the order of the drawing.
    """

    source: Box
    target: Box
    edge: Mapping[str, Any]
    bends: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LotGraph:
    """Boxes and arrows on a grid; `organisations` names the columns, None where nobody visible speaks of an object."""

    organisations: tuple[str | None, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    rows: int


def lay_out_lots(answer: Mapping[str, Any]) -> LotGraph:
    """Lay out the answer of a trace (docs/trace.md)."""
    speakers = organisations_of(answer)
    nodes = {node["key"]: node for node in answer["nodes"]}
    receptions = _receptions(answer, speakers, nodes)
    names = _columns(answer, speakers, nodes, receptions)
    column_of = {key: names.index(speakers.get(key)) for key in nodes}
    column_of |= {place: names.index(reception.at) for place, reception in receptions.items()}
    edges = [
        (edge["from"], edge["to"], edge)
        for edge in answer["edges"]
        if edge["kind"] in _STEPS and {edge["from"], edge["to"]} <= nodes.keys()
    ]
    edges += [(reception.source, place, reception.edge) for place, reception in receptions.items()]
    ways = {(source, target): _way(source, target, column_of) for source, target, _ in edges}
    row_of, rows = _rows(answer, column_of, ways, receptions)
    boxes = {}
    for place in column_of:
        reception = receptions.get(place)
        key = place if reception is None else reception.key
        came = None if reception is None else reception.came
        boxes[place] = Box(key=key, column=column_of[place], row=row_of[place], node=nodes[key], came=came)
    return LotGraph(
        organisations=tuple(names),
        boxes=tuple(sorted(boxes.values(), key=lambda box: (box.column, box.row))),  # as a keyboard goes through them
        arrows=tuple(
            Arrow(
                source=boxes[source],
                target=boxes[target],
                edge=edge,
                bends=tuple((place[2], row_of[place]) for place in ways[source, target][1:-1]),
            )
            for source, target, edge in edges
        ),
        rows=rows,
    )


def telling_events(answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Give each object the event that made it, as far as the answer has it, else the first that concerns it."""
    made = {edge["to"]: edge["event"] for edge in answer["edges"] if edge["kind"] == "transformed-into"}
    events = {event["index"]: event for event in answer["events"]}
    found: dict[str, Mapping[str, Any]] = {}
    for event in answer["events"]:  # in the order of time
        for key in event["objects"]:
            if key not in found:
                found[key] = events.get(made.get(key), event)
    return found


def organisations_of(answer: Mapping[str, Any]) -> dict[str, str | None]:
    """Give each object the member of the event that tells of it."""
    return {key: event["member"] for key, event in telling_events(answer).items()}


def count_boxes(answer: Mapping[str, Any]) -> int:
    """Say how many boxes the drawing of an answer would have, without laying it out."""
    nodes = {node["key"]: node for node in answer["nodes"]}
    return len(nodes) + len(_receptions(answer, organisations_of(answer), nodes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reception:
    """An object that came to an organisation without a column of its own; `source` is the place that it came from."""

    key: str
    at: str
    source: str
    edge: Mapping[str, Any]
    came: str


def _receptions(
    answer: Mapping[str, Any], speakers: Mapping[str, str | None], nodes: Mapping[str, Any]
) -> dict[str, _Reception]:
    """Find who received objects and made none, in the order of time; each object stands once with each of them."""
    makers = {None, *(speakers.get(key) for key in nodes)}
    receiving = {event["index"] for event in answer["events"] if event.get("bizStep") == "receiving"}
    moves = [edge for edge in answer["edges"] if edge["kind"] == "moved" and edge["to"] not in makers]
    arrived = {(key, edge["to"]) for edge in moves if edge["event"] in receiving for key in edge["objects"]}
    found: dict[str, _Reception] = {}
    for edge in sorted(moves, key=lambda edge: (edge["earliest"], edge["event"])):
        for key in edge["objects"]:
            place, before = f"{key} {edge['to']}", f"{key} {edge['from']}"  # an identifier holds no space
            if key in nodes and place not in found:
                found[place] = _Reception(
                    key=key,
                    at=edge["to"],
                    source=before if before in found else key,
                    edge=edge,
                    came="received" if (key, edge["to"]) in arrived else "shipped",
                )
    return found


def _rows(
    answer: Mapping[str, Any],
    column_of: Mapping[str, int],
    ways: Mapping[tuple[str, str], Sequence[Any]],
    receptions: Mapping[str, _Reception],
) -> tuple[dict[Any, int], int]:
    """Give each place its row, and how many rows there are."""
    neighbours = defaultdict(list)
    for (_, target), way in ways.items():
        for near, far in pairwise(way):
            neighbours[far].append(near)
            if (
                target not in receptions
            ):  # what was received follows what was made, and does not pull it out of its order
                neighbours[near].append(far)
    told: dict[str, int] = {}
    for at, event in enumerate(answer["events"]):  # in the order of time
        for key in event["objects"]:
            told.setdefault(key, at)
    told |= {place: told[reception.key] for place, reception in receptions.items() if reception.key in told}
    in_time = sorted(column_of, key=lambda place: (told.get(place, len(answer["events"])), place))
    places = {
        **{place: column_of[place] for place in in_time},
        **{place: place[2] for way in ways.values() for place in way[1:-1]},
    }
    ordered = _ordered(places, neighbours, max(column_of.values(), default=-1) + 1)
    row_of = {place: row for column in ordered for row, place in enumerate(column)}
    return row_of, max((len(column) for column in ordered), default=0)


def _way(source: str, target: str, column_of: Mapping[str, int]) -> list[Any]:
    """Name the places of an edge: its ends, and one free place in each column that it passes over.

    Edges from one object share their places as far as they go together.
    """
    start, end = column_of[source], column_of[target]
    step = 1 if end > start else -1
    passed = range(start + step, end, step) if abs(end - start) > 1 else ()
    return [source, *((source, step, column) for column in passed), target]


def _columns(
    answer: Mapping[str, Any],
    speakers: Mapping[str, str | None],
    nodes: Mapping[str, Any],
    receptions: Mapping[str, _Reception],
) -> list[str | None]:
    """Order the organisations: who ships is left of who gets, whatever their clocks say; then by their first event.

    Times alone would mislead: an event that is known to the day alone begins at midnight, before its own causes.
    Steps between organisations are counted, and the order turns as few of them back as a greedy choice can.

    Source: Eades, Lin, Smyth, "A fast and effective heuristic for the feedback arc set problem", 1993.
    """
    first: dict[str | None, str] = {}
    for event in answer["events"]:
        for key in event["objects"]:
            if key in nodes and speakers.get(key) == event["member"]:
                first.setdefault(event["member"], event["earliest"])
    for reception in receptions.values():
        first.setdefault(reception.at, reception.edge["earliest"])
    concerned = {speakers.get(key) for key in nodes} | {reception.at for reception in receptions.values()}
    waiting = sorted(concerned, key=lambda name: (name not in first, first.get(name, ""), name or ""))
    flows = _flows(answer, speakers, set(waiting))
    sent, got = _degrees(flows)
    left: list[str | None] = []
    right: list[str | None] = []
    while waiting:
        ends = [name for name in waiting if got[name] and not sent[name]]
        starts = [name for name in waiting if not got[name]]
        if ends:
            chosen = ends[-1]
            right.append(chosen)
        else:
            chosen = starts[0] if starts else max(waiting, key=lambda name: sent[name] - got[name])
            left.append(chosen)
        waiting.remove(chosen)
        for other in waiting:
            sent[other] -= flows[other, chosen]
            got[other] -= flows[chosen, other]
    return left + right[::-1]


def _degrees(
    flows: Mapping[tuple[str | None, str | None], int],
) -> tuple[Counter[str | None], Counter[str | None]]:
    """Sum up what each organisation sends, and what each gets."""
    sent: Counter[str | None] = Counter()
    got: Counter[str | None] = Counter()
    for (source, target), count in flows.items():
        sent[source] += count
        got[target] += count
    return sent, got


def _flows(
    answer: Mapping[str, Any], speakers: Mapping[str, str | None], columns: AbstractSet[str | None]
) -> Counter[tuple[str | None, str | None]]:
    """Count what goes from one organisation's column to another's: objects that are moved, and what becomes of them."""
    flows: Counter[tuple[str | None, str | None]] = Counter()
    for edge in answer["edges"]:
        ends = edge["from"], edge["to"]
        if edge["kind"] in _STEPS:
            source, target = (speakers.get(end) for end in ends)
        else:
            source, target = ends
        if source != target and {source, target} <= columns:
            flows[source, target] += 1
    return flows


def _ordered(places: Mapping[Any, int], neighbours: Mapping[Any, Sequence[Any]], count: int) -> list[list[Any]]:
    columns: list[list[Any]] = [[] for _ in range(count)]
    for key, column in places.items():  # in the order of time
        columns[column].append(key)
    place = {key: float(row) for rows in columns for row, key in enumerate(rows)}
    for sweep in range(SWEEPS):
        for rows in columns if sweep % 2 == 0 else reversed(columns):
            means = {}
            for key in rows:
                # What stands in one column keeps the order of time, unless something beside it pulls.
                near = [place[other] for other in neighbours.get(key, ()) if places[other] != places[key]]
                means[key] = sum(near) / len(near) if near else place[key]
            rows.sort(key=lambda key: (means[key], str(key)))
            for row, key in enumerate(rows):
                place[key] = float(row)
    return columns
