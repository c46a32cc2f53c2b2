"""The ends of an event: which objects, parties and places it touches, and as what.

An event is stored in the graph as one row per end, never as one row per pair: a transformation of 20 inputs and 20
outputs is 40 rows and not 400. A trace joins the ends of an event again. This stands on the hot path of capture:
`identify` is cached, and nothing here is done twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from filiere_platform.domain.carry_over import CARRY_OVER_KEY, carry_over, window_quantity
from filiere_platform.domain.of_lot import lot_of_items
from filiere_platform.domain.record import End, NodeKind, Role
from filiere_platform.domain.same_as import SAME_AS_KEY, same_as
from filiere_schemas.epcis.event import Event
from filiere_schemas.identifiers import Kind, identify

NODE_KINDS: dict[Kind, NodeKind] = {
    Kind.LOT: NodeKind.LOT,
    Kind.ITEM: NodeKind.ITEM,
    Kind.LOGISTIC_UNIT: NodeKind.LOGISTIC_UNIT,
    Kind.CLASS: NodeKind.CLASS,
    Kind.LOCATION: NodeKind.LOCATION,
    Kind.PARTY: NodeKind.PARTY,
    Kind.DOCUMENT: NodeKind.DOCUMENT,
    Kind.OTHER: NodeKind.OTHER,
}

# The role of a source or a destination by its type. Source: CBV 2.0, section 7.4 (source/destination types); a type
# of somebody's own vocabulary is kept as "other".
SOURCE_ROLES: dict[str, Role] = {
    "owning_party": Role.SOURCE_OWNING_PARTY,
    "possessing_party": Role.SOURCE_POSSESSING_PARTY,
    "location": Role.SOURCE_LOCATION,
}
DESTINATION_ROLES: dict[str, Role] = {
    "owning_party": Role.DESTINATION_OWNING_PARTY,
    "possessing_party": Role.DESTINATION_POSSESSING_PARTY,
    "location": Role.DESTINATION_LOCATION,
}

# Python 3.11 looks a member of an enumeration up through a descriptor, which takes as long as to make a tuple.
_PARENT, _OBJECT, _CHILD, _INPUT, _OUTPUT = Role.PARENT, Role.OBJECT, Role.CHILD, Role.INPUT, Role.OUTPUT
_READ_POINT, _BIZ_LOCATION = Role.READ_POINT, Role.BIZ_LOCATION
_SOURCE_OTHER, _DESTINATION_OTHER = Role.SOURCE_OTHER, Role.DESTINATION_OTHER

# A role, the identifier as sent, and the quantity and unit if they were stated.
_Statement = tuple[Role, str, Decimal | None, str | None]


def ends_of(event: Event) -> tuple[End, ...]:
    """Name every object, party and place of an event by its canonical key, objects first.

    The order is the event's own and decides the ordinals of the stored rows. What is said twice without a quantity
    (a serial number listed two times, or in two spellings) is one end; two quantities of one lot are two statements
    and stay two ends, since their sum is a trace's business. Documents (business transactions) are not ends.

    Raises:
        InvalidIdentifier: when an identifier of the event is not one; reading the event refuses these before.
        Refusal: codes `invalid-same-as`, `invalid-carry-over`, `invalid-lot`.
    """
    ends: list[End] = []
    uncounted: set[tuple[Role, str]] = set()
    for role, uri, quantity, uom in _statements(event):
        identity = identify(uri)
        if quantity is None:
            if (role, identity.key) in uncounted:
                continue
            uncounted.add((role, identity.key))
        ends.append(End(role, identity.key, NODE_KINDS[identity.kind], quantity, uom))
    if event.epcs or event.output_epcs or event.ilmd or event.extensions:
        lot = lot_of_items(event)
        if lot is not None:
            ends.append(End(Role.OF_LOT, lot, NodeKind.LOT))
    return (*ends, *_same(event)) if SAME_AS_KEY in event.extensions else tuple(ends)


def _statements(event: Event) -> list[_Statement]:
    said: list[_Statement] = []
    if event.parent_id is not None:
        said.append((_PARENT, event.parent_id, None, None))
    for role, epcs, quantities in (
        (_OBJECT, event.epcs, event.quantities),
        (_CHILD, event.child_epcs, event.child_quantities),
        (_INPUT, event.input_epcs, event.input_quantities),
        (_OUTPUT, event.output_epcs, event.output_quantities),
    ):
        if epcs:
            said += [(role, epc, None, None) for epc in epcs]
        if quantities:
            said += [(role, element.epc_class, element.quantity, element.uom) for element in quantities]
    if CARRY_OVER_KEY in event.ilmd or CARRY_OVER_KEY in event.extensions:
        said += _vessels(event)
    if event.read_point is not None:
        said.append((_READ_POINT, event.read_point, None, None))
    if event.biz_location is not None:
        said.append((_BIZ_LOCATION, event.biz_location, None, None))
    for source in event.sources:
        said.append((SOURCE_ROLES.get(source.type, _SOURCE_OTHER), source.id, None, None))
    for destination in event.destinations:
        said.append((DESTINATION_ROLES.get(destination.type, _DESTINATION_OTHER), destination.id, None, None))
    return said


def _vessels(event: Event) -> Iterator[_Statement]:
    said = carry_over(event)
    if said is not None:
        role, window = said
        for uri in (*event.epcs, *(element.epc_class for element in event.quantities)):
            yield (role, uri, *window_quantity(window))


def _same(event: Event) -> Iterator[End]:
    named, since, until = same_as(event)
    for key, kind in named:
        yield End(Role.SAME_AS, key, NODE_KINDS[kind], since=since, until=until)
