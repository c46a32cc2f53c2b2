"""How what is shipped goes with what is received: the movements of one object, and which of them may belong together.

A shipment and a reception may belong together where the reception does not surely come first, and is at the side to
which the shipment goes; a side that is not named may be any. A pallet's movement is that of what stood on it then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from filiere_platform.domain.amount import converted
from filiere_platform.domain.neighbourhood import SINGLE, Neighbourhood, Suspicion
from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.record import EventTypeCode, Role
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.trace_findings import destinations, is_at
from filiere_platform.domain.trace_quantities import RECEIVING, SHIPPING
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.sectors.profile import Neighbour

_MOVED: Final = (Role.OBJECT, Role.CHILD)


def amounts_that_differ(near: Neighbourhood, rule: Neighbour) -> Iterator[Suspicion]:
    """Compare what was shipped of a lot with what was received of it, consignment by consignment.

    Movements that may belong together are added up as one: parts that arrive apart, or one after another. Nothing is
    concluded where an amount is not stated or does not convert, or where a movement does not name its side.
    """
    for node, key in near.keys.items():
        if near.graph.kinds[node] in SINGLE or not any(_is_movement(event) for event in near.events_of(node)):
            continue
        holders = {stay.parent for stay in near.graph.stays_of(node)}
        if near.hides_any({node, *holders}):
            continue
        for consignment in _consignments(list(_movements(near, node))):
            if _differs(near, node, consignment, Fraction(rule.tolerance)):
                since = max(event.latest for event in consignment.events)
                for event in near.last(consignment.events):
                    yield Suspicion(event, key, since, {})


@dataclass(slots=True)
class _Consignment:
    """Movements that may belong together; `sides` are what each pair of them names in common."""

    shipped: list[TracedEvent] = field(default_factory=list)
    received: list[TracedEvent] = field(default_factory=list)
    sides: set[frozenset[int | None]] = field(default_factory=set)

    @property
    def events(self) -> Sequence[TracedEvent]:
        return [*self.shipped, *self.received]

    def take(self, other: _Consignment) -> None:
        """Make one of two."""
        self.shipped += other.shipped
        self.received += other.received
        self.sides |= other.sides

    @property
    def is_sure(self) -> bool:
        """Whether all go to one side by name: not by way of a carrier that takes over the same goods on the road."""
        side = next(iter(self.sides), frozenset())
        return len(self.sides) == 1 and bool(side) and None not in side


def _movements(near: Neighbourhood, node: int) -> Iterator[TracedEvent]:
    """Give the movements of a lot, its own and those of what held it meanwhile."""
    yield from (event for event in near.graph.events_of(node) if _is_movement(event))
    known = {event.log_index for event in near.graph.events_of(node)}
    for stay in near.graph.stays_of(node):
        begin, end = stay.spans[0].lo, stay.spans[0].hi
        for event in near.graph.events_of(stay.parent):
            if _is_movement(event) and event.log_index not in known and event.latest >= begin and event.earliest <= end:
                known.add(event.log_index)
                yield event


def _is_movement(event: TracedEvent) -> bool:
    # A transaction that names a shipment ties it to its documents; the goods move once.
    is_of_goods = event.type in {EventTypeCode.OBJECT, EventTypeCode.AGGREGATION}
    return is_of_goods and event.biz_step in {SHIPPING, RECEIVING}


def _consignments(movements: Collection[TracedEvent]) -> Iterable[_Consignment]:
    """Put together what may belong together; what is alone is not given."""
    shipped = [event for event in movements if event.biz_step == SHIPPING]
    received = [event for event in movements if event.biz_step == RECEIVING]
    found: list[_Consignment] = [_Consignment(shipped=[event]) for event in shipped]
    for reception in received:
        whole = _Consignment(received=[reception])
        apart = []
        for each in found:
            sides = {side for event in each.shipped if (side := _side_of(event, reception)) is not None}
            if sides:
                whole.take(each)
                whole.sides |= sides
            else:
                apart.append(each)
        found = [*apart, whole]
    return (each for each in found if each.shipped and each.received)


def _side_of(shipment: TracedEvent, reception: TracedEvent) -> frozenset[int | None] | None:
    """Give what two movements name in common as their side, nothing if one names none; None: they are strangers."""
    if reception.latest < shipment.earliest:
        return None
    to = [each for each in destinations(shipment) if is_at(reception, each)]
    return frozenset(to).intersection(destinations(reception)) if to else None


def _differs(near: Neighbourhood, node: int, consignment: _Consignment, tolerance: Fraction) -> bool:
    if not consignment.is_sure:
        return False
    stated = (end.uom or PIECES for event in consignment.events for end in _ends_of(event, node))
    unit = min(stated, default=PIECES)
    sent, got = (_sum(near, node, events, unit) for events in (consignment.shipped, consignment.received))
    return sent is not None and got is not None and abs(sent - got) * 100 > sent * tolerance


def _sum(near: Neighbourhood, node: int, events: Iterable[TracedEvent], unit: str) -> Fraction | None:
    total = Fraction(0)
    for event in events:
        ends = _ends_of(event, node)
        if not ends:
            return None  # it moved within what held it: how much of it, nobody says
        for end in ends:
            amount = _amount(end.quantity, end.uom, unit, near, node)
            if amount is None:
                return None
            total += amount
    return total


def _amount(quantity: Decimal | None, uom: str | None, unit: str, near: Neighbourhood, node: int) -> Fraction | None:
    if quantity is None:
        return None
    return converted(Fraction(quantity), uom or PIECES, unit, key=near.keys[node], rules=near.rules)


def _ends_of(event: TracedEvent, node: int) -> list[TraceEnd]:
    return [end for role in _MOVED for end in event.among(role) if end.node_id == node]
