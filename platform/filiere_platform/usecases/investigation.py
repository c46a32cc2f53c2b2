"""Where some incidents come from: the deliveries of traced objects, scored by what somebody knows of stations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from filiere_platform.domain.amount import written
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.delivery_network import Delivery, Window, network_of
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.investigation import (
    MOST_STEPS,
    Change,
    CrossContamination,
    Held,
    Inferred,
    Network,
    NetworkTooLarge,
    Score,
    Weight,
)
from filiere_platform.domain.investigation_sentences import INVESTIGATION_TOO_LARGE, TOO_MANY_AT_STATION
from filiere_platform.domain.record import ActionCode, NodeKind, Role
from filiere_platform.domain.trace import Search
from filiere_platform.domain.trace_answer import cut_of, instant, merged
from filiere_platform.domain.trace_edges import EdgeKind, Step, show
from filiere_platform.domain.traced_event import TracedEvent, object_nodes
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.trace_set import AskedSearches, SetQuestion, search_together
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal

MOST_WEIGHTS: Final = 200
MOST_PERIODS: Final = 20
MOST_AT_STATION: Final = 2_000  # events of one period: beyond, the period has to be shorter
MOST_SCORED: Final = 100  # stations and lots in an answer
MOST_DELIVERIES: Final = 2_000  # in an answer
_HERE: Final = (Role.BIZ_LOCATION, Role.READ_POINT)
_PLACES: Final = frozenset((*_HERE, Role.SOURCE_LOCATION, Role.DESTINATION_LOCATION))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What somebody knows of a station, of a member's stations, or of the deliveries of an event: one of the three."""

    amount: Fraction = Fraction(0)
    place: str | None = None
    member: str | None = None
    event: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A station and when everything at it may have touched everything else."""

    place: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationQuestion:
    """What is asked: the objects, what is known, where contamination may have passed on, and where it did not."""

    objects: SetQuestion
    weights: Sequence[Known]
    crossings: Sequence[Period] = ()
    killed: Sequence[Known] = ()


def investigate(uow: UnitOfWork, viewer: Viewer, question: InvestigationQuestion) -> dict[str, Any]:
    """Score stations, lots and deliveries as docs/investigation.md says, from what the viewer may see.

    Raises:
        InvalidIdentifier: an identifier is not one.
        Refusal: as `trace_set`; code `too-many-at-station`, `investigation-too-large`.
    """
    keys = dict.fromkeys(canonical_key(each) for each in question.objects.objects)
    near = {key for period in question.crossings for key in _objects_at(uow, viewer, period)} - keys.keys()
    objects = replace(question.objects, objects=(*keys, *sorted(near)))
    asked = search_together(uow, viewer, objects)
    events = _events_of(asked.found.searches)
    uow.events.note_shown(viewer, {event.log_index for each in events.values() for event in each})
    names = _names(uow, events)
    steps = list(merged([show(search) for search in asked.found.searches]))
    contents: dict[int, set[int]] = defaultdict(set)
    for step in steps:
        if _is_held(step) and step.source is not None and step.target is not None:
            contents[step.target].add(step.source)
    deliveries = network_of(events, contents, lambda node: station_of(names[node]))
    killed = [_found(uow, deliveries, each) for each in question.killed]
    try:
        network = Network(
            deliveries=deliveries,
            changes=list(_changes(steps, names)),
            held=list(_held(steps)),
            crossings=[_crossing(each) for each in question.crossings],
            killed=frozenset[str]().union(*(each.stations for each in killed)),
            killed_events=frozenset(each.event for each in killed if each.event is not None),
        )
    except NetworkTooLarge:
        values = {"found": len(deliveries), "most": MOST_STEPS}
        raise Refusal([Problem(sentence=INVESTIGATION_TOO_LARGE, values=values)]) from None
    weights = [_found(uow, deliveries, each) for each in question.weights]
    return _answer(uow, asked, network, weights, len(near))


def station_of(key: str) -> str:
    """Name the station of a place: the site, whichever part of it the place is (GS1 Digital Link, AI 254)."""
    return key.partition("/254/")[0]


def _objects_at(uow: UnitOfWork, viewer: Viewer, period: Period) -> list[str]:
    """Name the objects of the events at a station in a period.

    Raises:
        Refusal: code `too-many-at-station`.
    """
    events = uow.events.visible_to(viewer)
    query = EventQuery(
        matches=((_PLACES, [canonical_key(period.place)]),),
        event_from=None if period.since is None else microseconds(period.since),
        event_before=None if period.until is None else microseconds(period.until),
        limit=MOST_AT_STATION + 1,
    )
    found = events.find(query)
    if len(found) > MOST_AT_STATION:
        values = {"place": period.place, "most": MOST_AT_STATION}
        raise Refusal([Problem(sentence=TOO_MANY_AT_STATION, values=values)])
    ends = events.ends_of([each.log_index for each in found])
    nodes = dict.fromkeys(end.node_id for end in ends if Role.OBJECT <= end.role <= Role.OUTPUT)
    rows = uow.nodes.read(nodes)
    return [row.key for row in rows.values() if NodeKind(row.kind) is not NodeKind.CLASS]


def _events_of(searches: Sequence[Search]) -> dict[int, list[TracedEvent]]:
    found: dict[int, dict[int, TracedEvent]] = defaultdict(dict)
    for search in searches:
        for node in search.reached:
            found[node].update((event.log_index, event) for event in search.graph.events_of(node))
    # What goes into a transformation is not handed over by it; what comes out of it is met where it was made.
    return {
        node: [event for event in events.values() if node not in event.nodes(Role.INPUT)]
        for node, events in found.items()
    }


def _names(uow: UnitOfWork, events: Mapping[int, Sequence[TracedEvent]]) -> dict[int, str]:
    nodes = {
        end.node_id
        for each in events.values()
        for event in each
        for role, ends in event.ends.items()
        if Role.READ_POINT <= role < Role.SHARED_WITH
        for end in ends
    }
    nodes |= events.keys() | {node for each in events.values() for event in each for node in object_nodes(event)}
    return {node: row.key for node, row in uow.nodes.read(nodes).items()}


def _is_held(step: Step) -> bool:
    return step.kind is EdgeKind.PACKED and step.carry_over is None


def _held(steps: Iterable[Step]) -> Iterator[Held]:
    for step in steps:
        if _is_held(step) and step.source is not None and step.target is not None:
            held = Held(content=step.source, container=step.target)
            if step.event.action is ActionCode.ADD:
                held = replace(held, since=step.event.earliest)
            yield held if step.other is None else replace(held, until=step.other.latest)


def _changes(steps: Iterable[Step], names: Mapping[int, str]) -> Iterator[Change]:
    for step in steps:
        if step.source is None or step.target is None or step.kind is EdgeKind.MOVED or _is_held(step):
            continue
        change = Change(source=step.source, target=step.target)
        if step.kind is EdgeKind.TRANSFORMED:
            told = [step.event] if step.other is None else [step.event, step.other]
            places = {node for event in told for role in _HERE for node in event.nodes(role)}
            stations = frozenset(station_of(names[node]) for node in places if node in names)
            change = replace(change, stations=stations, latest=max(event.latest for event in told))
        yield change
        if step.kind is EdgeKind.SAME:
            yield Change(source=step.target, target=step.source)


def _crossing(period: Period) -> CrossContamination:
    crossing = CrossContamination(station=station_of(canonical_key(period.place)))
    if period.since is not None:
        crossing = replace(crossing, since=microseconds(period.since))
    return crossing if period.until is None else replace(crossing, until=microseconds(period.until))


def _found(uow: UnitOfWork, deliveries: Sequence[Delivery], known: Known) -> Weight:
    """Find what a weight is about, among what the viewer sees; it keeps its amount where that is nothing."""
    if known.event is not None:
        return Weight(amount=known.amount, event=known.event)
    if known.place is not None:
        return Weight(amount=known.amount, stations=frozenset({station_of(canonical_key(known.place))}))
    member = uow.members.by_uri(known.member or "")
    # Who only was delivered to, and never said so, is a station all the same: by his own name.
    stations = set() if member is None else {canonical_key(member.uri), *_stations_of(deliveries, member.id)}
    return Weight(amount=known.amount, stations=frozenset(stations))


def _is_met(deliveries: Sequence[Delivery], weight: Weight) -> bool:
    if weight.event is not None:
        return any(weight.event in each.events for each in deliveries)
    return any(not weight.stations.isdisjoint((each.source, each.target)) for each in deliveries)


def _stations_of(deliveries: Iterable[Delivery], member: int) -> Iterator[str]:
    for each in deliveries:
        if each.sent_by == member:
            yield each.source
        if each.received_by == member:
            yield each.target


def _answer(
    uow: UnitOfWork, asked: AskedSearches, network: Network, weights: Sequence[Weight], near: int
) -> dict[str, Any]:
    stations, deliveries, things = network.scores(weights)
    times = network.infer_times()
    nodes = uow.nodes.read({*things, *(node for search in asked.found.searches for node in search.reached)})
    lots = {node: score for node, score in things.items() if NodeKind(nodes[node].kind) is not NodeKind.LOGISTIC_UNIT}
    reached = {node for search in asked.found.searches for node in search.reached}
    hidden = asked.source.events.hidden_at(asked.source.count_hidden(reached).keys(), before=asked.source.before)
    order = sorted(range(len(deliveries)), key=lambda at: (-deliveries[at].score, *_place(network, nodes, at)))
    shown = {at: position for position, at in enumerate(order[:MOST_DELIVERIES])}
    return {
        "objects": asked.keys,
        "unknown": asked.unknown,
        "as_of": asked.source.before,
        "added": near,
        "unmet": [at for at, weight in enumerate(weights) if not _is_met(network.deliveries, weight)],
        "stations": [
            {"key": name, **_scored(stations[name])}
            for name in sorted(stations, key=lambda name: (-stations[name].score, name))[:MOST_SCORED]
        ],
        "lots": [
            {"key": nodes[node].key, "kind": NodeKind(nodes[node].kind).name.lower(), **_scored(lots[node])}
            for node in sorted(lots, key=lambda node: (-lots[node].score, nodes[node].key))[:MOST_SCORED]
        ],
        "deliveries": [
            {
                "object": nodes[network.deliveries[at].item].key,
                "carries": sorted(nodes[node].key for node in network.carried[at] - {network.deliveries[at].item}),
                "from": network.deliveries[at].source,
                "to": network.deliveries[at].target,
                "inferred": network.deliveries[at].inferred,
                **_times(network.deliveries[at], times[at]),
                "events": list(network.deliveries[at].events),
                "leads_to": sorted(shown[each] for each in network.material[at] if each in shown),
                **_scored(deliveries[at]),
            }
            for at in shown
        ],
        "totals": {"stations": len(stations), "lots": len(lots), "deliveries": len(deliveries)},
        "hidden_events": sum(map(len, hidden.values())),
        "cut": cut_of(asked.found.searches),
    }


def _place(network: Network, nodes: Mapping[int, Any], at: int) -> tuple[str, str, str, tuple[int, ...]]:
    delivery = network.deliveries[at]
    return nodes[delivery.item].key, delivery.source, delivery.target, delivery.events


def _scored(score: Score) -> dict[str, Any]:
    return {"score": written(score.score), "reaches": list(score.reaches)}


def _times(delivery: Delivery, inferred: Inferred) -> dict[str, Any]:
    return {
        "departed": _window(delivery.departed),
        "arrived": _window(delivery.arrived),
        "possible": {"departed": _window(inferred.departed), "arrived": _window(inferred.arrived)},
        "in_order": inferred.is_possible,
    }


def _window(window: Window) -> list[str | None]:
    return [None if each is None else instant(each) for each in window]
