"""How far a round of the rules over neighbours reaches: of which objects its events may change the judgement.

Of what they touch, with what holds these and lies in them; of the other parts of a transformation that is told in
parts; and of the loops that a transformation of the round closes, or closed before it was taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from filiere_platform.domain.record import NodeKind, Role
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.domain.traced_event import OBJECT_BELOW, TracedEvent, group_ends
from filiere_platform.domain.transformation_rules import turning_points
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.finding_round import FindingRound
from filiere_platform.usecases.trace_graph import AskedGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The objects that are judged anew, and which of them for loops; `graph` shows them as the operator sees them."""

    graph: TraceGraph
    near: set[int]
    turned: set[int]


@dataclass(slots=True)
class _Sides:
    inputs: set[int] = field(default_factory=set)
    outputs: set[int] = field(default_factory=set)


def reach_of(uow: UnitOfWork, found: FindingRound, source: AskedGraph) -> Reach | None:
    """Find what a round reaches; nothing where its events touch no object."""
    ends = uow.log.ends(found.after, found.stop)
    objects = [end for of_event in ends.values() for end in of_event if end.role < OBJECT_BELOW]
    ids = uow.nodes.ids({end.key for end in objects if end.kind is not NodeKind.CLASS})
    if not ids:
        return None
    parts = _parts(uow, found, source)
    graph = TraceGraph(source)
    graph.load(ids.values())
    near = loaded(graph, source, {*ids.values(), *_one_sided(parts), *_one_sided(_parts_at(graph, ids.values()))})
    taken_back, told = _Sides(), []
    for index, of_event in ends.items():
        sides = _Sides(
            {ids[end.key] for end in of_event if end.role is Role.INPUT and end.key in ids},
            {ids[end.key] for end in of_event if end.role is Role.OUTPUT and end.key in ids},
        )
        if graph.knows(index):
            told.append(sides)
        else:
            taken_back.inputs |= sides.inputs
            taken_back.outputs |= sides.outputs
    for whole in _by_id(parts):
        told.append(_Sides(_nodes(whole, Role.INPUT), _nodes(whole, Role.OUTPUT)))
        if taken_back.inputs or taken_back.outputs:
            taken_back.inputs |= told[-1].inputs
            taken_back.outputs |= told[-1].outputs
    turned = _turned(graph, told, taken_back)
    if turned - near:
        near = loaded(graph, source, near | turned)
    return Reach(graph=graph, near=near, turned=turned)


def loaded(graph: TraceGraph, source: AskedGraph, nodes: Collection[int]) -> set[int]:
    """Fetch objects with what they hold and what holds them; a reception of either may be one of the other."""
    graph.load(nodes)
    near = set(nodes)
    for node in nodes:
        near.update(stay.child for stay in graph.stays_in(node))
        near.update(stay.parent for stay in graph.stays_of(node))
    near = {node for node, kind in source.kinds(near).items() if kind is not NodeKind.CLASS}
    graph.load(near)
    return near


def _parts(uow: UnitOfWork, found: FindingRound, source: AskedGraph) -> Collection[TracedEvent]:
    """Give the events that share a transformation ID with one of the round, also with one that was taken back in it."""
    rows = uow.log.event_rows(found.after, found.stop).values()
    shared = {row.transformation_id for row in rows if row.transformation_id is not None}
    return group_ends(source.events.ends_of_transformations(shared, before=found.stop), {}).values()


def _parts_at(graph: TraceGraph, nodes: Iterable[int]) -> Collection[TracedEvent]:
    """Give the parts of the transformations in which objects took part: what is known of these may open them."""
    shared = {event.transformation_id: event for node in nodes for event in graph.events_of(node)}
    return [part for name, event in shared.items() if name is not None for part in graph.whole(event)]


def _one_sided(parts: Iterable[TracedEvent]) -> set[int]:
    """Give the outputs of events that say no inputs: whether these are missing is judged of them."""
    return {node for event in parts if Role.INPUT not in event.ends for node in event.nodes(Role.OUTPUT)}


def _by_id(parts: Iterable[TracedEvent]) -> Iterable[list[TracedEvent]]:
    found: dict[str, list[TracedEvent]] = {}
    for event in parts:
        found.setdefault(event.transformation_id or "", []).append(event)
    return found.values()


def _nodes(events: Iterable[TracedEvent], role: Role) -> set[int]:
    return {node for event in events for node in event.nodes(role)}


def _turned(graph: TraceGraph, told: Collection[_Sides], taken_back: _Sides) -> set[int]:
    # All at once first: what several transformations lead to is fetched together, and most lead nowhere yet.
    each = [*told, taken_back]
    turning_points(graph, {node for sides in each for node in sides.outputs}, ())
    turned: set[int] = set()
    for sides in each:
        turning = turning_points(graph, sides.outputs, sides.inputs) if sides.inputs and sides.outputs else set()
        if turning:
            turned |= turning | sides.inputs | sides.outputs
    return turned
