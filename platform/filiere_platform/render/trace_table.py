"""A trace as two tables, objects and steps: what its forms for spreadsheets and for graph programs are written from.

A table comes in batches, so that a large answer is written level by level; an answer that is there whole is one batch.
A batch names every object that its steps speak of, unless an earlier batch has named it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from filiere_platform.domain.trace_quantities import FLOWS

Cell = str | int | float | bool | Decimal | None


class Column(NamedTuple):
    """A column by its name; the types are those of GraphML (GraphML 1.0, attr.type)."""

    name: str
    type: Literal["string", "int", "double", "boolean"] = "string"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows of both tables; a step's `from` and `to` stand in its second and third cell."""

    nodes: Sequence[Sequence[Cell]]
    edges: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceTable:
    """Both tables with their columns, and what is said of the answer as a whole: `facts`, known at its end alone."""

    node_columns: Sequence[Column]
    edge_columns: Sequence[Column]
    batches: Iterable[Batch]
    facts: dict[str, Cell] = field(default_factory=dict)


_TOTALS: Final = tuple(
    column
    for flow in FLOWS
    for column in (Column(flow, "double"), Column(f"{flow}_uom"), Column(f"{flow}_open", "int"))
)
NODE_COLUMNS: Final = (
    Column("key"),
    Column("kind"),
    Column("depth", "int"),
    Column("certainty"),
    Column("followed", "boolean"),
    Column("tombstone", "boolean"),
    Column("hidden_events", "int"),
    *_TOTALS,
    Column("roots"),  # of a trace of several objects: which of them reach it, by position
)
EDGE_COLUMNS: Final = (
    Column("kind"),
    Column("from"),
    Column("to"),
    Column("event", "int"),
    Column("other_event", "int"),
    Column("certainty"),
    Column("margin_seconds", "double"),
    Column("event_id"),
    Column("other_event_id"),
    Column("earliest"),
    Column("latest"),
    Column("quantity", "double"),
    Column("uom"),
    Column("objects"),
    Column("erased_by_rule"),
)
LEVEL_NODE_COLUMNS: Final = NODE_COLUMNS[:4]
LEVEL_EDGE_COLUMNS: Final = EDGE_COLUMNS[:7]


def table_of_answer(answer: Mapping[str, Any]) -> TraceTable:
    """Lay out a whole answer: its objects, the places that its moves name, its steps."""
    objects = {node["key"] for node in answer["nodes"]}
    places = [place for place in answer["places"] if place["key"] not in objects]
    nodes = [*map(_object_row, answer["nodes"]), *map(_place_row, places)]
    facts: dict[str, Cell] = {name: answer[name] for name in ("direction", "as_of")}
    facts["object"] = answer["object"] if "object" in answer else " ".join(answer["objects"])
    facts["hidden_events"] = sum(node["hidden_events"] for node in answer["nodes"])
    return TraceTable(
        node_columns=NODE_COLUMNS,
        edge_columns=EDGE_COLUMNS,
        batches=[Batch(nodes=nodes, edges=[_edge_row(edge) for edge in answer["edges"]])],
        facts=facts | _cut(answer["cut"]),
    )


def table_of_levels(parts: Iterator[Mapping[str, Any]]) -> TraceTable:
    """Lay out a streamed answer (docs/trace.md), each level as it comes."""
    facts: dict[str, Cell] = dict(next(parts))
    return TraceTable(
        node_columns=LEVEL_NODE_COLUMNS,
        edge_columns=LEVEL_EDGE_COLUMNS,
        batches=_levels(parts, facts),
        facts=facts,
    )


def _levels(parts: Iterable[Mapping[str, Any]], facts: dict[str, Cell]) -> Iterator[Batch]:
    keys: list[str] = []
    for part in parts:
        if "level" not in part:
            facts.update(_cut(part["cut"]))
            return
        nodes, edges = part["nodes"], part["edges"]
        keys += nodes["key"]
        certainties = map(_certainty, nodes["certain"].tolist())
        depth = part["level"]
        steps = zip(
            edges["kind"],
            [keys[place] for place in edges["from"].tolist()],
            [keys[place] for place in edges["to"].tolist()],
            edges["event"].tolist(),
            edges["other_event"],
            map(_certainty, edges["certain"].tolist()),
            [None if margin != margin else margin for margin in edges["margin_seconds"].tolist()],  # noqa: PLR0124 - NaN
            strict=True,
        )
        rows = zip(nodes["key"], nodes["kind"], certainties, strict=True)
        yield Batch(nodes=[(key, kind, depth, certainty) for key, kind, certainty in rows], edges=list(steps))


def _certainty(certain: bool) -> str:  # noqa: FBT001 - a cell
    return "certain" if certain else "doubtful"


def _object_row(node: Mapping[str, Any]) -> Sequence[Cell]:
    own = tuple(node[column.name] for column in NODE_COLUMNS[: -len(_TOTALS) - 1])
    roots = " ".join(map(str, node.get("roots", ()))) or None
    return (*own, *(cell for flow in FLOWS for cell in _total(node["quantities"].get(flow))), roots)


def _total(total: Mapping[str, Any] | None) -> tuple[Cell, Cell, Cell]:
    """One amount with its unit; amounts that do not convert into one do not fit a cell and count as open."""
    if total is None:
        return None, None, None
    amounts = total["amounts"]
    if len(amounts) == 1:
        return Decimal(amounts[0]["quantity"]), amounts[0]["uom"], total["open"]
    return None, None, total["open"] + len(amounts)


def _place_row(place: Mapping[str, Any]) -> Sequence[Cell]:
    return (place["key"], place["kind"], *(None for _ in NODE_COLUMNS[2:]))


def _edge_row(edge: Mapping[str, Any]) -> Sequence[Cell]:
    own = tuple(edge[column.name] for column in EDGE_COLUMNS[:-4])
    quantity = None if edge["quantity"] is None else Decimal(edge["quantity"])
    erasure = edge["erasure"]
    objects = " ".join(edge["objects"]) or None
    return (*own, quantity, edge["uom"], objects, None if erasure is None else erasure["rule"])


def _cut(cut: Mapping[str, Any] | None) -> dict[str, Cell]:
    """Say where an answer ends; a whole answer says that it is one."""
    if cut is None:
        return {"cut": None}
    return {"cut": cut["reason"], "cut_depth": cut["depth"], "cut_remaining": cut["remaining"]}
