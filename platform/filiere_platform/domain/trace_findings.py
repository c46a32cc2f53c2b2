"""Look at the objects of a trace for what an auditor would ask about: gaps, contradictions, doubts.

A finding never changes the steps. It is concluded from what the viewer sees alone, and where an event is hidden nothing
is concluded that the hidden one could explain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from filiere_platform.domain import finding_sentences as sentences
from filiere_platform.domain.record import ActionCode, EventTypeCode, NodeKind, Role
from filiere_platform.domain.trace_end import VIEWED
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.domain.trace_quantities import RECEIVING, SHIPPING, excess
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.problems import Problem, Sentence

_DESTINATIONS = (
    Role.DESTINATION_OWNING_PARTY,
    Role.DESTINATION_POSSESSING_PARTY,
    Role.DESTINATION_LOCATION,
    Role.DESTINATION_OTHER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at; `node` is the object, `to` another node that the sentence names, `events` the evidence."""

    sentence: Sentence
    level: str  # warning, info
    node: int | None = None
    to: int | None = None
    events: tuple[int, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)


def find(
    graph: TraceGraph, nodes: Collection[int], *, hidden: Mapping[int, int], withdrawn: Mapping[int, Collection[int]]
) -> list[Finding]:
    """Give the findings about the objects of a trace, by code and then in the order of the nodes.

    Args:
        graph: what was fetched; only loaded objects are judged.
        nodes: the objects of the answer.
        hidden: events in force that the viewer may not see, by object.
        withdrawn: visible events that their authors took back, by object.
    """
    found: list[Finding] = []
    for node in sorted(nodes):
        found += (
            Finding(sentence=sentences.EVENT_WITHDRAWN, level="info", node=node, events=(index,))
            for index in sorted(withdrawn.get(node, ()))
        )
        count = hidden.get(node, 0)
        if count:
            found.append(Finding(sentence=sentences.HIDDEN_EVENTS, level="info", node=node, values={"count": count}))
            continue
        viewed = [event.log_index for event in graph.events_of(node) if event.member_id == VIEWED]
        if viewed:
            values = {"count": len(viewed)}
            evidence = tuple(sorted(viewed))
            found.append(
                Finding(sentence=sentences.EVENTS_IN_PART, level="info", node=node, events=evidence, values=values)
            )
        elif graph.is_loaded(node):
            found += _of_object(graph, node, hidden)
    return sorted(found, key=lambda finding: finding.sentence.code)


def as_json(finding: Finding, keys: Mapping[int, str]) -> dict[str, Any]:
    """Write a finding as the answer of a trace gives it."""
    values = dict(finding.values)
    if finding.node is not None:
        values["object"] = keys[finding.node]
    if finding.sentence is sentences.SHIPMENT_NOT_RECEIVED:
        values["to"] = "?" if finding.to is None else keys.get(finding.to, "?")
    problem = Problem(sentence=finding.sentence, values=values)
    return {
        "code": finding.sentence.code,
        "level": finding.level,
        "object": None if finding.node is None else keys[finding.node],
        "events": list(finding.events),
        "message": {"fr": problem.message("fr"), "en": problem.message("en")},
    }


def _of_object(graph: TraceGraph, node: int, hidden: Mapping[int, int]) -> Iterator[Finding]:
    events: Collection[TracedEvent] = graph.events_of(node)
    if len(events) > 1:
        events = sorted(events, key=_IN_LOG)
    is_lot = graph.kinds[node] is not NodeKind.LOGISTIC_UNIT
    declared, used, totals = graph.account_of(node)
    if not declared and is_lot:
        touched = [*(event.log_index for event in events), *graph.touches_of(node).log_index]
        first = (min(touched),) if touched else ()
        yield Finding(sentence=sentences.OBJECT_UNDECLARED, level="warning", node=node, events=first)
    yield from _order(node, declared, used)
    over = excess(totals)
    if over is not None:
        gone, made, unit = over
        values = {"used": f"{gone:f}", "made": f"{made:f}", "uom": unit}
        evidence = tuple(index for index, _ in used)
        yield Finding(
            sentence=sentences.MORE_USED_THAN_MADE, level="warning", node=node, events=evidence, values=values
        )
    proposed = graph.proposals_of(node)
    if proposed:
        yield Finding(sentence=sentences.SAME_AS_PROPOSED, level="info", node=node, events=_indexes(proposed))
    yield from _shipments(graph, node, events, hidden)
    if not is_lot:
        yield from _reuse(node, events)


def _order(node: int, declared: Sequence[tuple[int, int]], used: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    """Compare an object's uses with its declaration: in the time of events, and in the order of the log."""
    if not declared or not used:
        return
    made, logged = min([earliest for _, earliest in declared]), declared[0][0]
    if used[0][0] >= logged and min([latest for _, latest in used]) >= made:
        return
    early = tuple(index for index, latest in used if latest < made)
    if early:
        yield Finding(sentence=sentences.USED_BEFORE_MADE, level="warning", node=node, events=early)
    late = tuple(index for index, latest in used if index < logged and latest >= made)
    if late:
        yield Finding(sentence=sentences.DECLARED_LATE, level="info", node=node, events=(*late, logged))


def _shipments(
    graph: TraceGraph, node: int, events: Iterable[TracedEvent], hidden: Mapping[int, int]
) -> Iterator[Finding]:
    """Find shipments of an object that nobody declares to have received, it or what it holds or what holds it."""
    shipped = [event for event in events if event.biz_step == SHIPPING and node in event.nodes(Role.OBJECT)]
    if not shipped:
        return
    around = {node, *(stay.child for stay in graph.stays_in(node)), *(stay.parent for stay in graph.stays_of(node))}
    # What a view does not say could explain a gap as well as a hidden event could.
    if any(hidden.get(each) or any(event.is_view for event in graph.events_of(each)) for each in around):
        return
    receptions = [
        event
        for each in around
        for event in graph.events_of(each)
        if event.biz_step == RECEIVING and each in event.nodes(Role.OBJECT)
    ]
    for event in shipped:
        for to in destinations(event):
            if not any(reception.latest >= event.earliest and is_at(reception, to) for reception in receptions):
                yield Finding(
                    sentence=sentences.SHIPMENT_NOT_RECEIVED,
                    level="warning",
                    node=node,
                    to=to,
                    events=(event.log_index,),
                )


def destinations(event: TracedEvent) -> list[int | None]:
    """Name the sides to which an event says that its objects go; None: it names none."""
    named: list[int | None] = [node for role in _DESTINATIONS for node in event.nodes(role)]
    return list(dict.fromkeys(named)) or [None]


def is_at(reception: TracedEvent, to: int | None) -> bool:
    """Whether a reception may be the one that a shipment expects: a side that it does not name may be any."""
    named = destinations(reception)
    return to is None or named == [None] or to in named


def _reuse(node: int, events: Iterable[TracedEvent]) -> Iterator[Finding]:
    """Tell that a container was filled again after it had surely been emptied."""
    emptied: TracedEvent | None = None
    for event in sorted(events, key=lambda event: (event.earliest, event.log_index)):
        if event.parent != node or event.type is not EventTypeCode.AGGREGATION:
            continue
        if event.action is ActionCode.DELETE:
            emptied = emptied or event
        elif event.action is ActionCode.ADD and emptied is not None and emptied.latest < event.earliest:
            yield Finding(
                sentence=sentences.CONTAINER_USED_AGAIN,
                level="info",
                node=node,
                events=(emptied.log_index, event.log_index),
            )
            return


_IN_LOG = attrgetter("log_index")


def _indexes(events: Iterable[TracedEvent]) -> tuple[int, ...]:
    return tuple(event.log_index for event in events)
