"""Receptions and shipments of an object whose order, or whose counterpart, is wrong.

A reception that nobody shipped is the mirror of a shipment that nobody received (`trace_findings`). That a thing left
before it came is said only where no other arrival explains its departure, and the arrival is not a return.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from filiere_platform.domain.neighbourhood import Neighbourhood, Suspicion
from filiere_platform.domain.record import ActionCode, Role
from filiere_platform.domain.trace_findings import destinations, is_at
from filiere_platform.domain.trace_quantities import RECEIVING, SHIPPING, makes
from filiere_platform.domain.traced_event import TracedEvent

DROP_SHIPMENT: Final = 86_400_000_000  # microseconds: what leaves within a day of its arrival was shipped through
_LEFT_FROM: Final = (Role.READ_POINT, Role.BIZ_LOCATION, Role.SOURCE_LOCATION)
_CAME_TO: Final = (Role.READ_POINT, Role.BIZ_LOCATION, Role.DESTINATION_LOCATION)
# What a reception says of where it comes from, and a shipment of where it goes, kind by kind.
_LEG: Final = (
    (Role.SOURCE_OWNING_PARTY, Role.DESTINATION_OWNING_PARTY),
    (Role.SOURCE_POSSESSING_PARTY, Role.DESTINATION_POSSESSING_PARTY),
    (Role.SOURCE_LOCATION, Role.DESTINATION_LOCATION),
)


def never_shipped(near: Neighbourhood) -> Iterator[Suspicion]:
    """Give the member's receptions of what nobody ships to it: neither the object nor what it held or lay in."""
    for node, key in near.keys.items():
        received = [event for event in near.events_of(node) if _is_reception(event, node)]
        around = near.around(node) if received else ()
        if not received or near.hides_any(around):
            continue
        shipped = list(_of_step(near, around, SHIPPING))
        for event in received:
            if not any(_may_arrive_as(shipment, event) for shipment in shipped):
                yield Suspicion(event, key, event.latest, {})


def departed_before_arrival(near: Neighbourhood) -> Iterator[Suspicion]:
    """Give the shipments of an object from a place to which it surely came a day later, or more."""
    for node, key in near.keys.items():
        events = near.graph.events_of(node)
        shipped = [event for event in events if event.biz_step == SHIPPING and node in event.nodes(Role.OBJECT)]
        received = [event for event in events if _is_reception(event, node)]
        around = near.around(node) if shipped and received else ()
        if not around or near.hides_any(around):
            continue
        arrivals = list(_of_step(near, around, RECEIVING))
        made = [event for event in events if makes(event, node)]
        for event in shipped:
            late = [each for each in received if _came_later(each, event)]
            if late and not any(_explains(each, event) for each in (*arrivals, *made)):
                told = [event] if event.member_id == near.member_id else late
                since = min(each.latest for each in late)
                yield from (Suspicion(each, key, since, {}) for each in near.last(told))


def _is_reception(event: TracedEvent, node: int) -> bool:
    # Who gives a lot its number as it comes in, by an ADD, receives nothing that had it before.
    return event.biz_step == RECEIVING and event.action is ActionCode.OBSERVE and node in event.nodes(Role.OBJECT)


def _of_step(near: Neighbourhood, nodes: Collection[int], step: str) -> Iterable[TracedEvent]:
    return (event for node in nodes for event in near.graph.events_of(node) if event.biz_step == step)


def _may_arrive_as(shipment: TracedEvent, reception: TracedEvent) -> bool:
    return shipment.earliest <= reception.latest and any(is_at(reception, to) for to in destinations(shipment))


def _came_later(reception: TracedEvent, shipment: TracedEvent) -> bool:
    """Whether a reception is surely later, at the place that the goods left from, and surely not their return."""
    if reception.earliest <= shipment.latest + DROP_SHIPMENT or not _places(reception, _CAME_TO) & _places(
        shipment, _LEFT_FROM
    ):
        return False
    legs = [(set(reception.nodes(source)), set(shipment.nodes(to))) for source, to in _LEG]
    compared = [(came_from, went_to) for came_from, went_to in legs if came_from and went_to]
    return bool(compared) and not any(came_from & went_to for came_from, went_to in compared)


def _explains(arrival: TracedEvent, shipment: TracedEvent) -> bool:
    """Whether goods may have been where they left from by an arrival, or by who made them there."""
    if arrival.earliest > shipment.latest + DROP_SHIPMENT:
        return False
    here, there = _places(arrival, _CAME_TO), _places(shipment, _LEFT_FROM)
    is_own_make = arrival.biz_step != RECEIVING and arrival.member_id == shipment.member_id
    return is_own_make or not here or not there or bool(here & there)


def _places(event: TracedEvent, roles: Iterable[Role]) -> set[int]:
    return {node for role in roles for node in event.nodes(role)}
